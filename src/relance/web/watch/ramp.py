"""What the page of a journey shows of its ramp, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from relance.eligibility.ramp import standing
from relance.journeys.models import Journey
from relance.web.language import current


def shown(journey: Journey, now: datetime) -> dict[str, Any] | None:
    """Return the steps and what is known before the next one; None where there is no ramp."""
    found, language = standing.standing(journey, now), current()
    if found is None:
        return None
    steps = [step | {"band": step["band"][language]} for step in found["steps"]]
    following = found["next"]
    if following:
        following |= {"band": following["band"][language], "sentences": following["sentences"][language]}
    opening = found["opening"]
    if opening:
        opening |= {"sentences": opening["sentences"][language]}
    return {"steps": steps, "next": following, "opening": opening}
