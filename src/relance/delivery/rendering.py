"""From claimed messages to mails: values in one go, then each message rendered and put into its envelope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from relance.content import publishing
from relance.core.errors import RenderError
from relance.delivery import mail, marks, pixels, signing, values
from relance.delivery.ledger import Due

Mails = dict[int, "bytes | RenderError"]


def mails(batch: Sequence[Due], addresses: Mapping[int, str], now: datetime) -> Mails:
    """Return for each message its mail, signed by the keys in force, or why it cannot be rendered."""
    if not batch:
        return {}
    known, told = values.of(batch), pixels.wanted([due.id for due in batch], now)
    return {due.id: _mail(due, addresses[due.id], known[due.id], now, pixel=due.id in told) for due in batch}


def _mail(due: Due, address: str, known: values.Values, now: datetime, *, pixel: bool) -> bytes | RenderError:
    envelope = mail.Envelope(due.id, due.uuid, address, due.purpose, due.journey_id, due.step)
    try:
        rendered = publishing.render(due.template_version_id, values.language(due), due.variant, known)
        page = marks.marked(rendered.html, due.id, due.uuid, trap=bool(known["links"]), pixel=pixel)
        inline = publishing.is_inline(due.template_version_id)
        return signing.signed(mail.draft(envelope, replace(rendered, html=page), now, inline=inline), now)
    except RenderError as error:
        return error
