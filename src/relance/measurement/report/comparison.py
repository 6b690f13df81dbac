"""The big figures, the dots with their whiskers, and what the groups could have shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from relance.measurement import conclusions
from relance.measurement.figures import Effect, Rate, Result
from relance.measurement.formats import money, number, percent, points
from relance.measurement.intervals import Interval
from relance.measurement.report import words
from relance.measurement.report.charts import Scale, axis, whisker
from relance.measurement.report.data import ReportData
from relance.measurement.report.words import text, word

Row = dict[str, Any]


def tiles(data: ReportData, language: str) -> list[Row]:
    """Return the big figures, each with what it is a part of."""
    result = data.result
    return [_entered(result, language), _sent(result, language), _gained(result, language), _revenue(data, language)]


def _entered(result: Result, language: str) -> Row:
    treated, control = number(result.treated, language), number(result.control, language)
    return {
        "value": number(result.treated + result.control, language),
        "label": text("entered", language),
        "note": text("entered_of", language, treated=treated, control=control),
    }


def _sent(result: Result, language: str) -> Row:
    steps = result.volumes.steps
    blocked = sum(step.states.get("blocked", 0) for step in steps)
    planned = sum(step.messages for step in steps)
    return {
        "value": number(sum(step.signals["sent"] for step in steps), language),
        "label": text("sent", language),
        "note": text("sent_of", language, messages=number(planned, language), blocked=number(blocked, language)),
    }


def _gained(result: Result, language: str) -> Row:
    effect = result.effect
    row = {"label": text("gained", language, did=conclusions.did_what(effect.outcome, language))}
    if effect.incremental is None or effect.incremental_interval is None:
        return row | _nothing(effect.known, effect, language)
    low, high = (number(edge, language, signed=True) for edge in _edges(effect.incremental_interval))
    note = _interval(low, high, effect.incremental_interval, language)
    return row | {"value": number(effect.incremental, language, signed=True), "note": note}


def _revenue(data: ReportData, language: str) -> Row:
    revenue = data.result.revenue
    row = {"label": text("revenue", language)}
    if revenue.scarce:
        return row | {"value": "–", "note": text("scarce_money", language)}
    if revenue.incremental is None or revenue.incremental_interval is None:
        return row | _nothing(revenue.known, None, language)
    least, most = _edges(revenue.incremental_interval)
    low = cash(least, data.currency, language, signed=True, beside=most)
    high = cash(most, data.currency, language, signed=True, beside=least)
    note = _interval(low, high, revenue.incremental_interval, language)
    return row | {"value": cash(revenue.incremental, data.currency, language, signed=True), "note": note}


def _nothing(known: bool, effect: Effect | None, language: str) -> Row:
    """Return what a figure shows that cannot be given."""
    if known:
        return {"value": "–", "note": text("not_compared", language)}
    types = _types(effect.uncovered if effect else ("order_placed", "store_purchase"), language)
    return {"value": text("unknown", language), "note": text("not_covered", language, types=types)}


def _interval(low: str, high: str, interval: Interval, language: str) -> str:
    """Return the interval as text, and that it shows nothing where it holds zero."""
    shown = text("interval_of", language, low=low, high=high)
    return text("holds_zero", language, interval=shown) if interval.holds_zero else shown


def _edges(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def cash(amount: float, currency: str, language: str, *, signed: bool = False, beside: float = 0.0) -> str:
    """Return an amount in whole units where it or one `beside` it has thousands: more would claim more than is known."""
    digits = 0 if max(abs(amount), abs(beside)) >= 1000 else 2
    return money(amount, language, currency, signed=signed, digits=digits)


def effects(result: Result, language: str) -> Row:
    """Return a row per outcome, on one scale."""
    compared = [effect for effect in result.effects if effect.interval is not None]
    scale = Scale.around(edge for effect in compared if effect.interval for edge in _edges(effect.interval))
    names = [number(tick * 100, language, _digits(scale), signed=True) for tick in scale.ticks]
    return {
        "rows": [_effect(effect, scale, language) for effect in result.effects],
        "axis": axis(scale, names) if compared else "",
    }


def _digits(scale: Scale) -> int:
    step = (scale.ticks[1] - scale.ticks[0]) * 100
    return 0 if step >= 1 else 1 if step >= 0.1 else 2


def _effect(effect: Effect, scale: Scale, language: str) -> Row:
    label = word(words.OUTCOMES, effect.outcome, language)
    row: Row = {
        "label": label,
        "known": effect.known,
        "types": _types([t for t in effect.types if t not in effect.uncovered], language),
    }
    if not effect.known:
        return row | {"note": text("not_covered", language, types=_types(effect.uncovered, language))}
    row |= {"treated": _rate(effect.treated, language), "control": _rate(effect.control, language)}
    if effect.interval is None or effect.difference is None:
        return row | {"note": text("not_compared", language)}
    limits = text(
        "limits", language, low=points(effect.interval.low, language), high=points(effect.interval.high, language)
    )
    gap = points(effect.difference, language)
    smallest = "–" if effect.smallest is None else points(effect.smallest, language)
    svg = whisker(effect.difference, *_edges(effect.interval), scale=scale, label=f"{label}: {gap} ({limits})")
    return row | {"difference": gap, "interval": limits, "smallest": smallest, "svg": svg}


def _types(types: Iterable[str], language: str) -> str:
    """Return what types of events are called; one of the team's own keeps its name."""
    return ", ".join(word(words.TYPES, code, language) if code in words.TYPES else code for code in types)


def _rate(rate: Rate | None, language: str) -> Row:
    if rate is None:
        return {}
    people = text("of", language, of=number(rate.people, language))
    return {"share": percent(rate.share, language, 2), "count": f"{number(rate.count, language)} {people}"}


def money_row(data: ReportData, language: str) -> Row | None:
    """Return the difference of revenue per person, on a scale of its own."""
    revenue, currency = data.result.revenue, data.currency
    if (
        revenue.scarce
        or revenue.interval is None
        or revenue.difference is None
        or revenue.treated_mean is None
        or revenue.control_mean is None
    ):
        return None
    scale = Scale.around(_edges(revenue.interval))
    digits = 0 if scale.ticks[1] - scale.ticks[0] >= 1 else 2
    shown = [money(value, language, currency, signed=True) for value in (revenue.difference, *_edges(revenue.interval))]
    means = [money(mean, language, currency) for mean in (revenue.treated_mean, revenue.control_mean)]
    label = text("money_title", language)
    return {
        "label": label,
        "note": text("money_row", language, treated=means[0], control=means[1]),
        "difference": shown[0],
        "interval": text("interval_of", language, low=shown[1], high=shown[2]),
        "svg": whisker(revenue.difference, *_edges(revenue.interval), scale=scale, label=f"{label}: {shown[0]}"),
        "axis": axis(scale, [money(tick, language, currency, signed=True, digits=digits) for tick in scale.ticks]),
    }


def power_note(result: Result, language: str) -> str:
    """Return the sentence on the smallest effect that these groups can show."""
    effect = result.effect
    if not result.treated or not result.control or effect.control is None:
        return ""
    sizes = {"treated": number(result.treated, language), "control": number(result.control, language)}
    if effect.smallest is None:
        return text("power_none", language, **sizes)
    base, smallest = percent(effect.control.share, language, 2), points(effect.smallest, language)
    return text("power_note", language, smallest=smallest, base=base, **sizes)
