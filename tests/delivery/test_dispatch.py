import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from relance.contacts.models import ContactPoint, Suppression
from relance.core import ids, place
from relance.core.errors import ChannelError, RenderError
from relance.delivery import dispatch, doubts, ledger, rendering, stalls
from relance.delivery.channels import registry, simulated
from relance.delivery.channels.protocol import Kind, Outcome, Outgoing
from relance.eligibility.models import VerdictRecord
from relance.events.models import Event
from relance.outbox.models import Message, State
from relance.outbox.pulse import TeamAlert
from tests.delivery.sending import crowd, message, person, published

pytestmark = pytest.mark.usefixtures("db")


@dataclass
class Scripted:
    """A channel that answers what a test tells it to."""

    answer: Kind = Kind.SENT
    reason: str = ""
    name: str = "scripted"
    where: str = "a test"
    slice: int = 100
    got: list[Outgoing] = field(default_factory=list)
    states: set[str] = field(default_factory=set)

    def wanted(self, outgoing: Sequence[Outgoing]) -> list[int]:
        return [one.id for one in outgoing]

    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        self.states |= set(Message.objects.filter(pk__in=[one.id for one in outgoing]).values_list("state", flat=True))
        self.got += outgoing
        return [Outcome(one.id, self.answer, self.reason) for one in outgoing]

    def close(self) -> None:
        pass


class Shut(Scripted):
    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        raise ChannelError("The line is cut.", permanent=False)


def test_a_due_message_is_sent_and_leaves_an_event(now: datetime) -> None:
    published(now)
    anna = person("Anna", now)
    sent = message(anna, now)
    channel = Scripted()
    assert dispatch.dispatch(now, channel).states == {"sent": 1}
    sent.refresh_from_db()
    assert (sent.state, sent.attempt, sent.worker) == ("sent", 1, "")
    assert sent.sent_at is not None
    assert now <= sent.sent_at < now + timedelta(minutes=1)
    event = Event.objects.get(type="message_sent")
    assert (event.contact_id, event.reference, event.properties["step"]) == (anna.pk, str(sent.uuid), "hello")
    assert dispatch.run(now) == 0


def test_the_intent_is_committed_before_the_channel_is_called(now: datetime) -> None:
    crowd(3, now)
    channel = Scripted()
    dispatch.dispatch(now, channel)
    assert channel.states == {"sending"}


