"""What a relaunch was measured to change: the ratio of two rates of return, with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from relance.core import place
from relance.dormancy import returning, silences
from relance.dormancy.threshold import Effect
from relance.events import engine
from relance.events.schemas import PURCHASES
from relance.journeys.models import Version
from relance.measurement.figures import Result
from relance.measurement.intervals import Interval, Z
from relance.measurement.models import ResultSnapshot
from relance.outbox.models import Purpose

FEW = 5  # who come back, expected in the smaller arm by the rate of both, below which no ratio is told

_RESULT = TypeAdapter(Result)


def ratio(returned: int, people: int, other_returned: int, other_people: int) -> Interval:
    """Return the interval of the first rate over the other (S. D. Walter, Biometrika 62, 1975, 371-374).

    Logarithms are normal; a half is added to each count, which keeps it finite and centred.
    """
    parts = [returned + 0.5, other_returned + 0.5]
    wholes = [people + 0.5, other_people + 0.5]
    centre = np.log(parts[0] / wholes[0]) - np.log(parts[1] / wholes[1])
    spread = Z * np.sqrt(sum(1 / part - 1 / whole for part, whole in zip(parts, wholes, strict=True)))
    return Interval(float(np.exp(centre - spread)), float(np.exp(centre + spread)))


def lift(returned: int, people: int, other_returned: int, other_people: int, *, journey: str) -> Effect | None:
    """Return by what share a journey raised the chance of coming back; None with too few returns to tell.

    Asked of those who did come back in each arm, five picked the control groups that came back much, and the intervals that
    were told held the truth in 87 to 92 samples of 100.
    """
    expected = (returned + other_returned) * min(people, other_people) / (people + other_people)
    if expected < FEW or not returned or not other_returned:
        return None
    found = ratio(returned, people, other_returned, other_people)
    share = (returned / people) / (other_returned / other_people) - 1
    return Effect(share, found.low - 1, found.high - 1, "measured", journey)


def measured() -> Effect | None:
    """Return the effect of the largest finished reactivation with a control group that tells more than the assumption.

    It tells more where its interval excludes no effect at all, or excludes the assumed one; an interval that holds both
    would only replace a stated assumption by chance.
    """
    assumed = Effect.assumed().lift
    for one in sorted(_results(), key=lambda result: -(result.treated + result.control)):
        effect = one.effect
        if effect.treated is None or effect.control is None or not set(effect.types) <= set(PURCHASES):
            continue
        counts = (effect.treated.count, effect.treated.people, effect.control.count, effect.control.people)
        found = lift(*counts, journey=one.journey)
        if found is not None and not (found.low <= 0 <= found.high and found.low <= assumed <= found.high):
            return found
    return None


def _results() -> Iterator[Result]:
    """Yield the kept results of finished reactivations."""
    for row in ResultSnapshot.objects.select_related("journey"):
        if row.figures["finished"] and _reactivates(row.journey.pk):
            yield _RESULT.validate_python(row.figures)


def _reactivates(journey_id: int) -> bool:
    latest = Version.objects.filter(journey_id=journey_id).order_by("-number").first()
    return latest is not None and latest.definition.get("purpose") == Purpose.REACTIVATION.value


def as_dict() -> dict[str, Any] | None:
    """Return the measured effect as plain data, for the kept curves; None where the assumption stands."""
    found = measured()
    return None if found is None else asdict(found)


def refresh(now: datetime) -> int:
    """Make the curves of silence anew with what journeys measured; return how many populations could be told of."""
    with engine.reading() as con:
        return returning.refresh(con, now, as_dict())


def run(now: datetime) -> int:
    """Keep the curves where they are a week old or older than a policy; a rehearsal shows nobody a page."""
    if place.current().simulated or not silences.scored() or not returning.due(now):
        return 0
    return refresh(now)
