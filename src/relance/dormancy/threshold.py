"""When somebody counts as dormant, and until when one more relaunch pays: answered from the kept curves alone.

One more relaunch pays at s days of silence while

    lift x P(return within H | s) x margin > cost

where `lift` is the share by which a relaunch raises the chance of coming back: measured by a control group where one told,
else assumed (a setting), and the answer says which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.conf import settings

from relance.core.errors import InputError, NotFoundError, RefusedError
from relance.dormancy import policies, returning
from relance.dormancy.models import Estimate
from relance.dormancy.survival import LONGEST, Floats

HALF = 0.5  # of the highest chance: a history that never shows less is too short
USUAL = (30, 60, 90, 120, 180, 270, 365, 540, 730, 1095)  # days of silence whose counts are listed

REFUSALS = {
    "not_scored": "Nobody was scored yet, so nobody's policy is known: run `relance score`, then ask again.",
    "not_covered": "No source says since when it tells of what counts as a return: import with --covered-since.",
    "short_history": f"Less than {returning.LEAST_DAYS} days of history are covered: bring older events, or wait.",
    "few_silences": f"Fewer than {returning.FEW_TO_TELL} silences were watched: the curve would be chance.",
}


@dataclass(frozen=True)
class Effect:
    """By what share a relaunch raises the chance of coming back; an interval where a control group measured it."""

    lift: float
    low: float
    high: float
    source: str  # assumed, measured
    journey: str = ""

    @classmethod
    def assumed(cls) -> Effect:
        """Return the effect that the settings assume."""
        lift = float(settings.RELANCE.relaunch_lift)
        return cls(lift, lift, lift, "assumed")


@dataclass(frozen=True)
class Economics:
    """What a return brings, what a relaunch costs all in, and what it changes; money in the currency of the settings."""

    margin: float | None  # of a person who comes back; None where no amount tells
    margin_source: str  # setting, purchases, unknown
    routing: float  # of one relaunch: its mails
    harm: float  # of one relaunch: complaints, unsubscriptions, weight on the sender's name
    effect: Effect

    @property
    def cost(self) -> float:
        """Return what one relaunch of one person costs, all in."""
        return self.routing + self.harm

    @property
    def break_even(self) -> float | None:
        """Return the chance of coming back at which a relaunch earns what it costs; None where that is unknown or never."""
        worth = (self.margin or 0.0) * self.effect.lift
        return self.cost / worth if worth > 0 else None


def economics(figures: Mapping[str, Any]) -> Economics:
    """Return margin, cost and effect of a population, from its figures and the settings."""
    chosen = settings.RELANCE
    margin, source = float(chosen.return_margin), "setting"
    if not margin and figures["basis"] == "purchase" and figures["value"] > 0:
        margin, source = figures["value"] * float(chosen.margin_rate), "purchases"
    mails = int(chosen.relaunch_mails)
    return Economics(
        margin or None,
        source if margin else "unknown",
        mails * float(chosen.mail_cost),
        mails * float(chosen.harm_cost),
        Effect(**figures["effect"]) if figures.get("effect") else Effect.assumed(),
    )


def kept(policy: str = "") -> Estimate:
    """Return what is kept of a policy's people; raise where nothing is, or where it was refused."""
    found = returning.latest(policy)
    if found is None:
        known = ", ".join(name or "everybody" for name in returning.told()) or "none yet"
        raise NotFoundError(
            f"No silences are kept for {f'the policy `{policy}`' if policy else 'anybody'}. Kept: {known}. "
            "`relance silences --refresh` counts them anew."
        )
    if not found.accepted:
        raise RefusedError(f"{f'Policy `{policy}`: ' if policy else ''}{REFUSALS[found.refusal]}")
    return found


def at(policy: str, days: int, horizon: int | None = None) -> dict[str, Any]:
    """Answer the slider: what a threshold of so many days of silence means for a policy's people ("": everybody).

    Reads one kept row. Gives the chance to come back within the horizon with its interval (None where too few were
    watched), the people silent for so long, those whom the threshold would make dormant or not dormant any more, what they
    used to spend in a year, and what one more relaunch brings. `known_until` is the instant they are counted as of, where
    nothing is told of after it; else None. Raises NotFoundError, RefusedError or InputError.
    """
    found = kept(policy)
    return answer(found.figures, days, horizon) | {"policy": policy, "as_of": found.as_of.isoformat()}


def answer(figures: Mapping[str, Any], days: int, horizon: int | None = None) -> dict[str, Any]:
    """Return what a threshold means, from a population's figures."""
    if not 0 <= days <= LONGEST:
        raise InputError(f"{days} days is no threshold: choose from 0 to {LONGEST} days of silence.")
    within = _horizon(figures, horizon)
    chance = _chance(figures, within, days)
    return {
        "days": days,
        "horizon": within,
        "basis": figures["basis"],
        "known_until": figures.get("known_until"),
        "chance": chance,
        **moved(figures, days),
        "relaunch": _gain(chance, economics(figures)),
    }


def moved(figures: Mapping[str, Any], days: int) -> dict[str, Any]:
    """Return who is silent for so long, and whom this threshold alone would move into or out of the dormant."""
    people, dormant, yearly = (np.asarray(figures["now"][name]) for name in ("people", "dormant", "yearly"))
    inside = int(dormant[days:].sum())
    silent = int(people[days:].sum())
    return {
        "people": int(people.sum()),
        "silent": silent,
        "becomes_dormant": silent - inside,
        "no_longer_dormant": int(dormant.sum()) - inside,
        "yearly": round(float(yearly[days:].sum()), 2),
    }


