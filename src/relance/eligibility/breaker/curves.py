"""What pages and the command line show of the breaker: plain data, no words."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db.models import Q

from relance.core import database
from relance.core.errors import NotFoundError
from relance.eligibility.breaker import limits, openings, quarantine
from relance.eligibility.breaker.counting import ALL
from relance.eligibility.breaker.models import BreakerAlert, BreakerOpening, BreakerPoint, BreakerScope
from relance.journeys import senders
from relance.senders import register

Data = dict[str, Any]
# What to do about a stop, by its signal: codes that faces have sentences for.
ADVICE = {
    "hard_bounce": "clean_addresses", "complaint": "check_consent", "unsubscribe": "check_offer", "block": "ask_provider",
    "trap": "check_source", "click_drop": "check_placement",
}  # fmt: skip


def scopes(journey_id: int | None = None, domain: str = "") -> list[Data]:
    """Return the scopes watched, with their evidence against their limits: those that are stopped first, then the nearest to it.

    Of a journey: its own, and those of the domain named, else of its sender's. Of a domain alone: all it sends, and each of its
    journeys. Else those of all journeys and of the senders there are now. One of which nothing was sent yet is left out,
    unless it is stopped or of complaints.

    `nearness` is the evidence as a share of what opens (logarithms; 1 and more is open). `state` is open, warned, watched
    or blind (complaints that nobody tells of). `allowed` is a share of messages.
    """
    rows = BreakerScope.objects.exclude(at=None).filter(_wanted(journey_id, domain))
    names = dict(database.rows("SELECT id, name FROM journey"))
    stops: dict[int, list[Data]] = {}
    for one in BreakerOpening.objects.filter(closed_at=None, scope__in=rows).order_by("level"):
        stops.setdefault(one.scope_id, []).append(_opening(one))
    shown = [row for row in rows if row.sends or row.pk in stops or row.signal == "complaint"]
    found = [_scope(row, names, stops.get(row.pk, [])) for row in shown]
    return sorted(found, key=lambda one: (not one["stops"], -one["nearness"], one["provider"], one["signal"]))


def _wanted(journey_id: int | None, domain: str) -> Q:
    """Return which scopes `scopes` speaks of."""
    if journey_id is not None:
        return Q(journey_id=journey_id) | Q(journey_id=ALL, sender=domain or senders.of(journey_id).domain)
    if domain:
        return Q(sender=domain)
    return ~Q(journey_id=ALL) | Q(sender__in={one.domain for one in register.known().values()})


def _scope(row: BreakerScope, names: dict[int, str], stops: list[Data]) -> Data:
    blind = row.signal == "complaint" and not row.sends
    state = "open" if stops else "blind" if blind else "warned" if row.warned_at else "watched"
    return {
        "scope": row.pk, "journey": names.get(row.journey_id, "") if row.journey_id != ALL else None,
        "sender": row.sender, "provider": row.provider, "signal": row.signal, "state": state,
        "evergreen": row.evergreen, "watch": row.watch, "since": row.since, "at": row.at, "sends": row.sends, "bad": row.bad,
        "rate": row.bad / row.sends if row.sends else None, "allowed": row.allowed, "evidence": row.evidence,
        "threshold": row.threshold, "nearness": _nearness(row),
        "stops": stops, "advice": ADVICE[row.signal],
    }  # fmt: skip


def _nearness(row: BreakerScope) -> float:
    """Return how far evidence has come towards what opens, 0 where no bad answer speaks; the e-detector begins above 0."""
    begun = -math.log(row.allowed) if row.evergreen and row.allowed else 0.0
    return max(0.0, (row.evidence - begun) / (row.threshold - begun)) if row.threshold > begun else 0.0


def _opening(one: BreakerOpening) -> Data:
    return {
        "stop": one.pk, "level": one.level, "opened_at": one.opened_at, "sends": one.sends, "bad": one.bad,
        "evidence": one.evidence, "threshold": one.threshold, "closed_at": one.closed_at, "closed_by": one.closed_by,
        "reason": one.reason, "quarantine": quarantine.held(one.pk),
    }  # fmt: skip


def curve(scope_id: int) -> Data:
    """Return a scope's evidence over time, what opens it, its stops and warnings, and its journey's canary steps.

    `points`: at, watch, sends, bad, evidence and threshold (logarithms), oldest first. `steps`: instants at which a named
    person or proof (an empty name) let the journey begin or go on, with how many people (None: everybody).
    NotFoundError where there is none.
    """
    row = BreakerScope.objects.filter(pk=scope_id).first()
    if row is None:
        raise NotFoundError(f"Nothing is watched under the number {scope_id}. `relance breaker list` names what is.")
    points = BreakerPoint.objects.filter(scope=row).order_by("at", "id")
    alerts = BreakerAlert.objects.filter(scope=row, kind="warned").order_by("at")
    names = dict(database.rows("SELECT id, name FROM journey WHERE id = %s", [row.journey_id]))
    return {
        **_scope(row, names, [_opening(one) for one in row.openings.filter(closed_at=None)]),
        "points": [
            {"at": one.at, "watch": one.watch, "sends": one.sends, "bad": one.bad, "evidence": one.evidence, "threshold": one.threshold}
            for one in points
        ],
        "openings": [_opening(one) for one in row.openings.order_by("opened_at")],
        "warned_at": [one.at for one in alerts],
        "steps": _steps(row.journey_id),
    }  # fmt: skip


def _steps(journey_id: int) -> list[Data]:
    rows = database.rows(
        """
        SELECT start_at, canary, approved_by FROM launch WHERE journey_id = %(journey)s
        UNION ALL
        SELECT released_at, (SELECT sum(people::int) FROM jsonb_each_text(providers) AS one (provider, people)), released_by
        FROM ramp_step WHERE number > 1 AND plan_id IN (SELECT plan_id FROM launch WHERE journey_id = %(journey)s)
        ORDER BY 1, 2
        """,
        {"journey": journey_id},
    )
    return [{"at": at, "canary": canary, "by": by} for at, canary, by in rows]


def table() -> list[Data]:
    """Return the limits in force: a line for each signal, at each provider and for a journey at all of them together.

    Each with what is allowed, warned of and risked.
    """
    in_force = limits.in_force()
    return [
        {
            "signal": signal, "provider": provider, "allowed": in_force.allowed(signal, provider),
            "warned": in_force.warned(signal, provider), "alpha": in_force.alpha(signal, provider),
        }
        for signal in limits.SIGNALS
        for provider in limits.sharers(signal)
    ]  # fmt: skip


def stops(journey_id: int | None = None) -> list[Data]:
    """Return the stops in force, of a journey and its sender if one is given, as plain data."""
    found = openings.of_journey(journey_id) if journey_id else openings.open_now()
    return [asdict(one) | {"advice": ADVICE[one.signal]} for one in found]


def history(since: datetime) -> list[Data]:
    """Return the stops opened since an instant, closed ones too, the latest first."""
    found = BreakerOpening.objects.filter(opened_at__gte=since).select_related("scope").order_by("-opened_at", "-id")
    return [
        _opening(one)
        | {
            "provider": one.scope.provider,
            "signal": one.scope.signal,
            "journey_id": one.scope.journey_id,
            "sender": one.scope.sender,
        }
        for one in found
    ]
