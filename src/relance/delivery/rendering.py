"""From claimed messages to mails: values in one go, then each message rendered and put into its envelope as it is due."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from relance.content import publishing
from relance.core.errors import RenderError
from relance.delivery import mail, marks, pixels, signing, values
from relance.delivery.ledger import Due
from relance.senders import register
from relance.senders.sender import DEFAULT, Sender


@dataclass(frozen=True)
class Prepared:
    """What the mails of a batch are made of. Each is written when it is asked for: a page weighs far more than its values."""

    values: Mapping[int, values.Values]
    envelopes: Mapping[int, mail.Envelope]
    pixels: Collection[int]
    now: datetime

    def mail(self, due: Due) -> bytes | RenderError:
        """Return the message's mail, signed by its sender's keys, or why it cannot be rendered."""
        return _mail(due, self.envelopes[due.id], self.values[due.id], self.now, pixel=due.id in self.pixels)


def prepare(
    batch: Sequence[Due], addresses: Mapping[int, str], now: datetime, senders: Mapping[str, Sender] | None = None
) -> Prepared:
    """Return what the mails of these messages are made of, read in one go; `addresses` by message."""
    if not batch:
        return Prepared({}, {}, (), now)
    senders = register.known() if senders is None else senders
    known, told = values.of(batch, senders), pixels.wanted([due.id for due in batch], now)
    return Prepared(known, {due.id: _envelope(due, addresses[due.id], senders) for due in batch}, told, now)


def _envelope(due: Due, address: str, senders: Mapping[str, Sender]) -> mail.Envelope:
    sender = senders.get(due.sender) or senders[DEFAULT]
    language = values.language(due)
    return mail.Envelope(due.id, due.uuid, address, due.purpose, due.journey_id, due.step, sender, language)


def _mail(
    due: Due, envelope: mail.Envelope, known: values.Values, now: datetime, *, pixel: bool
) -> bytes | RenderError:
    try:
        rendered = publishing.render(due.template_version_id, envelope.language, due.variant, known)
        page = marks.marked(rendered.html, due.id, due.uuid, trap=bool(known["links"]), pixel=pixel)
        inline = publishing.is_inline(due.template_version_id)
        return signing.signed(
            mail.draft(envelope, replace(rendered, html=page), now, inline=inline), now, envelope.sender
        )
    except RenderError as error:
        return error
