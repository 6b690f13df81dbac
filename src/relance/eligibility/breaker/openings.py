"""What is stopped: opened on evidence, closed by a named person, and what the gate asks about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from relance.core import audit, database
from relance.core.errors import NotFoundError, RefusedError
from relance.eligibility.breaker import counting, providers
from relance.eligibility.breaker.counting import ALL
from relance.eligibility.breaker.models import BreakerAlert, BreakerOpening, BreakerScope
from relance.journeys import senders as journey_senders
from relance.outbox.models import OWED

REACTIVATIONS, COMMERCIAL = 1, 2  # levels of a sender's stop
SHORTEST_REASON = 3
LOCK = "hashtext('relance breaker')"  # held by whoever judges, and whoever closes


@dataclass(frozen=True)
class Open:
    """A stop in force: its scope, level, and what it was opened on (evidence and threshold are logarithms)."""

    id: int
    journey_id: int
    sender: str
    provider: str
    signal: str
    level: int
    opened_at: datetime
    sends: int
    bad: int
    evidence: float
    threshold: float
    allowed: float

    @property
    def providers(self) -> tuple[str, ...]:
        """The mailbox providers it holds messages to."""
        return providers.PROVIDERS if self.provider == providers.EVERYONE else (self.provider,)

    def concerns(self, journey_id: int | None, domain: str) -> bool:
        """Tell whether it is of this journey, whoever it sends as (a bad list is not mended by another name), or of the domain."""
        return journey_id == self.journey_id if self.journey_id != ALL else domain == self.sender

    def stops(self, journey_id: int | None, domain: str, provider: str, purpose: str) -> bool:
        """Tell whether a message of this journey, domain and purpose to this provider waits."""
        if purpose in OWED or provider not in self.providers or not self.concerns(journey_id, domain):
            return False
        return self.journey_id != ALL or purpose == "reactivation" or self.level >= COMMERCIAL


OPEN = """
    SELECT o.id, s.journey_id, s.sender, s.provider, s.signal, o.level, o.opened_at, o.sends, o.bad, o.evidence,
           o.threshold, s.allowed
    FROM breaker_opening o JOIN breaker_scope s ON s.id = o.scope_id
    WHERE o.closed_at IS NULL AND (s.journey_id <> %(all)s OR s.sender = %(domain)s OR s.sender IN (SELECT domain FROM sender))
    ORDER BY o.opened_at, o.id
"""


def open_now() -> list[Open]:
    """Return the stops in force: of journeys, and of the domains of senders, those removed too (their last mails may wait)."""
    return [Open(*row) for row in database.rows(OPEN, {"domain": counting.sender(), "all": ALL})]


def calm() -> bool:
    """Tell, in one statement, whether nothing is stopped and no bad answer waits to be judged: no message is held then."""
    ((found,),) = database.rows(
        f"SELECT {counting.BAD_WAITS} OR EXISTS (SELECT FROM breaker_opening WHERE closed_at IS NULL)"
    )
    return not found


def of_journey(journey_id: int, domain: str = "") -> list[Open]:
    """Return the stops in force that hold messages of a journey: its own, and those of a domain (that it sends as now)."""
    domain = domain or journey_senders.of(journey_id).domain
    return [one for one in open_now() if one.concerns(journey_id, domain)]


def close(opening_id: int, *, by: str, reason: str, now: datetime) -> None:
    """Let a stopped scope go on: what waited leaves again, and a new watch begins with what is sent from now on.

    A sender's wider stop (promotions) is closed before the narrower one (reactivations). After a stop of a journey at all
    providers together each of them is watched anew too: what was sent before was dealt with. One stopped by itself stays.
    """
    if not by.strip() or len(reason.strip()) < SHORTEST_REASON:
        raise RefusedError("Closing the breaker needs the name of a person and a reason. Give both; they are kept.")
    with transaction.atomic():
        database.rows(f"SELECT pg_advisory_xact_lock({LOCK})")  # an evaluation under way would write the old watch back
        opening = _locked(opening_id)
        scope = opening.scope
        if scope.openings.filter(closed_at=None, level__gt=opening.level).exists():
            raise RefusedError("A wider stop of this sender is open as well. Close that one first.")
        opening.closed_at, opening.closed_by, opening.reason = now, by.strip(), reason.strip()
        opening.save(update_fields=["closed_at", "closed_by", "reason"])
        scope.watch, scope.since, scope.warned_at = scope.watch + 1, now, None
        scope.save(update_fields=["watch", "since", "warned_at"])
        if scope.provider == providers.EVERYONE:
            _watch_anew(scope, now)
        figures = {"by": opening.closed_by, "reason": opening.reason}
        BreakerAlert.objects.create(scope=scope, opening=opening, kind="closed", at=now, figures=figures)
        wake(scope, now)
        audit.record(
            "breaker closed", f"opening {opening_id}", now=now, actor=opening.closed_by, details=_details(opening)
        )


def _locked(opening_id: int) -> BreakerOpening:
    """Return the open stop of this number, held until the transaction ends."""
    scope_id = BreakerOpening.objects.filter(pk=opening_id).values_list("scope_id", flat=True).first()
    if scope_id is None:
        raise NotFoundError(f"There is no stop {opening_id}. `relance breaker list` names those in force.")
    scope = BreakerScope.objects.select_for_update().get(pk=scope_id)
    opening = BreakerOpening.objects.get(pk=opening_id)
    if opening.closed_at is not None:
        raise RefusedError(f"Stop {opening_id} was closed already. `relance breaker list` names those in force.")
    opening.scope = scope
    return opening


def _watch_anew(whole: BreakerScope, now: datetime) -> None:
    """Begin a new watch of the same signal at each provider that is not stopped by itself."""
    stopped = BreakerOpening.objects.filter(closed_at=None).values("scope_id")
    parts = BreakerScope.objects.filter(journey_id=whole.journey_id, sender=whole.sender, signal=whole.signal)
    parts.exclude(pk=whole.pk).exclude(pk__in=stopped).update(watch=F("watch") + 1, since=now, warned_at=None)


def _details(opening: BreakerOpening) -> dict[str, object]:
    scope = opening.scope
    return {
        "journey": scope.journey_id, "sender": scope.sender, "provider": scope.provider, "signal": scope.signal,
        "level": opening.level, "sends": opening.sends, "bad": opening.bad, "reason": opening.reason,
    }  # fmt: skip


def wake(scope: BreakerScope, now: datetime) -> int:
    """Make due what waited for a scope; the gate asks again, so what another stop holds goes back to waiting."""
    return database.execute(
        """
        UPDATE message SET not_before = %s
        WHERE state = 'deferred' AND reason = 'breaker_open' AND (journey_id = %s OR %s = 0)
        """,
        [now, scope.journey_id, scope.journey_id],
    )


def blind(journey_id: int) -> list[str]:
    """Return the providers a journey writes to where nobody tells of complaints and no report was brought lately."""
    rows = database.rows(
        """
        SELECT provider FROM breaker_cohort c WHERE journey_id = %s
        GROUP BY provider HAVING sum(told) = 0 AND NOT EXISTS (
            SELECT FROM provider_report r WHERE r.provider = c.provider AND r.signal = 'complaint'
              AND r.day >= max(c.cohort)::date - 7
        ) ORDER BY provider
        """,
        [journey_id],
    )
    return [provider for (provider,) in rows]
