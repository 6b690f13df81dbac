"""The scoring program: a list of named queries, each reading those before it, the same Ibis expressions for every engine.

Inputs by name: `contact` (the database's people), `counted` (the events to aggregate), `events` (all of these people's),
`fitted` (what the lifetime model says). Sums over everybody (`population`, `amount`) are additive, so parts of a base
may be aggregated apart and added up; every figure that is compared between engines is an integer or a decimal sum.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, wraps
from itertools import pairwise
from typing import Any, ParamSpec, TypeVar, cast

import ibis
import ibis.expr.types as ir
from ibis.backends.sql.datatypes import DuckDBType
from ibis.common.exceptions import OperationNotDefinedError
from ibis.expr import datatypes as kinds
from ibis.expr.operations import Relation

from relance.core.errors import ConfigurationError
from relance.dormancy import features, states
from relance.dormancy.future import forms as future
from relance.dormancy.lifetime import forms as lifetime
from relance.dormancy.policies import PolicyDefinition
from relance.events.schemas import PURCHASES
from relance.intake import coverage
from relance.rules import CONTACTS, moments
from relance.rules.compiling import TIMESTAMP

DIALECTS = ("duckdb", "pyspark", "clickhouse", "bigquery", "snowflake", "trino")
# Each a narrow table over the one before. One step for each thing that the next says several times: nested they would repeat it.
JUDGED = ("asked", "tallied", "reached", "completed", "moved", "dated", "begun", "standing")
# Where there are several policies, each judges its own people: which one is said by `matched`, the others' columns not computed.
MATCHED, OWN = "matched", "person_of"
INNER = ("id", "attributes", "opens_consented", *(f"slot_{n}" for n in range(24 // features.SLOT_HOURS)))

# Of all buyers, the upper fifth by revenue is high, the next three tenths medium: as (numerator, denominator).
HIGH, MEDIUM = (8, 10), (5, 10)
AMOUNT = ibis.table({"revenue": "decimal(18, 4)", "people": "int64"}, name="amount")
BANDS = ibis.table({"high": "decimal(18, 4)", "medium": "decimal(18, 4)"}, name="bands")

# Tables of the parameters in force, and so the models' names.
LIFETIME, RETURNS, FUTURE = "lifetime_fitted", "lifetime_returns", "future_fitted"
PARETO = "lifetime_pareto"  # no table: the lifetime model in force is Pareto/NBD, whose closed forms are other ones
EXPECTED = "expected"  # people with what the lifetime model expects of each: a long text, that the next step says twice
RISKS = tuple(f"risk_{horizon}" for horizon in future.HORIZONS)
_EVENTS = re.compile(r"\bevents\b")
# Ibis takes the time zone off an instant before it counts seconds, as a double: for DuckDB a walk through the calendar for
# nothing. Whole seconds from microseconds are the same, counted from the year 1 so that division rounds down.
_ZONED = re.compile(r"\bEPOCH\(CAST\((\"\w+\"\.\"\w+\") AS TIMESTAMP\)\)")
_SECONDS = r"((EPOCH_US(\1) + 62135596800000000) // 1000000 - 62135596800)"

P = ParamSpec("P")
R = TypeVar("R")
Written = tuple[str, ...]  # policies, each as JSON
Covered = tuple[tuple[str, datetime], ...]


def by_columns(make: Callable[P, R]) -> Callable[P, R]:
    """Keep what is made of tables by their columns: those of other policies mostly have the same, and Ibis takes its time."""

    @lru_cache(maxsize=32)
    def made(*given: Hashable) -> Any:
        return cast("Any", make)(*(one.to_expr() if isinstance(one, Relation) else one for one in given))

    @wraps(make)
    def answer(*given: Any) -> Any:
        return made(*(one.op() if isinstance(one, ir.Table) else one for one in given))

    return cast("Callable[P, R]", answer)


@dataclass(frozen=True)
class Program:
    """Queries by name, in the order in which they are made, with their moments still named; and their dialect."""

    queries: Mapping[str, str]
    dialect: str
    columns: Mapping[str, Mapping[str, str]]  # of the tables that are kept, with DuckDB's types
    schema: ibis.Schema  # of `profile`
    models: frozenset[str]

    def at(self, name: str, now: datetime) -> str:
        """Return a query for an instant."""
        return moments.fill(self.queries[name], now, self.dialect)

    @property
    def figures(self) -> tuple[str, ...]:
        """The one-row tables of the whole base's figures."""
        return ("population", "bands")

    @property
    def sums(self) -> str:
        """The columns that add up the population's figures of parts of a base."""
        return ", ".join(f"sum({name})::{kind} AS {name}" for name, kind in self.columns["population"].items())

    def typed(self, name: str) -> str:
        """The columns of a table, cast to the types in which it is kept, whichever engine made it."""
        table = "scored" if name == "profiles" else name
        return ", ".join(f'CAST("{column}" AS {kind}) AS "{column}"' for column, kind in self.columns[table].items())

    @property
    def risks(self) -> tuple[str, ...]:
        """The steps that end in the probability of turning dormant; none where no parameters are in force."""
        names = list(self.queries)
        return tuple(names[names.index("profile") + 1 : names.index("scored")])

    @property
    def reads_events(self) -> bool:
        """Whether judging people looks at events again: a policy's population, or who is out of target, asks for some."""
        return _EVENTS.search(self.queries["asked"]) is not None


