"""From claimed messages to mails: values in one go, then each message rendered and put into its envelope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from relance.content import publishing
from relance.core.errors import RenderError
from relance.delivery import mail, signing, values
from relance.delivery.ledger import Due

Mails = dict[int, "bytes | RenderError"]


def mails(batch: Sequence[Due], addresses: Mapping[int, str], now: datetime) -> Mails:
    """Return for each message its mail, signed by the keys in force, or why it cannot be rendered."""
    if not batch:
        return {}
    known = values.of(batch)
    return {due.id: _mail(due, addresses[due.id], known[due.id], now) for due in batch}


def _mail(due: Due, address: str, known: values.Values, now: datetime) -> bytes | RenderError:
    envelope = mail.Envelope(due.id, due.uuid, address, due.purpose, due.journey_id, due.step)
    try:
        rendered = publishing.render(due.template_version_id, values.language(due), due.variant, known)
        return signing.signed(mail.draft(envelope, rendered, now), now)
    except RenderError as error:
        return error