def test_a_mail_is_written_when_its_slice_is_due(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(6, now)
    channel, written = Scripted(slice=2), list[tuple[int, int]]()
    write = rendering.Prepared.mail

    def noted(prepared: rendering.Prepared, due: ledger.Due) -> bytes | RenderError:
        written.append((due.id, len(channel.got)))
        return write(prepared, due)

    monkeypatch.setattr(rendering.Prepared, "mail", noted)
    dispatch.dispatch(now, channel)
    assert [sent for _due, sent in written] == [0, 0, 2, 2, 4, 4]
    assert all(one.mail for one in channel.got)


def test_what_is_due_later_waits(now: datetime) -> None:
    published(now)
    later = message(person("Anna", now), now, not_before=now + timedelta(minutes=1))
    assert dispatch.dispatch(now, Scripted()).handled == 0
    later.refresh_from_db()
    assert later.state == State.READY


def test_a_suppressed_person_is_blocked_with_the_reason(now: datetime) -> None:
    published(now)
    blocked = message(person("Boris", now), now)
    Suppression.objects.create(channel="email", digest=ids.digest("boris@example.org"), reason="complained", at=now)
    channel = Scripted()
    assert dispatch.dispatch(now, channel).states == {"blocked": 1}
    blocked.refresh_from_db()
    assert (blocked.state, blocked.reason, channel.got) == ("blocked", "suppressed", [])


def test_the_cap_defers_the_second_message_of_a_day(now: datetime) -> None:
    published(now)
    anna = person("Anna", now)
    first, second = message(anna, now), message(anna, now)
    assert dispatch.dispatch(now, Scripted()).states == {"sent": 1, "deferred": 1}
    second.refresh_from_db()
    assert (second.state, second.reason) == ("deferred", "pressure")
    assert second.not_before > now
    assert first.pk < second.pk


def test_a_temporary_refusal_is_offered_again_with_growing_waits_then_given_up(now: datetime) -> None:
    published(now)
    refused = message(person("Anna", now), now, expires_at=now + timedelta(days=9))
    waits = []
    for _ in range(10):
        dispatch.dispatch(now, Scripted(Kind.LATER, "later: 451 4.7.1 greylisted"))
        refused.refresh_from_db()
        if refused.state == "failed":
            break
        waits.append(refused.not_before - now)
        now = refused.not_before
    assert refused.reason.startswith("gave_up after 6 attempts: later: 451")
    assert waits == sorted(waits)
    assert len(waits) == 5


@pytest.mark.parametrize(
    ("kind", "state", "attempt"),
    [(Kind.FAILED, "failed", 1), (Kind.NO_MAILBOX, "failed", 1), (Kind.DOUBTFUL, "unknown", 1)],
)
def test_a_final_outcome_is_not_offered_again(now: datetime, kind: Kind, state: str, attempt: int) -> None:
    published(now)
    one = message(person("Anna", now), now)
    dispatch.dispatch(now, Scripted(kind, f"{kind}: said why"))
    one.refresh_from_db()
    assert (one.state, one.attempt, one.reason) == (state, attempt, f"{kind}: said why")
    channel = Scripted()
    dispatch.dispatch(now + timedelta(days=1), channel)
    assert channel.got == []


def test_a_shut_channel_costs_no_attempt_and_ends_the_run(now: datetime) -> None:
    crowd(250, now)
    assert dispatch.dispatch(now, Shut()).states == {"deferred": 100, "ready": 150}
    assert Message.objects.filter(attempt=0).count() == 250
    dispatch.dispatch(now + timedelta(minutes=2), Scripted())
    assert Message.objects.filter(state="sent").count() == 250


def test_a_shut_channel_is_tried_with_one_message_and_found_open_with_the_first(now: datetime) -> None:
    crowd(250, now)
    dispatch.dispatch(now, Shut())
    judged = VerdictRecord.objects.count()
    for minutes in range(1, 6):
        assert dispatch.dispatch(now + timedelta(minutes=minutes), Shut()).states == {"deferred": 1}
    assert VerdictRecord.objects.count() == judged + 5
    assert dispatch.dispatch(now + timedelta(minutes=10), Scripted()).states == {"sent": 250}


def test_a_channel_found_shut_is_tried_though_the_gate_keeps_those_that_wait_longest(now: datetime) -> None:
    crowd(20, now)
    dispatch.dispatch(now, Shut())
    for point in ContactPoint.objects.order_by("pk")[:15]:
        Suppression.objects.create(channel="email", digest=ids.digest(point.value), reason="complained", at=now)
    later = now + timedelta(minutes=2)
    assert dispatch.dispatch(later, Scripted()).states == {"blocked": 15, "sent": 5}


class Closed(Scripted):
    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        self.got += outgoing
        raise ChannelError("The password is wrong.", permanent=True)


def test_a_channel_that_asks_for_a_person_rests_between_two_tries_and_the_team_is_told_at_once(now: datetime) -> None:
    crowd(3, now)
    channel = Closed()
    for minutes in range(15):
        dispatch.dispatch(now + timedelta(minutes=minutes), channel)
        stalls.run(now + timedelta(minutes=minutes))
    assert len(channel.got) == 3
    alert = TeamAlert.objects.get()
    assert (alert.at, "The password is wrong." in alert.figures["en"]) == (now, True)
    dispatch.dispatch(now + timedelta(minutes=16), channel)
    assert len(channel.got) == 4
    dispatch.dispatch(now + timedelta(minutes=32), Scripted())
    assert Message.objects.filter(state="sent").count() == 3
    assert stalls.look(now + timedelta(minutes=33)).stall is None


def test_a_stage_whose_channel_is_shut_did_nothing(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(3, now)
    monkeypatch.setattr(registry, "choose", Shut)
    assert dispatch.run(now) == 0


def test_a_message_that_cannot_be_rendered_fails_alone(now: datetime) -> None:
    published(now)
    bad = message(person("Boris", now), now, template_version_id=10**6)
    good = message(person("Chloe", now), now)
    dispatch.dispatch(now, Scripted())
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == ("failed", "sent")
    assert bad.reason.startswith("render: There is no template version")


def test_a_claim_whose_lease_is_lost_is_taken_again(now: datetime) -> None:
    (one,) = crowd(1, now)
    ledger.claim("dead", 10, now=now, lease_until=now + timedelta(minutes=5))
    dispatch.dispatch(now + timedelta(minutes=4), Scripted())
    one.refresh_from_db()
    assert one.state == "claimed"
    dispatch.dispatch(now + timedelta(minutes=6), Scripted())
    one.refresh_from_db()
    assert one.state == "sent"


def test_a_sending_whose_lease_is_lost_is_listed_and_never_sent_by_itself(now: datetime) -> None:
    (one,) = crowd(1, now)
    ledger.claim("dead", 10, now=now, lease_until=now + timedelta(minutes=5))
    ledger.begin("dead", [(one.pk, None)], lease_until=now + timedelta(minutes=5))
    channel = Scripted()
    dispatch.dispatch(now + timedelta(minutes=6), channel)
    assert channel.got == []
    assert [doubt.message_id for doubt in doubts.unknowns()] == [one.pk]


def test_two_workers_never_claim_the_same(now: datetime) -> None:
    crowd(20, now)
    lease = now + timedelta(minutes=5)
    first = ledger.claim("first", 12, now=now, lease_until=lease)
    second = ledger.claim("second", 12, now=now, lease_until=lease)
    assert len(first) == 12
    assert len(second) == 8
    assert not {due.id for due in first} & {due.id for due in second}
    assert ledger.begin("second", [(first[0].id, None)], lease_until=lease) == set()


@pytest.mark.parametrize(
    ("answer", "state", "events"), [("sent", "sent", 1), ("resend", "ready", 0), ("drop", "failed", 0)]
)
def test_a_person_settles_a_doubt(now: datetime, answer: doubts.Answer, state: str, events: int) -> None:
    (one,) = crowd(1, now)
    dispatch.dispatch(now, Scripted(Kind.DOUBTFUL))
    assert doubts.resolve([one.pk], answer, by="Marie", now=now) == 1
    one.refresh_from_db()
    assert one.state == state
    assert Event.objects.filter(type="message_sent").count() == events
    assert doubts.resolve([one.pk], answer, by="Marie", now=now) == 0


def test_a_rehearsal_renders_a_few_of_each_sort_and_counts_the_rest(now: datetime) -> None:
    crowd(40, now)
    with place.elsewhere(simulated=True), simulated.collecting(each=3) as collected:
        done = dispatch.dispatch(now)
    assert (done.channel, done.states) == ("simulated", {"sent": 40})
    assert sorted((sort[2], count) for sort, count in collected.counts.items()) == [("en", 20), ("fr", 20)]
    assert [len(mails) for mails in collected.samples.values()] == [3, 3]
    assert Message.objects.filter(sent_at=now).count() == 40
    assert not (place.current().data / "maildir").exists()
