"""A column of dates: its one format is found on the whole column, then every row is read by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from relance.core.errors import InputError
from relance.intake.options import Options

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TOLERATED = 0.01  # rows in another format than the column's that are rejected one by one; beyond, the column is refused

# The format of a value, by its look; `either` can be day-first or month-first.
FAMILY = r"""
    CASE
        WHEN v IS NULL THEN NULL
        WHEN regexp_matches(v, '^\d{4}-\d{1,2}-\d{1,2}([T ]|$)') THEN 'year-month-day'
        WHEN regexp_matches(v, '^\d{8}$') THEN 'yyyymmdd'
        WHEN regexp_matches(v, '^\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})(\D|$)') THEN
            CASE WHEN regexp_extract(v, '^(\d+)', 1)::INT > 12 THEN 'day-first'
                 WHEN regexp_extract(v, '^\d+[/.-](\d+)', 1)::INT > 12 THEN 'month-first'
                 ELSE 'either' END
        WHEN regexp_matches(v, '^\d{4}[/.]\d{1,2}[/.]\d{1,2}(\D|$)') THEN 'year/month/day'
        WHEN regexp_matches(v, '^\d{10}$') THEN 'Unix seconds'
        WHEN regexp_matches(v, '^\d{13}$') THEN 'Unix milliseconds'
        WHEN regexp_matches(v, '^([[:alpha:]]+\.? \d{1,2},? \d{4}|\d{1,2} [[:alpha:]]+\.? \d{4})') THEN 'month by name'
        ELSE 'no date'
    END
