"""What would change a person's state: the signs that would, and the day on which silence alone does.

The same rules as `states`, on one person's row in Python; a test holds the two together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings

from relance.core.durations import Duration
from relance.dormancy import due
from relance.dormancy.criteria import OPENED, Criterion
from relance.dormancy.features import exposed_name, first_name, last_name
from relance.dormancy.policies import SILENT_STATES, PolicyDefinition
from relance.dormancy.states import CADENCE, QUIET, needed
from relance.intake import coverage

RANK = {state: rank for rank, state in enumerate(("active", "cooling", "dormant", "very_dormant"))}


@dataclass(frozen=True)
class Change:
    """A state somebody would come to: by signs of these criteria, or (`at`) by silence alone, through that criterion."""

    to: str
    criteria: tuple[str, ...]
    at: datetime | None = None


@dataclass(frozen=True)
class Person:
    """One person's row of a scoring, with her policy, and from when to when each event type is covered."""

    row: Mapping[str, Any]
    policy: PolicyDefinition
    covered: Mapping[str, datetime]
    now: datetime
    ended: Mapping[str, datetime] = field(default_factory=dict)  # types told once and no longer: until when

    @cached_property
    def marks(self) -> dict[str, str]:
        """Return each criterion's verdict: `+` it holds, `-` it does not, `?` nobody can tell."""
        return {mark[:-1]: mark[-1] for mark in str(self.row["criteria"]).split()}

    def last(self, criterion: Criterion) -> datetime | None:
        """Return the last sign of the criterion's types; an open only where she consented."""
        if criterion.event:
            return self.row.get("last_" + exposed_name(criterion.event, criterion.duration, criterion.channel))
        if not criterion.reads_opens:
            return self.row.get(last_name(criterion.types, criterion.channel))
        names = [name for name in criterion.types if name != OPENED]
        opened = self.row.get(last_name([OPENED], criterion.channel)) if self.row.get("opens_consented") else None
        signs = [self.row.get(last_name(names, criterion.channel)) if names else None, opened]
        return max((sign for sign in signs if sign is not None), default=None)

    def begun(self, criterion: Criterion) -> datetime | None:
        """Return when her time under the criterion began; None if it does not concern her."""
        found: datetime | None = (
            self.row.get(first_name(criterion.after)) if criterion.after else self.row["first_seen_at"]
        )
        return found

    def received(self, criterion: Criterion) -> int:
        """Return how much she received of what a silence is an answer to, or how often a counted thing happened."""
        if criterion.event:
            return int(self.row.get(exposed_name(criterion.event, criterion.duration, criterion.channel)) or 0)
        if criterion.exposed_to is None:
            return 0
        window = criterion.exposed_to.within or criterion.duration
        return int(self.row.get(exposed_name(criterion.exposed_to.event, window, criterion.channel)) or 0)

    def exposed(self, criterion: Criterion) -> bool:
        """Return whether she received enough for her silence to mean something."""
        return criterion.exposed_to is None or self.received(criterion) >= criterion.exposed_to.count.gte

    def covered_since(self, criterion: Criterion) -> datetime | None:
        """Return since when some source tells of the criterion's types."""
        return coverage.since(self.covered, criterion.types)

    def told_until(self, criterion: Criterion) -> datetime | None:
        """Return until when all of the criterion's types were told, where one of them no longer is."""
        return min((self.ended[name] for name in criterion.types if name in self.ended), default=None)


def state(person: Person, marks: Mapping[str, str], *, overdue: bool, at: datetime) -> str:
    """Return the state these verdicts give the person at an instant."""
    if person.row.get("objected_at"):
        return "undetermined"
    if person.row["first_seen_at"] > Duration(settings.RELANCE.new_days, "day").before(at):
        return "new"
    surely, perhaps = _reached(person.policy, marks, "+"), _reached(person.policy, marks, "+?")
    if surely in QUIET:
        return surely
    if perhaps in QUIET:
        return "undetermined"
    return "cooling" if surely == "active" and overdue else surely


def _reached(policy: PolicyDefinition, marks: Mapping[str, str], counted: str) -> str:
    points = sum(criterion.points for key, criterion in policy.criteria.items() if marks[key] in counted)
    for name in reversed([name for name in SILENT_STATES if name in policy.states]):
        needs = needed(policy, name)
        if points >= policy.states[name].points and (needs is None or marks[needs] in counted):
            return name
    return "active"


def by_signs(person: Person) -> list[Change]:
    """Return which single signs would bring a quiet person to a livelier state, and which together make her active."""
    now_in = str(person.row["state"])
    if RANK.get(now_in, 0) == 0 and now_in != "undetermined":
        return []
    before = RANK.get(now_in, RANK["very_dormant"])
    single = [(key, _after_signs(person, [key])) for key, mark in person.marks.items() if mark in "+?"]
    useful = [Change(to, (key,)) for key, to in single if to in RANK and RANK[to] < before]
    found = [change for change in useful if person.policy.criteria[change.criteria[0]].event is None]
    if any(change.to == "active" for change in found):
        return found
    together = _together(person)
    return [*found, *([together] if together else [])]


