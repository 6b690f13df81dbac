"""Empty databases for the tests: one is emptied and used again, since making a new one costs a quarter of a second."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from django.db import connection
from psycopg import sql

from relance.core import database

_spare: list[str] = []
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
    with database._held(name):
        if _spare:
            _rename(_spare.pop(), name)
        else:
            template = f"{original}_empty_{database._migrations_mark()}"
            database._prepare_template(template, original)
            database._create_database(name, template)
        shape = _shape(name)
        try:
            database._switch(name)
            yield name
        finally:
            database._switch(original)
            if _empty(name, shape):
                _rename(name, spare := f"{original}_spare_{os.getpid()}_{next(_numbers)}")
                _spare.append(spare)
            else:
                database._drop_database(name)


def _rename(old: str, new: str) -> None:
    with psycopg.connect(database._maintenance_dsn(), autocommit=True) as own:
        own.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def _shape(name: str) -> object:
    with psycopg.connect(database.dsn(name)) as own:
        return own.execute(_SHAPE).fetchone()


def _empty(name: str, shape: object) -> bool:
    """Empty what the test wrote; false where it also changed the tables themselves."""
    with psycopg.connect(database.dsn(name), autocommit=True) as own:
        own.execute(_OTHERS)
        if own.execute(_SHAPE).fetchone() != shape:
            return False
        if written := [table for (table,) in own.execute(_WRITTEN).fetchall()]:
            own.execute(f"TRUNCATE {', '.join(written)} RESTART IDENTITY CASCADE")
        return True
