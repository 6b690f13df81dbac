"""Alerts leave by mail and webhook, once each, and are tried again; and a stop holds within a batch."""

import json
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import BaseRequestHandler, TCPServer
from threading import Thread
from typing import ClassVar

import pytest
from django.conf import settings
from django.test import override_settings

from relance.contacts.models import ContactPoint
from relance.core import place
from relance.delivery import alerts, dispatch, team
from relance.delivery.channels.protocol import Kind, Outcome, Outgoing
from relance.eligibility.breaker import stage
from relance.eligibility.breaker.models import BreakerAlert, BreakerCohort
from relance.outbox.models import Message
from relance.outbox.pulse import TeamAlert
from tests.delivery.sending import crowd
from tests.delivery.test_dispatch import Scripted
from tests.eligibility.breaker.sending import bounce, journey, send, stopped

pytestmark = pytest.mark.usefixtures("db")


class Hook(BaseHTTPRequestHandler):
    got: ClassVar[list[dict[str, object]]] = []
    answers: ClassVar[list[int]] = []

    def do_POST(self) -> None:
        self.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def hook() -> Iterator[str]:
    """A webhook on loopback that keeps what it gets."""
    Hook.got.clear()
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/alert"
        server.shutdown()


def opened(now: datetime) -> BreakerAlert:
    bounce(send(100, now, journey("back", now))[:12], now)
    stage.run(now)
    return BreakerAlert.objects.get(kind="opened")


def test_an_opening_is_mailed_and_posted_once(now: datetime, hook: str) -> None:
    alert = opened(now)
    told = settings.RELANCE.model_copy(
        update={"alert_addresses": "crm@example.org, it@example.org", "alert_webhook": hook}
    )
    with override_settings(RELANCE=told):
        assert alerts.run(now) > 0
        assert alerts.run(now + timedelta(days=1)) == 0
    alert.refresh_from_db()
    assert alert.mailed_at == alert.posted_at == now
    assert alert.next_at is None
    mails = [path.read_text() for path in (place.current().data / "maildir").rglob("*") if path.is_file()]
    assert len(mails) == 2
    assert any("crm@example.org" in text for text in mails)
    posted = Hook.got[-1]
    assert (posted["journey"], posted["provider"], posted["signal"], posted["kind"]) == (
        "back",
        "gmail",
        "hard_bounce",
        "opened",
    )
    text = posted["text"]
    assert isinstance(text, dict)
    assert "NPAI : 12 messages sur 100 (12\u202f%), là où 1,6\u202f% est admis." in text["fr"]
    assert "relance breaker close 1 --by NAME" in text["en"]


def test_a_webhook_that_fails_is_tried_again_and_the_mail_is_not(now: datetime, hook: str) -> None:
    alert = opened(now)
    Hook.answers[:] = [500]
    told = settings.RELANCE.model_copy(update={"alert_addresses": "crm@example.org", "alert_webhook": hook})
    with override_settings(RELANCE=told):
        alerts.run(now)
        alert.refresh_from_db()
        assert (alert.posted_at, alert.mailed_at) == (None, now)
        assert "500" in alert.failure
        assert alerts.run(now + timedelta(seconds=30)) == 0
        assert alerts.run(now + timedelta(minutes=2)) == 1
    alert.refresh_from_db()
    assert alert.posted_at == now + timedelta(minutes=2)
    assert alert.failure == ""
    mails = [path for path in (place.current().data / "maildir").rglob("*") if path.is_file()]
    assert len(mails) == 1


class Mute(BaseRequestHandler):
    """Takes what is posted and answers something that is not HTTP."""

    def handle(self) -> None:
        self.request.recv(65536)
        self.request.sendall(b"hello\r\n")


@pytest.fixture
def mute() -> Iterator[str]:
    with TCPServer(("127.0.0.1", 0), Mute) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/alert"
        server.shutdown()


def mails() -> int:
    return sum(path.is_file() for path in (place.current().data / "maildir").rglob("*"))


