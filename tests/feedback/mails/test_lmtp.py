"""Returned mails by LMTP, as a mail server hands them over: with the envelope, which tells a machine's mail from a person's."""

import smtplib
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import ProgrammingError

from relance.delivery import names
from relance.events.models import Event
from relance.feedback.mails import lmtp, matching
from relance.feedback.models import ReturnedMail
from tests import ports
from tests.delivery.sending import message, person
from tests.feedback.mails import letters

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def port(now: datetime) -> Iterator[int]:
    free = ports.free()
    server = lmtp.Server("127.0.0.1", free, lambda: now)
    server.start()
    yield free
    server.stop()


@pytest.mark.parametrize(("sender", "kind"), [("", "auto_reply"), ("anna@example.org", "reply")])
def test_the_envelope_s_sender_tells_who_wrote(port: int, now: datetime, sender: str, kind: str) -> None:
    mail = message(person("Anna", now), now, state="sent", sent_at=now)
    to = names.return_path("bounces@shop.example.org", mail.pk, mail.uuid)
    with smtplib.LMTP("127.0.0.1", port) as client:
        client.sendmail(sender, [to], letters.answer(mail, "anna@example.org", subject="Bin im Urlaub"))
    assert ReturnedMail.objects.get().kind == kind
    assert Event.objects.filter(type="message_replied").count() == (kind == "reply")


def test_a_fault_of_ours_has_the_mail_offered_again(port: int, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ProgrammingError("a column that comes with the next migration")

    monkeypatch.setattr(matching, "originals", fails)
    with smtplib.LMTP("127.0.0.1", port) as client, pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("anna@example.org", ["bounces@shop.example.org"], b"Subject: Hello\r\n\r\nHello\r\n")
    assert refused.value.smtp_code == 451
    assert not ReturnedMail.objects.exists()