@lru_cache(maxsize=16)
def compiled(
    written: Written, covered: Covered, dialect: str = "duckdb", models: frozenset[str] = frozenset()
) -> Program:
    """Return the program of these policies and models in a dialect; kept, since it does not change from night to night."""
    found = [PolicyDefinition.model_validate_json(text) for text in written]
    models = usable(models, dict(covered))
    steps = expressions(found, dict(covered), models)
    queries = folded({name: written_in(dialect, name, table) for name, table in steps.items()})
    kept = {
        name: {column: DuckDBType.to_string(kind) for column, kind in steps[name].schema().items()}
        for name in ("feature", "received", "population", "bands", "asked", "scored")
    }
    return Program(queries, dialect, kept, steps["profile"].schema(), models)


def written_in(dialect: str, name: str, table: ir.Table) -> str:
    """Return a step as the dialect writes it."""
    try:
        return _sql(dialect, table.op())
    except OperationNotDefinedError as error:
        raise ConfigurationError(
            f"A policy asks something that {dialect} cannot compute (step {name}: {error}). Take the condition out of the "
            "policy, or score with DuckDB or Spark."
        ) from error


@lru_cache(maxsize=128)
def _sql(dialect: str, step: Relation) -> str:
    """Return a step's query; kept, since most steps of other policies are the same."""
    if dialect == "pyspark":
        ibis.pyspark  # noqa: B018  # loads the options that its compiler reads
    sql = str(ibis.to_sql(step.to_expr(), dialect=dialect, pretty=False))  # indented, a nested series is mostly blanks
    return _ZONED.sub(_SECONDS, sql) if dialect == "duckdb" else sql


def usable(models: Collection[str], covered: Mapping[str, datetime]) -> frozenset[str]:
    """Return the models that may speak: a silence of purchases that nobody told of says nothing of who left."""
    silent = {LIFETIME, RETURNS, PARETO} if coverage.over(covered, PURCHASES) else set()
    return frozenset(models) - silent


def expressions(
    policies: list[PolicyDefinition], covered: Mapping[str, datetime], models: Collection[str] = ()
) -> dict[str, ir.Table]:
    """Return the steps by name. Each reads the table before it: nested into one they would repeat each other's expressions."""
    aggregated = features.aggregated(policies)
    feature = ibis.table(aggregated.schema(), name="feature")
    received = features.exposed(policies)
    steps = {"feature": aggregated, "received": received}
    steps["population"] = features.population(feature)
    steps["person"] = people(feature, ibis.table(received.schema(), name="received"), _named(steps, "population"))
    person = ibis.table(steps["person"].schema(), name="person")
    steps["amount"] = amounts(person)
    steps["bands"] = bands(AMOUNT)
    steps["asked"] = states.asked(person, policies, dict(covered))
    steps["tallied"] = states.tallied(_named(steps, "asked"), policies)
    steps["reached"] = states.reached(_named(steps, "tallied"), policies)
    steps["completed"] = states.completed(_named(steps, "reached"), policies)
    steps["moved"] = states.moved(_named(steps, "completed"), policies)
    steps["dated"] = states.dated(_named(steps, "moved"), policies)
    steps["begun"] = states.begun(_named(steps, "dated"), policies)
    steps["standing"] = states.standing(_named(steps, "begun"), policies)
    steps |= apart(person, policies, dict(covered))
    steps |= with_lifetime(profile(person, _named(steps, "standing"), BANDS), frozenset(models))
    kept = _named(steps, "profile")
    if FUTURE in models:
        steps |= future.steps(kept, policies, dict(covered))
        risks = _named(steps, list(steps)[-1])
        joined = kept.left_join(risks, kept.contact_id == risks.contact_id)
        steps["scored"] = joined.select(*kept.columns, *RISKS)
    else:
        steps["scored"] = _without(kept, RISKS)
    return steps


def apart(
    person: ir.Table, policies: list[PolicyDefinition], covered: Mapping[str, datetime]
) -> Mapping[str, ir.Table]:
    """Return the steps by which each of several policies judges the people of its population alone; none where there is one.

    `matched` numbers people by the first policy whose population they are of, NOBODY's people by that; the steps of policy `n`
    are called `asked/n` to `standing/n` and read them as the relation OWN. Together they say what `standing` says of everybody.
    """
    if len(policies) < 2:
        return {}
    steps = {MATCHED: states.matched(person, policies, covered)}
    groups = {n: [policy.model_copy(update={"population": None})] for n, policy in enumerate(policies)}
    if all(policy.population is not None for policy in policies):
        groups[states.NOBODY] = []
    for n, own in groups.items():
        table = states.asked(ibis.table(person.schema(), name=OWN), own, covered)
        steps[f"{JUDGED[0]}/{n}"] = table
        for before, name in pairwise(JUDGED):
            table = getattr(states, name)(ibis.table(table.schema(), name=before), own)
            steps[f"{name}/{n}"] = table
    return steps


