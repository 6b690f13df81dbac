"""Replayed, reordered, batched and foreign events, and what they leave behind."""

import dataclasses
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from relance.contacts.models import Consent, Contact, ContactAlias, ContactPoint, Suppression
from relance.core import texts
from relance.delivery import doubts, ledger, names
from relance.events.models import Event
from relance.feedback import deliveries
from relance.feedback.services import judging, receiving
from relance.feedback.services.judging import Heard
from relance.feedback.services.receiving import Told
from relance.outbox.models import Message, State
from tests.delivery.sending import crowd, message, person, published

pytestmark = pytest.mark.usefixtures("db")
HARD = Heard("bounced", "hard", "no_mailbox: 550 5.1.1 unknown")
SOFT = Heard("bounced", "soft", "full: 452 4.2.2 full")
DELIVERED, COMPLAINED, UNSUBSCRIBED = Heard("delivered"), Heard("complained"), Heard("unsubscribed")


def sent(contact: Contact, now: datetime, **changes: object) -> Message:
    given: dict[str, Any] = {
        "state": "sent",
        "sent_at": now,
        "contact_point_id": ContactPoint.objects.get(contact=contact).pk,
    }
    return message(contact, now, **given | changes)


def told(one: Message, heard: Heard, at: datetime | None = None, **changes: Any) -> Told:
    address = ContactPoint.objects.get(contact_id=one.contact_id).value
    return Told(**{"heard": heard, "uuid": one.uuid, "provider_id": "", "recipient": address, "at": at} | changes)


def events(kind: str) -> list[Event]:
    return list(Event.objects.filter(type=f"message_{kind}").order_by("id"))


def state(one: Message) -> str:
    return Message.objects.get(pk=one.pk).state


def test_a_delivery_is_dated_by_the_service_and_written_once(now: datetime) -> None:
    one = sent(person("Anna", now), now)
    at = now + timedelta(minutes=2)
    for _ in range(3):
        receiving.receive([told(one, DELIVERED, at)], now + timedelta(hours=1))
    assert deliveries.settle(now + timedelta(hours=30)) == 0
    assert state(one) == "delivered"
    assert [event.occurred_at for event in events("delivered")] == [at]


@pytest.mark.parametrize("at", [datetime(1971, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)])
def test_a_moment_that_cannot_be_is_brought_back_to_one_that_can(now: datetime, at: datetime) -> None:
    one = sent(person("Anna", now), now)
    receiving.receive([told(one, DELIVERED, at)], now + timedelta(hours=1))
    assert now <= events("delivered")[0].occurred_at <= now + timedelta(hours=1)


def test_a_soft_bounce_told_often_counts_once_and_a_delivery_resets_it(now: datetime) -> None:
    anna = person("Anna", now)
    one, two = sent(anna, now), sent(anna, now + timedelta(days=1))
    for _ in range(3):
        receiving.receive([told(one, SOFT), told(one, SOFT)], now)
    assert ContactPoint.objects.get().soft_bounces == 1
    receiving.receive([told(two, DELIVERED)], now + timedelta(days=1))
    assert ContactPoint.objects.get().soft_bounces == 0


def test_a_delivery_told_late_does_not_reset_what_came_after_it(now: datetime) -> None:
    anna = person("Anna", now)
    one, two = sent(anna, now), sent(anna, now + timedelta(days=1))
    receiving.receive([told(two, SOFT)], now + timedelta(days=1))
    receiving.receive([told(one, DELIVERED, now)], now + timedelta(days=2))
    assert (state(one), ContactPoint.objects.get().soft_bounces) == ("delivered", 1)


def test_whatever_the_order_a_bounce_beats_a_delivery(now: datetime) -> None:
    for order in ([DELIVERED, HARD], [HARD, DELIVERED]):
        one = sent(person(f"Boris{len(events('bounced'))}", now), now)
        for heard in order:
            receiving.receive([told(one, heard)], now)
        assert state(one) == "bounced"
        together = sent(person(f"Chloe{len(events('bounced'))}", now), now)
        receiving.receive([told(together, heard) for heard in order], now)
        assert state(together) == "bounced"
    assert Suppression.objects.count() == 4


def test_a_soft_bounce_may_turn_out_hard_and_never_the_reverse(now: datetime) -> None:
    one = sent(person("Boris", now), now)
    for heard in (SOFT, HARD, SOFT):
        receiving.receive([told(one, heard)], now)
    one.refresh_from_db()
    assert (one.state, one.reason[:4], Suppression.objects.get().reason) == ("bounced", "hard", "bounced")
    assert len(events("bounced")) == 1


