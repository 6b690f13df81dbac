"""Returned mails by HTTP: who has the password hands one over, nobody else, and nothing but a mail."""

from base64 import b64encode
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from relance.contacts.models import ContactPoint
from relance.feedback.models import ReturnedMail
from tests.delivery.sending import message, person
from tests.feedback.mails import letters

pytestmark = pytest.mark.usefixtures("db")
SECRET = "mta:a-password-of-the-tests"


@pytest.fixture(autouse=True)
def _with_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update={"webhook_secret": SECRET}))


def post(content: bytes, secret: str = SECRET, kind: str = "message/rfc822", asked: str = "") -> Any:
    said = b64encode(secret.encode()).decode()
    return Client(SERVER_NAME="localhost").post(
        f"/hooks/mail/{asked}", content, content_type=kind, headers={"Authorization": f"Basic {said}"}
    )


def test_a_mail_is_taken_once(now: datetime) -> None:
    anna = person("Anna", now)
    point = ContactPoint.objects.get(contact=anna)
    mail = message(anna, now, state="sent", sent_at=now, contact_point_id=point.pk)
    content = letters.bounce(mail, "anna@example.org")
    assert post(content).json() == {"taken": {"bounce": 1}}
    assert post(content).json() == {"taken": {"known": 1}}
    point.refresh_from_db()
    assert (point.valid, ReturnedMail.objects.get().way) == (False, "http")


def test_the_envelope_s_sender_tells_a_machine(now: datetime) -> None:
    mail = message(person("Anna", now), now, state="sent", sent_at=now)
    assert post(letters.answer(mail, "anna@example.org"), asked="?sender=").json() == {"taken": {"auto_reply": 1}}
    answer = letters.answer(mail, "anna@example.org", subject="Re: Re: Hello")
    assert post(answer, asked="?sender=anna%40example.org").json() == {"taken": {"reply": 1}}


def test_who_has_no_right_and_what_is_no_mail_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = letters.bounce(None, "anna@example.org")
    assert post(content, "mta:another-password-here").status_code == 401
    assert (
        Client(SERVER_NAME="localhost").post("/hooks/mail/", content, content_type="message/rfc822").status_code == 401
    )
    assert post(content, kind="application/json").status_code == 415
    assert post(b" \n").status_code == 415
    assert post(b"x" * 5_000_001).status_code == 413
    assert Client(SERVER_NAME="localhost").get("/hooks/mail/").status_code == 405
    monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update={"webhook_secret": ""}))
    assert post(content, ":").status_code == 404
    assert not ReturnedMail.objects.exists()
