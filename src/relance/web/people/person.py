"""One person's standing facts: who, at which addresses, what may be sent, where the clocks stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from relance.contacts.models import STOPS_ADDRESS, Consent, Contact, ContactPoint, Suppression
from relance.core import database
from relance.core.durations import Duration
from relance.core.errors import NotFoundError
from relance.dormancy import profiles
from relance.dormancy.models import Profile
from relance.eligibility import gate, permission
from relance.eligibility import person as rules_of_person
from relance.eligibility.facts import MARKETING, Facts
from relance.eligibility.rules import Rules
from relance.eligibility.verdicts import Allow, Verdict
from relance.events import engine
from relance.events.models import Event
from relance.intake.models import Source
from relance.web.people import listing, words

# What of the gate speaks of the person and not of the moment.
CHECKS: tuple[gate.Check, ...] = (rules_of_person.suppressed, permission.judge, rules_of_person.state)
CHANNELS = ("email", "sms", "phone", "postal", "push")
VALUE = ("orders", "revenue", "monetary_value", "mean_interval", "silence_days", "preferred_hour")


@dataclass(frozen=True)
class Point:
    """An address with its suppression, if there is one."""

    row: ContactPoint
    suppression: Suppression | None

    @property
    def reason(self) -> str:
        """Return why it is not good, or what was noticed of it, in words."""
        return words.word(words.ADDRESS_REASONS, self.row.reason) if self.row.reason else ""

    @property
    def soft_bounces(self) -> int:
        """Return how often it refused mails for a time; older ones count less (see `feedback.bounces`)."""
        return round(self.row.soft_bounces)

    @property
    def stopped(self) -> str:
        """Return why it is suppressed, in words."""
        return words.word(words.SUPPRESSIONS, self.suppression.reason) if self.suppression else ""


@dataclass(frozen=True)
class Permission:
    """Whether something commercial may be sent on a channel now, why, and what that rests on."""

    channel: str
    allowed: bool
    sentence: str
    consent: Consent | None

    @property
    def reason(self) -> str:
        """Return the gate's sentence with its days in words."""
        return words.dated(self.sentence)


@dataclass(frozen=True)
class Clocks:
    """The three clocks, kept apart, and the day the third one runs out."""

    purchase: datetime | None
    engagement: datetime | None
    legal: datetime | None  # none known: the years run from the day the person was first known
    counted_since: datetime
    due_at: datetime
    due: bool


def find(uuid: UUID) -> Contact:
    """Return the person of an address of these pages."""
    found = Contact.objects.filter(uuid=uuid).first()
    if found is None:
        raise NotFoundError(
            _("Nobody stands at this address: the person was merged with a duplicate, or removed. Search by e-mail.")
        )
    return found


def profile(contact: Contact) -> Profile | None:
    """Return the person's standing, if scored."""
    return Profile.objects.filter(contact=contact).first()


def points(contact: Contact) -> list[Point]:
    """Return the person's addresses, by channel."""
    rows = sorted(ContactPoint.objects.filter(contact=contact), key=lambda p: (CHANNELS.index(p.channel), p.pk))
    stopped = listing.suppressed(rows)
    return [Point(row, stopped.get(row.pk)) for row in rows]


def ledger(contact: Contact) -> list[Consent]:
    """Return the consents given and withdrawn, the latest first."""
    return list(Consent.objects.filter(contact=contact).order_by("-at", "-id"))


def source(contact: Contact) -> str:
    """Return where the person was first known from."""
    found = Source.objects.filter(pk=contact.source_id or 0).first()
    return found.name if found else ""


def merged(contact: Contact) -> list[tuple[int, datetime]]:
    """Return the duplicates that were merged into this person, and when."""
    return database.rows(
        "SELECT loser_id, at FROM contact_alias WHERE survivor_id = %s ORDER BY at, loser_id", [contact.pk]
    )


def clocks(contact: Contact, standing: Profile | None, now: datetime, told: dict[str, Any] | None = None) -> Clocks:
    """Return the three clocks: of now where an explanation of now was `told`, else of the last scoring."""
    kept = (standing.last_purchase_at, standing.last_engagement_at, standing.last_legal_contact_at) if standing else ()
    of_now = [told["clocks"][name]["at"] for name in ("purchase", "engagement", "legal")] if told else None
    bought, engaged, legal = of_now or kept or (None, None, None)
    since = legal or contact.first_seen_at
    due_at = Duration(settings.RELANCE.legal_years, "year").after(since)
    return Clocks(bought, engaged, legal, since, due_at, due_at <= now)


