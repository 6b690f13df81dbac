"""Databases for the tests: an empty one, emptied and used again since making one takes a quarter of a second; one that stays as it was."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any

import psycopg
from django.db import connection, transaction
from psycopg import sql

from relance.core import database

_spare: list[tuple[str, object]] = []  # names, with the shape of their tables
_numbers = count(1)

# The tables of the template that are not empty are those Django fills; no test writes them.
_FILLED = "('django_migrations', 'django_content_type', 'auth_permission')"
_WRITTEN = f"""
    SELECT c.oid::regclass::text, pg_relation_size(c.oid) > {1 << 18} FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(c.oid) > 0 AND relname NOT IN {_FILLED}
"""
_RESTARTED = f"""
    SELECT setval(seqrelid, seqstart, false)
    FROM pg_sequence JOIN pg_depend ON objid = seqrelid AND deptype IN ('a', 'i') JOIN pg_class c ON c.oid = refobjid
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL AND relname NOT IN {_FILLED}
"""
# Plans are made as for tables that nobody has looked at yet, not as for tables known to be empty.
_UNKNOWN = f"""
    UPDATE pg_class SET relpages = 0, reltuples = -1
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND reltuples >= 0 AND relname NOT IN {_FILLED}
"""
_SHAPE = """
    SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace), (SELECT count(*) FROM pg_trigger),
           (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_constraint),
           (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace)
"""
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@contextmanager
def emptied() -> Iterator[str]:
    """Put an empty migrated database in force; its name is new each time, as what is kept by name asks."""
    original = connection.settings_dict["NAME"]
    name = f"{original}_scratch_{os.getpid()}_{next(_numbers)}"
    _lock(name)  # in use, as `database.sweep` asks
    shape = _taken_again(name)
    if shape is None:
        template = f"{original}_empty_{database._migrations_mark()}"
        database._prepare_template(template, original)
        database._create_database(name, template)
        with psycopg.connect(database.dsn(name)) as own:
            shape = own.execute(_SHAPE).fetchone()
    try:
        database._switch(name)
        yield name
    finally:
        database._switch(original)
        if _empty(name, shape):
            _spare.append((name, shape))
        else:
            _drop(name)


@contextmanager
def taken_back() -> Iterator[None]:
    """Take back afterwards what is written meanwhile: tests share the base in force, and each meets it as it was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@cache
def _server() -> psycopg.Connection[Any]:
    """A connection of this process for names and locks, made once."""
    return psycopg.connect(database._maintenance_dsn(), autocommit=True, options="-c idle_session_timeout=0")


def _lock(name: str) -> None:
    _server().execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])


def _drop(name: str) -> None:
    database._drop_database(name)
    _server().execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _taken_again(name: str) -> object:
    """Give an emptied database this name and return the shape of its tables; None where there is none, or it is still held.

    Only now, since a server takes a tenth of a second to rename what a session was just in.
    """
    while _spare:
        spare, shape = _spare.pop()
        try:
            _server().execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (spare, name))))
        except psycopg.errors.ObjectInUse:
            _drop(spare)
            continue
        _server().execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [spare])
        return shape
    return None


def _empty(name: str, shape: object) -> bool:
    """Empty what the test wrote; false where it also changed the tables themselves."""
    with psycopg.connect(database.dsn(name), autocommit=True) as own:
        own.execute(_OTHERS)
        if own.execute(_SHAPE).fetchone() != shape:
            return False
        own.execute("SET session_replication_role = replica")  # no look-up of what refers to a row: all of them go
        if written := own.execute(_WRITTEN).fetchall():
            for table, large in written:
                # a truncation makes new files, of the tables that refer to it too
                own.execute(f"TRUNCATE {table} CASCADE" if large else f"DELETE FROM {table}")
            own.execute(f"VACUUM {', '.join(table for table, _ in written)}")  # rows then lie in the order they come in
            own.execute(_UNKNOWN)
        own.execute(_RESTARTED)
        return True