@by_columns
def with_lifetime(kept: ir.Table, models: frozenset[str]) -> Mapping[str, ir.Table]:
    """Return the steps that add what the lifetime model says of each, the last `profile`; nothing of who objected to profiling."""
    if LIFETIME not in models:
        return {"profile": _without(kept, lifetime.COLUMNS)}
    fitted, returns = ibis.table(lifetime.FITTED, name=LIFETIME), ibis.table(lifetime.RETURNS, name=RETURNS)
    counted = lifetime.counted(kept, fitted, returns, pareto=PARETO in models)
    told = lifetime.valued(ibis.table(counted.schema(), name=EXPECTED))
    free = told.objected_at.isnull()
    columns = {name: ibis.ifelse(free, told[name], ibis.null("float64")) for name in lifetime.COLUMNS}
    return {EXPECTED: counted, "profile": told.mutate(**columns)}


def folded(queries: Mapping[str, str]) -> dict[str, str]:
    """Return the queries with `expected` inside `profile`: written apart so that its expressions stand once, never kept."""
    found = {name: sql for name, sql in queries.items() if name != EXPECTED}
    if EXPECTED in queries:
        profile = found["profile"].removeprefix("WITH ")
        more = "," if profile != found["profile"] else ""
        found["profile"] = f"WITH {EXPECTED} AS ({queries[EXPECTED]}){more} {profile}"
    return found


def _without(kept: ir.Table, names: Iterable[str]) -> ir.Table:
    return kept.mutate(**{name: ibis.null("float64") for name in names})


def contacts() -> ir.Table:
    """Return the relation `contact`: the fields of the rule language, and what scoring reads besides."""
    columns = {
        **CONTACTS.columns(),
        "attributes": kinds.JSON(binary=True),
        "unreachable": "boolean",
        "objected_at": TIMESTAMP,
        "opens_consented": "boolean",
    }
    return ibis.table(columns, name="contact")


def _named(steps: Mapping[str, ir.Table], name: str) -> ir.Table:
    return ibis.table(steps[name].schema(), name=name)


@by_columns
def people(feature: ir.Table, received: ir.Table, population: ir.Table) -> ir.Table:
    """Return people with what their events say and what depends on today."""
    contact = contacts()
    joined = contact.left_join(feature, contact.id == feature.contact_id).drop("contact_id")
    both = joined.left_join(received, joined.id == received.contact_id).drop("contact_id")
    counts = [name for name in received.columns if name != "contact_id" and not name.startswith("last_")]
    return features.described(both.mutate(**{name: both[name].fill_null(0) for name in counts}), population)


@by_columns
def amounts(person: ir.Table) -> ir.Table:
    """Return how many buyers brought each revenue; of parts of a base, these add up."""
    buyers = person.filter(person.orders > 0, person.objected_at.isnull())
    return buyers.group_by("revenue").aggregate(people=buyers.count())


def bands(amount: ir.Table) -> ir.Table:
    """Return the least revenue of the high and of the medium band, NULL where nobody bought; integers decide.

    A revenue is high when it is at least the 0.8 quantile, linearly interpolated (Hyndman and Fan 1996, type 7); of the
    revenues that occur that is the one of rank ceil(0.8 (n - 1)) + 1, and those above it.
    """
    upto = amount.people.sum().over(ibis.cumulative_window(order_by=amount.revenue.asc()))
    ranked = amount.select("revenue", before=upto - 1, last=amount.people.sum().over(ibis.window()) - 1)
    least = {
        name: ranked.revenue.min(where=ranked.before * parts >= ranked.last * share)
        for name, (share, parts) in {"high": HIGH, "medium": MEDIUM}.items()
    }
    return ranked.aggregate(**least)


@by_columns
def profile(person: ir.Table, standing: ir.Table, limits: ir.Table) -> ir.Table:
    """Return what a scoring keeps of each person before the models: features, standing, value band."""
    joined = person.join(standing, person.id == standing.contact_id).cross_join(limits)
    features_kept = [name for name in person.columns if name not in INNER and name not in standing.columns]
    judged = [name for name in standing.columns if name != "contact_id"]
    more = {"since": ibis.null(TIMESTAMP), "reason": ibis.literal("")}
    missing = {name: value for name, value in more.items() if name not in judged}
    return joined.select("contact_id", *features_kept, *judged, **missing, value_band=band(joined))


def band(person: ir.Table) -> ir.StringValue:
    """Return the value band of people who stand beside the limits: none of who objected to profiling."""
    return ibis.cases(
        (person.objected_at.notnull(), ""),
        (person.orders == 0, "none"),
        (person.revenue >= person.high, "high"),
        (person.revenue >= person.medium, "medium"),
        else_="low",
    )
