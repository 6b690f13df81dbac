"""PostgreSQL: the one in force, one's own by URL or the embedded one; how it is reached, migrated and asked."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from relance.core import embedded, place
from relance.core.errors import DatabaseError


def is_embedded() -> bool:
    """Tell whether the settings leave the database to us."""
    return not settings.RELANCE.database_url


def start() -> None:
    """Make the database answer: start the embedded server if it is ours and stopped, and hold it until this process ends."""
    if is_embedded():
        embedded.start()
    else:
        _reach()


def exists() -> bool:
    """Tell whether there is a database to reach: one's own by URL, or the embedded one of the data folder."""
    return not is_embedded() or embedded.exists()


def absent() -> str:
    """Return the sentence that says that the data folder holds no installation, and where one begins."""
    return (
        f"There is no installation in {place.current().data}, the folder of RELANCE_DATA. Set RELANCE_DATA to the folder of "
        "yours, or begin one there with `relance up` or `relance import`."
    )


def dsn(name: str | None = None) -> str:
    """Return the connection string of database `name` (default: the one in force), for psycopg."""
    entry = connection.settings_dict
    parts = {
        "host": entry["HOST"],
        "port": entry["PORT"],
        "user": entry["USER"],
        "password": entry["PASSWORD"],
        "dbname": name or entry["NAME"],
    }
    known = {key: value for key, value in parts.items() if value}
    return psycopg.conninfo.make_conninfo(**entry.get("OPTIONS", {}), **known)


def uri() -> str:
    """Return the connection URI of the database in force, for ADBC."""
    parameters = psycopg.conninfo.conninfo_to_dict(dsn())
    return "postgresql://?" + "&".join(f"{key}={quote(str(value), safe='')}" for key, value in parameters.items())


def _maintenance_dsn() -> str:
    """Return where databases are made and dropped from."""
    return dsn("postgres") if is_embedded() else settings.RELANCE.database_url


def _reach() -> None:
    """Raise a sentence if the server named by the settings does not answer."""
    try:
        psycopg.connect(dsn(), connect_timeout=10).close()
    except psycopg.OperationalError as error:
        raise DatabaseError(
            f"The database of RELANCE_DATABASE_URL does not answer: {str(error).strip()}. Check the URL, or unset it to "
            "use the embedded database."
        ) from error


def _create_database(name: str, template: str = "template1") -> None:
    # Copying files asks for a checkpoint, dear on a server at work; where nothing needs to last it takes half the time.
    strategy = sql.SQL("" if settings.RELANCE.durable else " STRATEGY FILE_COPY")
    with psycopg.connect(_maintenance_dsn(), autocommit=True) as own:
        if own.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            own.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
                + strategy
            )


_HURRIED = {
    "synchronous_commit": "off",  # commits wait for no disk: thousands of them do in a rehearsal
    "default_statistics_target": "20",  # a fifth of the rows looked at: its tables are looked at again and again as they grow
}


def _hurry(name: str) -> None:
    """Take less care of a database that will be dropped anyway."""
    with psycopg.connect(_maintenance_dsn(), autocommit=True) as own:
        for setting, value in _HURRIED.items():
            own.execute(
                sql.SQL("ALTER DATABASE {} SET {} TO {}").format(
                    sql.Identifier(name), sql.Identifier(setting), sql.Literal(value)
                )
            )


