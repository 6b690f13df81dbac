"""All that is kept of one person, for the right of access (GDPR art. 15 and 20): a ZIP with JSON and a page to read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from relance.contacts.models import Consent, Contact
from relance.core import database
from relance.dormancy.models import Profile
from relance.eligibility.models import VerdictRecord
from relance.events import engine
from relance.journeys.models import Enrolment
from relance.outbox.models import Message
from relance.segments.models import Membership
from relance.web import tags
from relance.web.language import current
from relance.web.people import listing, person, words
from relance.web.people.timeline import sentence

Rows = list[dict[str, Any]]
INNER = {"worker", "lease_until", "contact", "contact_id"}  # the machine's own, or the person of this very file
TITLES: dict[str, Any] = {
    "identity": _("Who"),
    "addresses": _("Addresses"),
    "suppressions": _("Suppressions"),
    "consents": _("Consents"),
    "standing": _("State and value"),
    "segments": _("Segments"),
    "journeys": _("Journeys"),
    "messages": _("Messages"),
    "verdicts": _("Verdicts"),
    "events": _("Events"),
    "merged": _("Duplicates merged into this person"),
}


def gather(contact: Contact) -> dict[str, Rows]:
    """Return all that is kept of the person, table by table."""
    mine = {"contact": contact}
    messages = Message.objects.filter(contact_id=contact.pk).values("pk")
    points = person.points(contact)
    return {
        "identity": [_plain(contact)],
        "addresses": [_plain(point.row) for point in points],
        "suppressions": [
            {"address": p.row.value, "channel": p.row.channel, "reason": p.suppression.reason, "at": p.suppression.at}
            for p in points if p.suppression
        ],
        "consents": [_plain(row) for row in Consent.objects.filter(**mine).order_by("at", "id")],
        "standing": [_plain(row) | person.value(contact) for row in Profile.objects.filter(**mine)],
        "segments": [
            {"segment": row.segment.name, "since": row.since}
            for row in Membership.objects.filter(**mine).select_related("segment").order_by("since")
        ],
        "journeys": [
            {"journey": row.journey.name} | _plain(row)
            for row in Enrolment.objects.filter(**mine).select_related("journey").order_by("entered_at")
        ],
        "messages": [_plain(row) for row in Message.objects.filter(contact_id=contact.pk).order_by("created_at", "id")],
        "verdicts": [
            _plain(row) | {"sentence": sentence(row.code, row.details, row.until)}
            for row in VerdictRecord.objects.filter(message_id__in=messages).order_by("at", "id")
        ],
        "events": _events(contact),
        "merged": [{"id": loser, "at": at} for loser, at in person.merged(contact)],
    }  # fmt: skip


def _plain(row: Model) -> dict[str, Any]:
    """Return a row's columns, those the machine keeps for itself apart."""
    return {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname not in INNER
    }


def _events(contact: Contact) -> Rows:
    names = dict(database.rows("SELECT id, name FROM source"))
    with engine.reading(contacts=[contact.pk]) as con:
        found = con.execute(
            "SELECT occurred_at, type, source_id, amount, channel, reference, properties, recorded_at FROM events "
            "WHERE contact_id = ? ORDER BY occurred_at, type, reference",
            [contact.pk],
        )
        columns = [column[0] for column in found.description]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    for row in rows:
        row["source"] = names.get(row.pop("source_id"), "")
        row["properties"] = json.loads(row["properties"] or "{}")
    return rows


def build(contact: Contact, now: datetime, shop: str) -> bytes:
    """Return the ZIP: data.json for programs, a page for people, in the language in force."""
    data = gather(contact)
    told = {"made_at": now, "shop": shop, **data}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(told, default=str, ensure_ascii=False, indent=2))
        archive.writestr("data.html", render_to_string("people/archive.html", page(contact, data, now, shop)))
    return out.getvalue()


def page(contact: Contact, data: dict[str, Rows], now: datetime, shop: str) -> dict[str, Any]:
    """Return what the page says: the tables with a row at least, without the columns that are empty throughout."""
    tables = [(TITLES[name], *_table(rows)) for name, rows in data.items() if rows]
    return {"name": listing.called(contact), "tables": tables, "now": now, "shop": shop, "spoken": current()}


def _table(rows: Sequence[dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    columns = [name for name in rows[0] if any(row.get(name) not in (None, "", {}, []) for row in rows)]
    return columns, [[_shown(row.get(name), name) for name in columns] for row in rows]


def _shown(value: Any, name: str) -> str:
    """Return a value as people read it."""
    if value in (None, "", {}, []):
        return ""
    if isinstance(value, datetime):
        return tags.moment(value)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    named: dict[str, Callable[[str], str]] = {
        "channel": words.channel, "type": words.event_label, "state": lambda code: str(tags.state_name(code)),
    }  # fmt: skip
    return named.get(name, str)(value)
