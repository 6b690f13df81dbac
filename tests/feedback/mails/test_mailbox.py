"""Addresses of mailboxes, and mailboxes that cannot be read; real ones are read in tests/flows/test_peers.py."""

import socket
from datetime import datetime

import pytest
from django.conf import settings

from relance.core import place
from relance.core.errors import ChannelError, ConfigurationError
from relance.feedback.mails import mailbox
from relance.feedback.mails.mailbox import Mailbox


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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
