"""What a night does to people whom it need not judge again: the same Ibis expressions, over rows of an earlier scoring.

`recalled` makes of kept rows what `asked` reads of `person`, so that what is asked of everybody today can be compared with
what was asked then; `renewed` gives kept rows what today alone changes, and what the lifetime model says of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import duckdb
import ibis
from ibis.expr import datatypes as kinds

from relance.dormancy import features
from relance.dormancy.lifetime import forms as lifetime
from relance.dormancy.program import BANDS, JUDGED, RISKS, Program, band, folded, with_lifetime, written_in

# Of a profile; these and the risks are computed when it is read: today's age and rhythm, and what hangs on the others.
DAILY = (*features.DAILY, "value_band", *lifetime.COLUMNS)
# What a kept row rests on, but for `asked`: that is compared person by person.
_RESTS_ON = (
    "feature",
    "received",
    "population",
    "person",
    "amount",
    "bands",
    *JUDGED[1:],
)


@dataclass(frozen=True)
class Renewal:
    """The queries by name, their moments still named, and the columns that are kept of a judged person."""

    queries: Mapping[str, str]
    columns: tuple[str, ...]


def of(program: Program) -> Renewal:
    """Return the renewal of a program of DuckDB."""
    return _compiled(tuple(program.schema.items()), program.models)


def digest(program: Program) -> str:
    """Return what tells programs apart whose kept rows mean different things, versions of this program and of DuckDB too."""
    own = [name for name in program.queries if "/" in name and not name.startswith("asked/")]  # of one policy's people
    written = [program.queries[name] for name in (*_RESTS_ON, *own, *(["asked"] if program.reads_events else []))]
    told = [
        *written,
        *program.columns["asked"],
        *of(program).columns,
        *of(program).queries.values(),
        duckdb.__version__,
    ]
    return sha256("\n".join(told).encode()).hexdigest()


@lru_cache(maxsize=16)
def _compiled(columns: tuple[tuple[str, kinds.DataType], ...], models: frozenset[str]) -> Renewal:
    schema = dict(columns)
    kept = {name: kind for name, kind in schema.items() if name not in (*DAILY, *RISKS)}
    profile = ibis.table(kept, name="kept_profile")
    asked = {**kept, "id": "int64", "attributes": kinds.JSON(binary=True), "opens_consented": "boolean"}
    population = ibis.table(
        dict.fromkeys(("repeat_buyers", "interval_tenths", "interval_tenths_squared", "reciprocals"), "int64"),
        name="population",
    )
    before = ibis.table({**kept, "value_band": "string"}, name="kept_profile").cross_join(BANDS)
    today = features.renewed(profile, population).cross_join(BANDS)
    told = with_lifetime(today.mutate(value_band=band(today)), models)
    steps = {
        "recalled": features.renewed(ibis.table(asked, name="kept_person"), population),
        "banded": before.filter(before.value_band != band(before)).select("contact_id"),
        **told,
        "profile": told["profile"].select(*schema),
    }
    return Renewal(folded({name: written_in("duckdb", name, table) for name, table in steps.items()}), tuple(kept))
