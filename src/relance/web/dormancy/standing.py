"""How the people of each policy stood at the last scoring, read from what that scoring wrote: no table is scanned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.dormancy import profiles, untold
from relance.dormancy.models import Profile
from relance.dormancy.states import QUIET
from relance.events import engine
from relance.events.schemas import PURCHASES
from relance.intake import coverage
from relance.rules import moments
from relance.web import tags

ORDER = ("new", "active", "cooling", "dormant", "very_dormant", "never_active", "undetermined")
# Bands of age: the last whole day in each, and what it is called.
BANDS = (
    (30, gettext_lazy("up to 1 month")), (91, gettext_lazy("to 3 months")), (182, gettext_lazy("to 6 months")), (365, gettext_lazy("to 1 year")),
    (730, gettext_lazy("to 2 years")), (1095, gettext_lazy("to 3 years")), (10**6, gettext_lazy("longer ago")),
)  # fmt: skip
CLOCKS = {
    "last_purchase_at": (
        gettext_lazy("Last purchase"),
        gettext_lazy("The last order, or the last purchase in the store."),
        "primary",
    ),
    "last_engagement_at": (
        gettext_lazy("Last sign of life"),
        gettext_lazy(
            "The last thing the person did: a purchase, a click, a reply, a sign-in, a visit, a form, a call. An open is none: "
            "machines open too."
        ),
        "slate",
    ),
    "last_legal_contact_at": (
        gettext_lazy("Last contact in law"),
        gettext_lazy(
            "What restarts the three years after which the law asks to erase: something the person asked of you or answered to. "
            "Neither an open nor a visit."
        ),
        "brown",
    ),
}

_STATES = "SELECT policy, state, count(*) FROM {profiles} GROUP BY ALL"


@dataclass(frozen=True)
class Standing:
    """People per state of each policy, and when they were scored; `at` is None where nobody ever was."""

    at: datetime | None = None
    policies: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def of(self, policy: str) -> dict[str, int]:
        """Return the people per state of a policy; the empty name is everybody."""
        found = self.policies.values() if not policy else [self.policies.get(policy, {})]
        return {state: sum(one.get(state, 0) for one in found) for state in ORDER}


def read() -> Standing:
    """Return what the last scoring found."""
    at = Profile.objects.aggregate(last=Max("scored_at"))["last"] if profiles.exist() else None
    if at is None:
        return Standing()
    found: dict[str, dict[str, int]] = {}
    with engine.connected() as con:
        for policy, state, people in con.execute(_STATES.format(profiles=profiles.relation())).fetchall():
            found.setdefault(policy, {})[state] = people
    return Standing(at, found)


def known_until(at: datetime) -> datetime:
    """Return the instant from which ages are counted: that of the scoring, or the last that was told where purchases ended."""
    ended = coverage.ended(at)
    return min(at, max(ended.values())) if coverage.over(coverage.covered(at), PURCHASES) else at


def strip(counts: Mapping[str, int]) -> dict[str, Any]:
    """Return the bar of states of some people: its pieces in hundredths, and who they are."""
    people = sum(counts.values())
    pieces, start = [], 0.0
    for state in ORDER:
        width = 100 * counts.get(state, 0) / people if people else 0.0
        if width:
            pieces.append({"x": f"{start:.2f}", "width": f"{width:.2f}", "colour": tags.state_colour(state)})
        start += width
    lines = [{"state": state, "count": counts[state]} for state in ORDER if counts.get(state)]
    return {
        "people": people,
        "pieces": pieces,
        "lines": lines,
        "silent": sum(counts.get(state, 0) for state in QUIET),
        "untold": untold.people(counts),
    }


def clocks(policy: str, now: datetime) -> dict[str, Any] | None:
    """Return how long ago each of the three clocks of a policy's people was set, as a chart; None before a scoring."""
    if not profiles.exist():
        return None
    counts = _ages(policy, now)
    lines = [
        {"name": str(label), "meaning": str(meaning), "colour": colour, "never": counts[name].get(-1, 0)}
        for name, (label, meaning, colour) in CLOCKS.items()
    ]
    chart = {
        "kind": "bar",
        "horizontal": True,
        "named": True,
        "axis": _("people"),
        "categories": [*(str(label) for _end, label in BANDS), _("never, or unknown")],
        "series": [
            {
                "name": str(label),
                "colour": colour,
                "values": [counts[name].get(band, 0) for band in (*range(len(BANDS)), -1)],
            }
            for name, (label, _meaning, colour) in CLOCKS.items()
        ],
    }
    return {"chart": chart, "lines": lines}


def _ages(policy: str, now: datetime) -> dict[str, Counter[int]]:
    """Return the people by the band of each clock's age; -1 is never."""
    only = f"WHERE policy = {engine.literal(policy)}" if policy else ""
    bands = ", ".join(_band(clock, now) for clock in CLOCKS)
    found: dict[str, Counter[int]] = {clock: Counter() for clock in CLOCKS}
    with engine.connected() as con:
        for *reached, people in con.execute(
            f"SELECT {bands}, count(*) FROM {profiles.relation()} {only} GROUP BY ALL"
        ).fetchall():
            for clock, band in zip(CLOCKS, reached, strict=True):
                found[clock][band] += people
    return found


def _band(clock: str, now: datetime) -> str:
    """Return the SQL of the band of a clock's age."""
    *ends, _longest = (end for end, _label in BANDS)
    cases = " ".join(
        f"WHEN {clock} >= {moments.written(now - timedelta(days=end))} THEN {n}" for n, end in enumerate(ends)
    )
    return f"CASE WHEN {clock} IS NULL THEN -1 {cases} ELSE {len(ends)} END"