def permissions(
    contact: Contact, known: Sequence[Point], entries: Sequence[Consent], now: datetime
) -> list[Permission]:
    """Return for each channel what the gate would say of a promotion now, its timing apart."""
    rules = gate.rules_in_force([contact.country], now)
    standing = profile(contact)
    shown = {point.row.channel for point in known} | {entry.channel for entry in entries} | {"email"}
    return [
        _permission(contact, channel, known, entries, standing, rules, now) for channel in CHANNELS if channel in shown
    ]


def _permission(
    contact: Contact, channel: str, known: Sequence[Point], entries: Sequence[Consent], standing: Profile | None,
    rules: Rules, now: datetime,
) -> Permission:  # fmt: skip
    consent = in_force([entry for entry in entries if entry.channel == channel], now)
    facts = _facts(contact, [p for p in known if p.row.channel == channel], channel, consent, standing, now)
    found: Verdict = next((v for check in CHECKS if (v := check(facts, now, rules)) is not None), Allow())
    return Permission(channel, isinstance(found, Allow), found.sentence, consent)


def in_force(entries: Sequence[Consent], now: datetime) -> Consent | None:
    """Return the consent that counts for marketing: the latest; a contract only where there is no other (as in the gate)."""
    counted = [entry for entry in entries if entry.topic == MARKETING and entry.at <= now]
    return min(counted, key=lambda c: (c.given and c.basis == "contract", -c.at.timestamp(), c.given), default=None)


def _facts(
    contact: Contact,
    known: Sequence[Point],
    channel: str,
    consent: Consent | None,
    standing: Profile | None,
    now: datetime,
) -> Facts:
    best = min(
        known,
        key=lambda p: (p.suppression is not None, p.row.valid is False, p.row.valid is None, p.row.pk),
        default=None,
    )
    stopped = [p.suppression for p in known if p.suppression and p.suppression.reason not in STOPS_ADDRESS]
    last = standing.last_legal_contact_at if standing else None
    return Facts(
        message_id=0, contact_id=contact.pk, channel=channel, purpose="promotion", not_before=now, expires_at=now,
        erased=contact.erased_at is not None, objected=contact.objected_at is not None, kind=contact.kind, country=contact.country,
        last_contact_at=last or contact.first_seen_at, dormancy=standing.state if standing else "",
        unreachable=bool(standing and standing.unreachable), out_of_target=bool(standing and standing.out_of_target),
        contact_point_id=best.row.pk if best else None, address_valid=best.row.valid if best else None,
        address_reason=(best.suppression.reason if best.suppression else best.row.reason) if best else None,
        suppressions=[(row.reason, rules_of_person.day(row.at)) for row in stopped],
        consent_given=consent.given if consent else None, consent_basis=consent.basis if consent else None,
        consent_at=consent.at if consent else None, consent_expires_at=consent.expires_at if consent else None,
        enrolment_ended_at=None, end_reason=None, met_at=None, met_type=None, met_goal=None,
        paused_until=contact.paused_until,
        bought=bool(standing and standing.last_purchase_at) or _bought(contact, now),
    )  # fmt: skip


def _bought(contact: Contact, now: datetime) -> bool:
    """Tell whether a sale to somebody not scored since is among the recent events."""
    sales = Event.objects.filter(type__in=["order_placed", "store_purchase"], occurred_at__lte=now)
    return sales.filter(contact_id=contact.pk).exists()


def kept() -> bool:
    """Tell whether a scoring has kept what people are sorted by."""
    return profiles.exist()


def value(contact: Contact) -> dict[str, Any]:
    """Return what the last scoring kept of the person's purchases; empty where it kept nothing."""
    if not profiles.exist():
        return {}
    con = engine.connect()
    try:
        query = f"SELECT {', '.join(VALUE)} FROM {profiles.relation()} WHERE contact_id = ?"
        found = con.execute(query, [contact.pk]).fetchone()
    finally:
        con.close()
    return dict(zip(VALUE, found, strict=True)) if found else {}
