"""Keyed hashes are the same in every engine."""

import duckdb
from django.db import connection

from relance.core import ids


def test_digest_is_the_same_in_python_postgresql_and_duckdb(db: None) -> None:
    expected = ids.digest("anna@example.org")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {ids.postgresql_digest('v')} FROM (SELECT 'anna@example.org'::text AS v) t")
        assert bytes(cursor.fetchone()[0]) == expected
    assert duckdb.sql(f"SELECT {ids.duckdb_digest('v')} FROM (SELECT 'anna@example.org' AS v)").fetchone() == (
        expected,
    )
