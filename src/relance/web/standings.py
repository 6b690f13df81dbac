"""How far each journey is, in one word: every page that names the state of a journey asks here, so that all say the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.journeys import launches
from relance.journeys.models import Journey, Launch, RampStep
from relance.measurement import launching
from relance.web import queue, tags

# The word of each state, its colour on every page, and what it means.
WORDS: dict[str, tuple[Any, str, Any]] = {
    "draft": (
        gettext_lazy("Draft"),
        "yellow",
        gettext_lazy("It is being written and was never published: nobody can enter it."),
    ),
    "unlaunched": (
        gettext_lazy("Awaits its launch"),
        "secondary",
        gettext_lazy("It is published; nobody enters before a person approves its launch."),
    ),
    "scheduled": (
        gettext_lazy("Approved, waits for its day"),
        "azure",
        gettext_lazy("A person approved its launch; nobody enters before the hour chosen."),
    ),
    "canary": (
        gettext_lazy("Canary under way"),
        "yellow",
        gettext_lazy("People drawn by chance have entered; the others wait for their release."),
    ),
    "growing": (
        gettext_lazy("Growing by steps"),
        "green",
        gettext_lazy("Its ramp lets people in step by step; the others wait for theirs."),
    ),
    "running": (gettext_lazy("Running"), "green", gettext_lazy("Whoever the segment holds may enter.")),
    "halted": (
        gettext_lazy("Sending halted"),
        "orange",
        gettext_lazy("The journey runs, but nothing at all is sent for now: the watch page says why."),
    ),
    "paused": (
        gettext_lazy("Paused"),
        "orange",
        gettext_lazy("Nobody enters or moves on until a person resumes it."),
    ),
    "stopped": (
        gettext_lazy("Stopped"),
        "red",
        gettext_lazy("A person put an end to it: nobody is in it any more and nothing leaves."),
    ),
}


@dataclass(frozen=True)
class Standing:
    """A state by its code; where it waits for its day, since when that day stands."""

    code: str
    start: datetime | None = None

    @property
    def label(self) -> str:
        """Return its word, with the day where it waits for one."""
        if self.start is not None:
            return _("Approved, starts on %(day)s") % {"day": tags.day(self.start)}
        return str(WORDS[self.code][0])

    @property
    def colour(self) -> str:
        """Return its colour."""
        return WORDS[self.code][1]

    @property
    def meaning(self) -> Any:
        """Return what it means, in a sentence."""
        return WORDS[self.code][2]


DRAFT = Standing("draft")


def of(journeys: Collection[Journey], now: datetime) -> dict[int, Standing]:
    """Return how far each of these published journeys is, by its id."""
    approvals = launches.all_in_force([one.pk for one in journeys])
    stopped = launches.stopped([one.name for one in journeys])
    plans = [launch.plan_id for launch in approvals.values() if launch.plan_id]
    grown = set(RampStep.objects.filter(plan_id__in=plans, number__gt=1).values_list("plan_id", flat=True))
    unlaunched = launches.all_never_started([one.pk for one in journeys if one.pk not in approvals])
    found = {}
    for one in journeys:
        launch = approvals.get(one.pk)
        found[one.pk] = _moving(launch, grown, now) if one.running else _resting(one, stopped, unlaunched)
    if any(one.code in {"canary", "growing", "running"} for one in found.values()) and _halts(now):
        return {pk: _halted(one) for pk, one in found.items()}
    return found


def of_one(journey: Journey, now: datetime) -> Standing:
    """Return how far a published journey is."""
    return of([journey], now)[journey.pk]


def _moving(launch: Launch | None, grown: Collection[int], now: datetime) -> Standing:
    """Return the state of a journey that nobody paused."""
    if launch is None:
        return Standing("running")
    if launch.canary is None and launch.start_at <= now:  # its rest may follow
        return Standing("running")
    start = launching.departs(launch, now)
    if start > now:
        return Standing("scheduled", start)
    if launch.canary is None:
        return Standing("running")
    return Standing("growing" if launch.plan_id in grown else "canary")


def _resting(journey: Journey, stopped: Mapping[str, Any], unlaunched: Collection[int]) -> Standing:
    if journey.name in stopped:
        return Standing("stopped")
    return Standing("unlaunched" if journey.pk in unlaunched else "paused")


def _halts(now: datetime) -> bool:
    """Tell whether nothing is sent at all for now, whatever runs."""
    stall = queue.lately(now).stall
    return stall is not None and stall.halts


def _halted(one: Standing) -> Standing:
    return Standing("halted") if one.code in {"canary", "growing", "running"} else one
