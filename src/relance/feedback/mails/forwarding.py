"""Answers of people among returned mails go on to the team (resent as RFC 5322, 3.6.6 says: nothing of the mail is changed)."""

from __future__ import annotations

from base64 import encodebytes
from contextlib import closing
from datetime import datetime, timedelta
from email.utils import format_datetime, parseaddr
from uuid import uuid4

import structlog
from django.conf import settings

from relance.core import addresses, database
from relance.core.errors import RelanceError
from relance.delivery import headers, names
from relance.delivery.channels import registry
from relance.delivery.channels.protocol import Channel, Kind, Outgoing
from relance.feedback.mails import parts
from relance.feedback.mails.parts import Fields
from relance.senders import register

KEPT = timedelta(days=30)  # how long an answer that cannot be sent on is kept
REMEMBERED = timedelta(
    days=400
)  # how long what came back is known, so that it is counted once and a year can be compared
REST, REFUSED_REST = timedelta(minutes=15), timedelta(days=1)  # before the next try; after a refusal for good
AT_ONCE = 20
WORDS = 20_000  # characters of a mail too large that are told
_TOO_LARGE = {
    "en": (
        "[{megabytes} MB] {subject}",
        "A mail of {megabytes} MB came from {sender}: too large to be sent on. It is still in the mailbox of returned mails, "
        "with what is attached. The beginning of what it says:",
    ),
    "fr": (
        "[{megabytes} Mo] {subject}",
        "Un e-mail de {megabytes} Mo est arrivé de {sender}\u00a0: trop lourd pour être renvoyé. Il est toujours dans la boîte des "
        "retours, avec ses pièces jointes. Le début de ce qu’il dit\u00a0:",
    ),
}
log = structlog.get_logger(__name__)


def wanted() -> bool:
    """Tell whether answers are to be sent on."""
    return bool(settings.RELANCE.reply_forward)


def run(now: datetime) -> int:
    """Send on answers that were written down, some at a time, and return how many went; a part of the stage `returned`.

    By the installation's relays only: mailing services take no mail that somebody else is the author of, those of single
    senders are theirs, and in a folder here nobody would find it. What is refused is tried again after
    a rest and holds up none of the others; what may have arrived counts as gone. A crash between sending and writing down
    sends one a second time rather than never.
    """
    database.execute("DELETE FROM returned_mail WHERE at < %s", [now - REMEMBERED])
    database.execute("UPDATE returned_mail SET unsent = NULL WHERE unsent IS NOT NULL AND at < %s", [now - KEPT])
    waiting = database.rows(
        """
        SELECT id, unsent FROM returned_mail WHERE unsent IS NOT NULL AND (again_at IS NULL OR again_at <= %s)
        ORDER BY again_at NULLS FIRST, id LIMIT %s
        """,
        [now, AT_ONCE],
    )
    if not waiting or not wanted():
        return 0
    if registry.separate() and register.mails_leave() and not settings.RELANCE.smtp_url:
        log.warning(
            "answers not forwarded", why="neither a mailing service nor a sender's relays do; set RELANCE_SMTP_URL"
        )
        return 0
    try:
        with closing(registry.choose()) as channel:
            return sum(_forward(channel, number, bytes(mail), now) for number, mail in waiting)
    except RelanceError as error:
        log.warning("answers not forwarded", why=str(error))
        return 0


def _forward(channel: Channel, number: int, mail: bytes, now: datetime) -> bool:
    to, ours, uuid = settings.RELANCE.reply_forward, register.default(), uuid4()
    resent = "".join(
        (
            headers.plain("Resent-Date", format_datetime(now)),
            headers.mailbox("Resent-From", ours.title(settings.RELANCE.language), ours.address),
            headers.mailbox("Resent-To", "", to),
        )
    )
    (outcome,) = channel.send(
        [Outgoing(0, uuid, to, 0, "", "", resent.encode() + mail, return_path=names.leaving_from(ours, 0, uuid))]
    )
    if outcome.kind is not Kind.SENT:
        log.warning("answer not forwarded", why=outcome.reason or outcome.kind.value)
    if outcome.kind in {Kind.SENT, Kind.DOUBTFUL}:
        database.execute("UPDATE returned_mail SET forwarded = true, unsent = NULL WHERE id = %s", [number])
        return True
    rest = REFUSED_REST if outcome.kind in {Kind.FAILED, Kind.NO_MAILBOX} else REST
    database.execute("UPDATE returned_mail SET again_at = %s WHERE id = %s", [now + rest, number])
    return False


def notice(beginning: bytes, size: int, now: datetime) -> bytes:
    """Return a mail to the team that stands for one too large to be sent on: who wrote, how large it is, and what it says."""
    read, ours, language = parts.read(beginning), register.default(), settings.RELANCE.language
    (subject, told), sender = _TOO_LARGE[language], headers.one_line(read.headers.get("from", ""))
    megabytes, writer = max(1, round(size / 1e6)), parseaddr(sender)[1]
    said = f"{told.format(megabytes=megabytes, sender=sender)}\n\n{read.words[:WORDS].strip()}\n"
    top = "".join(
        (
            headers.mailbox("From", ours.title(language), ours.address),
            headers.mailbox("To", "", settings.RELANCE.reply_forward),
            headers.mailbox("Reply-To", "", writer) if addresses.holds(writer) and writer.isascii() else "",
            headers.plain("Date", format_datetime(now)),
            headers.plain("Message-ID", f"<{uuid4()}@{addresses.domain(ours.address)}>"),
            headers.text("Subject", subject.format(megabytes=megabytes, subject=read.headers.get("subject", ""))),
            headers.plain("MIME-Version", "1.0"),
            headers.plain("Content-Type", "text/plain; charset=utf-8"),
            headers.plain("Content-Transfer-Encoding", "base64"),
        )
    )
    body = encodebytes(said.encode("utf-8", "replace")).replace(b"\n", b"\r\n")
    return top.encode() + b"\r\n" + body


def is_ours(came: Fields) -> bool:
    """Tell by its headers whether a mail that came in is one we sent on: an address that leads back here is no loop."""
    return register.default().address.lower() in came.get("resent-from", "").lower()