def _together(person: Person) -> Change | None:
    """Return the fewest signs, the heaviest first, that make her active; None if signs cannot."""
    keys: list[str] = []
    weights = sorted(person.marks, key=lambda key: -person.policy.criteria[key].points)
    for key in weights:
        if person.marks[key] not in "+?" or person.policy.criteria[key].event:
            continue
        if _heard(person, keys)[key] == "-":
            continue
        keys.append(key)
        if _after_signs(person, keys) == "active":
            return Change("active", tuple(keys)) if len(keys) > 1 else None
    return None


def _after_signs(person: Person, keys: list[str]) -> str:
    bought = any({"order_placed", "store_purchase"} & set(person.policy.criteria[key].types) for key in keys)
    overdue = not bought and (at := overdue_at(person)) is not None and at <= person.now
    return state(person, _heard(person, keys), overdue=overdue, at=person.now)


def _heard(person: Person, keys: list[str]) -> dict[str, str]:
    """Return the verdicts once there was a sign for these criteria: it counts for every other that looks at it too."""
    signs = [person.policy.criteria[key] for key in keys]
    return {
        key: "-" if criterion.event is None and any(_counts(sign, criterion) for sign in signs) else person.marks[key]
        for key, criterion in person.policy.criteria.items()
    }


def _counts(sign: Criterion, criterion: Criterion) -> bool:
    """Return whether every sign of one criterion is one of the other."""
    same_channel = criterion.channel is None or criterion.channel == sign.channel
    return set(sign.types) <= set(criterion.types) and same_channel


def by_silence(person: Person) -> Change | None:
    """Return the next state without any sign, its day and the criterion; None where silence changes nothing more.

    Messages are taken to keep arriving as they did; what is not told of today is taken to become known in its time.
    """
    if person.row.get("objected_at") or person.row["state"] == "never_active":
        return None
    turning = {key: _turning(person, key) for key in person.policy.criteria}
    late = overdue_at(person)
    settled = Duration(settings.RELANCE.new_days, "day").after(person.row["first_seen_at"])
    instants = {at for silent, known in turning.values() for at in (silent, known) if at and at > person.now}
    for at in sorted(instants | {at for at in (late, settled) if at and at > person.now}):
        marks = {key: _mark_at(person.marks[key], turning[key], at) for key in turning}
        then = state(person, marks, overdue=late is not None and late <= at, at=at)
        if then != person.row["state"] and not _unheard(person, then):
            moved = [key for key, (silent, known) in turning.items() if at in (silent, known)]
            return Change(then, tuple(moved or ([CADENCE] if at == late else [])), at)
    return None


def _unheard(person: Person, then: str) -> bool:
    """Return whether nothing is known of a person who would only be `active` for want of anything else."""
    return person.row.get("last_engagement_at") is None and then == "active"


def _turning(person: Person, key: str) -> tuple[datetime | None, datetime | None]:
    """Return when a criterion's silence is long enough, and when it is known to be; None for never."""
    criterion, mark = person.policy.criteria[key], person.marks[key]
    begun, last = person.begun(criterion), person.last(criterion)
    if mark == "+" or criterion.event or begun is None or (criterion.never and last):
        return None, None
    start = begun if criterion.never else max(begun, last or begun)
    silent = due.after(criterion.duration, start)
    since, told = person.covered_since(criterion), person.exposed(criterion)
    if since is None or not told or (criterion.reads_opens and not person.row.get("opens_consented")):
        return silent, None
    if criterion.never:
        return silent, silent if since <= person.row["first_seen_at"] else None
    return silent, silent if since <= begun else max(silent, due.after(criterion.duration, since))


def _mark_at(mark: str, turning: tuple[datetime | None, datetime | None], at: datetime) -> str:
    """Return the verdict of a criterion at a later instant, without any sign until then."""
    silent, known = turning
    if mark == "+" or (known is not None and known <= at):
        return "+"
    return "?" if mark == "?" or (silent is not None and silent <= at) else "-"


def overdue_at(person: Person) -> datetime | None:
    """Return when silence reaches so many times the person's own rhythm that she counts as cooling."""
    ratio, silence = person.row.get("overdue_ratio"), person.row.get("silence_days")
    if person.policy.cadence is None or not ratio or not silence:
        return None
    days = math.ceil(silence / ratio * person.policy.cadence.overdue_at - 1e-6)
    bought: datetime = person.row["last_purchase_at"]
    return bought + timedelta(days=days)
