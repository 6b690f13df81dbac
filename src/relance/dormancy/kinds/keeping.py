"""What is kept of a night's sorting, so that pages show it at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from relance.core.errors import NotFoundError
from relance.dormancy import silences
from relance.dormancy.kinds import counting
from relance.dormancy.models import Estimate

KIND = "kinds"


def overview(now: datetime) -> dict[str, Any]:
    """Return how many people are of each kind, where they stand in the funnel and why they are silent, counted now."""
    return counting.overview(counting.counted(now), now)


def targets(now: datetime) -> dict[str, Any]:
    """Return the micro-targets ranked by expected value, counted now."""
    return counting.targets(counting.counted(now), now)


def run(now: datetime) -> int:
    """Count anew after a scoring and keep the answer; return 1, or 0 where nobody was scored. For the night."""
    if not silences.scored():
        return 0
    refresh(now)
    return 1


def refresh(now: datetime) -> dict[str, Any]:
    """Count anew, keep and return the answer: `overview` and `targets`. Raises RefusedError where nobody was scored."""
    tally = counting.counted(now)
    figures = {"overview": counting.overview(tally, now), "targets": counting.targets(tally, now)}
    with transaction.atomic():
        Estimate.objects.filter(kind=KIND).delete()
        Estimate.objects.create(kind=KIND, as_of=now, accepted=True, figures=figures)
    return figures


def kept() -> bool:
    """Tell whether anything is kept."""
    return Estimate.objects.filter(kind=KIND).exists()


def latest() -> dict[str, Any]:
    """Return what is kept, `overview` and `targets`; raise NotFoundError where nothing is."""
    found = Estimate.objects.filter(kind=KIND).order_by("-as_of").first()
    if found is None:
        raise NotFoundError(
            "Nobody was sorted into kinds yet: `relance kinds --refresh` does, and so do the workers each night."
        )
    return dict(found.figures)
