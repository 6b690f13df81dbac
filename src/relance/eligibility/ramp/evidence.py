"""What the answers to a band's messages prove: the upper bound of each signal that can be seen, against its limit.

Providers are pooled, against the strictest of their limits: taken one by one, each would need as many answered messages
as all of them together do, and small ones would never prove anything. A provider that differs from the others is the
breaker's to find, which watches each by itself; besides, nothing is proved while one is over its limit by what was counted.
Bad answers count as soon as they come and whatever message they answer; messages count only once the provider has had
the time that nineteen answers in twenty take (`breaker.delays.p95`). Both make the bound too high rather than too low.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from relance.core import database
from relance.eligibility.breaker import confidence, counting, delays, limits
from relance.eligibility.breaker.counting import Cohort
from relance.eligibility.breaker.limits import Signal
from relance.eligibility.ramp.plan import PROVED_AT
from relance.eligibility.ramp.stops import Stops
from relance.journeys import senders
from relance.journeys.models import Launch, RampStep

# A declared trap is never written to once it is declared, so that no number of messages proves there are none: one hit blocks.
PROVED: tuple[Signal, ...] = ("hard_bounce", "complaint", "unsubscribe", "block")
FEW = 0.05  # the share of a step that may still be unanswered
SEVERAL = 2  # bad answers from which a provider's own rate says something
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Line:
    """A signal: its bad answers, the messages old enough to have been answered, the bound (at 95 %) and the limit."""

    signal: Signal
    sends: int
    bad: int
    bound: float
    limit: float

    @property
    def proved(self) -> bool:
        """Whether the rate surely lies under its limit."""
        return self.bound <= self.limit

    @property
    def needed(self) -> float:
        """The answered messages that would prove it at the rate seen; infinite where that is over the limit."""
        rate = self.bad / self.sends if self.sends else 0.0
        return confidence.sends_to_prove(self.limit, PROVED_AT, rate=rate)


@dataclass(frozen=True)
class Evidence:
    """Whether a step is answered and what is proved of its band: the next one follows by itself where both are so."""

    unanswered: int  # people of the last step whose message waits, or is too young
    answered: bool
    lines: tuple[Line, ...]
    blind: tuple[str, ...]  # providers where nobody tells of complaints
    over: tuple[str, ...]  # providers whose own counted rate is over a limit

    @property
    def proved(self) -> bool:
        """Whether the next step needs no person."""
        return self.answered and not self.over and bool(self.lines) and all(line.proved for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is kept with a release."""
        return asdict(self) | {"proved": self.proved}


def gather(launch: Launch, step: RampStep, stops: Stops, first: datetime, now: datetime) -> Evidence:
    """Return what is known of the band of a launch's last step, of messages sent from `first` on.

    Providers that the breaker stops are left out: their answers are theirs alone. Of one that was closed, only what was
    sent since counts.
    """
    names = [name for name in _providers(step) if name not in stops.open]
    since = stops.since(names, first)
    unanswered = _unanswered(launch, step, names, now)
    sends = _answered_sends(launch, step, since, {one: _waits(one, names, now) for one in PROVED})
    oldest = min(since.values(), default=now) - HOUR
    cohorts = [
        one
        for one in counting.cohorts(launch.journey_id, oldest, domain=senders.of_version(launch.version).domain)
        if one.provider in since and one.cohort >= since[one.provider] - HOUR
    ]
    told = [name for name in names if counting.tells_of_complaints(name)]
    lines = [
        _line(one, told if one == "complaint" else names, sends, cohorts)
        for one in PROVED
        if names and (one != "complaint" or told)
    ]
    treated = sum(people for name, people in step.providers.items() if name in since)
    return Evidence(
        unanswered, unanswered <= FEW * treated, tuple(lines), tuple(name for name in names if name not in told),
        tuple(sorted({name for name in names if _over(name, cohorts)})),
    )  # fmt: skip


def slowest(name: str, now: datetime) -> timedelta:
    """Return how long the slowest signal of a provider usually takes."""
    seen = [one for one in PROVED if one != "complaint" or counting.tells_of_complaints(name)]
    return max(delays.p95(name, one, now) for one in seen)


def _providers(step: RampStep) -> list[str]:
    """Return the providers that the steps of the band so far went to."""
    steps = RampStep.objects.filter(plan_id=step.plan_id, band=step.band).values_list("providers", flat=True)
    return sorted({name for providers in steps for name in providers})


