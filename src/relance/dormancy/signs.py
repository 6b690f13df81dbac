"""What the policies ask of everybody today, as a hash a person: a night judges again whose differs from that of the last scoring."""

from __future__ import annotations

from datetime import datetime

import duckdb

from relance.dormancy import features, renewal, states
from relance.dormancy.policies import PolicyDefinition
from relance.dormancy.program import Program
from relance.dormancy.vocabulary import SCORED
from relance.events import engine
from relance.rules import Condition, moments, parse
from relance.rules.grammar import All, Compare, Either, Happened, Not, Silent

_OPENS = """
    SELECT contact_id FROM (
        SELECT DISTINCT ON (contact_id) contact_id, given AND (expires_at IS NULL OR expires_at > {now}) AS given FROM consent
        WHERE topic = 'opens' AND channel = 'email' AND at <= {now} ORDER BY contact_id, at DESC, id DESC
    ) AS latest WHERE given
"""
_LATE = "overdue_at_"


def recall(con: duckdb.DuckDBPyConnection, program: Program, now: datetime, attributes: str) -> None:
    """Make the view `person` of the relation `kept_profile` as it looks today; reads `population`.

    `attributes` is a relation of everybody's attributes, where `asks_attributes`.
    """
    opens = "false"
    if "opens_consented" in program.queries["asked"]:
        engine.load(con, "opens_now", _OPENS.format(now=moments.written(now, "postgres")))
        opens = "contact_id IN (SELECT contact_id FROM opens_now)"
    names = ", ".join(f'"{name}"' for name in renewal.of(program).columns)
    source = f"kept_profile JOIN {attributes} USING (contact_id)" if attributes else "kept_profile"
    told = "attributes" if attributes else "'{}'"
    con.execute(
        f"CREATE OR REPLACE VIEW kept_person AS SELECT {names}, contact_id AS id, {told} AS attributes, "
        f"{opens} AS opens_consented FROM {source}"
    )
    con.execute(f"CREATE OR REPLACE VIEW person AS {moments.fill(renewal.of(program).queries['recalled'], now)}")


def asks_attributes(program: Program) -> bool:
    """Tell whether the policies look at people's attributes, which profiles do not hold."""
    return "attributes" in program.queries["asked"]


def query(program: Program, asked: list[PolicyDefinition], now: datetime) -> str:
    """Return the relation of everybody's `contact_id` and `sign`; reads `person` and no event.

    What events and the person's row alone decide is not in it: it changes with them. Since when somebody is late by her own
    rhythm, which a night moves for many, says nothing of who is dormant anyway.
    """
    left_out = lasting(asked)
    names = [name for name in program.columns["asked"] if name not in left_out and not name.startswith(_LATE)]
    late = [f"CASE WHEN surely_{n} NOT IN {states.QUIET!r} THEN {_LATE}{n} END" for n in range(len(asked))]
    steps = ("asked", "tallied", "reached")
    chain = ", ".join(f"{name} AS NOT MATERIALIZED ({program.at(name, now)})" for name in steps)
    hashed = ", ".join([*(f'"{name}"' for name in names), *late])
    nothing = "events AS NOT MATERIALIZED (SELECT * FROM events LIMIT 0), " if program.reads_events else ""
    return f"(WITH {nothing}{chain} SELECT id AS contact_id, hash({hashed}) AS sign FROM reached)"


def lasting(asked: list[PolicyDefinition]) -> frozenset[str]:
    """Return the columns of `asked` that neither the day nor a consent changes."""
    begun = {
        f"began_{n}_{key}"
        for n, policy in enumerate(asked)
        for key, criterion in policy.criteria.items()
        if not criterion.reads_opens and not criterion.event
    }
    return frozenset({"id", "settled", "never", "objected"} | begun | (by_events(asked) or frozenset()))


def by_events(asked: list[PolicyDefinition]) -> frozenset[str] | None:
    """Return the columns of `asked` that are decided by events, whenever they happened, and by what is kept of a person.

    None where a condition on events also hangs on the day, by a window, a date or an age.
    """
    found = set()
    for n, policy in enumerate(asked):
        for column, written in (("match", policy.population), ("out", policy.out_of_target)):
            condition = None if written is None else parse(written, policy.policy, vocabulary=SCORED)
            if condition is None or not _reads_events(condition):
                continue
            if _hangs_on_the_day(condition):
                return None
            found.add(f"{column}_{n}")
    return frozenset(found)


def _reads_events(condition: Condition) -> bool:
    return isinstance(condition, Happened | Silent) or any(map(_reads_events, _parts(condition)))


def _hangs_on_the_day(condition: Condition) -> bool:
    if isinstance(condition, Happened):
        return condition.within is not None
    if isinstance(condition, Compare):
        return condition.field in features.DAILY or SCORED.fields.get(condition.field) == SCORED.fields["first_seen"]
    return isinstance(condition, Silent) or any(map(_hangs_on_the_day, _parts(condition)))


def _parts(condition: Condition) -> tuple[Condition, ...]:
    if isinstance(condition, Not):
        return (condition.part,)
    return condition.parts if isinstance(condition, All | Either) else ()
