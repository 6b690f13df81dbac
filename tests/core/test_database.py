"""The embedded server and the scratch databases made in it."""

import psycopg
from django.db import connection

from relance.contacts.models import Contact
from relance.core import database


def test_scratch_is_empty_migrated_and_gone_afterwards(db: None) -> None:
    before = connection.settings_dict["NAME"]
    with database.scratch() as name:
        assert Contact.objects.count() == 0
        assert connection.settings_dict["NAME"] == name != before
    assert connection.settings_dict["NAME"] == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
        assert cursor.fetchone() == (0,)


def test_what_is_written_to_a_scratch_database_is_in_no_journal(db: None) -> None:
    with database.scratch():
        assert database.rows(f"SELECT count(*) FROM pg_class WHERE {TABLES} AND relpersistence = 'u'") > [(80,)]
        assert database.rows(f"SELECT count(*) FROM pg_class WHERE {TABLES} AND relpersistence = 'p'") == [(0,)]


def test_a_template_that_a_crash_emptied_is_made_anew_and_those_of_other_versions_go(db: None) -> None:
    original = connection.settings_dict["NAME"]
    template = f"{original}_empty_{database._migrations_mark()}"
    with database.scratch():
        pass
    with psycopg.connect(database.dsn("postgres"), autocommit=True) as own:
        own.execute(f'CREATE DATABASE "{original}_empty_0123456789"')
    with psycopg.connect(database.dsn(template), autocommit=True) as own:
        own.execute("TRUNCATE django_migrations")
    with database.scratch():
        assert database.rows("SELECT count(*) > 0 FROM django_migrations") == [(True,)]
    with psycopg.connect(database.dsn("postgres")) as own:
        left = own.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{original}_empty%"]).fetchall()
    assert left == [(template,)]


TABLES = "relkind = 'r' AND relnamespace = current_schema()::regnamespace"