@pytest.mark.parametrize(
    "heard", [COMPLAINED, UNSUBSCRIBED, Heard("rejected", "soft", "listed: before", "unsubscribed")]
)
def test_an_old_refusal_told_again_does_not_undo_a_new_opt_in(now: datetime, heard: Heard) -> None:
    anna = person("Anna", now)
    one = sent(anna, now)
    receiving.receive([told(one, heard)], now)
    assert Consent.objects.filter(given=False).count() == 1
    Suppression.objects.all().delete()
    Consent.objects.create(contact=anna, channel="email", given=True, at=now + timedelta(days=1))
    receiving.receive([told(one, heard)], now + timedelta(days=2))
    assert Suppression.objects.count() == 0
    assert Consent.objects.filter(given=False).count() == 1


def test_a_refusal_the_service_remembers_is_respected_and_not_counted_again(now: datetime) -> None:
    one = sent(person("Anna", now), now)
    receiving.receive([told(one, Heard("rejected", "soft", "listed: before", "complained"))], now)
    assert Suppression.objects.get().reason == "complained"
    assert events("complained") == []
    assert [event.properties["kind"] for event in events("bounced")] == ["soft"]


def test_an_event_of_nobody_s_message_is_counted_and_left(now: datetime) -> None:
    anna, boris = sent(person("Anna", now), now), sent(person("Boris", now), now)
    strangers = [
        told(anna, HARD, recipient="boris@example.org"),
        told(anna, HARD, uuid=None),
        told(anna, HARD, recipient="nobody@example.org"),
        told(boris, HARD, uuid=anna.uuid),
    ]
    received = receiving.receive(strangers, now)
    assert (received.foreign, sum(received.counts.values())) == (4, 0)
    assert Event.objects.count() == Suppression.objects.count() == 0


def test_a_message_is_found_by_the_service_s_own_number(now: datetime) -> None:
    one = sent(person("Anna", now), now, provider_id="0100-1")
    other = sent(person("Boris", now), now, provider_id="250 2.0.0 kept")
    receiving.receive([told(one, DELIVERED, uuid=None, provider_id="0100-1"), told(other, DELIVERED, uuid=None)], now)
    assert (state(one), state(other)) == ("delivered", "sent")


def test_a_message_of_someone_merged_since_is_found(now: datetime) -> None:
    loser, survivor = person("Anna", now, address="old@example.org"), person("Anne", now)
    one = sent(loser, now)
    ContactPoint.objects.filter(contact=loser).update(contact=survivor)
    ContactAlias.objects.create(loser_id=loser.pk, survivor=survivor, at=now)
    heard = Told(DELIVERED, one.uuid, "", "old@example.org")
    assert receiving.receive([heard], now).counts == {"delivered": 1}


def test_what_a_service_tells_of_did_leave(now: datetime) -> None:
    in_doubt = sent(person("Anna", now), now, state="unknown", sent_at=None)
    refused = sent(person("Boris", now), now, state="deferred", sent_at=None, attempt=1, reason="service_error: 500")
    held = sent(person("Denis", now), now, state="held", sent_at=None, attempt=1, reason="overdue")
    waiting = sent(person("Chloe", now), now, state="deferred", sent_at=None, contact_point_id=None)
    receiving.receive([told(one, DELIVERED) for one in (in_doubt, refused, held, waiting)], now)
    assert [state(one) for one in (in_doubt, refused, held, waiting)] == ["delivered"] * 3 + ["deferred"]
    assert len(events("sent")) == len(events("delivered")) == 3


def test_what_a_person_had_sent_anew_is_not_when_it_shows_that_it_left(now: datetime) -> None:
    one = sent(person("Anna", now), now, state="unknown", sent_at=None)
    doubts.resolve([one.pk], "resend", by="Bob", now=now)
    assert state(one) == "ready"
    receiving.receive([told(one, Heard("clicked"))], now)
    assert (state(one), ledger.claim("worker", 10, now=now, lease_until=now + timedelta(minutes=5))) == ("sent", [])


@pytest.mark.parametrize("heard", [COMPLAINED, UNSUBSCRIBED])
@pytest.mark.parametrize("kept", [False, True])
def test_a_refusal_is_heard_though_the_address_was_replaced_since(now: datetime, heard: Heard, kept: bool) -> None:
    anna = person("Anna", now)
    one, point = sent(anna, now), ContactPoint.objects.get()
    if kept:
        ContactPoint.objects.filter(pk=point.pk).update(value="anna@new.example.org")
    else:
        ContactPoint.objects.create(contact=anna, channel="email", value="anna@new.example.org", valid=True)
        point.delete()
    event = Told(heard, one.uuid, "", "anna@example.org", id=one.pk)
    assert receiving.receive([event], now).foreign == 0
    assert receiving.receive([dataclasses.replace(event, uuid=UUID(int=7))], now).foreign == 1
    assert not Consent.objects.latest("id").given
    assert Suppression.objects.count() == 1


