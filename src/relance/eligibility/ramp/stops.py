"""What the breaker holds of a ramp: the providers that are stopped, since when each counts anew, and how slowly it resumes.

A stop concerns one mailbox provider, or the journey at all of them. Its people wait, and its answers are left out of what
the others have to prove; those go on by their own. Once a person has closed it, only messages sent since count where it
was, and there the ramp comes back a step lower.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.db.models import Max, Q

from relance.eligibility.breaker import openings, providers
from relance.eligibility.breaker.counting import ALL
from relance.eligibility.breaker.models import BreakerOpening
from relance.eligibility.ramp import plan
from relance.journeys import senders
from relance.journeys.models import RampStep


@dataclass(frozen=True)
class Stops:
    """The providers stopped now, for the journey or its sender, and when a person last closed a stop at each."""

    open: frozenset[str]
    closed: Mapping[str, datetime]

    @property
    def everywhere(self) -> bool:
        """Whether no provider is left to write to."""
        return self.open.issuperset(providers.PROVIDERS)

    def since(self, names: Iterable[str], first: datetime) -> dict[str, datetime]:
        """Return from when on the messages to each provider count: from `first`, or the last closing after it."""
        return {name: max(first, self.closed.get(name, first)) for name in names}


NONE = Stops(frozenset(), MappingProxyType({}))


def of(journey_id: int) -> Stops:
    """Return what the breaker holds of a journey."""
    of_sender = Q(scope__journey_id=ALL, scope__sender=senders.of(journey_id).domain)
    closed = BreakerOpening.objects.filter(of_sender | Q(scope__journey_id=journey_id), closed_at__isnull=False)
    last = dict(closed.values("scope__provider").annotate(at=Max("closed_at")).values_list("scope__provider", "at"))
    if whole := last.pop(providers.EVERYONE, None):
        last = {name: max(whole, last.get(name, whole)) for name in providers.PROVIDERS}
    stopped = openings.of_journey(journey_id)
    return Stops(frozenset(name for one in stopped for name in one.providers), last)


def caps(plan_id: int, band: str, stops: Stops) -> dict[str, int]:
    """Return how many people of a band a step may hold of each provider that resumes after a stop.

    A third of its last share before the closing; then thrice the largest of the band since. Other providers have none.
    """
    steps = list(RampStep.objects.filter(plan_id=plan_id).order_by("number"))
    found = {
        name: _cap(name, [one for one in steps if name in one.providers], band, at) for name, at in stops.closed.items()
    }
    return {name: cap for name, cap in found.items() if cap is not None}


def lowered(closed_at: datetime, steps: Iterable[RampStep]) -> bool:
    """Tell whether none of these steps was released after a closing."""
    return all(one.released_at < closed_at for one in steps)


def _cap(name: str, steps: list[RampStep], band: str, closed_at: datetime) -> int | None:
    if not steps or closed_at <= steps[0].released_at:  # closed before it had anybody in this ramp
        return None
    if lowered(closed_at, steps):
        return max(int(steps[-1].providers[name] / plan.GROWTH), 1)
    since = [one.providers[name] for one in steps if one.band == band and one.released_at > closed_at]
    return int(max(since) * plan.GROWTH) if since else None
