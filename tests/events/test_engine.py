"""The connections to compute on: each apart from the others, gone with all that was made in it."""

from concurrent.futures import ThreadPoolExecutor

import adbc_driver_postgresql.dbapi as adbc
import duckdb
import pytest

from relance.core import database
from relance.events import engine


def test_what_one_connection_makes_another_does_not_see(db: None) -> None:
    with engine.connected() as one, engine.connected() as other:
        one.execute("CREATE TABLE kept AS SELECT 1 AS told")
        other.execute("CREATE TABLE kept AS SELECT 2 AS told")
        assert (one.execute("FROM kept").fetchall(), other.execute("FROM kept").fetchall()) == ([(1,)], [(2,)])


def test_a_connection_takes_what_it_made_with_it(db: None) -> None:
    with engine.connected() as con:
        con.execute("CREATE TABLE kept AS SELECT 1 AS told; CREATE TEMP TABLE passing AS FROM kept")
    with engine.connected() as con:
        assert con.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)
        assert con.execute("SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE 'work%'").fetchone() == (
            1,
        )


def test_one_that_fails_in_the_middle_of_a_transaction_is_gone_too(db: None) -> None:
    with engine.connected() as con:
        con.execute("BEGIN; CREATE TABLE kept AS SELECT 1 AS told")
        with pytest.raises(duckdb.CatalogException):
            con.execute("FROM nowhere")
    with engine.connected() as con:
        assert con.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)


def test_every_connection_speaks_utc(db: None) -> None:
    with engine.connected() as con:
        con.execute("SET TimeZone = 'Europe/Paris'")
    with engine.connected() as con:
        assert con.execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)


def test_threads_have_connections_of_their_own(db: None) -> None:
    def count(most: int) -> int:
        with engine.connected() as con:
            con.execute(f"CREATE TABLE kept AS FROM range({most})")
            return len(con.execute("FROM kept").fetchall())

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert list(pool.map(count, range(20))) == list(range(20))


def test_what_is_fetched_beside_is_of_the_database_in_force(db: None) -> None:
    asked = "SELECT current_database()::text AS name"
    assert engine.fetched(asked).result().to_pylist() == [{"name": database.rows(asked)[0][0]}]
    with database.scratch() as name:
        assert engine.fetched(asked).result().to_pylist() == [{"name": name}]


def test_a_connection_that_the_server_cut_is_opened_again(db: None) -> None:
    own = engine.from_postgresql("SELECT pg_backend_pid() AS pid").to_pylist()[0]["pid"]
    database.rows("SELECT pg_terminate_backend(%s, 5000)", [own])
    with pytest.raises(adbc.Error):
        engine.from_postgresql("SELECT 1 AS one")
    assert engine.from_postgresql("SELECT 1 AS one").to_pylist() == [{"one": 1}]
