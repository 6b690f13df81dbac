"""The connections to compute on: each apart from the others, gone with all that was made in it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from threading import Event, Timer

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


class Broken:
    """An engine that an internal error invalidated: it takes no database any more."""

    def __init__(self) -> None:
        self.asked = 0

    def cursor(self) -> "Broken":
        return self

    def execute(self, _: str) -> None:
        self.asked += 1
        raise duckdb.FatalException("database has been invalidated because of a previous fatal error")

    def close(self) -> None: ...


def engines(monkeypatch: pytest.MonkeyPatch, *first: object) -> list[object]:
    """Let a process get these engines, then true ones; return those it still gets."""
    left, true = list(first), engine._engine.__wrapped__
    replaced = lru_cache(maxsize=2)(lambda *given: left.pop(0) if left else true(*given))
    monkeypatch.setattr(engine, "_engine", replaced)
    return left


def test_an_engine_that_broke_is_replaced_once(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    left = engines(monkeypatch, Broken())
    with engine.connected() as con:
        assert con.execute("SELECT 1").fetchone() == (1,)
    left += [Broken(), Broken()]
    engine._engine.cache_clear()
    with pytest.raises(duckdb.FatalException), engine.connected():
        raise AssertionError
    assert left == []


def test_an_internal_error_in_the_middle_is_the_last_of_its_engine(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    engines(monkeypatch)
    with pytest.raises(duckdb.InternalException, match="told"), engine.connected():
        raise duckdb.InternalException("told")
    assert engine._engine.cache_info().currsize == 0


def test_what_fails_at_the_end_hides_no_error(db: None) -> None:
    def fails() -> None:
        with engine.connected() as con:
            con.close()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()


def test_a_long_fetch_leaves_others_a_way(db: None) -> None:
    database.rows("SELECT pg_advisory_lock(7)")
    waits = engine.fetched("SELECT pg_advisory_lock(7)::text, pg_advisory_unlock(7)::text")
    assert engine.fetched("SELECT 1 AS one").result(30).to_pylist() == [{"one": 1}]
    database.rows("SELECT pg_advisory_unlock(7)")
    waits.result(30)


def test_a_second_connection_works_in_the_same_database_beside_the_first(db: None) -> None:
    with engine.connected() as con, engine.aside(con, beside=True) as aside:
        made = aside.begin(lambda second: second.execute("CREATE TABLE made AS SELECT 1 AS told"))
        again = aside.begin(lambda second: second.execute("CREATE TABLE after AS FROM made"))
        again()
        made()
        assert con.execute("FROM after").fetchall() == [(1,)]
        assert con.execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)


def test_what_fails_aside_is_raised_where_it_is_waited_for(db: None) -> None:
    with engine.connected() as con, engine.aside(con, beside=True) as aside:
        failing = aside.begin(lambda second: second.execute("FROM nowhere"))
        after = aside.begin(lambda second: second.execute("CREATE TABLE made AS SELECT 1"))
        for waited in (failing, after):
            with pytest.raises(duckdb.CatalogException, match="nowhere"):
                waited()
    with (
        engine.connected() as con,
        engine.aside(con, beside=False) as aside,
        pytest.raises(duckdb.CatalogException, match="nowhere"),
    ):
        aside.begin(lambda second: second.execute("FROM nowhere"))


def test_a_block_that_fails_waits_for_what_is_still_at_work_aside(db: None) -> None:
    begun, end = Event(), Event()

    def work(second: duckdb.DuckDBPyConnection) -> None:
        begun.set()
        assert end.wait(30)
        second.execute("CREATE TABLE late AS SELECT 1")

    def fail() -> None:
        with engine.connected() as con, engine.aside(con, beside=True) as aside:
            done.append(aside.begin(work))
            begun.wait(30)
            Timer(0.05, end.set).start()
            raise ValueError("in the middle")

    done: list[Callable[[], object]] = []
    with pytest.raises(ValueError, match="in the middle"):
        fail()
    done[0]()  # it could end: its database was still there
