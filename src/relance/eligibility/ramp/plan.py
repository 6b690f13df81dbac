"""The plan of a ramp, worked out beforehand: who day by day, how many sends proof takes, and what is taken on trust.

Pure arithmetic on counts. A step waits until the one before it is answered, then it is released by proof (an upper
confidence bound of the rates under their limits) or by a named person; the plan assumes that no answer is bad, so its
days are the fewest there can be.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from relance.eligibility.breaker import confidence
from relance.eligibility.ramp.bands import BANDS, Band, between

GROWTH = 3.0  # how much a step is larger than the one before
PROVED_AT = 0.05  # the chance that a step is released wrongly, of all steps of a band together
USUAL_GROWTH = 1.5  # how much a provider's daily volume may grow over the largest of late
LEAST_DAILY = 500  # messages a day that no provider minds
CANARY = 800  # no more is proposed: a larger first step teaches nothing sooner
LEAST_CANARY = 100  # fewer answers show only the gravest harm
CANARY_SHARE = 10  # a tenth of the people

People = Mapping[str, Mapping[str, int]]  # band key -> mailbox provider -> people
NOBODY: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Drawn:
    """A ramp whose canary is drawn: everybody by band, small ones joined, its first step, the youngest band in each joined one."""

    people: People
    first: Mapping[str, int]  # mailbox provider -> people
    youngest: Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One step of a band: its day, its people by provider, whether the steps before it can prove its release, and by how much.

    A band's first step is released by what the band before it proves. `bound` is the upper confidence bound of the rate
    once everything before is answered without a bad one: what a person who releases the step would have to take on trust
    is that the true rate is not between the limit and it.
    """

    number: int
    band: Band
    day: date
    providers: Mapping[str, int]
    before: int
    bound: float | None
    proved: bool
    youngest: str = ""  # the key of the youngest band joined into this one, where any was

    @property
    def people(self) -> int:
        """The people of the step."""
        return sum(self.providers.values())

    @property
    def canary(self) -> bool:
        """Whether it is its band's first."""
        return self.before == 0

    @property
    def approved(self) -> bool:
        """Whether the approval lets it in: the first of all; each later one waits for proof or for a person."""
        return self.number == 1

    def silence(self, language: str) -> str:
        """Return how long its people have been silent, as people say it."""
        return between(self.youngest or self.band.key, self.band.key, language)


@dataclass(frozen=True)
class Plan:
    """The steps in order, the sends that proof takes, the people it needs days for, and the share taken on trust."""

    steps: tuple[Step, ...]
    limit: float
    sends_to_prove: float

    @property
    def people(self) -> int:
        """Everybody in the plan."""
        return sum(step.people for step in self.steps)

    @property
    def days(self) -> int:
        """Days from the first step to the last, both counted."""
        return (self.steps[-1].day - self.steps[0].day).days + 1 if self.steps else 0

    @property
    def days_after(self) -> int:
        """Days after the first on which people still enter: what a window must hold besides one passage."""
        return max(self.days - 1, 0)

    @property
    def on_trust(self) -> int:
        """People of steps that no proof releases: a named person does."""
        return sum(step.people for step in self.steps if not step.proved and not step.approved)


def work_out(
    people: People,
    start: date,
    *,
    canary: int,
    limit: float,
    answered_in: timedelta,
    allowance: Mapping[str, int],
    first: Mapping[str, int] = NOBODY,
) -> Plan:
    """Return the steps of these people from `start` on.

    `canary` is the size of each band's first step; `limit` the strictest allowed rate of the signals that can be seen;
    `answered_in` the slowest usual answer; `allowance` the messages a provider may get on the first day, which grows by
    half a day; `first` the people of the very first step by provider, where these are drawn already. Bands without people
    are left out.
    """
    steps: list[Step] = []
    day, earlier = start, 0
    for band in BANDS:
        left = dict(people.get(band.key, {}))
        before, size = 0, float(canary)
        while any(left.values()):
            room = {name: _grown(allowance.get(name, LEAST_DAILY), (day - start).days) for name in left}
            known = {} if steps else {name: min(count, left[name]) for name, count in first.items() if left.get(name)}
            taken = known or drawn(left, min(size, sum(left.values())), room)
            size = sum(known.values()) or size
            sent = before or earlier
            bound = float(confidence.upper(0, sent, PROVED_AT)) if sent else None
            proved = bound is not None and bound <= limit
            steps.append(Step(len(steps) + 1, band, day, taken, before, bound, proved))
            left = {name: count - taken.get(name, 0) for name, count in left.items()}
            before += sum(taken.values())
            size = max(size, sum(taken.values())) * GROWTH
            day += timedelta(days=max(math.ceil(answered_in / timedelta(days=1)), 1))
        earlier = before or earlier
    return Plan(tuple(steps), limit, confidence.sends_to_prove(limit, PROVED_AT))


def drawn(left: Mapping[str, int], size: float, room: Mapping[str, int]) -> dict[str, int]:
    """Return so many people, of each provider its share of those left (largest remainders), and none more than its room."""
    total, wanted = sum(left.values()), math.ceil(size)
    exact = {name: count * wanted / total for name, count in left.items() if count}
    share = {name: math.floor(part) for name, part in exact.items()}
    for name in sorted(exact, key=lambda one: (share[one] - exact[one], one))[: wanted - sum(share.values())]:
        share[name] += 1
    within = {name: min(count, left[name], max(room[name], 1)) for name, count in share.items()}
    return {name: count for name, count in within.items() if count}


def _grown(first: int, days: int) -> int:
    """Return what a provider may get after so many days."""
    return min(math.floor(first * USUAL_GROWTH ** min(days, 40)), 10**9)


def allowance(largest_days: Mapping[str, int]) -> dict[str, int]:
    """Return what each provider may get on the first day, from the largest day each got of late."""
    return {name: max(math.floor(count * USUAL_GROWTH), LEAST_DAILY) for name, count in largest_days.items()}


def proposed_canary(people: int) -> int:
    """Return the canary to propose for so many people: a tenth, enough to notice harm, never above half."""
    return max(min(max(people // CANARY_SHARE, LEAST_CANARY), CANARY, people // 2), 1)
