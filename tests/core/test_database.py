"""The embedded server and the scratch databases made in it."""

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


TABLES = "relkind = 'r' AND relnamespace = current_schema()::regnamespace"