def _drop_database(name: str) -> None:
    with psycopg.connect(_maintenance_dsn(), autocommit=True) as own:
        own.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def migrate() -> None:
    """Bring the tables to this version; one process at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('relance migrate'))")
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('relance migrate'))")


@contextmanager
def scratch() -> Iterator[str]:
    """Put an empty migrated database in force of this process's default connection; drop it at the end.

    The emptiness is copied from a template migrated once per version of the tables.
    """
    original = connection.settings_dict["NAME"]
    name = f"{original}_scratch_{os.getpid()}_{time.monotonic_ns() % 10**9}"
    template = f"{original}_empty_{_migrations_mark()}"
    _prepare_template(template, original)
    with _held(name):
        _create_database(name, template)
        try:
            _hurry(name)
            _switch(name)
            yield name
        finally:
            _switch(original)
            _drop_database(name)


@contextmanager
def _held(name: str) -> Iterator[None]:
    """Hold a lock that says the scratch database is in use; the server frees it when this process is gone, however it went."""
    with psycopg.connect(_maintenance_dsn(), autocommit=True) as own:
        own.execute("SET idle_session_timeout = 0")
        own.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        yield


def sweep() -> list[str]:
    """Drop the scratch databases made from this one whose process is gone, and return their names."""
    ours = re.compile(re.escape(connection.settings_dict["NAME"]) + r"(_scratch_\d+_\d+)+")
    dropped = []
    with psycopg.connect(_maintenance_dsn(), autocommit=True) as own:
        for (name,) in own.execute("SELECT datname FROM pg_database ORDER BY datname").fetchall():
            if ours.fullmatch(name) and own.execute(_UNUSED, [name]).fetchone() == (True,):
                _drop_database(name)
                dropped.append(str(name))
    return dropped


_UNUSED = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"


def _migrations_mark() -> str:
    from django.db.migrations.loader import MigrationLoader

    names = sorted(map(str, MigrationLoader(None, ignore_no_migrations=True).disk_migrations))
    return sha256("\n".join([_UNLOGGED, *names]).encode()).hexdigest()[:10]


def _prepare_template(template: str, original: str) -> None:
    """Make and migrate the empty database once; a half-made one keeps its .new name and is made again."""
    with psycopg.connect(_maintenance_dsn(), autocommit=True) as own:
        own.execute("SELECT pg_advisory_lock(hashtext('relance template'))")
        known = own.execute("SELECT datname, datdba = current_user::regrole FROM pg_database").fetchall()
        if template in {name for name, _ in known} and not _emptied(template):
            return
        kind = re.compile(re.escape(f"{original}_empty_") + "[0-9a-f]{10}")
        for old in (name for name, ours in known if ours and kind.fullmatch(name)):
            _drop_database(old)  # of another version, or emptied
        _drop_database(f"{template}_new")
        _create_database(f"{template}_new")
        try:
            _switch(f"{template}_new")
            call_command("migrate", verbosity=0, interactive=False)
            _write_no_journal()
        finally:
            _switch(original)
        own.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(f"{template}_new"), sql.Identifier(template)
            )
        )


def _emptied(template: str) -> bool:
    """Tell whether a crash of the server has emptied a template, whose tables are in no journal."""
    with psycopg.connect(dsn(template)) as own:
        return own.execute("SELECT EXISTS (SELECT FROM django_migrations)").fetchone() != (True,)


def _write_no_journal() -> None:
    """Leave the tables of the database in force out of the server's journal (WAL): copies of them are dropped after any crash."""
    while names := [name for (name,) in rows(_UNLOGGED)]:
        for name in names:
            execute(f"ALTER TABLE {name} SET UNLOGGED")


# Tables in the journal that no other such table refers to: PostgreSQL wants a reference to lead to what lasts as long.
_UNLOGGED = """
    SELECT asked.oid::regclass::text FROM pg_class AS asked
    WHERE asked.relkind = 'r' AND asked.relnamespace = current_schema()::regnamespace AND asked.relpersistence = 'p'
      AND asked.relowner = current_user::regrole
      AND NOT EXISTS (
          SELECT FROM pg_constraint AS link JOIN pg_class AS other ON other.oid = link.conrelid
          WHERE link.contype = 'f' AND link.confrelid = asked.oid AND other.oid <> asked.oid AND other.relpersistence = 'p'
      )
"""


def _switch(name: str) -> None:
    """Point the default connection of this process at database `name`."""
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name


Parameters = Sequence[Any] | Mapping[str, Any]


def rows(query: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """Return what the query answers, on the connection in force."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def rows_in_binary(query: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
    """Return what the query answers in PostgreSQL's binary form: for thousands of dates, which as text cost the most."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(query, parameters or None, binary=True).fetchall()


def execute(statement: str, parameters: Parameters = ()) -> int:
    """Run the statement on the connection in force and return the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return int(cursor.rowcount)
