"""Answers of people among returned mails go on to the team (resent as RFC 5322, 3.6.6 says: nothing of the mail is changed)."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from email.utils import format_datetime
from uuid import uuid4

import structlog
from django.conf import settings

from relance.core.errors import RelanceError
from relance.delivery import headers
from relance.delivery.channels import registry
from relance.delivery.channels.protocol import Kind, Outgoing

log = structlog.get_logger(__name__)


def forward(mail: bytes, now: datetime) -> bool | None:
    """Send a mail on to the setting's address; return whether it went, None where none is set."""
    to = settings.RELANCE.reply_forward
    if not to:
        return None
    resent = "".join(
        (
            headers.plain("Resent-Date", format_datetime(now)),
            headers.mailbox("Resent-From", settings.RELANCE.mail_from_name, settings.RELANCE.mail_from),
            headers.mailbox("Resent-To", "", to),
        )
    )
    try:
        with closing(registry.choose()) as channel:
            (outcome,) = channel.send([Outgoing(0, uuid4(), to, 0, "", "", resent.encode() + mail)])
    except RelanceError as error:
        log.warning("answer not forwarded", why=str(error))
        return False
    if outcome.kind is not Kind.SENT:
        log.warning("answer not forwarded", why=outcome.reason or outcome.kind.value)
    return outcome.kind is Kind.SENT
