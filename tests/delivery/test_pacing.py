"""Limits and pauses by mailbox provider: before the gate, over all workers, without costing an attempt."""

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import connections

from relance.contacts.models import ContactPoint, Suppression
from relance.core import ids, place
from relance.core.configuration import Settings
from relance.core.errors import ChannelError
from relance.core.provider_limits import Limit, read
from relance.delivery import dispatch, paces, pacing
from relance.delivery.channels.protocol import Kind, Outcome, Outgoing
from relance.eligibility.models import VerdictRecord
from relance.outbox.models import MailDomain, Message, ProviderPace, State
from tests.delivery.sending import crowd, message, person, published

pytestmark = pytest.mark.usefixtures("db")
MINUTE = timedelta(minutes=1)


@dataclass
class Answering:
    """A channel that answers by address."""

    answers: Callable[[str], tuple[Kind, str]] = lambda address: (Kind.SENT, "")
    name: str = "answering"
    where: str = "a test"
    slice: int = 5
    got: list[Outgoing] = field(default_factory=list)

    def wanted(self, outgoing: Sequence[Outgoing]) -> list[int]:
        return [one.id for one in outgoing]

    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        self.got += outgoing
        return [Outcome(one.id, *self.answers(one.address)) for one in outgoing]

    def close(self) -> None:
        pass


