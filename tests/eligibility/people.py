"""The people of these tests and the messages that wait for them."""

from datetime import datetime, timedelta
from itertools import count

from relance.contacts.models import Consent, Contact, ContactPoint, Suppression
from relance.core.ids import digest
from relance.dormancy.models import Profile
from relance.intake.models import OptOutDeclaration
from relance.outbox.models import Message

_numbers = count(1)


def person(
    name: str,
    now: datetime,
    *,
    basis: str | None = "opt_in",
    state: str = "active",
    bought: bool = True,
    **fields: object,
) -> Contact:
    """A contact with a valid address, a permission on that basis (None: nothing known), a purchase and a profile."""
    contact = Contact.objects.create(first_name=name, first_seen_at=now - timedelta(days=400), **fields)
    ContactPoint.objects.create(contact=contact, channel="email", value=f"{name}@example.org", valid=True)
    Profile.objects.create(
        contact=contact, state=state, state_since=now, scored_at=now, last_legal_contact_at=now - timedelta(days=300),
        last_purchase_at=now - timedelta(days=300) if bought else None,
    )  # fmt: skip
    if basis:
        consent(contact, now - timedelta(days=300), basis=basis)
    return contact


def anna(now: datetime, **fields: object) -> Contact:
    """Anna, who consented; the former tool's opt-outs are declared to be none."""
    OptOutDeclaration.objects.get_or_create(by="Camille", defaults={"at": now})
    return person("anna", now, **fields)  # type: ignore[arg-type]


def consent(contact: Contact, at: datetime, **fields: object) -> Consent:
    values: dict[str, object] = {"channel": "email", "given": True, **fields}
    return Consent.objects.create(contact=contact, at=at, **values)


def suppress(address: str, reason: str, at: datetime, *, channel: str = "email") -> None:
    Suppression.objects.create(channel=channel, digest=digest(address), reason=reason, at=at)


def message(contact: Contact, now: datetime, purpose: str = "promotion", **fields: object) -> Message:
    values: dict[str, object] = {
        "channel": "email", "template_version_id": 1, "send_key": f"key/{next(_numbers)}", "state": "claimed",
        "not_before": now - timedelta(minutes=1), "expires_at": now + timedelta(days=3), **fields,
    }  # fmt: skip
    return Message.objects.create(contact_id=contact.pk, purpose=purpose, **values)
