"""The stage `breaker`: fold what was counted, judge what it touched, open what the evidence says, tell the team.

One evaluation at a time: whoever finds another at work leaves it to that one, whose judgement the next batch sees.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from relance.core import database
from relance.eligibility.breaker import counting, explained, limits, openings, quarantine, reports
from relance.eligibility.breaker.counting import ALL, Cohort, Touched
from relance.eligibility.breaker.limits import JOURNEY_SIGNALS, SENDER_SIGNALS, Limits, Signal
from relance.eligibility.breaker.models import BreakerAlert, BreakerOpening, BreakerPoint, BreakerScope
from relance.eligibility.breaker.providers import EVERYONE

if TYPE_CHECKING:
    from relance.eligibility.breaker.judging import Judgement

Key = tuple[Touched, Signal]
# What a judgement changes of a scope, with the types of the arrays they are written by.
FIGURES = {
    "at": "timestamptz", "evergreen": "bool", "sends": "bigint", "bad": "bigint", "allowed": "float8", "evidence": "float8",
    "threshold": "float8", "watch": "int", "since": "timestamptz", "warned_at": "timestamptz",
}  # fmt: skip
_WRITE = f"""
    UPDATE breaker_scope s SET {", ".join(f"{name} = told.{name}" for name in FIGURES)}
    FROM unnest(%s::bigint[], {", ".join(f"%s::{kind}[]" for kind in FIGURES.values())}) AS told (id, {", ".join(FIGURES)})
    WHERE s.id = told.id
"""
NEWS = 0.05  # judged and kept as a point: each bad answer, and the sends each time they have grown by this share


def run(now: datetime) -> int:
    """Judge what was counted since the last time, where it can matter; return how many scopes were judged.

    Good sends alone lower evidence: they are judged once they have grown by a share, and with the next bad answer.
    """
    return _judge(now)


def look(now: datetime) -> int:
    """Judge at once where a bad answer waits: good ones can only lower evidence, and keep until the stage runs."""
    return _judge(now) if counting.bad_waiting() else 0


def _judge(now: datetime) -> int:
    with transaction.atomic():
        if not database.rows(f"SELECT pg_try_advisory_xact_lock({openings.LOCK})")[0][0]:
            return 0
        folded = counting.fold()
        quiet = [one for one, bad in folded.items() if not bad]
        heard = {one for one, bad in folded.items() if bad} | (counting.grown(quiet, NEWS) if quiet else set())
        return judge([one for one in folded if one in heard], now)


def judge(touched: Sequence[Touched], now: datetime) -> int:
    """Judge every signal of these journeys and senders at their providers, and act on it; in a transaction.

    A journey at its providers first, then as a whole, then the sender: what the narrower is stopped for is not held
    against the wider.
    """
    if not touched:
        return 0
    table = limits.in_force()
    this = Round.load(touched, table, now)
    journeys = [key for key in this.scopes if key[0].journey_id != ALL]
    for one, signal in (key for key in journeys if key[0].provider != EVERYONE):
        this.judge((one, signal), this.known[one], held=(one.everywhere, signal) in this.stopped)
    stopped = explained.of_journeys({one.journey_id for one, _ in journeys})
    for one, signal in (key for key in journeys if key[0].provider == EVERYONE):
        this.judge((one, signal), explained.elsewhere(this.known[one], one, signal, stopped))
    dealt_with = explained.of_senders({one.sender for one in touched}, this.since)
    for one, signal in (key for key in this.scopes if key[0].journey_id == ALL):
        own = explained.without(this.known[one], one, signal, dealt_with)
        this.judge((one, signal), reports.beside(own, this.reported.get((one, signal), {}), signal))
    _write(this.scopes.values())
    return len(this.scopes)


def _write(scopes: Collection[BreakerScope]) -> None:
    """Write what was judged in one statement: Django's own way spends seconds a rehearsal on writing SQL."""
    database.execute(_WRITE, [[getattr(one, name) for one in scopes] for name in ("id", *FIGURES)])


@dataclass(frozen=True)
class Round:
    """What one evaluation has before it."""

    table: Limits
    now: datetime
    since: datetime
    scopes: Mapping[Key, BreakerScope]
    known: Mapping[Touched, list[Cohort]]
    evergreen: frozenset[int]
    reported: Mapping[Key, reports.Days]
    stopped: frozenset[tuple[Touched, str]]  # as a whole, when this evaluation began

    @classmethod
    def load(cls, touched: Sequence[Touched], table: Limits, now: datetime) -> Round:
        since = now - timedelta(days=max(table.watched_days, table.one_off_days) + 1)
        evergreen = frozenset({ALL, *_evergreen({one.journey_id for one in touched}, table, now)})
        senders = {one.sender for one in touched if one.journey_id == ALL}
        known, reported = counting.load(touched, since), reports.of(senders, since)
        return cls(table, now, since, _scopes(touched), known, evergreen, reported, _stopped())

    def judge(self, key: Key, cohorts: Sequence[Cohort], *, held: bool = False) -> None:
        """Judge one scope by these cohorts, and act on it; one that is held by a wider stop is only looked at."""
        from relance.eligibility.breaker import (
            judging,
        )  # SciPy: a dispatch pays for it once there is something to judge

        (one, signal), scope = key, self.scopes[key]
        scope.evergreen = one.journey_id in self.evergreen
        watched = judging.Scope(one.journey_id, one.provider, signal, scope.watch, scope.since, scope.evergreen)
        found = judging.judge(watched, cohorts, self.table, self.now)
        _keep(scope, found, self.now)
        if not held:
            _act(scope, found, self.now)


