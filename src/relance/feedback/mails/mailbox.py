"""A mailbox of returned mails, read by IMAP or POP: what is read is acted on and marked in one transaction.

IMAP: mails stay where they are, the last UID read is kept (by UIDVALIDITY, RFC 3501). POP knows no such mark: a mail is deleted
once it was acted on. A crash between the two reads a mail again, and its digest makes that no second time. A pass of the worker
takes some of a huge mailbox, and the next one goes on there, so that the other stages get their turn.
"""

from __future__ import annotations

import poplib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from urllib.parse import unquote, urlsplit

import imapclient
import structlog
from django.conf import settings
from django.db import transaction
from imapclient.exceptions import IMAPClientError

from relance.core import hosts, place
from relance.core.errors import ChannelError, ConfigurationError
from relance.feedback.mails import forwarding, taking
from relance.feedback.mails.taking import Incoming
from relance.feedback.models import MailboxMark

log = structlog.get_logger(__name__)

AT_ONCE = 20  # mails fetched and acted on together
PASS_MAILS, PASS_SECONDS = 2_000, 20.0  # what a pass takes of a mailbox at most, whichever is over first
LARGEST = 5_000_000  # bytes; a larger mail is passed over
SECONDS = 30
poplib._MAXLINE = LARGEST  # type: ignore[attr-defined] # 2,048 in the library: one long line would close the mailbox for ever
UNHEARD = timedelta(
    hours=24
)  # a mailbox away for a night stops no campaign; after a day, silence is no longer good news
_PORTS = {"imaps": 993, "imap": 143, "pop3s": 995, "pop3": 110}


@dataclass(frozen=True)
class Mailbox:
    """Where returned mails come to."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    folder: str

    @classmethod
    def of(cls, url: str) -> Mailbox:
        """Return the mailbox of a URL; ConfigurationError where it names none or sends its password in the clear."""
        parts = urlsplit(url)
        try:
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            port = 0
        if not port or not parts.hostname or not parts.username:
            raise ConfigurationError(
                "RELANCE_BOUNCE_MAILBOX must look like imaps://user:password@host:993/INBOX or pop3s://user:password@host:995."
            )
        if parts.scheme in {"imap", "pop3"} and not hosts.here(parts.hostname):
            raise ConfigurationError(
                "RELANCE_BOUNCE_MAILBOX would send its password in the clear. Write imaps:// or pop3s://."
            )
        folder = unquote(parts.path.strip("/")) or "INBOX"
        return cls(parts.scheme, parts.hostname, port, unquote(parts.username), unquote(parts.password or ""), folder)

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


def run(now: datetime) -> int:
    """Send answers on, read the mailbox of the settings, if there is one, and return how many mails that made; a stage.

    ChannelError or ConfigurationError where the mailbox cannot be read: those who send must know that nobody hears.
    """
    if place.current().simulated:
        return 0
    return forwarding.run(now) + _read(now)


def _read(now: datetime) -> int:
    if not settings.RELANCE.bounce_mailbox:
        return 0
    counted = read(Mailbox.of(settings.RELANCE.bounce_mailbox), now, whole=False)
    if counted:
        log.info("mailbox read", **counted)
    return sum(counted.values())


def read(box: Mailbox, now: datetime, *, whole: bool = True) -> Counter[str]:
    """Read what came since the last time and act on it, or what a pass takes of it; ChannelError where it cannot be read."""
    try:
        return (_by_imap if box.scheme.startswith("imap") else _by_pop)(box, now, whole=whole)
    except (IMAPClientError, poplib.error_proto, OSError) as error:
        refused = "AUTH" in str(error).upper()
        advice = "Check its user and password." if refused else "Check RELANCE_BOUNCE_MAILBOX and the server."
        raise ChannelError(f"The mailbox {box} cannot be read: {error}. {advice}", permanent=refused) from error


def _slices(numbers: Sequence[int], *, whole: bool) -> Iterator[Sequence[int]]:
    """Yield the mails that are fetched together: all of them, or those of a pass, one slice at least."""
    ends = monotonic() + PASS_SECONDS
    for start in range(0, len(numbers), AT_ONCE):
        if start and not whole and (start >= PASS_MAILS or monotonic() >= ends):
            log.info("mailbox is read on in the next pass", left=len(numbers) - start)
            return
        yield numbers[start : start + AT_ONCE]


def _by_imap(box: Mailbox, now: datetime, *, whole: bool) -> Counter[str]:
    counted: Counter[str] = Counter()
    with imapclient.IMAPClient(box.host, box.port, ssl=box.scheme == "imaps", timeout=SECONDS) as client:
        client.login(box.user, box.password)
        validity = int(client.select_folder(box.folder, readonly=True)[b"UIDVALIDITY"])
        mark = MailboxMark.objects.filter(mailbox=str(box), validity=validity).first()
        last = mark.uid if mark else 0
        # "n:*" names the newest mail even where its UID is lower (RFC 3501, 6.4.8)
        uids = sorted(uid for uid in client.search(["UID", f"{last + 1}:*"]) if uid > last)
        for part in _slices(uids, whole=whole):
            mails = _fetched(client, part)
            with transaction.atomic():
                counted += taking.take(mails, "imap", now)
                MailboxMark.objects.update_or_create(
                    mailbox=str(box), defaults={"validity": validity, "uid": part[-1], "at": now}
                )
    return counted


def _fetched(client: imapclient.IMAPClient, uids: Sequence[int]) -> list[Incoming]:
    """Return these mails in their order, without those too large, and those deleted meanwhile or not given."""
    sizes = client.fetch(uids, ["RFC822.SIZE"])
    small = [uid for uid in uids if uid in sizes and sizes[uid][b"RFC822.SIZE"] <= LARGEST]
    for uid in set(sizes) - set(small):
        log.warning("mail too large to be read", uid=uid)
    bodies = client.fetch(small, ["BODY.PEEK[]"]) if small else {}
    given = {uid: bodies[uid].get(b"BODY[]") for uid in small if uid in bodies}
    for uid in (uid for uid, body in given.items() if body is None):
        log.warning("mail not given by the server", uid=uid)
    return [Incoming(body) for body in given.values() if body is not None]


def _by_pop(box: Mailbox, now: datetime, *, whole: bool) -> Counter[str]:
    counted: Counter[str] = Counter()
    kind = poplib.POP3_SSL if box.scheme == "pop3s" else poplib.POP3
    client = kind(box.host, box.port, timeout=SECONDS)
    try:
        client.user(box.user)
        client.pass_(box.password)
        sizes = {int(number): int(size) for number, size in (line.split() for line in client.list()[1])}
        small = [number for number, size in sizes.items() if size <= LARGEST]
        for part in _slices(small, whole=whole):
            mails = [Incoming(b"\r\n".join(client.retr(number)[1]) + b"\r\n") for number in part]
            counted += taking.take(mails, "pop", now)
            for number in part:
                client.dele(number)
        client.quit()  # only now does the server delete
    finally:
        with suppress(OSError):
            client.close()
    return counted
