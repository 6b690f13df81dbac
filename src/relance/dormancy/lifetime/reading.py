"""A file of customers or of purchases, whoever wrote it: columns found by their usual names, dates and amounts as imports read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from relance.core import place
from relance.core.errors import InputError
from relance.events import engine
from relance.intake import amounts, dates, files, mapping, reading, sniffing
from relance.intake.options import Options, silent

SUMMARY = ("frequency", "recency", "T")
NAMES: dict[str, tuple[str, ...]] = {
    "customer": ("customer", "customer id", "cust", "cust id", "id", "client", "client id", "user", "user id", "member id", "household"),
    "frequency": ("frequency", "x", "frequency x", "x cal", "repeat purchases", "repeat transactions", "fréquence", "achats répétés"),
    "recency": ("recency", "t x", "recency t x", "t x cal", "récence"),
    "T": ("T", "T cal", "age t", "t age", "age", "tenure", "ancienneté", "âge"),
    "monetary_value": ("monetary value", "zbar", "m x", "mx", "mean spend", "average spend", "average order value", "panier moyen"),
    "date": ("date", "day", "jour", "purchase date", "transaction date", "order day"),
    "amount": ("amount", "spend", "value", "dollars", "montant"),
    "quantity": (),
    "unit_price": (),
}  # fmt: skip
_EVENTS = {"external_id": "customer", "email": "customer", "occurred_at": "date", "amount": "amount", "order_total": "amount",
           "quantity": "quantity", "unit_price": "unit_price"}  # fmt: skip
_UNREADABLE = 0.5  # of the rows: above, the file is refused


@dataclass(frozen=True)
class Opened:
    """The file in DuckDB: `summary (customer, frequency, recency, T, monetary_value)`, or `purchase (customer, day, spend)`,
    a row per customer and day. `counts` says what became of the rows, `columns` which column was taken for what."""

    con: duckdb.DuckDBPyConnection
    purchases: bool
    columns: dict[str, str]
    counts: dict[str, int]


@contextmanager
def opened(path: Path, options: Options, today: date) -> Iterator[Opened]:
    """Give the file's customers or purchases, none after `today`; raise InputError with a sentence where it has neither."""
    con = engine.connect()
    with TemporaryDirectory(dir=place.folder("spill"), prefix="lifetime-") as folder:
        try:
            file = files.bring(path, Path(folder), silent)
            if file.parquet:
                raw = reading.read_parquet(con, file)
            else:
                raw = reading.read(con, file, sniffing.sniff(file, options.columns), Path(folder), silent)
            con.execute(f"SET TimeZone = '{options.time_zone}'")
            columns = _columns(raw.headers, options.columns)
            _show(con, columns)
            shown = {name: raw.headers[number] for name, number in columns.items()}
            rows = {"rows": raw.rows + raw.ragged, "wrong_width": raw.ragged}
            if all(name in columns for name in SUMMARY):
                yield Opened(con, False, shown, rows | _summarise(con, shown, file.name))
            elif {"customer", "date"} <= columns.keys():
                yield Opened(
                    con,
                    True,
                    shown,
                    rows | _purchases(con, shown, options, file.name) | _left_future(con, today, file.name),
                )
            else:
                raise _unknown(file.name, raw.headers, columns)
        finally:
            con.close()


def _columns(headers: tuple[str, ...], said: Mapping[str, str]) -> dict[str, int]:
    """Return the column number of each field: what the person says, else the usual names, this program's own before imports'."""
    plain = [mapping.plain(header) for header in headers]
    found: dict[str, int] = {}
    for column, name in said.items():
        wanted = {"x": "frequency", "t_x": "recency", "t": "T"}.get(name, name)
        if wanted not in NAMES:
            raise InputError(f"--map {column}={name}: no such field. The fields are {', '.join(NAMES)}.")
        if column not in headers and mapping.plain(column) not in plain:
            raise InputError(f"--map {column}={name}: no column “{column}”. The file has {', '.join(headers)}.")
        found[wanted] = headers.index(column) if column in headers else plain.index(mapping.plain(column))
    own = {mapping.plain(word): name for name, words in NAMES.items() for word in words}
    further = {word: _EVENTS[name] for word, name in mapping.known_headers("events").items() if name in _EVENTS}
    for words in (own, further):
        for number, word in enumerate(plain):
            if word in words and number not in found.values():
                found.setdefault(words[word], number)
    return found


def _show(con: duckdb.DuckDBPyConnection, columns: dict[str, int]) -> None:
    blanks = "' ' || chr(9) || chr(160) || chr(8239)"
    cells = [f"nullif(trim(c{number}, {blanks}), '') AS \"{name}\"" for name, number in columns.items()]
    con.execute(f"CREATE VIEW given AS SELECT {', '.join(['line', *cells])} FROM raw")


def _unknown(name: str, headers: tuple[str, ...], columns: dict[str, int]) -> InputError:
    found = f" ({', '.join(columns)} found)" if columns else ""
    missing = [field for field in SUMMARY if field not in columns]
    if len(missing) == len(SUMMARY):
        missing = [field for field in ("customer", "date") if field not in columns]
    taken = set(columns.values())
    free = next(
        (header for number, header in enumerate(headers) if number not in taken and '"' not in header), "COLUMN"
    )
    hint = " ".join(f'--map "{free if len(missing) == 1 else "COLUMN"}={field}"' for field in missing)
    return InputError(
        f"{name} has neither frequency, recency and T, nor a customer and a date{found}; its columns are {', '.join(headers)}. "
        f"Say which is which, such as {hint}."
    )


