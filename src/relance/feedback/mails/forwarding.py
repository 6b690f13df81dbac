"""Answers of people among returned mails go on to the team (resent as RFC 5322, 3.6.6 says: nothing of the mail is changed)."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from email.utils import format_datetime
from uuid import uuid4

import structlog
from django.conf import settings

from relance.core import database
from relance.core.errors import RelanceError
from relance.delivery import headers
from relance.delivery.channels import registry
from relance.delivery.channels.protocol import Kind, Outgoing
from relance.feedback.mails import parts

KEPT_DAYS, AT_ONCE = 30, 20
log = structlog.get_logger(__name__)


def forward(mail: bytes, now: datetime) -> bool | None:
    """Send a mail on to the setting's address; return whether it went, None where none is set. Never raises.

    By SMTP only: mailing services take no mail that somebody else is the author of.
    """
    to = settings.RELANCE.reply_forward
    if not to:
        return None
    if settings.RELANCE.service_key and not settings.RELANCE.smtp_url:
        log.warning("answer not forwarded", why="a mailing service's API takes none; set RELANCE_SMTP_URL")
        return False
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


def is_ours(mail: bytes) -> bool:
    """Tell whether a mail that came in is one we sent on: an address of the setting that leads back here is no loop."""
    return settings.RELANCE.mail_from.lower() in parts.read(mail).headers.get("resent-from", "").lower()


def again(now: datetime) -> int:
    """Send on answers that could not be at first, some at a time, for a month; return how many went."""
    database.execute(
        "UPDATE returned_mail SET unsent = NULL WHERE unsent IS NOT NULL AND at < %s", [now - timedelta(days=KEPT_DAYS)]
    )
    waiting = database.rows(
        "SELECT id, unsent FROM returned_mail WHERE unsent IS NOT NULL ORDER BY id LIMIT %s", [AT_ONCE]
    )
    sent = 0
    for number, mail in waiting:
        if not forward(bytes(mail), now):
            break
        database.execute("UPDATE returned_mail SET forwarded = true, unsent = NULL WHERE id = %s", [number])
        sent += 1
    return sent