def limits(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(settings, "RELANCE", Settings(**settings.RELANCE.model_dump() | {"provider_limits": text}))


def at(domain: str, messages: Sequence[Message]) -> None:
    """Move the people of these messages to addresses of a domain."""
    for point in ContactPoint.objects.filter(contact__in=[one.contact_id for one in messages]):
        ContactPoint.objects.filter(pk=point.pk).update(value=f"anna{point.contact_id}@{domain}")


def test_a_provider_gets_a_minutes_worth_and_the_others_take_their_turn(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits(monkeypatch, "gmail=10/minute,2")
    all_of_them = crowd(40, now)
    at("gmail.com", all_of_them[:35])
    channel = Answering()
    assert dispatch.dispatch(now, channel).states == {"sent": 15, "deferred": 25}
    assert {one.connections for one in channel.got if one.provider == "gmail"} == {2}
    assert {one.connections for one in channel.got if one.provider != "gmail"} == {None}
    waiting = Message.objects.filter(state=State.DEFERRED)
    assert {one.attempt for one in waiting} == {0}
    assert {one.reason for one in waiting} == {"provider_limit: gmail gets 10 per minute"}
    assert VerdictRecord.objects.count() == 15
    minutes = sorted((one.not_before - now) // MINUTE for one in waiting)
    assert [minutes.count(n) for n in (1, 2, 3)] == [20, 5, 0]
    sent = [dispatch.dispatch(now + n * MINUTE, channel).states.get("sent", 0) for n in range(1, 6)]
    assert max(sent) == 10
    assert sum(sent) == 25


def test_what_is_owed_goes_first(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    limits(monkeypatch, "*=1/minute")
    published(now)
    offer, order = message(person("Anna", now), now), message(person("Chloe", now), now, purpose="transactional")
    at("shop.example", [offer, order])
    dispatch.dispatch(now, Answering())
    offer.refresh_from_db()
    order.refresh_from_db()
    assert (offer.state, order.state) == ("deferred", "sent")


def test_two_workers_share_what_a_provider_may_get(now: datetime) -> None:
    limit = Limit(10, "minute", None)
    taken = [paces.take({"gmail": (7, limit)}, now)["gmail"][0] for _ in range(3)]
    assert taken == [7, 3, 0]
    assert paces.take({"gmail": (7, limit)}, now + timedelta(seconds=30))["gmail"][0] == 5
    assert paces.take({"gmail": (70, limit), "orange": (3, limit)}, now + timedelta(days=1)) == {
        "gmail": (10, now + timedelta(days=1)), "orange": (3, now + timedelta(days=1)),
    }  # fmt: skip


def test_workers_that_ask_at_the_same_time_get_no_more_together(now: datetime) -> None:
    limit, names = Limit(500, "minute", None), ["gmail", "orange", "sfr"]

    def ask(worker: int) -> Counter[str]:
        taken: Counter[str] = Counter()
        try:
            for turn in range(25):
                order = random.Random(worker * 100 + turn).sample(names, 3)
                taken.update(
                    {name: got for name, (got, _) in paces.take(dict.fromkeys(order, (9, limit)), now).items()}
                )
        finally:
            connections.close_all()
        return taken

    with ThreadPoolExecutor(4) as pool:
        together = sum(pool.map(ask, range(4)), Counter[str]())
    assert together == dict.fromkeys(names, 500)


def test_those_that_wait_are_spread_an_hour_ahead_at_most(now: datetime) -> None:
    limit = Limit(6, "minute", None)
    assert paces.take({"gmail": (66, limit)}, now)["gmail"] == (6, now)
    assert paces.take({"gmail": (6000, limit)}, now)["gmail"] == (0, now + timedelta(minutes=10))
    assert paces.take({"gmail": (1, limit)}, now)["gmail"] == (0, now + timedelta(hours=1))


def test_what_the_gate_keeps_gives_its_turn_back(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    limits(monkeypatch, "*=2/minute")
    (kept,) = crowd(1, now)
    Suppression.objects.create(
        channel="email", digest=ids.digest(f"anna{kept.contact_id}@example.org"), reason="complained", at=now
    )
    assert dispatch.dispatch(now, Answering()).states == {"blocked": 1}
    assert ProviderPace.objects.get().remaining == pytest.approx(2)


def test_a_domain_belongs_to_who_takes_its_mail(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    MailDomain.objects.create(domain="atelier.example", provider="gmail", at=now)
    MailDomain.objects.create(domain="orange.fr", provider="elsewhere.example", at=now)
    assert paces.grouped({"atelier.example", "gmail.com", "orange.fr", "other.example"}) == {
        "atelier.example": "gmail", "gmail.com": "gmail", "orange.fr": "orange", "other.example": "other.example",
    }  # fmt: skip
    limits(monkeypatch, "gmail=1/minute")
    messages = crowd(2, now)
    at("atelier.example", messages[:1])
    at("gmail.com", messages[1:])
    assert dispatch.dispatch(now, Answering()).states == {"sent": 1, "deferred": 1}


def refuses(domain: str, said: str) -> Callable[[str], tuple[Kind, str]]:
    return lambda address: (Kind.LATER, f"later: {said}") if address.endswith(domain) else (Kind.SENT, "")


def test_a_provider_that_asks_for_fewer_gets_none_for_a_while_from_any_worker(now: datetime) -> None:
    messages = crowd(30, now)
    at("orange.fr", messages[:15])
    channel = Answering(refuses("orange.fr", "421 4.7.0 OFR_104 too many connections, slow down"))
    states = dispatch.dispatch(now, channel).states
    offered = [one for one in channel.got if one.address.endswith("orange.fr")]
    assert states == {"sent": 15, "deferred": 15}
    assert len(offered) <= channel.slice
    waiting = Message.objects.filter(state=State.DEFERRED, attempt=0)
    assert waiting.count() == 15 - len(offered)
    assert {(one.attempt, one.reason) for one in waiting} == {(0, "provider_pause: orange asked for fewer mails")}
    assert all(MINUTE <= one.not_before - now <= 2 * MINUTE + timedelta(seconds=30) for one in waiting)
    late = crowd(1, now)
    at("wanadoo.fr", late)
    assert dispatch.dispatch(now, Answering()).states == {"deferred": 1}
    assert dispatch.dispatch(now + 3 * MINUTE, Answering()).states == {"sent": 16 - len(offered)}


def test_pauses_grow_and_are_forgotten(now: datetime) -> None:
    waits = []
    for _ in range(8):
        until = paces.pause({"orange"}, now)["orange"]
        assert paces.pause({"orange"}, now + timedelta(seconds=1))["orange"] == until
        waits.append((until - now) / MINUTE)
        now = until
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert paces.pause({"orange"}, now + timedelta(hours=3))["orange"] == now + timedelta(hours=3, minutes=1)


@pytest.mark.parametrize(
    ("reason", "asks"),
    [
        ("later: 421 4.7.28 unusual rate of mail", True),
        ("later: 450 4.2.1 user is receiving mail too quickly, rate limit", True),
        ("later: 451 4.7.1 Greylisted, try again in 5 minutes", False),
        ("later: 450 4.2.0 try again", False),
        ("later: 452 4.2.2 mailbox full", False),
        ("connection_lost: 421 too many messages", False),
        ("later: 421 Service not available", False),
    ],
)
def test_greylisting_and_a_full_mailbox_speak_of_one_message(reason: str, asks: bool) -> None:
    assert pacing.asks_for_fewer(Outcome(1, Kind.LATER, reason)) is asks
    assert not pacing.asks_for_fewer(Outcome(1, Kind.SENT, reason))


def test_a_rehearsal_knows_no_limits(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    limits(monkeypatch, "*=1/minute")
    crowd(5, now)
    with place.elsewhere(simulated=True):
        assert dispatch.dispatch(now).states == {"sent": 5}
    assert not ProviderPace.objects.exists()


def test_limits_are_read() -> None:
    assert read("gmail=6000/hour,10 *=60/minute") == {"gmail": Limit(6000, "hour", 10), "*": Limit(60, "minute", None)}
    assert (read("a.example=36/hour")["a.example"].per_second, Limit(1, "hour", None).at_once) == (0.01, 1)


@pytest.mark.parametrize("text", ["gmail", "gmail=0/minute", "gmail=5/week", "gmail=5/minute,0", "a=1/hour a=2/hour"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write gmail=6000/hour|stands twice"):
        read(text)


class Unable(Answering):
    """A channel that ends before any mail was offered."""

    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        raise ChannelError("The line is cut.", permanent=False)


@pytest.mark.parametrize(
    "channel", [Unable(), Answering(lambda address: (Kind.UNTRIED, "")), Answering(lambda address: (Kind.SENT, ""))]
)
def test_what_was_not_offered_gives_back_its_provider_mail(
    now: datetime, monkeypatch: pytest.MonkeyPatch, channel: Answering
) -> None:
    limits(monkeypatch, "gmail=600/hour")
    sent = crowd(8, now)
    at("gmail.com", sent)
    Message.objects.filter(pk=sent[0].pk).update(template_version_id=10**6)
    asked = iter([False, False, False, True, True, True])
    dispatch.dispatch(now, channel, stopped=lambda: next(asked, True))
    left = Message.objects.filter(state="sent").count()
    assert ProviderPace.objects.get().remaining == pytest.approx(10 - left, abs=0.9)
    assert Message.objects.filter(state="failed").count() == 1


@pytest.mark.parametrize(
    "valid", [(None, True), (True, None), (False, None), (False, True), (None, None), (True, True)]
)
def test_a_person_with_two_addresses_is_counted_where_the_gate_writes_to(
    valid: tuple[bool | None, bool | None], now: datetime
) -> None:
    (one,) = crowd(1, now)
    ContactPoint.objects.filter(contact=one.contact_id).update(value="anna@gmail.com", valid=valid[0])
    ContactPoint.objects.create(contact_id=one.contact_id, channel="email", value="anna@orange.fr", valid=valid[1])
    channel = Answering()
    dispatch.dispatch(now, channel)
    (mail,) = channel.got
    assert paces.domains([one]) == {one.pk: mail.address.partition("@")[2]}