def _summarise(con: duckdb.DuckDBPyConnection, shown: dict[str, str], name: str) -> dict[str, int]:
    """Make `summary`; a value that is no number is refused, since nothing tells what the row would be without it."""
    customer = "customer" if "customer" in shown else "line::VARCHAR"
    wanted = [*SUMMARY, *(["monetary_value"] if "monetary_value" in shown else [])]
    number = "CASE WHEN contains({0}, ',') AND NOT contains({0}, '.') THEN replace({0}, ',', '.') ELSE {0} END"
    for field in wanted:
        sql = f"try_cast({number.format(_quoted(field))} AS DOUBLE)"
        empty = "false" if field == "monetary_value" else f"{_quoted(field)} IS NULL"
        bad = f"{_quoted(field)} IS NOT NULL AND ({sql} IS NULL OR NOT isfinite({sql}))"
        wrong = con.execute(
            f"SELECT line, {_quoted(field)} FROM given WHERE {empty} OR ({bad}) ORDER BY line LIMIT 1"
        ).fetchone()
        if wrong:
            raise InputError(
                f"{name}, line {wrong[0]}, column “{shown[field]}”: {wrong[1] or 'an empty cell'} is not a number. Correct it."
            )
    cells = ", ".join(f"{number.format(_quoted(field))}::DOUBLE AS {_quoted(field)}" for field in wanted)
    money = "" if "monetary_value" in shown else ", NULL::DOUBLE AS monetary_value"
    con.execute(
        f"CREATE TABLE summary AS SELECT {customer} AS customer, {cells}{money} FROM given "
        "QUALIFY customer IS NULL OR row_number() OVER (PARTITION BY customer ORDER BY line) = 1 ORDER BY line"
    )
    return {"customers": _count(con, "summary"), "duplicates": _count(con, "given") - _count(con, "summary")}


def _purchases(con: duckdb.DuckDBPyConnection, shown: dict[str, str], options: Options, name: str) -> dict[str, int]:
    """Make `purchase`. Rows of nobody or without a date are left out; a negative amount is a return, which is no purchase."""
    date = dates.decide(con, "given", "date", options, label=f"{name}, column “{shown['date']}”")
    con.execute(
        f"CREATE TABLE line_item AS SELECT line, customer, ({date})::DATE AS day, {_spend(con, shown, options, name)} AS spend FROM given"
    )
    rows = _count(con, "line_item")
    unreadable = _count(con, "line_item WHERE day IS NULL")
    anonymous = _count(con, "line_item WHERE customer IS NULL AND day IS NOT NULL")
    if unreadable > rows * _UNREADABLE or unreadable + anonymous == rows:
        raise InputError(
            f"{name}: {unreadable:,} of {rows:,} rows have no readable date and {anonymous:,} no customer. Is “{shown['date']}” the date?"
        )
    con.execute("DELETE FROM line_item WHERE customer IS NULL OR day IS NULL")
    money = shown.keys() & {"amount", "unit_price"}
    unknown = _count(con, "line_item WHERE spend IS NULL") if money else 0
    returns = _count(con, "line_item WHERE spend < 0")
    free = _count(con, "line_item WHERE spend = 0")
    con.execute("DELETE FROM line_item WHERE spend < 0")
    con.execute(
        "CREATE TABLE purchase AS SELECT customer, day, sum(spend)::DOUBLE AS spend FROM line_item GROUP BY ALL"
    )
    kept = _count(con, "line_item")
    if not kept:
        raise InputError(
            f"{name}: every row is a return (a negative amount), so nobody bought anything. Is the amount's sign turned?"
        )
    return {
        "anonymous": anonymous, "no_date": unreadable, "returns_left_out": returns, "free_counted_as_purchases": free,
        "amount_unreadable": unknown, "merged_into_one_day": kept - _count(con, "purchase"),
    }  # fmt: skip


def _left_future(con: duckdb.DuckDBPyConnection, today: date, name: str) -> dict[str, int]:
    """Leave out of `purchase` what is dated after today: one mistyped year would move the end of observation for everybody."""
    later = f"day > DATE '{today}'"
    count = _count(con, f"line_item WHERE {later}")
    con.execute(f"DELETE FROM purchase WHERE {later}")
    if not _count(con, "purchase"):
        raise InputError(
            f"{name}: every purchase is dated after today, {today}. Correct the dates, or say --dates day-first or month-first."
        )
    return {"after_today": count}


def after_today(count: int, today: date) -> dict[str, str]:
    """Return what is to be said of the lines left out, in both languages."""
    return {
        "en": f"Left out, dated after today ({today}): {count:,} line{'' if count == 1 else 's'}.",
        "fr": f"Lignes datées d’après aujourd’hui ({today}), écartées : {count}.",
    }


def _spend(con: duckdb.DuckDBPyConnection, shown: dict[str, str], options: Options, name: str) -> str:
    """Return the SQL of a row's spend; NULL where the file has no amounts."""

    def read(field: str) -> str:
        return amounts.decide(con, "given", field, options, label=f"{name}, column “{shown[field]}”")

    if "amount" in shown:
        return read("amount")
    if "unit_price" in shown:
        quantity = f"{read('quantity')}::DOUBLE" if "quantity" in shown else "1"
        return f"(({read('unit_price')})::DOUBLE * {quantity})"
    return f"CASE WHEN {read('quantity')} < 0 THEN -1 END" if "quantity" in shown else "NULL::DOUBLE"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    found = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found[0]) if found else 0
