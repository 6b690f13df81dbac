"""A person's whole story: who they are, what they permit, where they stand, what they got or did not get, and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Model

from relance.contacts.models import Consent, Contact, ContactPoint, Suppression
from relance.core import database
from relance.core.durations import Duration
from relance.core.errors import NotFoundError
from relance.core.ids import digest
from relance.dormancy.explanation import explain, whole
from relance.dormancy.models import Profile
from relance.eligibility import verdicts
from relance.eligibility.models import VerdictRecord
from relance.events import engine
from relance.intake.models import Source
from relance.journeys.models import Enrolment
from relance.outbox.models import Message
from relance.segments.models import Membership

LATEST = 20
Fact = dict[str, Any]


def story(email: str, now: datetime) -> Fact:
    """Return everything known of the person with this address; NotFoundError where nothing is."""
    address = email.strip().lower()
    point = ContactPoint.objects.filter(channel="email", value=address).first()
    suppressed = _suppressions([("email", address)])
    if point is None and not suppressed:
        raise NotFoundError(f"Nobody has the address {address} here, and it is on no list. Check its spelling.")
    if point is None:
        return {"email": address, "now": now, "contact": None, "suppressions": suppressed}
    return {"email": address, "now": now, **_person(Contact.objects.get(pk=point.contact_id), now)}


def _person(contact: Contact, now: datetime) -> Fact:
    points = list(ContactPoint.objects.filter(contact=contact).order_by("channel", "id"))
    profile = Profile.objects.filter(contact=contact).first()
    return {
        "contact": _who(contact),
        "addresses": [{**_some(point, *ADDRESS), "soft_bounces": round(point.soft_bounces, 1)} for point in points],
        "consents": [_consent(row) for row in Consent.objects.filter(contact=contact).order_by("at", "id")],
        "suppressions": _suppressions([(point.channel, point.value) for point in points]),
        "profile": _some(profile, *PROFILE) if profile else None,
        "points": _points(contact.pk, now),
        "legal_clock": _legal_clock(contact, profile, now),
        "explanation": whole(contact.pk, now),
        "segments": [
            {"segment": row.segment.name, "since": row.since}
            for row in Membership.objects.filter(contact=contact).select_related("segment").order_by("segment__name")
        ],
        "enrolments": _enrolments(contact.pk),
        "messages": _messages(contact.pk),
        "events": _events(contact.pk),
    }


ADDRESS = ("channel", "value", "valid", "reason", "suggestion")
CONSENT = ("channel", "topic", "given", "basis", "proof", "at", "expires_at")
PROFILE = (
    "policy", "state", "state_since", "points", "value_band", "last_purchase_at", "last_engagement_at",
    "false_inactive", "out_of_target", "unreachable", "scored_at",
)  # fmt: skip
WHO = (
    "id", "uuid", "external_id", "first_name", "last_name", "language", "time_zone", "country", "kind", "company",
    "site", "attributes", "first_seen_at", "erased_at", "objected_at", "paused_until", "fewer_since",
)  # fmt: skip
ENROLMENT = ("occasion", "control", "entered_at", "position", "due_at", "ended_at", "end_reason")
MESSAGE = (
    "id", "uuid", "channel", "purpose", "step", "state", "reason", "not_before", "expires_at", "attempt", "sent_at",
)  # fmt: skip


def _some(row: Model, *names: str) -> Fact:
    return {name: getattr(row, name) for name in names}


def _who(contact: Contact) -> Fact:
    source = Source.objects.filter(pk=contact.source_id).first() if contact.source_id else None
    merged = database.rows("SELECT loser_id FROM contact_alias WHERE survivor_id = %s ORDER BY 1", [contact.pk])
    return {**_some(contact, *WHO), "source": source.name if source else None, "merged": [loser for (loser,) in merged]}


def _suppressions(addresses: list[tuple[str, str]]) -> list[Fact]:
    """Return the suppressions of these (channel, address) pairs, found by keyed hash."""
    known = {(channel, digest(value)): value for channel, value in addresses}
    rows = Suppression.objects.filter(digest__in=[key for _, key in known]).order_by("at", "id")
    found = [(row, known.get((row.channel, bytes(row.digest)))) for row in rows]
    return [{"address": value, **_some(row, "channel", "reason", "at")} for row, value in found if value]


def _consent(row: Consent) -> Fact:
    """Return an entry of the ledger; a `no` that rests on nothing is one a file brought, and no withdrawal."""
    means = "given" if row.given else "withdrawn" if row.basis else "refused"
    return {**_some(row, *CONSENT), "means": means}


def _points(contact_id: int, now: datetime) -> list[Fact]:
    """Return each criterion of the person's policy with its points, told in English and French."""
    english, french = (explain(contact_id, now, language) for language in ("en", "fr"))
    return [{**line, "sentence_fr": other["sentence"]} for line, other in zip(english, french, strict=True)]


