"""The words for kinds of files, for what a column may be, and for what a row becomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.events.schemas import STANDARD
from relance.intake import mapping
from relance.intake.preview import Told
from relance.measurement import formats
from relance.web import tags, words
from relance.web.language import current
from relance.web.words import source_name as source_name

KINDS: Mapping[str, Any] = {
    "contacts": gettext_lazy("Contacts"),
    "events": gettext_lazy("Orders and other events"),
    "suppressions": gettext_lazy("Opt-outs and dead addresses"),
    "consents": gettext_lazy("Consents"),
}

_PERSON = {
    "external_id": gettext_lazy("Customer number"),
    "email": gettext_lazy("E-mail address"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "country": gettext_lazy("Country"),
}
FIELDS: Mapping[str, Mapping[str, Any]] = {
    "contacts": {
        **_PERSON,
        "full_name": gettext_lazy("Full name"),
        "mobile": gettext_lazy("Mobile number"),
        "phone": gettext_lazy("Telephone number, mobile or not"),
        "landline": gettext_lazy("Landline number"),
        "language": gettext_lazy("Language"),
        "time_zone": gettext_lazy("Time zone"),
        "street": gettext_lazy("Street"),
        "street2": gettext_lazy("Street, second line"),
        "postcode": gettext_lazy("Postcode"),
        "city": gettext_lazy("Town"),
        "company": gettext_lazy("Company"),
        "kind": gettext_lazy("Consumer or business"),
        "site": gettext_lazy("Brand or shop"),
        "birthday": gettext_lazy("Date of birth"),
        "first_seen": gettext_lazy("Customer since"),
        "status": gettext_lazy("Status in the mailing tool"),
        "consent_email": gettext_lazy("Consent to e-mail (yes or no)"),
        "consent_sms": gettext_lazy("Consent to SMS (yes or no)"),
        "consent_postal": gettext_lazy("Consent to post (yes or no)"),
        "consent_phone": gettext_lazy("Consent to calls (yes or no)"),
        "consent_at": gettext_lazy("Date of the consent"),
        "consent_basis": gettext_lazy("Legal basis"),
        "consent_proof": gettext_lazy("Proof of the consent"),
        "attributes": gettext_lazy("Properties as JSON"),
    },
    "events": {
        **_PERSON,
        "type": gettext_lazy("What happened"),
        "occurred_at": gettext_lazy("Date"),
        "amount": gettext_lazy("Amount of the line"),
        "order_total": gettext_lazy("Total of the order"),
        "quantity": gettext_lazy("Quantity"),
        "unit_price": gettext_lazy("Unit price"),
        "product": gettext_lazy("Product reference"),
        "product_name": gettext_lazy("Product name"),
        "reference": gettext_lazy("Order number"),
        "channel": gettext_lazy("Channel"),
        "currency": gettext_lazy("Currency"),
        "campaign": gettext_lazy("Campaign"),
        "url": gettext_lazy("Link or page"),
        "kind": gettext_lazy("Kind of bounce"),
        "reason": gettext_lazy("Reason"),
        "machine": gettext_lazy("Done by a machine"),
        "message_sent": gettext_lazy("Event: sent"),
        "message_delivered": gettext_lazy("Event: delivered"),
        "message_opened": gettext_lazy("Event: opened"),
        "message_clicked": gettext_lazy("Event: clicked"),
        "message_replied": gettext_lazy("Event: answered"),
        "message_bounced": gettext_lazy("Event: bounced"),
        "message_bounced_hard": gettext_lazy("Event: hard bounce"),
        "message_bounced_soft": gettext_lazy("Event: soft bounce"),
        "message_bounced_block": gettext_lazy("Event: blocked"),
        "message_complained": gettext_lazy("Event: complained"),
        "message_unsubscribed": gettext_lazy("Event: unsubscribed"),
    },
    "consents": {
        "external_id": _PERSON["external_id"],
        "email": _PERSON["email"],
        "channel": gettext_lazy("Channel"),
        "topic": gettext_lazy("Topic"),
        "given": gettext_lazy("Given or withdrawn"),
        "dated": gettext_lazy("Date"),
        "basis": gettext_lazy("Legal basis"),
        "proof": gettext_lazy("Proof of the consent"),
        "expires_at": gettext_lazy("Expires on"),
    },
    "suppressions": {
        "email": _PERSON["email"],
        "mobile": gettext_lazy("Mobile number"),
        "reason": gettext_lazy("Reason"),
        "dated": gettext_lazy("Date"),
    },
}
CLASSES: Mapping[str, Any] = {
    "stock_adjustment": gettext_lazy("stock adjustment, left aside"),
    "anonymous": gettext_lazy("names nobody, left aside"),
    "machine": gettext_lazy("done by a machine, left aside"),
}
ENCODINGS = {"utf-8": "UTF-8", "windows-1252": "Windows-1252", "utf-16": "UTF-16"}
SEPARATORS: Mapping[str, Any] = {
    "comma": gettext_lazy("comma"),
    "semicolon": gettext_lazy("semicolon"),
    "tab": gettext_lazy("tab"),
    "bar": gettext_lazy("vertical bar"),
}
# What the importer understood a cell to mean.
WORDS: Mapping[str, Any] = {**words.BASES, **words.SUPPRESSIONS, **words.KINDS}


def size(count: int) -> str:
    """Return the size of a file as people read it."""
    for least, unit in ((1e9, _("GB")), (1e6, _("MB")), (1e3, _("kB"))):
        if count >= least:
            return f"{tags.number(count / least, 1)}\u00a0{unit}"
    return f"{count}\u00a0" + _("bytes")


def type_name(name: str) -> str:
    """Return the words for an event type; a declared one's own name."""
    if name in CLASSES:
        return str(CLASSES[name])
    schema = STANDARD.get(name)
    return (
        name
        if schema is None
        else formats.typography(schema.label_fr if current() == "fr" else schema.label_en, current())
    )


def choices(kind: str) -> list[tuple[str, str]]:
    """Return what a column may be: field and words, the ones of the importer and no others."""
    return [(name, str(FIELDS[kind].get(name, name))) for name in mapping.fields_of(kind)]


def event_shown(told: Told | None) -> str:
    """Return what a cell of sends becomes."""
    if told is None:
        return _("no event")
    parts = {"event": type_name(told.what), "when": shown("", told.at)}
    return (_("%(event)s, %(when)s (date of the send)") if told.assumed else "%(event)s, %(when)s") % parts


def shown(field: str, value: Any) -> str:
    """Return a value the importer understood as people read it."""
    if value is None or value == "":
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(settings.RELANCE.time_zone))
        return tags.day(value) if (local.hour, local.minute) == (0, 0) else tags.moment(value)
    if isinstance(value, Decimal):
        return (
            tags.money(value, 2)
            if field in {"amount", "order_total", "unit_price"}
            else tags.number(value, 0 if value == int(value) else 2)
        )
    if field == "country":
        return str(value)
    return (
        str(WORDS.get(str(value), value))
        if field in {"status", "reason", "basis", "consent_basis", "kind"}
        else str(value)
    )