def test_a_webhook_that_answers_no_http_neither_repeats_the_mail_nor_holds_up_the_next_alert(
    now: datetime, mute: str
) -> None:
    first = opened(now)
    team.tell("stalled", "stalled:1", {"en": "Why", "fr": "Pourquoi"}, now)
    told = settings.RELANCE.model_copy(update={"alert_addresses": "crm@example.org", "alert_webhook": mute})
    with override_settings(RELANCE=told):
        for minutes in range(0, 90, 10):
            alerts.run(now + timedelta(minutes=minutes))
    first.refresh_from_db()
    assert (first.mailed_at, first.posted_at) == (now, None)
    assert "BadStatusLine" in first.failure or "hello" in first.failure
    assert TeamAlert.objects.get().mailed_at == now
    assert mails() == BreakerAlert.objects.count() + 1


def test_an_alert_that_cannot_be_put_into_words_holds_up_none_of_the_others(now: datetime) -> None:
    team.tell("nothing of sense", "1", {}, now)
    team.tell("stalled", "2", {"en": "Why", "fr": "Pourquoi"}, now)
    with override_settings(RELANCE=settings.RELANCE.model_copy(update={"alert_addresses": "crm@example.org"})):
        assert alerts.run(now) == 2
    wrong, right = TeamAlert.objects.order_by("pk")
    assert (wrong.failure, wrong.mailed_at, right.mailed_at) == ("KeyError: 'nothing of sense'", None, now)


def test_an_alert_tried_often_is_given_up_however_often_it_was(now: datetime) -> None:
    team.tell("nothing of sense", "1", {}, now)
    TeamAlert.objects.update(attempts=4000)
    assert alerts.run(now) == 1
    assert TeamAlert.objects.get().next_at is None


def test_a_rehearsal_tells_nobody(now: datetime) -> None:
    opened(now)
    with place.elsewhere(simulated=True):
        assert alerts.run(now) == 0


class Dead(Scripted):
    """Refuses every eighth recipient as dead."""

    def send(self, outgoing: list[Outgoing], deadline: float = math.inf) -> list[Outcome]:  # type: ignore[override]
        self.got += outgoing
        return [
            Outcome(one.id, Kind.NO_MAILBOX, "no_mailbox: 550 5.1.1") if one.id % 8 == 0 else Outcome(one.id, Kind.SENT)
            for one in outgoing
        ]


def test_a_dead_base_stops_within_the_batch_and_what_is_left_waits(now: datetime) -> None:
    back = journey("back", now)
    sent = crowd(400, now)
    for point in ContactPoint.objects.all():
        ContactPoint.objects.filter(pk=point.pk).update(value=f"{point.pk}@gmail.com")
    Message.objects.filter(pk__in=[one.pk for one in sent]).update(journey_id=back.pk)
    channel = Dead(slice=20)
    dispatch.dispatch(now, channel)
    assert 40 <= len(channel.got) <= 200
    waiting = Message.objects.filter(state="deferred", reason="breaker_open")
    assert waiting.count() == 400 - len(channel.got)
    stage.run(now)
    counted = BreakerCohort.objects.filter(journey_id=back.pk)
    assert sum(one.sends for one in counted) == len(channel.got)


def test_a_dead_base_of_many_providers_stops_as_a_whole_within_the_batch(now: datetime) -> None:
    back = journey("back", now)
    sent = crowd(400, now)
    domains = ("gmail.com", "hotmail.fr", "orange.fr", "yahoo.fr", "free.fr", "sfr.fr")
    for number, point in enumerate(ContactPoint.objects.order_by("pk")):
        ContactPoint.objects.filter(pk=point.pk).update(value=f"{point.pk}@{domains[number // 8 % len(domains)]}")
    Message.objects.filter(pk__in=[one.pk for one in sent]).update(journey_id=back.pk)
    channel = Dead(slice=20)
    dispatch.dispatch(now, channel)
    assert 40 <= len(channel.got) <= 200
    assert stopped() == [(back.pk, "everyone", "hard_bounce", 1)]
    assert Message.objects.filter(state="deferred", reason="breaker_open").count() == 400 - len(channel.got)