def _legal_clock(contact: Contact, profile: Profile | None, now: datetime) -> Fact:
    """Return when the law asks to let go, and what that is counted from, as the gate counts (`reach.COUNTED_FROM`): the
    last contact that came from the person, else the day they were first seen: for a prospect, when they were collected.

    `consented_at`: when they last gave a dated permission, which moves nothing; None where a contact is known.
    """
    last = profile.last_legal_contact_at if profile else None
    consented = None if last else _consented_at(contact, now)
    since = last or contact.first_seen_at
    due = Duration(settings.RELANCE.legal_years, "year").after(since)
    source = "last contact" if last else "first seen"
    return {
        "last_contact_at": last, "counted_from": source, "counted_since": since, "due_at": due, "due": due <= now,
        "consented_at": consented,
    }  # fmt: skip


def _consented_at(contact: Contact, now: datetime) -> datetime | None:
    """Return when the person last gave a permission, where that day is known.

    A permission without a date stands at the instant its person was first seen or its file was imported.
    """
    ((at,),) = database.rows(
        """
        SELECT max(c.at) FROM consent c
        WHERE c.contact_id = %s AND c.given AND c.at <= %s AND c.at <> %s AND c.at <> %s
          AND NOT EXISTS (SELECT FROM import_run r WHERE r.source_id = c.source_id AND r.started_at = c.at)
        """,
        [contact.pk, now, contact.first_seen_at, contact.created_at],
    )
    return at if isinstance(at, datetime) else None


def _enrolments(contact_id: int) -> list[Fact]:
    rows = Enrolment.objects.filter(contact_id=contact_id).select_related("journey", "version").order_by("entered_at")
    return [{"journey": row.journey.name, "version": row.version.number, **_some(row, *ENROLMENT)} for row in rows]


def _messages(contact_id: int) -> list[Fact]:
    """Return the person's latest messages with the verdicts given on each and why."""
    rows = list(Message.objects.filter(contact_id=contact_id).order_by("-not_before", "-id")[:LATEST])
    given: dict[int, list[Fact]] = {row.pk: [] for row in rows}
    for record in VerdictRecord.objects.filter(message_id__in=given).order_by("at", "id"):
        given[record.message_id].append(_verdict(record))
    return [{**_some(row, *MESSAGE), "verdicts": given[row.pk]} for row in rows]


def _verdict(record: VerdictRecord) -> Fact:
    details: Mapping[str, str] = record.details
    english, french = (verdicts.sentence(record.code, details, record.until, language) for language in ("en", "fr"))
    return {**_some(record, "at", "decision", "code", "until"), "sentence": english, "sentence_fr": french}


def _events(contact_id: int) -> list[Fact]:
    """Return the person's latest events, from the lake and the hot rows."""
    names = ("type", "occurred_at", "amount", "channel", "reference")
    columns = ", ".join(names)
    with engine.reading(contacts=[contact_id]) as con:
        found = con.execute(
            f"SELECT {columns} FROM events WHERE contact_id = ? ORDER BY occurred_at DESC, type LIMIT {LATEST}",
            [contact_id],
        ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in found]
