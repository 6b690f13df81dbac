"""A mail as it would leave, whole and signed, that is sent to nobody: to look at, to download, to show to a spam filter.

It belongs to no message, so its way out leads nowhere and its links are not counted.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from relance.content.compiler import Rendered
from relance.delivery import mail, signing
from relance.outbox.models import Purpose

_NONE = UUID(int=0)


def whole(rendered: Rendered, address: str, *, commercial: bool, now: datetime) -> bytes:
    """Return the bytes of the mail to this address; raise RenderError where an address or a setting cannot stand in it."""
    purpose = Purpose.REACTIVATION if commercial else Purpose.TRANSACTIONAL
    envelope = mail.Envelope(0, _NONE, address, purpose, None, "specimen")
    return signing.signed(mail.draft(envelope, rendered, now), now)
