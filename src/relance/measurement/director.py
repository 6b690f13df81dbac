"""What a director asks of a journey: what it earned, what it cost, who came back, who was let go, what was spared."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from relance.measurement.figures import Result
from relance.measurement.intervals import Interval
from relance.measurement.overview import Overview

# Refusals that spared the sender's name, by what they spared it from.
SPARED = {
    "permission": (
        "suppressed", "opt_outs_unknown", "permission_unknown", "permission_withdrawn", "permission_refused", "permission_expired",
        "permission_insufficient", "no_sale", "channel_unfit", "objected", "paused", "retention_due", "erased",
    ),
    "period": ("commercial_period",),
    "pressure": ("pressure", "pressure_channel", "pressure_purpose", "pressure_fewer", "reserved_for_reactivation"),
    "address": ("no_address", "address_invalid", "unreachable", "out_of_target", "unopened"),
}  # fmt: skip


@dataclass(frozen=True)
class Summary:
    """The figures of the page; None where the data do not tell."""

    revenue: float | None  # incremental, of everybody in the journey
    revenue_interval: Interval | None
    cost: float
    woken: float | None  # people who reached the goal because of the journey
    woken_interval: Interval | None
    sent: int
    let_go: int  # put to sleep by the journey
    mails_spared: float  # mails a year the sleepers will not get any more
    refusals: dict[str, int]  # messages the gate held back, by what it spared
    proven: bool  # the interval of the revenue, or else of the goal, excludes zero, and the journey is finished


def summary(result: Result, base: Overview | None) -> Summary:
    """Return the director's figures of a result; `base` tells how many mails a silent person gets in a year."""
    effect, revenue = result.effect, result.revenue
    sent = sum(step.signals.get("sent", 0) for step in result.volumes.steps)
    let_go = sum(one.treated for one in result.volumes.exits if one.reason == "sunset")
    interval = revenue.incremental_interval or effect.incremental_interval
    return Summary(
        revenue.incremental,
        revenue.incremental_interval,
        sent * float(settings.RELANCE.mail_cost),
        effect.incremental,
        effect.incremental_interval,
        sent,
        let_go,
        let_go * _mails_a_year(base),
        _refusals(result),
        proven=result.finished and interval is not None and not interval.holds_zero,
    )


def _mails_a_year(base: Overview | None) -> float:
    if base is None:
        return 0.0
    silent = sum(int(base.health["states"].get(state, 0)) for state in ("dormant", "very_dormant"))
    return base.mails.delivered_to_silent / silent if silent else 0.0


def _refusals(result: Result) -> dict[str, int]:
    """Return the messages held back, by what that spared."""
    found = dict.fromkeys(SPARED, 0) | {"other": 0}
    for verdict in result.volumes.verdicts:
        if verdict.decision != "allow":
            kind = next((name for name, codes in SPARED.items() if verdict.code in codes), "other")
            found[kind] += verdict.messages
    return {kind: count for kind, count in found.items() if count}
