"""The values a template gets, for a whole batch at once: the person, their last order, the shop, the signed links."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from relance.content import publishing
from relance.content.definition import LANGUAGES
from relance.content.models import Link, TemplateVersion
from relance.core import database
from relance.delivery import mail
from relance.delivery.ledger import Due
from relance.journeys import definition
from relance.journeys.models import Version
from relance.senders import register
from relance.senders.sender import DEFAULT, Sender

Values = dict[str, Any]


def language(due: Due) -> str:
    """Return the language a message is written in: the person's where templates have it, else the installation's."""
    return due.language if due.language in LANGUAGES else settings.RELANCE.language


def shop(sender: Sender | None = None, language: str = "") -> Values:
    """Return what templates say of the shop: what its sender is called in a language, the same for everybody."""
    known = sender or register.default()
    return {
        "name": known.title(language),
        "url": known.shop_url.rstrip("/"),
        "postal_address": known.address_after_name(language),
    }


def offer(version: Version | None, step: str, at: datetime) -> Values:
    """Return what a message of this journey step, written at `at`, offers; empty where it offers nothing."""
    return definition.offer_values(version, step, at) if version and step else {}


def of(batch: Sequence[Due], senders: Mapping[str, Sender] | None = None) -> dict[int, Values]:
    """Return the values of each message of the batch, by its id."""
    shops = _shops(batch, register.known() if senders is None else senders)
    people = _people({due.contact_id for due in batch})
    orders = _last_orders({due.contact_id for due in batch}) if _speaks_of_orders(batch) else {}
    links = _links({due.template_version_id for due in batch})
    versions = Version.objects.in_bulk({due.version_id for due in batch if due.version_id is not None})
    offers = {due.id: offer(versions.get(due.version_id or 0), due.step, due.created_at) for due in batch}
    return {
        due.id: _one(due, people.get(due.contact_id, {}), orders.get(due.contact_id), links)
        | {"offer": offers[due.id], "shop": shops[due.sender, language(due)]}
        for due in batch
    }


def _shops(batch: Sequence[Due], senders: Mapping[str, Sender]) -> dict[tuple[str, str], Values]:
    """Return what templates say of the shop, by sender and language."""
    wanted = {(due.sender, language(due)) for due in batch}
    return {(name, written): shop(senders.get(name) or senders[DEFAULT], written) for name, written in wanted}


def _one(due: Due, person: Values, order: Values | None, links: Mapping[tuple[int, str], Sequence[int]]) -> Values:
    written = language(due)
    return {
        "contact": person | {"language": written},
        "unsubscribe_url": mail.unsubscribe_url(due.id, due.uuid),
        "preferences_url": mail.preferences_url(due.id, due.uuid),
        "may_sell": due.sells,
        "links": mail.click_urls(due.id, due.uuid, links.get((due.template_version_id, written), ())),
    } | ({"last_order": order} if order else {})


def _people(ids: Collection[int]) -> dict[int, Values]:
    """Return the names and attributes of these contacts."""
    found = database.rows(
        "SELECT id, first_name, last_name, attributes::text FROM contact WHERE id = ANY(%s::bigint[])", [list(ids)]
    )
    return {
        contact: {"first_name": first, "last_name": last, "attributes": json.loads(attributes)}
        for contact, first, last, attributes in found
    }


def _speaks_of_orders(batch: Sequence[Due]) -> bool:
    """Tell whether a template of the batch mentions the last order; the history is read only then."""
    versions = {due.template_version_id for due in batch}
    return any(
        "last_order" in publishing.values_used(version) for version in TemplateVersion.objects.filter(pk__in=versions)
    )


def _last_orders(ids: Collection[int]) -> dict[int, Values]:
    """Return the last order of each of these contacts, from the whole history."""
    from relance.events import engine  # DuckDB: only for templates that speak of the last order

    with engine.reading(contacts=ids) as con:
        found = con.execute(
            """
            SELECT contact_id, reference, occurred_at, amount, properties
            FROM events WHERE type IN ('order_placed', 'store_purchase')
            QUALIFY row_number() OVER (PARTITION BY contact_id ORDER BY occurred_at DESC, reference) = 1
            """
        ).fetchall()
    return {
        contact: {
            "number": number or "",
            "date": at,
            "amount": amount,
            "lines": [_line(line) for line in json.loads(properties or "{}").get("lines", [])],
        }
        for contact, number, at, amount, properties in found
    }


def _line(line: Mapping[str, Any]) -> Values:
    return {
        "product": line.get("product") or "",
        "name": line.get("name") or "",
        "quantity": _whole(line.get("quantity") or 1),
    }


def _links(versions: Collection[int]) -> dict[tuple[int, str], list[int]]:
    """Return the ids of the links of each version and language, in their order."""
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for link in Link.objects.filter(template_version__in=versions).order_by("template_version", "language", "position"):
        found[link.template_version_id, link.language].append(link.pk)
    return found


def _whole(quantity: Any) -> Any:
    """Return a quantity without decimals where it has none."""
    return int(quantity) if float(quantity) == int(float(quantity)) else quantity


def for_contact(contact_id: int, language: str, *, orders: bool) -> Values:
    """Return what a template knows of one person, for a preview: no message, so no links of theirs."""
    person = _people([contact_id]).get(contact_id, {})
    order = _last_orders([contact_id]).get(contact_id) if orders else None
    return {"contact": person | {"language": language}, "shop": shop()} | ({"last_order": order} if order else {})
