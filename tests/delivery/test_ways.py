"""Several ways out: one that takes nothing costs the others neither time, nor pace, nor places."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

import pytest
from django.conf import settings

from relance.accounts.models import User
from relance.content.compiler import Rendered
from relance.core import place
from relance.delivery import beats, dispatch, keys, test_sends
from relance.delivery.channels import registry, rests
from relance.delivery.channels.protocol import Kind, Outgoing
from relance.delivery.channels.ways import Ways
from relance.eligibility.models import PressureReservation
from relance.feedback.mails import forwarding
from relance.feedback.models import ReturnedMail
from relance.measurement.sender import mail_domains
from relance.outbox.models import Message
from relance.senders import keeping
from relance.settings import Settings
from tests.delivery import post_office
from tests.delivery.sending import message, person, published
from tests.senders.files import outlet

pytestmark = pytest.mark.usefixtures("db")
_number = count()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def office() -> Iterator[post_office.PostOffice]:
    with post_office.opened() as one:
        yield one


@pytest.fixture
def refusing() -> Iterator[str]:
    """A server nobody answers at; its port stays taken."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield f"smtp://127.0.0.1:{one.getsockname()[1]}"


@pytest.fixture
def silent() -> Iterator[tuple[socket.socket, str]]:
    """A server that takes connections and never says a word, without blocking who counts them."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen(100)
        one.setblocking(False)
        yield one, f"smtp://127.0.0.1:{one.getsockname()[1]}"


def put(monkeypatch: pytest.MonkeyPatch, **changed: str) -> None:
    given = settings.RELANCE.model_dump() | {"base_url": "https://relance.example.org"} | changed
    monkeypatch.setattr(settings, "RELANCE", Settings(**given))


def written(name: str, mails: int, now: datetime, due: datetime | None = None) -> None:
    for _ in range(mails):
        who = person(name, now, address=f"{name}{next(_number)}@gmail.com")
        message(who, now, sender=name, not_before=due or now, purpose="transactional")


def states(name: str) -> dict[str, int]:
    return dict(Counter(Message.objects.filter(sender=name).values_list("state", flat=True)))


def callers(server: socket.socket) -> int:
    """How many connections a silent server got since it was asked last."""
    found = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return found
        found += 1


def test_a_shut_way_does_not_use_up_a_provider_s_pace(
    now: datetime, monkeypatch: pytest.MonkeyPatch, office: post_office.PostOffice, refusing: str
) -> None:
    put(monkeypatch, smtp_url=office.url, sender_relays=f"outlet={refusing}", provider_limits="*=30/minute", batch="50")
    outlet(now, "relays: outlet")
    published(now)
    written("outlet", 60, now, now - HOUR)
    written("default", 20, now)
    for minutes in range(3):
        dispatch.dispatch(now + minutes * MINUTE)
    assert states("default") == {"sent": 20}


@pytest.mark.slow
def test_a_silent_relay_is_left_alone_and_tried_anew_with_one_mail_after_the_others(
    now: datetime, monkeypatch: pytest.MonkeyPatch, office: post_office.PostOffice, silent: tuple[socket.socket, str]
) -> None:
    server, url = silent
    put(
        monkeypatch, smtp_url=office.url, sender_relays=f"outlet={url}", batch="10", smtp_connections="1", lease_seconds="10",
    )  # fmt: skip
    outlet(now, "relays: outlet")
    published(now)
    written("outlet", 40, now, now - HOUR)
    written("default", 5, now)
    dispatch.dispatch(now)
    assert callers(server) == 1
    assert states("default") == {"sent": 5}
    written("default", 5, now, now)
    dispatch.dispatch(now + timedelta(seconds=40))
    assert callers(server) == 0  # it rests for a minute
    assert states("default") == {"sent": 10}
    written("default", 5, now, now)
    done = dispatch.dispatch(now + 2 * MINUTE)
    assert callers(server) == 1
    assert done.states == {"sent": 5, "deferred": 1}
    assert states("default") == {"sent": 15}


def test_a_way_that_takes_mails_again_carries_all_that_waited(
    now: datetime, monkeypatch: pytest.MonkeyPatch, office: post_office.PostOffice, refusing: str
) -> None:
    put(monkeypatch, smtp_url=office.url, sender_relays=f"outlet={refusing}")
    outlet(now, "relays: outlet")
    published(now)
    written("outlet", 12, now)
    written("default", 1, now)
    dispatch.dispatch(now)
    with post_office.opened() as other:
        rest = rests._KNOWN.pop(refusing)
        put(monkeypatch, sender_relays=f"outlet={other.url}")
        rests._KNOWN[other.url] = rest
        assert dispatch.dispatch(now + timedelta(seconds=30)).states == {}
        assert dispatch.dispatch(now + 2 * MINUTE, seconds=0).states == {"sent": 1}  # however busy the others keep it
        assert dispatch.dispatch(now + 2 * MINUTE).states == {"sent": 11}
        assert len(other.mails) == 12
    assert rests.of(other.url) is None


def test_where_no_way_takes_anything_none_rests(now: datetime, monkeypatch: pytest.MonkeyPatch, refusing: str) -> None:
    put(monkeypatch, smtp_url=refusing, sender_relays=f"outlet={refusing.replace('127.0.0.1', 'localhost')}")
    outlet(now, "relays: outlet")
    published(now)
    written("outlet", 3, now)
    written("default", 3, now)
    for seconds in (0, 90):
        done = dispatch.dispatch(now + timedelta(seconds=seconds))
        assert done.shut
    assert {*states("default"), *states("outlet")} == {"deferred"}


def test_what_a_shut_way_puts_off_takes_no_place_under_the_caps(
    now: datetime, monkeypatch: pytest.MonkeyPatch, office: post_office.PostOffice, refusing: str
) -> None:
    put(monkeypatch, smtp_url=office.url, sender_relays=f"outlet={refusing}")
    outlet(now, "relays: outlet")
    published(now)
    anna = person("Anna", now)
    waits = message(anna, now, sender="outlet")
    dispatch.dispatch(now)
    assert not PressureReservation.objects.filter(message_id=waits.pk, released=False).exists()
    message(anna, now)
    dispatch.dispatch(now + timedelta(seconds=30))
    assert states("default") == {"sent": 1}


def test_keys_of_a_sender_that_writes_nothing_trouble_nobody(
    now: datetime, monkeypatch: pytest.MonkeyPatch, office: post_office.PostOffice
) -> None:
    put(monkeypatch, smtp_url=office.url)
    keys.make("s1", "rsa")
    gone = outlet(now, "dkim_keys: {s1: dkim/s1.pem}")
    keeping.remove("outlet", now, by="Marie")
    keys.in_force(gone)[0].file.unlink()
    keys._read.cache_clear()
    published(now)
    written("default", 1, now)
    assert dispatch.dispatch(now).states == {"sent": 1}
    assert not beats.shut()
    written("outlet", 1, now)
    assert dispatch.dispatch(now).states == {}
    assert "s1" in beats.signs()[0].failure


def test_the_ways_of_a_slice_share_its_time(
    now: datetime, monkeypatch: pytest.MonkeyPatch, office: post_office.PostOffice
) -> None:
    put(monkeypatch, sender_relays=f"outlet={office.url}", smtp_url=office.url)
    outlet(now, "relays: outlet")
    both = [Outgoing(1, uuid4(), "a@example.org", 0, "", "", b"", sender=name) for name in ("default", "outlet")]
    with closing(Ways(registry.choose())) as ways:
        assert {one.kind for one in ways.send(both, deadline=time.monotonic())} == {Kind.UNTRIED}
    assert office.connections == 0


def test_a_test_send_tells_the_way_it_took(
    now: datetime, monkeypatch: pytest.MonkeyPatch, office: post_office.PostOffice
) -> None:
    put(monkeypatch, smtp_url="", sender_relays=f"outlet={office.url}")
    one, marie = outlet(now, "relays: outlet"), User.objects.create(email="m@example.org", name="Marie")
    shown = Rendered("Subject", "", "<html><body>x</body></html>", "x")
    for sender, told in ((one, "smtp"), (None, "maildir")):
        done = test_sends.send(
            shown, [marie], note="n", template="t", sender=marie, now=now, comes_from=sender, language="en"
        )
        assert (done.channel, done.refused) == (told, {})
    assert b"From: The Outlet <" in office.mails[0][1]


def test_where_only_senders_have_relays_domains_are_asked_and_answers_wait(
    now: datetime, monkeypatch: pytest.MonkeyPatch, office: post_office.PostOffice
) -> None:
    put(
        monkeypatch,
        smtp_url="",
        sender_relays=f"outlet={office.url}",
        provider_lookup="true",
        reply_forward="a@b.example",
    )
    outlet(now, "relays: outlet")
    person("Anna", now, address="a@corp.example")
    asked: list[str] = []
    monkeypatch.setattr(mail_domains, "_asked", lambda _, domains: asked.extend(domains) or {})
    mail_domains.run(now)
    assert asked == ["corp.example"]
    ReturnedMail.objects.create(
        digest=b"1", number=1, at=now, way="http", kind="reply", hard=False, unsent=b"Subject: x\r\n\r\nx"
    )
    assert forwarding.run(now) == 0
    assert not list(place.folder("maildir").rglob("*.relance"))
    assert ReturnedMail.objects.get().unsent
