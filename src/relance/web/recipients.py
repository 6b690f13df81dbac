"""The pages recipients reach from a mail: the click that redirects, and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from relance.content import publishing
from relance.content.models import Link
from relance.core import database
from relance.core.errors import RelanceError
from relance.delivery import tokens, values
from relance.delivery.tokens import Token
from relance.journeys.models import Version


@dataclass(frozen=True)
class Recipient:
    """Whom a mail went to, as far as their page needs to know."""

    message_id: int
    template_version_id: int
    version_id: int | None
    step: str
    created_at: datetime
    language: str
    address: str


def find(token: Token | None) -> Recipient | None:
    """Return the recipient of the message a token names, if that very message is still known."""
    if token is None:
        return None
    found = database.rows(
        """
        SELECT message.id, message.template_version_id, message.version_id, message.step, message.created_at,
               coalesce(contact.language, ''),
               coalesce((SELECT value FROM contact_point WHERE id = message.contact_point_id), '')
        FROM message LEFT JOIN contact ON contact.id = message.contact_id
        WHERE message.id = %s AND message.uuid = %s
        """,
        [token.message_id if token.message_id < 2**63 else 0, token.message_uuid],
    )
    return Recipient(*found[0]) if found else None


def destination(text: str) -> tuple[Recipient, int, str] | None:
    """Return recipient, link position and stored address of a click token; None where any of them is unknown."""
    token = tokens.read_click(text)
    recipient = find(token)
    if token is None or recipient is None:
        return None
    link = Link.objects.filter(pk=token.link_id, template_version=recipient.template_version_id).first()
    if link is None:
        return None
    try:
        offer = values.offer(
            Version.objects.filter(pk=recipient.version_id or 0).first(), recipient.step, recipient.created_at
        )
        known = {"shop": values.shop(), "offer": offer}
        url = publishing.address(link.template_version_id, link.language, link.position, known)
    except RelanceError:
        return None
    return recipient, link.position, url


def masked(address: str) -> str:
    """Return the address so that its owner knows it and nobody else learns it: `a•••@example.org`."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}•••{at}{domain}" if at else ""