def _horizon(figures: Mapping[str, Any], horizon: int | None) -> int:
    chosen = horizon or int(settings.RELANCE.return_days)
    if chosen not in figures["horizons"]:
        raise InputError(
            f"No chance within {chosen} days is kept. Kept are {', '.join(map(str, figures['horizons']))}; set RELANCE_RETURN_DAYS, then "
            "run `relance silences --refresh`."
        )
    return chosen


def _chance(figures: Mapping[str, Any], horizon: int, days: int) -> dict[str, Any] | None:
    lines = figures["chance"][str(horizon)]
    if days >= len(lines["share"]) or lines["share"][days] is None:
        return None
    return {name: lines[name][days] for name in ("share", "low", "high", "watched")}


def _gain(chance: Mapping[str, float] | None, money: Economics) -> dict[str, Any]:
    """Return what one more relaunch of one such person brings beyond its cost; bounds take both intervals at their ends."""
    known = chance is not None and money.margin is not None
    net = {
        name: round(chance[line] * lift * money.margin - money.cost, 6) if chance and money.margin else None
        for name, line, lift in (
            ("net", "share", money.effect.lift),
            ("net_low", "low", money.effect.low),
            ("net_high", "high", money.effect.high),
        )
    }
    pays = bool(net["net"] is not None and net["net"] > 0) if known else None
    return {"pays": pays, **net, "break_even": money.break_even, **asdict(money), "cost": money.cost}


@dataclass(frozen=True)
class Day:
    """A day of silence and the days between which the intervals leave it; `code` says how to read it."""

    code: str
    days: int | None
    low: int | None = None
    high: int | None = None


def recommend(figures: Mapping[str, Any], policy: str = "") -> dict[str, Any]:
    """Return the recommended threshold with its reason, the last day a relaunch pays, and the counts at usual thresholds."""
    horizon = _horizon(figures, None)
    lines = {name: _line(figures, horizon, name) for name in ("share", "low", "high")}
    money, present = economics(figures), in_force(policy)
    dormant, pays = gone_quiet(lines, figures["returned"]), last_paying(lines, money)
    peak = _peak(lines["share"])
    chosen = {dormant.days, present, pays.days if pays.code == "pays_until" else None} - {None}
    thresholds = sorted({*USUAL, *(int(day) for day in chosen if day is not None and day <= LONGEST)})
    return {
        "horizon": horizon,
        "dormant_from": asdict(dormant)
        | {"peak": None if peak is None else {"days": peak, "share": float(lines["share"][peak])}},
        "chance": None if dormant.days is None else _chance(figures, horizon, dormant.days),
        "relaunch": asdict(pays) | {"economics": asdict(money) | {"cost": money.cost, "break_even": money.break_even}},
        "in_force": present,
        "thresholds": [
            {"days": days, "chance": _chance(figures, horizon, days), **moved(figures, days)} for days in thresholds
        ],
    }


def _line(figures: Mapping[str, Any], horizon: int, name: str) -> Floats:
    return np.array(figures["chance"][str(horizon)][name], dtype=float)  # None becomes NaN


def _peak(share: Floats) -> int | None:
    return None if share.size == 0 or np.isnan(share).all() else int(np.nanargmax(share))


def gone_quiet(lines: Mapping[str, Floats], returned: Mapping[str, Any] | None) -> Day:
    """Return the day by which nine in ten of those who come back have come back: later silence is unusual here.

    Told only where the chance of coming back is seen to fall below half its highest for good: before that, the history is
    too short for the last returns to have been watched.
    """
    share = lines["share"]
    peak = _peak(share)
    if peak is None:
        return Day("unknown", None)
    if returned is None or share[peak] == 0:
        return Day("nobody_returns", None)
    last = _last(share, HALF * float(share[peak]))
    if last is None or last >= _last_told(share):
        return Day("stays_high", None)
    return Day("nine_in_ten", returned["days"], returned["low"], returned["high"])


def last_paying(lines: Mapping[str, Floats], money: Economics) -> Day:
    """Return the last day of silence on which one more relaunch brings more than it costs; None in `high`: beyond what is told."""
    if money.margin is None or not lines["share"].size:
        return Day("unknown", None)
    lifts = {"share": money.effect.lift, "low": money.effect.low, "high": money.effect.high}
    days = {name: _last(line * lifts[name] * money.margin, money.cost) for name, line in lines.items()}
    end = _last_told(lines["share"])
    if days["share"] is None:
        return Day("never_pays", None, None, None if days["high"] == end else days["high"])
    if days["share"] == end:
        return Day("pays_beyond", end, days["low"], None)
    return Day("pays_until", days["share"], days["low"], None if days["high"] == end else days["high"])


def _last(line: Floats, above: float) -> int | None:
    """Return the last day on which the line is above a value."""
    with np.errstate(invalid="ignore"):
        there = np.flatnonzero(line > above)
    return int(there[-1]) if there.size else None


def _last_told(line: Floats) -> int:
    return int(np.flatnonzero(~np.isnan(line))[-1])


def in_force(policy: str) -> int | None:
    """Return the days of silence after which the policy calls somebody dormant, where one criterion decides it."""
    for one in policies.in_force():
        needs = one.states["dormant"].needs if one.policy == policy else None
        if needs is not None:
            return round(one.criteria[needs].duration.days)
    return None


def summary() -> list[dict[str, Any]]:
    """Return for everybody and each policy what is kept: the recommendation, or why there is none."""
    found = []
    for one in Estimate.objects.filter(kind=returning.KIND).order_by("policy"):
        figures = one.figures
        row = {"policy": one.policy, "as_of": one.as_of.isoformat(), "accepted": one.accepted, "refusal": one.refusal}
        told = {name: figures.get(name) for name in ("basis", "people", "never", "silences", "watched", "known_until")}
        found.append(row | told | (recommend(figures, one.policy) if one.accepted else {}))
    return found
