"""Columns of dates and amounts, each read by the one form the column has."""

from collections.abc import Iterator, Sequence

import duckdb
import pytest

from relance.core.errors import InputError
from relance.intake import amounts, dates
from relance.intake.options import Options


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Europe/Paris'")
    yield connection
    connection.close()


def read(
    con: duckdb.DuckDBPyConnection, values: Sequence[str | None], *, money: bool = False, **options: str
) -> list[str | None]:
    con.execute("CREATE OR REPLACE TABLE given (line BIGINT, v VARCHAR)")
    con.executemany("INSERT INTO given VALUES (?, ?)", [[line, value] for line, value in enumerate(values, start=2)])
    decide = amounts.decide if money else dates.decide
    sql = decide(con, "given", "v", Options(**options), label="f.csv, column “v”")  # type: ignore[arg-type]
    shown = f"({sql})" if money else f"strftime(({sql}) AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S')"
    return [
        None if value is None else str(value)
        for (value,) in con.execute(f"SELECT {shown} FROM given ORDER BY line").fetchall()
    ]


def test_iso_dates_with_and_without_zone(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, ["2026-07-01", "2026-01-01 10:00:00", "2026-07-01T10:00:00Z", "2026-01-01 10:00:00 +0300", "0000-00-00", None]) == [
        "2026-06-30 22:00:00", "2026-01-01 09:00:00", "2026-07-01 10:00:00", "2026-01-01 07:00:00", None, None,
    ]  # fmt: skip


def test_words_that_databases_take_for_dates_are_none(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, ["epoch", "infinity", "10:00:00"]) == [None] * 3
    assert read(con, ["2026-07-01 10:00", "2026-7-1 10:00:00.5", None]) == [
        "2026-07-01 08:00:00",
        "2026-07-01 08:00:00",
        None,
    ]


def test_the_rest_of_the_column_settles_day_and_month(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, ["03/04/2026 00:00", "25/04/2026"])[0] == "2026-04-02 22:00:00"
    assert read(con, ["03/04/2026 00:00", "04/25/2026"])[0] == "2026-03-03 23:00:00"


def test_a_column_that_leaves_day_and_month_open_asks(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(InputError, match=r"line 2: “03/04/2026” may be day-first or month-first.*--dates"):
        read(con, ["03/04/2026"])
    assert read(con, ["03/04/2026"], dates="month-first") == ["2026-03-03 23:00:00"]


def test_three_formats_in_a_column_are_refused_with_their_lines(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(InputError, match=r"mixes 3 date formats: .*line 4.*Write every date"):
        read(con, ["2026-01-31", "31/01/2026", "20260131"])


def test_a_rare_stray_format_is_left_to_the_rejects(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, ["2026-01-31"] * 200 + ["31/01/2026"])[-1] is None


@pytest.mark.parametrize("value", ["31/12/2025 22:30", "31.12.2025 22:30:00", "31-12-25 10:30 PM", "20251231"])
def test_other_forms(con: duckdb.DuckDBPyConnection, value: str) -> None:
    assert (read(con, [value])[0] or "").startswith(("2025-12-31 21:30", "2025-12-30 23:00"))


def test_month_names(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, ["Jan 5, 2026 10:22 AM", "5 March 2026"]) == ["2026-01-05 09:22:00", "2026-03-04 23:00:00"]


def test_amounts_with_commas(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, ["1 234,56 €", "12,50", "1.234,56", "1.234", "-7"], money=True) == [
        "1234.5600", "12.5000", "1234.5600", "1234.0000", "-7.0000",
    ]  # fmt: skip


def test_amounts_with_points(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, ["1,234.56", "12.50", "1,234", "£5", "abc", "12a3"], money=True) == [
        "1234.5600", "12.5000", "1234.0000", "5.0000", None, None,
    ]  # fmt: skip


def test_an_amount_that_may_be_either_asks(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(InputError, match=r"line 2: “1,234” may have thousands or decimals.*--decimal"):
        read(con, ["1,234"], money=True)
    assert read(con, ["1,234"], money=True, decimal="comma") == ["1.2340"]


def test_no_break_spaces_part_thousands(con: duckdb.DuckDBPyConnection) -> None:
    assert read(con, ["1\u202f234,50\u00a0€", "−3,20"], money=True) == ["1234.5000", "-3.2000"]
