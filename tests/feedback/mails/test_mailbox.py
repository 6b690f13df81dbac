"""Addresses of mailboxes, and mailboxes that cannot be read; real ones are read in tests/flows/test_peers.py."""

import poplib
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from itertools import count
from typing import Any

import imapclient
import pytest
from django.conf import settings

from relance.core import place
from relance.core.errors import ChannelError, ConfigurationError
from relance.feedback.mails import mailbox
from relance.feedback.mails.mailbox import Mailbox
from relance.feedback.models import MailboxMark, ReturnedMail
from tests import ports


def test_a_mailbox_is_read_from_its_url() -> None:
    box = Mailbox.of("imaps://bounces%40shop.example.org:p%3Ass@mail.example.org/Returned%20mail")
    assert (box.user, box.password, box.port, box.folder) == ("bounces@shop.example.org", "p:ss", 993, "Returned mail")
    assert str(box) == "bounces@shop.example.org@mail.example.org:993/Returned mail"
    assert Mailbox.of("pop3s://u:p@mail.example.org").port == 995


@pytest.mark.parametrize(
    "url",
    ["imaps://mail.example.org", "imaps://u:p@", "ftp://u:p@mail.example.org", "imaps://u:p@mail.example.org:99999"],
)
def test_what_is_no_mailbox_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="must look like"):
        Mailbox.of(url)


def test_a_password_crosses_no_network_in_the_clear() -> None:
    with pytest.raises(ConfigurationError, match="in the clear"):
        Mailbox.of("imap://u:p@mail.example.org")


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("scheme", ["imap", "pop3"])
def test_a_server_that_is_not_there_is_a_fault_that_says_so(
    scheme: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = ports.free()
    url = f"{scheme}://u:secret@127.0.0.1:{port}"
    with pytest.raises(ChannelError, match="cannot be read") as caught:
        mailbox.read(Mailbox.of(url), now)
    assert "secret" not in str(caught.value)
    monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update={"bounce_mailbox": url}))
    with pytest.raises(ChannelError, match="cannot be read"):
        mailbox.run(now)


@pytest.mark.usefixtures("db")
def test_a_rehearsal_reads_no_mailbox(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = settings.RELANCE.model_copy(update={"bounce_mailbox": "imap://u:p@127.0.0.1:1"})
    monkeypatch.setattr(settings, "RELANCE", changed)
    with place.elsewhere(simulated=True):
        assert mailbox.run(now) == 0


def mail(number: int) -> bytes:
    return f"From: anna@example.net\r\nSubject: Re: Bonjour {number}\r\n\r\nMerci\r\n".encode()


LARGE: dict[int, int] = {}  # sizes of those that are no small mails, by number


class Imap:
    """A mailbox of a thousand mails, as far as reading one goes."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __enter__(self) -> "Imap":
        return self

    def __exit__(self, *_: object) -> None: ...

    def login(self, *_: object) -> None: ...

    def select_folder(self, *_: object, **__: object) -> dict[bytes, int]:
        return {b"UIDVALIDITY": 1}

    def search(self, asked: Sequence[str]) -> list[int]:
        return list(range(int(asked[1].partition(":")[0]), 1001))

    def fetch(self, uids: Sequence[int], asked: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        sizes = {uid: LARGE.get(uid, 90) for uid in uids}
        assert all(sizes[uid] == 90 for uid in uids) or asked != ["BODY.PEEK[]"], "a mail of 12 MB is not fetched"
        body = b"BODY[]<0>" if asked[0].endswith(">") else b"BODY[]"
        return {uid: {b"RFC822.SIZE": sizes[uid], body: mail(uid)} for uid in uids}


class Pop:
    """The same by POP: what was deleted is gone with the end of the session."""

    left: list[int]

    def __init__(self, *_: object, **__: object) -> None:
        self.gone: set[int] = set()

    def user(self, *_: object) -> None: ...

    def pass_(self, *_: object) -> None: ...

    def close(self) -> None: ...

    def list(self) -> tuple[bytes, Sequence[bytes]]:
        return b"", [f"{number} {LARGE.get(one, 90)}".encode() for number, one in enumerate(Pop.left, start=1)]

    def retr(self, number: int) -> tuple[bytes, Sequence[bytes]]:
        assert Pop.left[number - 1] not in LARGE, "a mail of 12 MB is not fetched"
        return b"", mail(Pop.left[number - 1]).split(b"\r\n")

    def top(self, number: int, _: int) -> tuple[bytes, Sequence[bytes]]:
        return b"", mail(Pop.left[number - 1]).split(b"\r\n")

    def dele(self, number: int) -> None:
        self.gone.add(number)

    def quit(self) -> None:
        Pop.left = [one for number, one in enumerate(Pop.left, start=1) if number not in self.gone]


@pytest.fixture
def huge(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A thousand mails wait, by IMAP and by POP; a pass takes forty of them."""
    monkeypatch.setattr(imapclient, "IMAPClient", Imap)
    monkeypatch.setattr(poplib, "POP3", Pop)
    monkeypatch.setattr(Pop, "left", list(range(1, 1001)), raising=False)
    monkeypatch.setattr(mailbox, "PASS_MAILS", 40)
    return monkeypatch


@pytest.mark.slow
@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("scheme", ["imap", "pop3"])
def test_a_pass_takes_some_of_a_huge_mailbox_and_the_next_goes_on(
    scheme: str, now: datetime, huge: pytest.MonkeyPatch
) -> None:
    url = f"{scheme}://u:p@127.0.0.1:1"
    huge.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update={"bounce_mailbox": url}))
    assert [mailbox.run(now), mailbox.run(now)] == [40, 40]
    assert ReturnedMail.objects.count() == 80
    ticks = count(step=30)
    huge.setattr(mailbox, "monotonic", lambda: next(ticks))
    assert mailbox.run(now) == 1, "the seconds are over: one mail"
    assert ReturnedMail.objects.count() == 81
    if scheme == "imap":
        assert MailboxMark.objects.get().uid == 81
    assert mailbox.read(Mailbox.of(url), now).total() == 919, "asked for by hand, it is read to its end"


@pytest.mark.slow
@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("scheme", ["imap", "pop3"])
def test_a_mail_too_large_is_told_to_the_team(scheme: str, now: datetime, huge: pytest.MonkeyPatch) -> None:
    huge.setitem(LARGE, 7, 12_000_000)
    huge.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update={"reply_forward": "team@example.org"}))
    box = Mailbox.of(f"{scheme}://u:p@127.0.0.1:1")
    assert mailbox.read(box, now).total() == 1000, "those after it are read too"
    kept = [bytes(one.unsent) for one in ReturnedMail.objects.filter(kind="reply") if one.unsent]
    (told,) = (message_from_bytes(one, policy=default) for one in kept if b"team@example.org" in one)
    assert (told["Subject"], told["Reply-To"]) == ("[12 MB] Re: Bonjour 7", "anna@example.net")
    assert told.get_content().startswith("A mail of 12 MB came from anna@example.net: too large")
    assert told.get_content().endswith("Merci\n")
    assert mailbox.read(box, now).total() == 0
    if scheme == "pop3":
        assert Pop.left == [7], "it stays, with what is attached"
