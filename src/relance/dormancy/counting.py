"""What is counted in a window that ends today: messages received, calls unanswered, and what stands beside the points."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from relance.core.durations import Duration
from relance.dormancy import due
from relance.dormancy.cadence import seconds
from relance.dormancy.criteria import EXPOSED_TO, Beside
from relance.dormancy.policies import PolicyDefinition
from relance.rules import moments
from relance.rules.compiling import EVENTS

IGNORED_FOR = Duration(6, "month")  # so long must messages have come without a click for them to count as ignored


@dataclass(frozen=True)
class Tally:
    """Events of a type, on a channel or on all, in a window; `dated` where the last of them is asked for too."""

    event: str
    window: Duration
    channel: str | None = None
    dated: bool = False

    @property
    def name(self) -> str:
        """Return the name of its column."""
        return name(self.event, self.window, self.channel)


def name(event: str, window: Duration, channel: str | None = None) -> str:
    """Return the name of the column that counts an event in a window."""
    return f"{event}{f'_by_{channel}' if channel else ''}_in_{window.count}_{window.unit}s"


def beside_name(beside: Beside) -> str:
    """Return the name of the column that counts what stands beside the points."""
    if not beside.unless:
        return name(beside.event, beside.within)
    return f"{name(beside.event, beside.within)}_without_{'_or_'.join(sorted(beside.unless))}"


def counted(policies: list[PolicyDefinition]) -> ir.Table:
    """Return one row per contact with every count the policies ask for, and that of the messages one may have ignored."""
    left = {beside_name(b): b for policy in policies for b in policy.beside.values() if b.unless}
    found = _tallied(asked(policies))
    for table in (_left(column, b) for column, b in left.items()):
        joined = found.outer_join(table, "contact_id", rname="{name}_other")
        found = joined.mutate(contact_id=joined.contact_id.coalesce(joined.contact_id_other)).drop("contact_id_other")
    return found


def counted_beside(beside: Beside) -> ir.Table:
    """Return one row per contact with what one entry beside the points counts."""
    if beside.unless:
        return _left(beside_name(beside), beside)
    return _tallied([Tally(beside.event, beside.within)])


def asked(policies: list[PolicyDefinition]) -> list[Tally]:
    """Return the counts the policies and the false inactives ask for, each once, dated where any of them wants that."""
    found = [Tally(EXPOSED_TO, IGNORED_FOR), *(tally for policy in policies for tally in _of(policy))]
    dated = {tally.name for tally in found if tally.dated}
    return list({t.name: Tally(t.event, t.window, t.channel, t.name in dated) for t in found}.values())


def _of(policy: PolicyDefinition) -> list[Tally]:
    criteria = list(policy.criteria.values())
    received = [
        Tally(c.exposed_to.event, c.exposed_to.within or c.duration, c.channel) for c in criteria if c.exposed_to
    ]
    repeated = [Tally(c.event, c.duration, c.channel, dated=True) for c in criteria if c.event]
    return [*received, *repeated, *(Tally(b.event, b.within) for b in policy.beside.values() if not b.unless)]


def _tallied(tallies: list[Tally]) -> ir.Table:
    starts = [moments.before(tally.window) for tally in tallies]
    longest = ibis.least(*starts) if len(starts) > 1 else starts[0]
    types = sorted({tally.event for tally in tallies})
    received = EVENTS.filter(EVENTS.type.isin(types), EVENTS.occurred_at > longest, EVENTS.occurred_at <= moments.now())
    columns: dict[str, ir.Value] = {}
    for tally, start in zip(tallies, starts, strict=True):
        there = (received.type == tally.event) & (received.occurred_at > start)
        if tally.channel:
            there = there & (received.channel == tally.channel).fill_null(False)
        columns[tally.name] = there.sum()
        if tally.dated:
            columns[f"last_{tally.name}"] = received.occurred_at.max(where=there)
    return received.group_by("contact_id").aggregate(**columns)


def _left(column: str, beside: Beside) -> ir.Table:
    """Return how often each contact left the event at that: nothing of its kind, nor what it leads to, came in time.

    A cart filled in several goes is left once, at its last; one that is younger than the wait is not left yet.
    """
    types = [beside.event, *beside.unless]
    start, now = moments.before(beside.within), moments.now()
    events = EVENTS.filter(EVENTS.type.isin(types), EVENTS.occurred_at > start, EVENTS.occurred_at <= now)
    events = events.select("contact_id", "type", at=seconds(events.occurred_at))
    window = ibis.window(group_by=events.contact_id, order_by=[events.at.asc(), (events.type != beside.event).asc()])
    followed = events.select("contact_id", "type", "at", following=events.at.lead().over(window))
    left = followed.following.fill_null(seconds(now)) > due.seconds_after(beside.wait, followed.at)
    kept = followed.filter(followed.type == beside.event, left)
    return kept.group_by("contact_id").aggregate(**{column: kept.count()})
