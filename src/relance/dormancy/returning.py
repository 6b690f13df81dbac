"""The chance of coming back, by days of silence, with intervals; computed once a week, kept, and shown from what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
from django.conf import settings
from django.db import transaction

from relance.dormancy import scoring, silences
from relance.dormancy.models import Estimate, Policy
from relance.dormancy.silences import Population, Window
from relance.dormancy.survival import LONGEST, Curve, Floats, Silences, curve, returned
from relance.events import engine

KIND = "return"
HORIZONS = (30, 90, 180, 365)
FEW_TO_TELL = 100  # silences of a population, below which nothing is told
LEAST_DAYS = 60  # of history
AGAIN_AFTER = timedelta(days=7)
_THEN = """
    SELECT contact_id, policy, state, orders, revenue, recency, last_purchase_at, last_engagement_at FROM scored
    WHERE first_seen_at <= ?
"""


def due(now: datetime) -> bool:
    """Tell whether the curves are a week old, or older than a policy."""
    last = Estimate.objects.filter(kind=KIND).order_by("-as_of").first()
    if last is None or now - last.as_of >= AGAIN_AFTER:
        return True
    return Policy.objects.filter(applied_at__gt=last.as_of).exists()


def refresh(con: duckdb.DuckDBPyConnection, now: datetime, effect: dict[str, Any] | None = None) -> int:
    """Make the curves of everybody and of each policy anew and keep them; return how many could be told.

    `con` sees the events; `effect` is what a control group measured of relaunches (`threshold.Effect` as plain data). Where
    a return is told of no longer, people and their silences are those of the last instant that was told: days of which
    nobody told are no silence.
    """
    if not silences.scored():
        return _keep({"": _refused("not_scored")}, now)
    found = silences.populations(con, now)
    kept: dict[str, tuple[str, dict[str, Any]]] = {}
    ends = {basis: silences.told_until(basis, now) for basis in silences.TYPES}
    for basis, until in sorted(ends.items(), key=lambda one: one[1] is not None):  # the last scoring's people first
        people = [one for one in found if one.basis == basis]
        if until is not None and people:
            people = _as_told(con, until, people)
        watched = silences.window(basis, now)
        if watched is None or watched.days < LEAST_DAYS:
            kept |= {one.policy: _refused("not_covered" if watched is None else "short_history", one) for one in people}
        elif people:
            counted = silences.read(con, watched, basis, [one.policy for one in people])
            told = {one.policy: _told(one, counted[one.policy], watched, effect) for one in people}
            kept |= {name: (code, figures | {"known_until": _plainly(until)}) for name, (code, figures) in told.items()}
    return _keep(kept, now)


def _as_told(con: duckdb.DuckDBPyConnection, until: datetime, people: Sequence[Population]) -> list[Population]:
    """Return the same populations as of an instant: their people scored anew, by the policies in force."""
    with engine.reading() as past:
        scoring.compute(past, until)
        con.register("scored_then", past.execute(_THEN, [until]).to_arrow_table())
    names, basis = {one.policy for one in people}, people[0].basis
    found = silences.populations(con, until, people="scored_then", basis=basis)
    return [one for one in found if one.policy in names]


def _plainly(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _refused(code: str, people: Population | None = None) -> tuple[str, dict[str, Any]]:
    return code, {} if people is None else {"people": people.people, "basis": people.basis}


def _told(
    people: Population, found: Silences, watched: Window, effect: dict[str, Any] | None
) -> tuple[str, dict[str, Any]]:
    ended, running = int(found.ended.sum()), int(found.running.sum())
    if ended + running < FEW_TO_TELL:
        return _refused("few_silences", people)
    horizons = sorted({*HORIZONS, settings.RELANCE.return_days})
    curves = [curve(found, horizon) for horizon in horizons]
    return "", {
        "policy": people.policy,
        "basis": people.basis,
        "people": people.people,
        "never": people.never,
        "value": round(people.value, 4),
        "silences": {"ended": ended, "running": running},
        "watched": {
            "covered_since": watched.since.isoformat(),
            "from": watched.start.isoformat(),
            "until": watched.end.isoformat(),
            "partly_covered": watched.partly_covered,
        },
        "horizons": horizons,
        "chance": {str(one.horizon): _plain(one) for one in curves},
        "returned": None if (by := returned(found)) is None else asdict(by),
        "silence": {"ended": _short(found.ended), "running": _short(found.running)},
        "now": dict(zip(("people", "dormant", "yearly"), map(_trimmed, people.current), strict=True)),
        "effect": effect,
    }


def _plain(one: Curve) -> dict[str, list[float | None] | list[int]]:
    """Return a curve as lists by day of silence, up to the last day that could be told."""
    told = np.flatnonzero(~np.isnan(one.share))
    size = int(told[-1]) + 1 if told.size else 0
    lines = {"share": one.share, "low": one.low, "high": one.high}
    plain: dict[str, Any] = {name: [_number(value) for value in line[:size]] for name, line in lines.items()}
    return plain | {"watched": [int(value) for value in one.watched[:size]]}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 5)


def _short(counts: Floats) -> list[int]:
    """Return counts by day of age, all groups together."""
    return [int(value) for value in _trimmed(counts.sum(axis=0)[: LONGEST + 2])]


def _trimmed(values: Floats) -> list[float]:
    """Return the values up to the last that is not zero."""
    there = np.flatnonzero(values)
    return [round(float(value), 2) for value in values[: int(there[-1]) + 1 if there.size else 0]]


def _keep(found: dict[str, tuple[str, dict[str, Any]]], now: datetime) -> int:
    """Keep the last answer about each population, and nothing of policies that are gone."""
    with transaction.atomic():
        Estimate.objects.filter(kind=KIND).delete()
        Estimate.objects.bulk_create(
            Estimate(kind=KIND, policy=policy, as_of=now, accepted=not refusal, refusal=refusal, figures=figures)
            for policy, (refusal, figures) in sorted(found.items())
        )
    return sum(not refusal for refusal, _ in found.values())


def latest(policy: str = "") -> Estimate | None:
    """Return what is kept of a policy's people; empty means everybody."""
    return Estimate.objects.filter(kind=KIND, policy=policy).order_by("-as_of").first()


def told() -> Sequence[str]:
    """Return the policies whose curves are kept, everybody (the empty name) first."""
    return list(Estimate.objects.filter(kind=KIND, accepted=True).order_by("policy").values_list("policy", flat=True))
