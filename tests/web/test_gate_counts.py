"""The page of the gate over all journeys: verdicts by reason, what waits until when, and the people behind each."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from relance.eligibility import gate, records, waiting
from relance.eligibility.models import VerdictRecord
from relance.outbox.models import Message
from tests.eligibility.people import anna, message, person
from tests.web.conftest import SignIn

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _judged(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdicts: a promotion let through, one put off by the cap of the day, a notice, and Boris without consent."""
    monkeypatch.setattr(timezone, "now", lambda: now + HOUR)
    permitted, boris = anna(now), person("boris", now, basis=None)
    waits = [message(permitted, now), message(permitted, now), message(permitted, now, "notice"), message(boris, now)]
    for one, verdict in zip(waits, gate.check([one.pk for one in waits], now), strict=True):
        if verdict.decision == "defer":
            Message.objects.filter(pk=one.pk).update(state="deferred", reason=verdict.code, not_before=verdict.until)


def test_every_reason_stands_with_its_purpose_and_channel(sign_in: SignIn) -> None:
    text = sign_in("reader").get("/sender/gate/").text
    assert "Promotion: 1" in text
    assert "E-mail: 2" in text
    assert "no consent known" in text
    assert "pressure cap" in text
    assert "/sender/gate/permission_unknown/" in text
    assert "data-chart" in text


def test_the_page_is_in_french_too_and_narrows_to_a_purpose(sign_in: SignIn) -> None:
    client = sign_in("reader", language="fr")
    assert "Mis en attente" in client.get("/sender/gate/").text
    text = client.get("/sender/gate/?purpose=notice&channel=email&days=7").text
    assert "/sender/gate/allowed/?purpose=notice&amp;channel=email&amp;days=7" in text
    assert "permission_unknown" not in text
    assert "n’a rien eu à juger" in client.get("/sender/gate/?channel=sms").text


def test_what_waits_says_until_when_and_opens_its_messages(sign_in: SignIn, now: datetime) -> None:
    [one] = waiting.waiting(now)
    assert (one.code, one.messages, one.within_day + one.within_week + one.later) == ("pressure", 1, 1)
    assert one.first == one.last == now + DAY
    assert waiting.waiting(now, purpose="notice") == []
    text = sign_in("reader").get("/sender/gate/").text
    assert "/watch/messages/?state=deferred&amp;reason=pressure" in text


def test_a_reason_opens_the_people_and_messages_behind_it(sign_in: SignIn) -> None:
    client = sign_in("reader")
    text = client.get("/sender/gate/permission_unknown/?days=30").text
    assert "boris" in text
    assert "anna" not in text
    assert "No consent of this person for e-mail is known" in text
    record = VerdictRecord.objects.get(code="permission_unknown")
    assert f"/watch/messages/{record.message_id}/" in text
    assert "boris" not in client.get("/sender/gate/permission_unknown/?purpose=notice").text


def test_an_unknown_reason_is_an_empty_page(sign_in: SignIn) -> None:
    assert "no such verdict" in sign_in("reader").get("/sender/gate/nothing/").text


def test_days_and_ids_of_a_window(now: datetime) -> None:
    today = records.day_of(now)
    daily = records.daily(today - DAY, today)
    assert list(daily.values()) == [{"allow": 0, "defer": 0, "block": 0}, {"allow": 2, "defer": 1, "block": 1}]
    first = VerdictRecord.objects.earliest("pk").pk
    assert records.first_since(today) == first
    assert records.first_since(today + DAY) > VerdictRecord.objects.latest("pk").pk
