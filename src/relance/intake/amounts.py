"""A column of amounts: whether comma or point is its decimal mark is found on the whole column."""

from __future__ import annotations

import duckdb

from relance.core.errors import InputError
from relance.intake.options import Options

MONEY = "DECIMAL(18,4)"

# An amount with its spaces, apostrophes and currency taken off; NULL where something else remains.
BARE = r"""
    CASE WHEN regexp_matches({column},
            '^[€$£]?\s*[-+−]?\s*[€$£]?\s*\d[\d.,''’ \x{{00a0}}\x{{202f}}\x{{2009}}]*(€|\$|£|EUR|USD|GBP|CHF|CAD)?$')
         THEN regexp_replace(replace({column}, '−', '-'), '[^0-9.,-]', '', 'g') END
"""

# What a bare amount tells of the column: its decimal mark, or a single mark before three digits, which may be either.
EVIDENCE = r"""
    CASE
        WHEN contains(v, ',') AND contains(v, '.') THEN
            CASE WHEN instr(reverse(v), ',') < instr(reverse(v), '.') THEN 'comma' ELSE 'point' END
        WHEN regexp_matches(v, '^-?\d+,\d{3}$') THEN 'open comma'
        WHEN regexp_matches(v, '^-?\d+\.\d{3}$') THEN 'open point'
        WHEN regexp_matches(v, '^-?\d+,\d+$') THEN 'comma'
        WHEN regexp_matches(v, '^-?\d+\.\d+$') THEN 'point'
    END
"""


def decide(con: duckdb.DuckDBPyConnection, table: str, column: str, options: Options, *, label: str) -> str:
    """Return the SQL that reads text column `column` of `table` as DECIMAL(18,4); NULL where a value is none."""
    plain = con.execute(
        f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND try_cast({column} AS {MONEY}) IS NULL"
    ).fetchone()
    if plain and plain[0] == 0 and options.decimal != "comma":
        return f"try_cast({column} AS {MONEY})"
    bare = BARE.format(column=column)
    found = con.execute(
        f"SELECT {EVIDENCE} AS evidence, min(line), arg_min(v, line) FROM (SELECT line, {bare} AS v FROM {table}) GROUP BY 1"
    ).fetchall()
    return _reader(bare, _mark(label, {name: (line, example) for name, line, example in found if name}, options))


def _mark(label: str, evidence: dict[str, tuple[int, str]], options: Options) -> str:
    """Return the decimal mark of values that leave it open."""
    if options.decimal:
        return options.decimal
    both = "comma" in evidence and "point" in evidence
    open_value = evidence.get("open comma") or (evidence.get("open point") if both or "comma" in evidence else None)
    if open_value and both:
        raise InputError(
            f"{label} writes decimals with a comma on line {evidence['comma'][0]} and with a point on line {evidence['point'][0]}, "
            f"so “{open_value[1]}” on line {open_value[0]} may be either. Add --decimal comma or --decimal point."
        )
    if open_value and "comma" not in evidence and "point" not in evidence and "open point" not in evidence:
        raise InputError(
            f"{label}, line {open_value[0]}: “{open_value[1]}” may have thousands or decimals after its comma, and no other "
            "amount tells. Add --decimal comma or --decimal point."
        )
    return "comma" if "comma" in evidence else "point"


def _reader(bare: str, mark: str) -> str:
    """Return the SQL that reads bare amounts; `mark` decides those that leave it open."""
    comma = "replace(replace(v, '.', ''), ',', '.')"
    point = "replace(v, ',', '')"
    both = "CASE WHEN instr(reverse(v), ',') < instr(reverse(v), '.') THEN " + f"{comma} ELSE {point} END"
    open_ = comma if mark == "comma" else point
    return (
        f"list_transform([{bare}], lambda v : try_cast(CASE "
        f"WHEN contains(v, ',') AND contains(v, '.') THEN {both} "
        rf"WHEN regexp_matches(v, '^-?\d+[.,]\d{{3}}$') THEN {open_} "
        rf"WHEN regexp_matches(v, '^-?\d+,\d+$') THEN {comma} "
        rf"WHEN regexp_matches(v, '^-?\d+\.\d+$') THEN v "
        f"ELSE replace(replace(v, ',', ''), '.', '') END AS {MONEY}))[1]"
    )
