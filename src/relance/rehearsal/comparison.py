"""One journey launched at several instants, from one and the same base: what each start costs and brings, simulated.

Each start is rehearsed twice with the same people and the same promotions of the shop, with the journey and without: what
became of the other campaigns because of it is the difference, counted at the gate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import sqrt
from typing import Any

from scipy import stats

from relance.journeys import definition, publishing
from relance.measurement import launch_hours
from relance.measurement.intervals import Interval
from relance.measurement.preflight import judging, words
from relance.rehearsal import rehearse
from relance.rehearsal.rates import Rates
from relance.rehearsal.rehearse import Options, Rehearsal

JOURNEY, OTHERS = "reactivation", "promotion"
Z = 1.96


@dataclass(frozen=True)
class Figure:
    """An expected number, and where 95 in 100 launches of this size would fall if the assumptions were true."""

    value: float
    range: Interval


@dataclass(frozen=True)
class Side:
    """What one start showed; everything but the pre-flight is simulated."""

    start: datetime
    forced: bool
    advice: str
    risk: str
    findings: tuple[Mapping[str, str], ...]  # of the pre-flight, those above a note: sentences by language
    treated: int
    control: int
    figures: Mapping[str, Figure]
    held_back: Mapping[str, int]  # promotions that did not leave because of the journey, by the gate's reason
    openings: int
    incremental: float | None  # by intention to treat, as a real result is measured
    incremental_interval: Interval | None

    def as_dict(self) -> dict[str, Any]:
        """Return the side as plain data."""
        return {"simulated": True, **asdict(self)}


@dataclass(frozen=True)
class Asked:
    """What is compared: a journey, with which people, over how many days; `now` is the day the base is of."""

    journey: str
    now: datetime
    days: int
    rates: Rates
    seed: int = 1


def compare(asked: Asked, starts: Sequence[datetime], report: rehearse.Report = rehearse.quiet) -> list[Side]:
    """Rehearse each start, forced where the calendar would not let it; the real installation stays as it is."""
    written = definition.of(publishing.latest(asked.journey))
    return [_side(asked, start, not launch_hours.window(written, start).fits, report) for start in starts]


def proposed(journey: str, now: datetime) -> datetime:
    """Return the start the tool proposes on a day to whoever lets everybody in at once, as a rehearsal does: without a ramp."""
    return launch_hours.good_hour(definition.of(publishing.latest(journey)), now)


def _side(asked: Asked, start: datetime, forced: bool, report: rehearse.Report) -> Side:
    judged = judging.judge(publishing.latest(asked.journey), start, asked.now)
    launched, left = (
        rehearse.rehearse(
            Options(
                asked.journey, start, asked.days, asked.rates, asked.seed, forced=forced, promotions=True, launched=wanted,
                lived_from=min(asked.now, start),
            ),
            report,
        )
        for wanted in (True, False)
    )  # fmt: skip
    warned = [one for one in judged.findings if one.level != "note"]
    return Side(
        start=start, forced=forced, advice=judged.advice, risk=judged.risk,
        findings=tuple({language: words.sentence(one, language) for language in ("en", "fr")} for one in warned),
        treated=launched.result.treated, control=launched.result.control, figures=_figures(launched, left),
        held_back=_held_back(launched, left), openings=len(launched.around.openings) - len(left.around.openings),
        incremental=launched.result.revenue.incremental, incremental_interval=launched.result.revenue.incremental_interval,
    )  # fmt: skip


def _figures(launched: Rehearsal, left: Rehearsal) -> dict[str, Figure]:
    own = launched.expected.get(JOURNEY, {})
    counts = ("hard_bounce", "soft_bounce", "complain", "unsubscribe", "click", "order")
    figures = {name: counted(own.get(name, 0.0)) for name in counts}
    mails = own.get("mails", 0.0)
    with_it, without = (one.expected.get(OTHERS, {}) for one in (launched, left))
    lost = {
        name: without.get(name, 0.0) - with_it.get(name, 0.0)
        for name in ("mails", "click", "revenue", "revenue_square")
    }
    brought, variance = own.get("revenue", 0.0), own.get("revenue_square", 0.0)
    return figures | {
        "mails": _exact(mails),
        "promotions_held_back": _exact(lost["mails"]),
        "promotion_clicks_lost": counted(lost["click"]),
        "revenue": _around(brought, variance, least=0.0),
        "promotion_revenue_lost": _around(lost["revenue"], abs(lost["revenue_square"])),
        "balance": _around(brought - lost["revenue"], variance + abs(lost["revenue_square"])),
    }


def _held_back(launched: Rehearsal, left: Rehearsal) -> dict[str, int]:
    """Return by how many more promotions each reason kept from leaving than without the journey."""
    more = {
        code: count - left.around.promotions.get(code, 0)
        for code, count in launched.around.promotions.items()
        if code.startswith(("pressure", "reserved", "breaker"))
    }
    return {code: count for code, count in more.items() if count}


def counted(expected: float) -> Figure:
    """Return a sum of many small chances with its central 95 % range, that of a Poisson count."""
    low, high = stats.poisson.interval(0.95, max(expected, 1e-9))
    return Figure(expected, Interval(float(low), float(high)))


def _exact(value: float) -> Figure:
    return Figure(value, Interval(value, value))


def _around(value: float, variance: float, least: float = float("-inf")) -> Figure:
    """Return a sum of money with its 95 % range: that of a compound Poisson sum, by its normal approximation."""
    return Figure(value, Interval(max(least, value - Z * sqrt(variance)), value + Z * sqrt(variance)))
