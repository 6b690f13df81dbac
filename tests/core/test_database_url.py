"""RELANCE_DATABASE_URL: libpq reads it, parameters included, and every connection carries them."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings

from relance import settings
from relance.core import database

SHOW = """
import django
django.setup()
from relance.core import database
from relance.events import engine
database.start()
query = "SELECT current_setting('application_name') || ' ' || current_setting('work_mem')"
print(database.rows(query)[0][0], engine.from_postgresql(query + " AS one").to_pydict()["one"][0], sep="\\n")
with database.scratch():
    print(database.rows(query)[0][0])
"""


def test_the_parts_of_the_url_are_decoded() -> None:
    known = settings.database_parameters("postgres://anna:p%40ss@db.example.org:6432/shop?sslmode=require")
    assert known == {
        "user": "anna", "password": "p@ss", "host": "db.example.org", "port": "6432", "dbname": "shop", "sslmode": "require",
    }  # fmt: skip


def test_an_unknown_parameter_is_refused_by_name() -> None:
    with pytest.raises(
        SystemExit, match=r'RELANCE_DATABASE_URL must look like .*invalid URI query parameter: "sslmod"'
    ):
        settings.database_parameters("postgresql://anna:secret@db.example.org/shop?sslmod=require")


@pytest.mark.parametrize("url", ["mysql://db/shop", "postgresql://anna:secret@[db/shop", "postgresql://db"])
def test_what_is_no_url_of_a_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SystemExit, match="must look like postgresql://user:password@host") as refused:
        settings.database_parameters(url)
    assert "secret" not in str(refused.value)


@pytest.mark.slow
def test_every_connection_carries_the_parameters(db: None) -> None:
    entry = django_settings.DATABASES["default"]
    url = (
        f"postgresql:///{entry['NAME']}?host={entry['HOST']}&port={entry['PORT']}&user={entry['USER']}"
        "&application_name=spring%20shop&options=-c%20work_mem%3D7MB"
    )
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        env=os.environ | {"RELANCE_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["spring shop 7MB"] * 3, done.stderr


def test_the_embedded_server_needs_no_parameters() -> None:
    assert "OPTIONS" not in settings.database() or not settings.database()["OPTIONS"]
    assert "dbname=relance" in database.dsn("relance")