def test_a_dead_address_that_was_replaced_leaves_the_new_one_alone(now: datetime) -> None:
    anna = person("Anna", now)
    one = sent(anna, now)
    ContactPoint.objects.all().delete()
    ContactPoint.objects.create(contact=anna, channel="email", value="anna@new.example.org", valid=True)
    received = receiving.receive([Told(HARD, one.uuid, "", "anna@example.org", id=one.pk)], now)
    assert (received.foreign, state(one)) == (0, "bounced")
    assert ContactPoint.objects.get().valid


def test_a_webhook_that_overtakes_the_worker_loses_nothing(now: datetime) -> None:
    published(now)
    one = message(person("Anna", now), now)
    lease = now + timedelta(minutes=5)
    ledger.claim("worker", 10, now=now, lease_until=lease)
    ledger.begin("worker", [(one.pk, ContactPoint.objects.get().pk)], lease_until=lease)
    receiving.receive([told(one, DELIVERED, now)], now)
    ledger.settle("worker", [ledger.Transition(one.pk, State.SENT, tried=1)], now=now)
    assert deliveries.settle(now + timedelta(hours=25)) == 1
    assert (state(one), len(events("sent")), len(events("delivered"))) == ("delivered", 1, 1)


def test_opens_leave_no_trace_and_clicks_only_settle_doubts(now: datetime) -> None:
    one = sent(person("Anna", now), now, state="unknown", sent_at=None)
    receiving.receive([told(one, Heard("opened"))], now)
    assert (state(one), Event.objects.count()) == ("unknown", 0)
    receiving.receive([told(one, Heard("clicked"))], now)
    assert (state(one), [event.type for event in Event.objects.all()]) == ("sent", ["message_sent"])


def test_a_thousand_events_take_as_many_statements_as_ten(now: datetime) -> None:
    def statements(size: int) -> int:
        messages = crowd(size, now)
        Message.objects.filter(state="ready").update(state="sent", sent_at=now)
        addresses = dict(ContactPoint.objects.values_list("contact_id", "value"))
        kinds = [DELIVERED, HARD, SOFT, COMPLAINED, UNSUBSCRIBED]
        batch = [Told(kinds[n % 5], one.uuid, "", addresses[one.contact_id], now) for n, one in enumerate(messages)]
        with CaptureQueriesContext(connection) as seen:
            assert receiving.receive(batch, now).foreign == 0
        return len(seen)

    few = statements(10)
    Message.objects.all().delete()
    ContactPoint.objects.all().delete()
    assert statements(1000) <= few < 60


def test_the_same_webhook_by_eight_connections_at_once_is_written_once(now: datetime) -> None:
    messages = [sent(person(f"Anna{n}", now), now) for n in range(20)]
    batch = [told(one, heard) for one in messages for heard in (SOFT, COMPLAINED)]
    barrier, errors = Barrier(8), []

    def post() -> None:
        barrier.wait()
        try:
            receiving.receive(batch, now)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert (len(events("bounced")), len(events("complained"))) == (20, 20)
    assert set(ContactPoint.objects.values_list("soft_bounces", flat=True)) == {1}
    assert Consent.objects.filter(given=False).count() == 20


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["event", "RecordType", "Type", "eventType", "bounce", "bounceType", "bouncedRecipients", "event-data", "reason",
         "delivery-status", "code", "error", "status", "0"]) | st.text(max_size=3), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("service", ["brevo", "mailgun", "mailjet", "postmark", "sendgrid", "ses"])
@given(event=JSON)
def test_whatever_an_event_holds_it_is_judged(service: str, event: object) -> None:
    heard = judging.judge(service, event)
    assert (heard.kind is None) == (heard.what not in {"bounced", "rejected"})


def test_what_no_database_takes_does_not_stop_the_others(now: datetime) -> None:
    one = sent(person("Anna", now), now)
    odd = Heard("bounced", "soft", f"other: {texts.plain('a' + chr(0) + chr(0xD800))}")
    receiving.receive([told(one, odd), told(one, HARD, recipient=texts.plain("\x00\ud800@x"))], now)
    assert state(one) == "bounced"


def test_a_mail_relayed_by_smtp_is_known_by_its_message_id() -> None:
    uuid = UUID("5606a1eb-733d-4cce-b359-e4e938f27571")
    for message_id in (f"<{names.write(7, uuid)}@shop.example.org>", f"{names.write(7, uuid)}@shop.example.org"):
        event = SimpleNamespace(metadata={}, message_id=message_id)
        assert receiving._own(event) == (uuid, 7)  # type: ignore[arg-type]
    stranger = SimpleNamespace(metadata={}, message_id="<a@example.org>")
    assert receiving._own(stranger) == (None, None)  # type: ignore[arg-type]