def _waits(signal: Signal, names: Iterable[str], now: datetime) -> dict[str, datetime]:
    return {name: now - delays.p95(name, signal, now) for name in names}


def _line(signal: Signal, names: list[str], sends: Mapping[tuple[str, str], int], cohorts: Iterable[Cohort]) -> Line:
    bad = sum(getattr(one, signal) for one in cohorts)
    answered = max(sum(sends.get((signal, name), 0) for name in names), bad)
    table = limits.in_force()
    limit = min(table.allowed(signal, name) for name in names)
    return Line(signal, answered, bad, float(confidence.upper(bad, answered, PROVED_AT)), limit)


def _over(name: str, cohorts: Iterable[Cohort]) -> bool:
    """Tell whether a provider's own counts are over a limit, or a trap was hit there."""
    own, table = [one for one in cohorts if one.provider == name], limits.in_force()
    sends = sum(one.sends for one in own)
    bad = {signal: sum(getattr(one, signal) for one in own) for signal in PROVED}
    return any(one.trap for one in own) or any(
        count >= SEVERAL and count > table.allowed(signal, name) * sends for signal, count in bad.items()
    )


# Messages of the band's people that each signal has had its time to answer.
_SENDS = """
    SELECT wait.signal, wait.provider, count(*)
    FROM launch_person lp
    JOIN message m ON m.contact_id = lp.contact_id AND m.journey_id = %(journey)s
    JOIN unnest(%(signals)s::text[], %(names)s::text[], %(since)s::timestamptz[], %(before)s::timestamptz[])
         AS wait (signal, provider, since, before)
         ON wait.provider = lp.provider AND m.sent_at >= wait.since AND m.sent_at <= wait.before
    WHERE lp.plan_id = %(plan)s AND lp.band = %(band)s AND lp.step > 0
    GROUP BY 1, 2
"""


def _answered_sends(
    launch: Launch, step: RampStep, since: Mapping[str, datetime], waits: Mapping[Signal, Mapping[str, datetime]]
) -> dict[tuple[str, str], int]:
    flat = [(signal, name, before) for signal, names in waits.items() for name, before in names.items()]
    values = {
        "journey": launch.journey_id, "plan": launch.plan_id, "band": step.band,
        "since": [since[one[1]] for one in flat],
        "signals": [one[0] for one in flat], "names": [one[1] for one in flat], "before": [one[2] for one in flat],
    }  # fmt: skip
    return {(signal, name): count for signal, name, count in database.rows(_SENDS, values)}


# People of a step whose first message is still to come, waits, or is too young; who is of the control group has none.
_UNANSWERED = """
    SELECT count(*)
    FROM launch_person lp
    JOIN unnest(%(names)s::text[], %(before)s::timestamptz[]) AS wait (provider, before) USING (provider)
    LEFT JOIN LATERAL (
        SELECT control, ended_at FROM enrolment e
        WHERE e.contact_id = lp.contact_id AND e.journey_id = %(journey)s ORDER BY occasion DESC LIMIT 1
    ) e ON true
    LEFT JOIN LATERAL (
        SELECT state, sent_at FROM message m
        WHERE m.contact_id = lp.contact_id AND m.journey_id = %(journey)s ORDER BY id LIMIT 1
    ) m ON true
    WHERE lp.plan_id = %(plan)s AND lp.step = %(step)s AND lp.code NOT IN ('control', 'canary_control', 'control_later')
      AND CASE WHEN m.state IS NOT NULL THEN m.state IN ('held', 'ready', 'deferred', 'claimed', 'sending') OR m.sent_at > wait.before
               WHEN e.control IS NOT NULL THEN NOT e.control AND e.ended_at IS NULL
               ELSE EXISTS (
                   SELECT FROM segment s JOIN membership b ON b.segment_id = s.id
                   WHERE s.name = %(segment)s AND b.contact_id = lp.contact_id
               ) END
"""


def _unanswered(launch: Launch, step: RampStep, names: list[str], now: datetime) -> int:
    values = {
        "journey": launch.journey_id, "plan": launch.plan_id, "step": step.number, "names": names,
        "before": [now - slowest(name, now) for name in names], "segment": launch.version.definition["entry"]["segment"],
    }  # fmt: skip
    ((people,),) = database.rows(_UNANSWERED, values)
    return int(people)
