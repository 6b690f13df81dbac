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
_WRITTEN = """
    SELECT c.oid::regclass::text FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    AND pg_relation_size(c.oid) > 0 AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
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
    _server().execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])  # in use, as `database.sweep` asks
    if _spare:
        spare, shape = _spare.pop()
        _rename(spare, name)
    else:
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
        if not (_empty(name, shape) and _set_aside(name, shape, f"{original}_spare_{os.getpid()}_{next(_numbers)}")):
            database._drop_database(name)
        _server().execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


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


def _set_aside(name: str, shape: object, spare: str) -> bool:
    """Keep the emptied database for another test; false where a session of a process that is ending still holds it."""
    try:
        _rename(name, spare)
    except psycopg.errors.ObjectInUse:
        return False
    _spare.append((spare, shape))
    return True


def _rename(old: str, new: str) -> None:
    _server().execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def _empty(name: str, shape: object) -> bool:
    """Empty what the test wrote; false where it also changed the tables themselves."""
    with psycopg.connect(database.dsn(name), autocommit=True) as own:
        own.execute(_OTHERS)
        if own.execute(_SHAPE).fetchone() != shape:
            return False
        if written := [table for (table,) in own.execute(_WRITTEN).fetchall()]:
            own.execute(f"TRUNCATE {', '.join(written)} RESTART IDENTITY CASCADE")
        return True
