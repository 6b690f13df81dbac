"""A send through a real Postfix to another that refuses some: real notifications come back, and what they say follows."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.conf import settings

from relance.contacts.models import Suppression
from relance.core import ids
from relance.delivery import dispatch
from relance.feedback.mails import lmtp, mailbox
from relance.feedback.mails.mailbox import Mailbox
from relance.feedback.models import MailboxMark, ReturnedMail
from relance.outbox.models import Message
from tests import ports
from tests.delivery.sending import message, person, published
from tests.flows import peers
from tests.flows.peers import Peers

pytestmark = [
    pytest.mark.usefixtures("db"),
    pytest.mark.skipif(bool(peers.MISSING), reason=peers.MISSING),
    pytest.mark.slow,
]

REFUSES = {
    "dead": "550 5.1.1 User unknown",
    "full": "552 5.2.2 Mailbox full",
    "policy": "554 5.7.1 Message refused: the reputation of your address is poor",
}
REGRETS = {"late": "5.1.1 user unknown"}
EXPECTED = {"anna": "sent", "dead": "hard", "full": "soft", "policy": "block", "late": "hard"}


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    told = {"mail_from": "hello@shop.test", "bounce_address": "bounces@shop.test"}
    monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update=told))
    return monkeypatch


def send(peer: Peers, monkeypatch: pytest.MonkeyPatch, now: datetime) -> dict[str, Message]:
    told = {"smtp_url": f"smtp://127.0.0.1:{peer.relay}"}
    monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update=told))
    published(now)
    mails = {who: message(person(who.title(), now, address=f"{who}@people.test"), now) for who in EXPECTED}
    assert dispatch.run(now) == len(mails)
    return mails


def became(mails: dict[str, Message]) -> dict[str, str]:
    found = {one.pk: one for one in Message.objects.all()}
    return {
        who: found[one.pk].reason.partition(":")[0] if found[one.pk].state == "bounced" else found[one.pk].state
        for who, one in mails.items()
    }


def suppressed() -> set[str]:
    digests = {ids.digest(f"{who}@people.test"): who for who in EXPECTED}
    return {digests[digest] for digest in Suppression.objects.values_list("digest", flat=True)}


def test_what_comes_back_to_a_mailbox(shop: pytest.MonkeyPatch, now: datetime) -> None:
    with peers.running(accepts=["anna"], refuses=REFUSES, regrets=REGRETS) as peer:
        mails = send(peer, shop, now)
        imap = Mailbox.of(f"imap://bounces:{peers.PASSWORD}@127.0.0.1:{peer.imap}/INBOX")
        taken: Counter[str] = Counter()
        for _ in range(120):
            taken += mailbox.read(imap, now)
            if taken["bounce"] == 4:
                break
            time.sleep(0.25)
        assert taken == {"bounce": 4}
        assert became(mails) == EXPECTED
        assert suppressed() == {"dead", "late"}
        assert mailbox.read(imap, now) == Counter()
        pop = Mailbox.of(f"pop3://bounces:{peers.PASSWORD}@127.0.0.1:{peer.pop}")
        MailboxMark.objects.all().delete()
        with shop.context() as smaller:
            smaller.setattr(mailbox, "LARGEST", 10)  # of every mail only the beginning is asked for, which holds it all
            assert mailbox.read(imap, now) == {"known": 4}
            assert mailbox.read(pop, now) == Counter(), "they stay, and are not counted again"
        assert mailbox.read(pop, now) == {"known": 4}
        assert mailbox.read(pop, now) == Counter()  # POP takes away what was acted on
        (arrived,) = peer.received("anna")
        assert b"Return-Path: <bounces+" in arrived


def test_what_comes_back_by_lmtp(shop: pytest.MonkeyPatch, now: datetime) -> None:
    port = ports.free()
    server = lmtp.Server("127.0.0.1", port, lambda: now)
    server.start()
    try:
        with peers.running(accepts=["anna"], refuses=REFUSES, regrets=REGRETS, lmtp=port) as peer:
            mails = send(peer, shop, now)
            for _ in range(120):
                if ReturnedMail.objects.filter(way="lmtp").count() == 4:
                    break
                time.sleep(0.25)
            assert became(mails) == EXPECTED
            assert suppressed() == {"dead", "late"}
    finally:
        server.stop()
