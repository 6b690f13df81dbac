"""The page recipients reach from a mail: the way out."""

from __future__ import annotations

from dataclasses import dataclass

from relance.core import database
from relance.delivery.tokens import Token


@dataclass(frozen=True)
class Recipient:
    """Whom a mail went to, as far as their page needs to know."""

    message_id: int
    language: str
    address: str


def find(token: Token | None) -> Recipient | None:
    """Return the recipient of the message a token names, if that very message is still known."""
    if token is None:
        return None
    found = database.rows(
        """
        SELECT message.id, coalesce(contact.language, ''),
               coalesce((SELECT value FROM contact_point WHERE id = message.contact_point_id), '')
        FROM message LEFT JOIN contact ON contact.id = message.contact_id
        WHERE message.id = %s AND message.uuid = %s
        """,
        [token.message_id, token.message_uuid],
    )
    return Recipient(*found[0]) if found else None


def masked(address: str) -> str:
    """Return the address so that its owner knows it and nobody else learns it: `a•••@example.org`."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}•••{at}{domain}" if at else ""
