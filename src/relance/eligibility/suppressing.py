"""Addresses put on the suppression list by a named person: on one channel, or on all of whoever has the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from relance.contacts.models import Channel, Consent, Contact, ContactPoint
from relance.core import audit, database
from relance.core.errors import InputError
from relance.core.ids import digest
from relance.hygiene import phones
from relance.hygiene.addresses import is_well_formed
from relance.intake import sources

ASKED, NEVER = "unsubscribed", "manual"  # no more marketing; nothing at all, not even about orders
ALL = "all"

# A suppression may become stricter, never milder.
SUPPRESS = """
    INSERT INTO suppression (channel, digest, reason, at, source_id) VALUES (%(channel)s, %(digest)s, %(reason)s, %(now)s, %(source)s)
    ON CONFLICT (channel, digest) DO UPDATE SET reason = excluded.reason, at = excluded.at
    WHERE excluded.reason = 'manual' AND suppression.reason IN ('unsubscribed', 'former_tool')
"""


@dataclass(frozen=True)
class Suppressed:
    """What came of it: whether the list changed, the people who have the address, the consents withdrawn."""

    changed: bool
    people: int
    withdrawn: int


def suppress(address: str, channel: str, reason: str, why: str, *, by: str, now: datetime) -> Suppressed:
    """Put an address, known or not, on the list and withdraw the consents of whoever has it; InputError on bad input.

    The address is kept as a keyed hash only: the audit log tells who, when and why, and not whom, where nobody is known.
    """
    value, kinds = normal(address)
    if channel != ALL and channel not in kinds:
        raise InputError(
            f"`{channel}` is no channel of this address. Take {', '.join((*kinds, ALL))}. Nothing was changed."
        )
    if reason not in (ASKED, NEVER):
        raise InputError(f"`{reason}` is no level. Take `{ASKED}` (no marketing) or `{NEVER}` (nothing at all).")
    if not why.strip() or not by.strip():
        raise InputError("A suppression needs its reason and who decides it (--why, --by). Nothing was changed.")
    with transaction.atomic():
        owners = sorted(
            ContactPoint.objects.filter(value=value, channel__in=kinds).values_list("contact_id", flat=True).distinct()
        )
        people = list(Contact.objects.select_for_update().filter(pk__in=owners, erased_at=None).order_by("pk"))
        changed = put(channel, value, reason, now)
        channels = Channel.values if channel == ALL else [channel]
        withdrawn = sum(withdraw(person, one, why, now) for person in people for one in channels)
        details: dict[str, object] = {
            "channels": channel, "level": reason, "why": why.strip(), "people": len(people), "withdrawn": withdrawn
        }  # fmt: skip
        audit.record("address suppressed", "", now=now, actor=by.strip(), details=details)
    return Suppressed(bool(changed), len(people), withdrawn)


def normal(address: str) -> tuple[str, tuple[str, ...]]:
    """Return an address as it is kept, and the channels it belongs to; InputError where it is none."""
    text = address.strip()
    if "@" in text:
        if is_well_formed(text.lower()):
            return text.lower(), (Channel.EMAIL.value,)
    elif text:
        number, _ = phones.parse(text, settings.RELANCE.country, Channel.PHONE.value)
        if number:
            return number, (Channel.SMS.value, Channel.PHONE.value)
    raise InputError(f"`{address}` is neither an e-mail address nor a telephone number. Nothing was changed.")


def put(channel: str, value: str, reason: str, now: datetime) -> int:
    """Put an address on the list; return 1 where that changed it."""
    given = {"channel": channel, "digest": digest(value), "reason": reason, "now": now, "source": sources.own_id(now)}
    return database.execute(SUPPRESS, given)


def withdraw(contact: Contact, channel: str, why: str, now: datetime) -> bool:
    """Add a withdrawal to the ledger, unless the last word on marketing is one already."""
    last = (
        Consent.objects.filter(contact=contact, channel=channel, topic="marketing", at__lte=now)
        .exclude(given=True, basis="contract")
        .order_by("-at", "-id")
        .first()
    )
    if last is not None and not last.given:
        return False
    if last is None and not ContactPoint.objects.filter(contact=contact, channel=channel).exists():
        return False
    Consent.objects.create(
        contact=contact,
        channel=channel,
        given=False,
        basis="opt_in",
        proof=why.strip(),
        at=now,
        source_id=sources.own_id(now),
    )
    return True
