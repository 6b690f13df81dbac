"""What models say that scoring may use: parameters in force, shown to the engine as small tables."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from relance.core import place
from relance.dormancy.future import parameters
from relance.dormancy.lifetime import keeping
from relance.dormancy.program import FUTURE, LIFETIME, PARETO, RETURNS


def named() -> frozenset[str]:
    """Return the models of which some parameters are in force; none in a rehearsal, where nobody reads what they say."""
    if place.current().simulated:
        return frozenset()
    lifetime = keeping.parameters()
    pareto = {PARETO} if lifetime is not None and lifetime.model == "pareto_nbd" else set()
    fitted = {LIFETIME, RETURNS} if lifetime is not None else set()
    return frozenset(fitted | pareto | ({FUTURE} if parameters.latest() else set()))


def show(con: duckdb.DuckDBPyConnection) -> None:
    """Make a table of each model's parameters."""
    for name, table in _tables().items():
        con.register("parameters", table)
        con.execute(f"CREATE TABLE {name} AS FROM parameters")
        con.unregister("parameters")


def _tables() -> dict[str, pa.Table]:
    if place.current().simulated:
        return {}
    risks = parameters.in_force()
    found = {LIFETIME: keeping.fitted(), RETURNS: keeping.returns()} if keeping.parameters() is not None else {}
    return found | ({FUTURE: risks} if risks.num_rows else {})
