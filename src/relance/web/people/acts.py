"""What may be done about one person: suppress, note an objection or take it back; each leaves a line in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from relance.contacts.models import Channel, Contact, ContactPoint
from relance.core import audit
from relance.core.errors import InputError, RefusedError
from relance.eligibility import suppressing
from relance.eligibility.suppressing import ASKED, NEVER


def suppress(contact: Contact, channels: Sequence[str], reason: str, why: str, *, now: datetime, actor: str) -> int:
    """Put the person's addresses on these channels on the suppression list, withdraw their consents; return the addresses put there."""
    if reason not in (ASKED, NEVER) or not set(channels) <= set(Channel.values) or not channels:
        raise InputError(
            _("Say on which channel, and whether messages about orders may still leave. Nothing was changed.")
        )
    if not why.strip():
        raise InputError(
            _("A suppression needs its reason: whoever reads the log later must understand it. Nothing was changed.")
        )
    with transaction.atomic():
        Contact.objects.select_for_update().get(pk=contact.pk)
        put = sum(
            suppressing.put(point.channel, point.value, reason, now)
            for point in ContactPoint.objects.filter(contact=contact, channel__in=channels)
        )
        withdrawn = [channel for channel in channels if suppressing.withdraw(contact, channel, why, now)]
        details: dict[str, object] = {
            "channels": ", ".join(channels), "level": reason, "why": why.strip(), "addresses": put, "withdrawn": len(withdrawn)
        }  # fmt: skip
        audit.record("person suppressed", subject(contact), now=now, actor=actor, details=details)
    return put


def object_to_profiling(contact: Contact, why: str, *, now: datetime, actor: str) -> None:
    """Note that the person objects to profiling: no reactivation picks them by a score any more."""
    changed = Contact.objects.filter(pk=contact.pk, objected_at=None).update(objected_at=now, updated_at=now)
    if not changed:
        raise RefusedError(_("This objection is noted already; there is nothing to add."))
    audit.record("objection noted", subject(contact), now=now, actor=actor, details={"why": why.strip()})


def withdraw_objection(contact: Contact, why: str, *, now: datetime, actor: str) -> None:
    """Note that the person takes the objection back; the next scoring takes them in again."""
    if not why.strip():
        raise InputError(
            _(
                "Say how the person took the objection back: only they may, and whoever reads the log must see it. Nothing was changed."
            )
        )
    changed = Contact.objects.filter(pk=contact.pk, objected_at__isnull=False).update(objected_at=None, updated_at=now)
    if not changed:
        raise RefusedError(_("There is no objection to take back."))
    audit.record("objection withdrawn", subject(contact), now=now, actor=actor, details={"why": why.strip()})


def subject(contact: Contact) -> str:
    """Return what the audit log calls a person: a number that says nothing once the person is erased."""
    return f"person {contact.uuid}"