def _scopes(touched: Sequence[Touched]) -> dict[Key, BreakerScope]:
    """Return the scope of each signal of these, made where it is new."""
    keys = [
        (one, signal) for one in touched for signal in (SENDER_SIGNALS if one.journey_id == ALL else JOURNEY_SIGNALS)
    ]
    found = _found(touched)
    if new := [BreakerScope(**one._asdict(), signal=signal) for one, signal in keys if (one, signal) not in found]:
        BreakerScope.objects.bulk_create(new, ignore_conflicts=True)
        found = _found(touched)
    return {key: found[key] for key in keys}


def _found(touched: Sequence[Touched]) -> dict[tuple[Touched, str], BreakerScope]:
    rows = BreakerScope.objects.filter(
        sender__in={one.sender for one in touched}, journey_id__in={one.journey_id for one in touched}
    )
    return {(Touched(row.journey_id, row.sender, row.provider), row.signal): row for row in rows}


def _stopped() -> frozenset[tuple[Touched, str]]:
    """Return the journeys stopped as a whole, each with the signal: nothing leaves, so late answers stop nothing more."""
    whole = (one for one in openings.open_now() if one.provider == EVERYONE)
    return frozenset((Touched(one.journey_id, one.sender, one.provider), one.signal) for one in whole)


def _evergreen(journeys: Iterable[int], table: Limits, now: datetime) -> set[int]:
    """Return the journeys that go on and on: people may enter again, or the first send is `one_off_days` ago."""
    rows = database.rows(
        """
        SELECT one.id FROM unnest(%s::bigint[]) AS one (id)
        LEFT JOIN LATERAL (
            SELECT definition FROM journey_version WHERE journey_id = one.id ORDER BY number DESC LIMIT 1
        ) v ON true
        WHERE v.definition #>> '{entry,again_after}' IS NOT NULL
           OR (SELECT min(cohort) FROM breaker_cohort WHERE journey_id = one.id) <= %s
        """,
        [list(journeys), now - timedelta(days=table.one_off_days)],
    )
    return {journey for (journey,) in rows}


def _keep(scope: BreakerScope, found: Judgement, now: datetime) -> None:
    """Keep what was found, and a point of the chart where there is news."""
    news = found.bad != scope.bad or abs(found.sends - scope.sends) > NEWS * scope.sends or found.opens
    scope.at, scope.sends, scope.bad, scope.allowed = now, found.sends, found.bad, found.allowed
    scope.evidence, scope.threshold = found.evidence, found.threshold
    if news and found.sends:
        BreakerPoint.objects.create(
            scope=scope, at=now, watch=scope.watch, sends=found.sends, bad=found.bad, evidence=found.evidence,
            threshold=found.threshold,
        )  # fmt: skip


def _act(scope: BreakerScope, found: Judgement, now: datetime) -> None:
    """Open or warn where what was found says so."""
    if found.opens:
        _open(scope, found, now)
    elif found.warns and scope.warned_at is None:
        scope.warned_at = now
        _alert(scope, None, "warned", found, now)


def _open(scope: BreakerScope, found: Judgement, now: datetime) -> None:
    """Stop the scope: a journey at once; of a sender reactivations, and if that does not help, everything commercial."""
    open_levels = set(scope.openings.filter(closed_at=None).values_list("level", flat=True))
    highest = openings.COMMERCIAL if scope.journey_id == ALL else openings.REACTIVATIONS
    level = max(open_levels, default=0) + 1
    if level > highest:
        return
    opening = BreakerOpening.objects.create(
        scope=scope, level=level, opened_at=now, sends=found.sends, bad=found.bad, evidence=found.evidence,
        threshold=found.threshold,
    )  # fmt: skip
    if scope.journey_id == ALL:
        scope.watch, scope.since = scope.watch + 1, now  # what is sent from here on tells whether the stop helped
    _alert(scope, opening, "opened", found, now)
    if scope.signal == "hard_bounce":
        quarantine.take(opening, now)


def _alert(scope: BreakerScope, opening: BreakerOpening | None, kind: str, found: Judgement, now: datetime) -> None:
    figures = {"sends": found.sends, "bad": found.bad, "allowed": found.allowed, "rate": found.rate}
    BreakerAlert.objects.create(scope=scope, opening=opening, kind=kind, at=now, next_at=now, figures=figures)
