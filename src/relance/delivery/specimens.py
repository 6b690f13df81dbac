"""A mail as it would leave, whole, that is sent to nobody: to look at, to download, to show to a spam filter.

It belongs to no message, so its way out leads nowhere and its links are not counted.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from relance.content.compiler import Rendered
from relance.delivery import mail, signing
from relance.outbox.models import Purpose
from relance.senders.sender import Sender

_NONE = UUID(int=0)


def whole(
    rendered: Rendered,
    address: str,
    *,
    commercial: bool,
    now: datetime,
    inline: bool = False,
    sender: Sender | None = None,
    signed: bool = False,
) -> bytes:
    """Return the bytes of the mail to this address.

    Unsigned as a rule: who has it in hand could send it on in the sender's name. `signed` by its sender's keys, it is for
    programs that judge it and keep nothing. RenderError where an address or a setting cannot stand in a header.
    """
    purpose = Purpose.REACTIVATION if commercial else Purpose.TRANSACTIONAL
    envelope = mail.Envelope(0, _NONE, address, purpose, None, "specimen", sender)
    draft = mail.draft(envelope, rendered, now, inline=inline)
    return signing.signed(draft, now, sender) if signed else draft.whole()
