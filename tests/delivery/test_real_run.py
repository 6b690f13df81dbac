"""A run through a real SMTP server on loopback, mails read by Python's own parser."""

from collections import Counter
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.conf import settings

from relance.delivery import dispatch
from relance.feedback import bounces
from relance.outbox.models import Message
from relance.settings import Settings
from tests.delivery import post_office
from tests.delivery.sending import crowd, message, person, published

pytestmark = pytest.mark.usefixtures("db")
ASKED_FOR = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "List-Id",
)


def through(office: post_office.PostOffice, monkeypatch: pytest.MonkeyPatch, now: datetime) -> dispatch.Dispatched:
    changed = {"smtp_url": office.url, "base_url": "https://relance.example.org", "mail_from_name": "Maison Éclair"}
    monkeypatch.setattr(settings, "RELANCE", Settings(**settings.RELANCE.model_dump() | changed))
    return dispatch.dispatch(now)


def test_mails_arrive_whole_in_both_languages(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(30, now)
    with post_office.opened() as office:
        done = through(office, monkeypatch, now)
    assert (done.channel, done.states) == ("smtp", {"sent": 30})
    mails = [message_from_bytes(raw, policy=policy.SMTP) for _, raw in office.mails]
    assert all(isinstance(mail, EmailMessage) and not mail.defects for mail in mails)
    assert all(not part.defects for mail in mails for part in mail.walk())
    assert all(mail[name] for mail in mails for name in ASKED_FOR)
    assert Counter(mail["Subject"].split(" ")[0] for mail in mails) == {"Bonjour": 15, "Hello": 15}
    assert {mail["From"].addresses[0].display_name for mail in mails} == {"Maison Éclair"}
    assert len({mail["Message-ID"] for mail in mails}) == 30


def test_each_refusal_goes_its_own_way(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    published(now)
    names = ("anna", "dead", "full", "policy")
    messages = {name: message(person(name.title(), now, address=f"{name}@example.org"), now) for name in names}
    with post_office.opened() as office:
        through(office, monkeypatch, now)
    assert bounces.heed(now) == 1
    states = dict(Message.objects.values_list("pk", "state"))
    assert {name: states[one.pk] for name, one in messages.items()} == {
        "anna": "sent", "dead": "bounced", "full": "deferred", "policy": "failed",
    }  # fmt: skip


def test_the_log_says_where_mails_go(now: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    crowd(1, now)
    dispatch.dispatch(now)
    said = capsys.readouterr()
    assert "nothing leaves this machine" in said.out + said.err
