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
