"""A mailbox of returned mails, read by IMAP or POP: what is read is acted on and marked in one transaction.

IMAP: mails stay where they are, the last UID read is kept (by UIDVALIDITY, RFC 3501). POP knows no such mark: a mail is deleted
once it was acted on. A crash between the two reads a mail again, and its digest makes that no second time. A pass of the worker
takes some of a huge mailbox, and the next one goes on there, so that the other stages get their turn.
"""

from __future__ import annotations

import poplib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
from relance.feedback.mails.taking import Incoming, Meaning
from relance.feedback.models import MailboxMark

log = structlog.get_logger(__name__)

AT_ONCE = 20  # mails fetched and acted on together
PASS_MAILS, PASS_SECONDS = 2_000, 20.0  # what a pass takes of a mailbox at most, whichever is over first
LARGEST = 5_000_000  # bytes; of a larger mail only the beginning is read
BEGINNING = 200_000  # bytes of it: its headers, and mostly all its words, which stand before what is attached
SECONDS = 30
poplib._MAXLINE = 10 * LARGEST  # type: ignore[attr-defined] # 2,048 in the library: one long line would close the mailbox for ever
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


class _Pass:
    """What is taken of a mailbox at once: all of it, or what some seconds and a number of mails allow, one mail at least."""

    def __init__(self, *, whole: bool) -> None:
        self._whole, self._ends = whole, monotonic() + PASS_SECONDS

    def over(self) -> bool:
        return not self._whole and monotonic() >= self._ends

    def slices(self, numbers: Sequence[int]) -> Iterator[Sequence[int]]:
        """Yield the mails that are fetched together."""
        for start in range(0, len(numbers), AT_ONCE):
            if start and (self.over() or (not self._whole and start >= PASS_MAILS)):
                log.info("mailbox is read on in the next pass", left=len(numbers) - start)
                return
            yield numbers[start : start + AT_ONCE]

    def understood(self, mails: Iterable[tuple[int, Incoming]]) -> dict[int, list[Meaning]]:
        """Return what mails say, by their number: of one that takes long, those after it wait for the next pass."""
        said: dict[int, list[Meaning]] = {}
        for number, mail in mails:
            if said and self.over():
                break
            said[number] = taking.understand(mail)
        return said


def _by_imap(box: Mailbox, now: datetime, *, whole: bool) -> Counter[str]:
    counted: Counter[str] = Counter()
    with imapclient.IMAPClient(box.host, box.port, ssl=box.scheme == "imaps", timeout=SECONDS) as client:
        client.login(box.user, box.password)
        validity = int(client.select_folder(box.folder, readonly=True)[b"UIDVALIDITY"])
        mark = MailboxMark.objects.filter(mailbox=str(box), validity=validity).first()
        last = mark.uid if mark else 0
        # "n:*" names the newest mail even where its UID is lower (RFC 3501, 6.4.8)
        uids = sorted(uid for uid in client.search(["UID", f"{last + 1}:*"]) if uid > last)
        this = _Pass(whole=whole)
        for part in this.slices(uids):
            mails = _fetched(client, part)
            said = this.understood(mails)
            until = part[-1] if len(said) == len(mails) else max(said)
            with transaction.atomic():
                counted += taking.act(list(said.values()), "imap", now)
                MailboxMark.objects.update_or_create(
                    mailbox=str(box), defaults={"validity": validity, "uid": until, "at": now}
                )
    return counted


def _fetched(client: imapclient.IMAPClient, uids: Sequence[int]) -> list[tuple[int, Incoming]]:
    """Return these mails in their order, without those deleted meanwhile or not given; of one too large, its beginning."""
    sizes = {uid: int(one[b"RFC822.SIZE"]) for uid, one in client.fetch(uids, ["RFC822.SIZE"]).items()}
    small = [uid for uid in uids if sizes.get(uid, LARGEST + 1) <= LARGEST]
    large = [uid for uid in uids if sizes.get(uid, 0) > LARGEST]
    bodies = client.fetch(small, ["BODY.PEEK[]"]) if small else {}
    starts = client.fetch(large, [f"BODY.PEEK[]<0.{BEGINNING}>"]) if large else {}
    given = {uid: one.get(b"BODY[]") for uid, one in bodies.items()}
    given |= {uid: one.get(b"BODY[]<0>") for uid, one in starts.items()}
    for uid in (uid for uid, body in given.items() if body is None):
        log.warning("mail not given by the server", uid=uid)
    mails = {
        uid: Incoming(body, size=sizes[uid] if uid in starts else 0) for uid, body in given.items() if body is not None
    }
    return [(uid, mails[uid]) for uid in uids if uid in mails]


def _by_pop(box: Mailbox, now: datetime, *, whole: bool) -> Counter[str]:
    counted: Counter[str] = Counter()
    kind = poplib.POP3_SSL if box.scheme == "pop3s" else poplib.POP3
    client = kind(box.host, box.port, timeout=SECONDS)
    try:
        client.user(box.user)
        client.pass_(box.password)
        sizes = {int(number): int(size) for number, size in (line.split() for line in client.list()[1])}
        this = _Pass(whole=whole)
        for part in this.slices([number for number, size in sizes.items() if size <= LARGEST]):
            said = this.understood((number, Incoming(_lines(client.retr(number)[1]))) for number in part)
            counted += taking.act(list(said.values()), "pop", now)
            for number in said:
                client.dele(number)
        for part in this.slices([number for number, size in sizes.items() if LARGEST < size <= poplib._MAXLINE]):  # type: ignore[attr-defined]
            said = this.understood((number, _begun(client, number, sizes[number])) for number in part)
            told = taking.act(list(said.values()), "pop", now)
            counted += Counter(
                {kind: count for kind, count in told.items() if kind != "known"}
            )  # they stay, and come again
        client.quit()  # only now does the server delete
    finally:
        with suppress(OSError):
            client.close()
    return counted


def _begun(client: poplib.POP3, number: int, size: int) -> Incoming:
    """Return the beginning of a mail that is too large; it stays in the mailbox, since what is attached is nowhere else."""
    return Incoming(_lines(client.top(number, BEGINNING // 72)[1])[:BEGINNING], size=size)


def _lines(lines: Sequence[bytes]) -> bytes:
    return b"\r\n".join(lines) + b"\r\n"
