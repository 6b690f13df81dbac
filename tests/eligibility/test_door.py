"""What reaches a channel has been let through: tried on a channel that writes down what it was offered."""

import math
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import pytest

from relance.delivery import dispatch
from relance.delivery.channels.protocol import Kind, Outcome, Outgoing
from relance.eligibility import gate
from relance.eligibility.models import VerdictRecord
from relance.eligibility.verdicts import Allow, Block, Verdict
from relance.outbox.models import Message
from tests.eligibility.people import anna, message, person, suppress

pytestmark = pytest.mark.usefixtures("db")


class Noting:
    """A channel that sends nothing and keeps what it was offered."""

    name, where, slice = "noting", "nowhere", 3

    def __init__(self) -> None:
        self.offered: list[int] = []

    def wanted(self, outgoing: Sequence[Outgoing]) -> Collection[int]:
        return ()

    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        self.offered += [one.id for one in outgoing]
        return [Outcome(one.id, Kind.SENT) for one in outgoing]

    def close(self) -> None:
        pass


def waiting(now: datetime) -> list[Message]:
    people = [anna(now), *(person(f"p{n}", now, basis=("opt_in", None, "contract")[n % 3]) for n in range(9))]
    suppress("p0@example.org", "complained", now)
    purposes = ("promotion", "reactivation", "transactional", "notice", "relationship")
    return [message(one, now, purpose, state="ready") for one in people for purpose in purposes]


def test_nothing_is_offered_without_a_verdict_that_allows_it(now: datetime) -> None:
    sent, channel = waiting(now), Noting()
    for day in range(3):
        dispatch.dispatch(now + timedelta(days=day), channel)
    allowed = set(VerdictRecord.objects.filter(decision="allow").values_list("message_id", flat=True))
    assert 0 < len(channel.offered) < len(sent)
    assert set(channel.offered) == allowed == set(Message.objects.filter(state="sent").values_list("id", flat=True))
    assert len(channel.offered) == len(set(channel.offered))


def test_a_gate_that_says_no_keeps_every_channel_silent(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, channel = waiting(now), Noting()
    monkeypatch.setattr(gate, "check", lambda messages, at: [Block("erased") for _ in messages])
    dispatch.dispatch(now, channel)
    assert channel.offered == []
    assert Message.objects.filter(state="blocked").count() == len(sent)


def test_what_the_gate_lets_through_and_no_more_is_offered(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, channel = waiting(now), Noting()
    judged = gate.check

    def every_other(messages: Sequence[int], at: datetime) -> list[Verdict]:
        return [
            one if isinstance(one, Allow) and n % 2 else Block("erased") for n, one in enumerate(judged(messages, at))
        ]

    monkeypatch.setattr(gate, "check", every_other)
    dispatch.dispatch(now, channel)
    assert set(channel.offered) == set(Message.objects.filter(state="sent").values_list("id", flat=True))
    assert 0 < len(channel.offered) <= len(sent) / 2


@pytest.mark.parametrize("channel", ["email", "sms", "push", "postal", "phone", "audience"])
def test_every_channel_has_the_same_door(channel: str, now: datetime) -> None:
    """A person of whom nothing is known gets nothing commercial, whatever the channel."""
    anna(now)
    boris = person("boris", now, basis=None)
    asked = [message(boris, now, purpose, channel=channel) for purpose in ("promotion", "reactivation", "relationship")]
    assert {verdict.code for verdict in gate.check(asked, now)} == {"permission_unknown"}