"""
_READ = {
    "year-month-day",
    "yyyymmdd",
    "day-first",
    "month-first",
    "year/month/day",
    "Unix seconds",
    "Unix milliseconds",
    "month by name",
}
_TIMES = [" %H:%M", " %H:%M:%S", " %H:%M:%S.%f", "T%H:%M:%S"]
_NOONS = [" %I:%M %p", " %I:%M:%S %p"]


@dataclass(frozen=True)
class Look:
    """How many values of a column look like one format, and the first of them."""

    count: int
    line: int
    example: str


def decide(con: duckdb.DuckDBPyConnection, table: str, column: str, options: Options, *, label: str) -> str:
    """Return the SQL that reads text column `column` of `table` as TIMESTAMPTZ; NULL where a value is none.

    The connection's time zone must be the file's while the SQL runs.
    """
    if _all_iso(con, table, column):
        return _reader(column, "year-month-day", [], [])
    looks = _looks(con, table, column)
    dates = {family: look for family, look in looks.items() if family != "no date"}
    if not dates:
        return "NULL::TIMESTAMPTZ"
    return _reader(column, _one_format(label, dates, options), *_parts(con, table, column))


def order(con: duckdb.DuckDBPyConnection, table: str, columns: Iterable[str]) -> str:
    """Return day-first or month-first where one of some columns of one file tells, and none the other; else nothing."""
    values = " UNION ALL ".join(f"SELECT {column} AS v FROM {table}" for column in columns)
    found = con.execute(
        rf"SELECT DISTINCT {FAMILY} FROM (SELECT DISTINCT v FROM ({values}) WHERE regexp_matches(v, '^\d{{1,2}}[/.-]'))"
    ).fetchall()
    orders = {family for (family,) in found} & {"day-first", "month-first"}
    return orders.pop() if len(orders) == 1 else ""


def _all_iso(con: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    """Tell whether every value is a date from the year to the day: then no value needs to be looked at further.

    A plain date and time needs no time zone to be known as valid, and reading it without is five times faster.
    """
    found = con.execute(
        f"""
        SELECT count({column}) > 0 AND NOT coalesce(bool_or(v < '0001' OR CASE
            WHEN v LIKE '____-__-__' OR v LIKE '____-__-__ __:__:__' OR v LIKE '____-__-__T__:__:__' THEN try_cast(v AS TIMESTAMP) IS NULL
            WHEN v LIKE '____-__-__ %' OR v LIKE '____-__-__T%' THEN try_cast(v AS TIMESTAMPTZ) IS NULL
            ELSE true END), false)
        FROM (SELECT {column} AS v, {column} FROM {table} WHERE {column} IS NOT NULL)
        """
    ).fetchone()
    return bool(found and found[0])


def _looks(con: duckdb.DuckDBPyConnection, table: str, column: str) -> dict[str, Look]:
    """Return the formats of the column; dates of nothing but zeros count as empty."""
    found = con.execute(
        f"""
        SELECT family, sum(count)::BIGINT, min(first), arg_min(v, first)
        FROM (SELECT v, count(*) AS count, min(line) AS first, {FAMILY} AS family
              FROM (SELECT line, {column} AS v FROM {table} WHERE {column} IS NOT NULL AND NOT starts_with({column}, '0000')) GROUP BY v)
        GROUP BY family
        """
    ).fetchall()
    return {family: Look(count, line, example) for family, count, line, example in found}


def _parts(con: duckdb.DuckDBPyConnection, table: str, column: str) -> tuple[list[str], list[str]]:
    """Return the forms of year and of time that the column has, so that no value is tried against others."""
    short, long, timed, bare, noon = (
        con.execute(
            rf"""
        SELECT bool_or(regexp_matches(v, '^\d+[/.-]\d+[/.-]\d{{2}}(\D|$)')), bool_or(regexp_matches(v, '\d{{4}}')),
            bool_or(contains(v, ':')), bool_or(NOT contains(v, ':')), bool_or(regexp_matches(v, '[AaPp][Mm]$'))
        FROM (SELECT DISTINCT {column} AS v FROM {table} WHERE {column} IS NOT NULL)
        """
        ).fetchone()
        or (True,) * 5
    )
    years = (["/%y"] if short else []) + (["/%Y"] if long else [])
    return years, ([""] if bare else []) + (_TIMES if timed else []) + (_NOONS if noon else [])


def _one_format(label: str, looks: dict[str, Look], options: Options) -> str:
    """Return the format of the column; raise a sentence where it has several, or leaves day and month open."""
    settled = _day_and_month(label, looks, options)
    total = sum(look.count for look in settled.values())
    main = max(settled, key=lambda family: settled[family].count)
    if len(settled) > 1 and (main not in _READ or settled[main].count < (1 - TOLERATED) * total):
        by_line = sorted(settled.items(), key=lambda one: one[1].line)
        named = "; ".join(f"{family} on line {look.line} (“{look.example}”)" for family, look in by_line)
        raise InputError(
            f"{label} mixes {len(settled)} date formats: {named}. Write every date of the column in one format."
        )
    return main


def _day_and_month(label: str, looks: dict[str, Look], options: Options) -> dict[str, Look]:
    """Return the formats with `either` given to day-first or month-first: by option, else by the rest of the column."""
    day, month, either = looks.get("day-first"), looks.get("month-first"), looks.get("either")
    if either is None:
        return looks
    rest = {family: look for family, look in looks.items() if family != "either"}
    order = options.dates
    if not order and day and month:
        order = "day-first" if day.count >= month.count else "month-first"
    if not order and not day and not month:
        if rest:
            return {**rest, "day-first or month-first": either}
        raise InputError(
            f"{label}, line {either.line}: “{either.example}” may be day-first or month-first, and no other date tells. "
            "Add --dates day-first or --dates month-first."
        )
    order = order or ("day-first" if day else "month-first")
    same = rest.get(order)
    telling = same or either  # an example that can be read one way only, where there is one
    return {**rest, order: Look(either.count + (same.count if same else 0), telling.line, telling.example)}


def _reader(column: str, family: str, years: list[str], times: list[str]) -> str:
    """Return the SQL that reads values of one format."""
    value = f"(CASE WHEN starts_with({column}, '0000') THEN NULL ELSE {column} END)"
    if family == "year-month-day":
        offset = f"regexp_replace({value}, ' ?([+-]\\d{{2}}):?(\\d{{2}})$', '\\1:\\2')"
        return f"coalesce(try_cast({value} AS TIMESTAMPTZ), try_cast({offset} AS TIMESTAMPTZ))"
    if family == "Unix seconds":
        return f"to_timestamp(try_cast({value} AS BIGINT))"
    if family == "Unix milliseconds":
        return f"to_timestamp(try_cast({value} AS BIGINT) / 1000)"
    if family == "yyyymmdd":
        return f"try_strptime({value}, '%Y%m%d')::TIMESTAMPTZ"
    if family == "month by name":
        names = [f"{form}{time}" for form in ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y") for time in times]
        return f"try_strptime(replace(replace({value}, ',', ''), '.', ''), {names})::TIMESTAMPTZ"
    order = {"day-first": "%d/%m", "month-first": "%m/%d", "year/month/day": "%Y/%m/%d"}[family]
    forms = [f"{order}{year}{time}" for year in ([""] if family == "year/month/day" else years) for time in times]
    text = f"translate({value}[:10], '.-', '//') || {value}[11:]"
    return f"try_strptime({text}, {forms})::TIMESTAMPTZ"


def instant(microseconds: int) -> datetime:
    """Return the instant so many microseconds after the first of January 1970, as DuckDB's `epoch_us` gives them."""
    return EPOCH + timedelta(microseconds=microseconds)
