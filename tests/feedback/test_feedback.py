from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from relance.contacts.models import Consent, Contact, ContactAlias, ContactPoint, Suppression
from relance.core import ids
from relance.delivery import ledger
from relance.delivery.ledger import Transition
from relance.eligibility import gate
from relance.events.models import Event
from relance.feedback import bounces, clicks, complaints, deliveries, unsubscribes
from relance.feedback.bounces import Bounce
from relance.feedback.clicks import Click
from relance.outbox.models import Message, State
from tests.delivery.sending import message, person, published

pytestmark = pytest.mark.usefixtures("db")


def sent(contact: Contact, now: datetime, **changes: object) -> Message:
    point = ContactPoint.objects.filter(contact=contact).first()
    given = {"state": "sent", "sent_at": now, "contact_point_id": point.pk if point else None}
    return message(contact, now, **given | changes)


def events(kind: str) -> list[Event]:
    return list(Event.objects.filter(type=f"message_{kind}").order_by("id"))


def suppressed(address: str) -> str | None:
    return Suppression.objects.filter(digest=ids.digest(address)).values_list("reason", flat=True).first()


def test_a_click_is_written_once_a_second_and_link(now: datetime) -> None:
    one = sent(person("Anna", now), now)
    assert clicks.record(one.pk, 0, now)
    assert not clicks.record(one.pk, 0, now + timedelta(milliseconds=400))
    assert clicks.record(one.pk, 1, now)
    assert clicks.record(one.pk, 0, now + timedelta(seconds=2))
    first = events("clicked")[0]
    assert first.reference == f"{one.uuid}/0/2026-07-27T08:00:00+00:00"
    assert (first.contact_id, first.properties["link"], first.properties["message"]) == (one.contact_id, 0, one.pk)


def test_a_click_settles_a_doubt(now: datetime) -> None:
    one = sent(person("Anna", now), now, state="unknown", sent_at=None)
    clicks.record(one.pk, 0, now)
    one.refresh_from_db()
    assert (one.state, one.sent_at) == ("sent", now)
    assert len(events("sent")) == 1


def test_many_clicks_at_once(now: datetime) -> None:
    messages = [sent(person(f"Anna{n}", now), now) for n in range(5)]
    told = [Click(one.pk, 0, now) for one in messages]
    assert clicks.record_many([*told, *told], now) == 5
    assert clicks.record_many(told, now) == 0


def test_unsubscribing_withdraws_suppresses_and_blocks(now: datetime) -> None:
    published(now)
    anna = person("Anna", now)
    one, other = sent(anna, now), message(anna, now)
    assert unsubscribes.record(one.pk, now)
    last = Consent.objects.order_by("-id").first()
    assert last is not None
    assert (last.given, last.at, last.topic) == (False, now, "marketing")
    assert str(one.uuid) in last.proof
    assert suppressed("anna@example.org") == "unsubscribed"
    assert gate.check([other.pk], now + timedelta(minutes=1))[0].decision == "block"


def test_unsubscribing_twice_is_once(now: datetime) -> None:
    one = sent(person("Anna", now), now)
    assert unsubscribes.record(one.pk, now)
    assert not unsubscribes.record(one.pk, now + timedelta(hours=1))
    assert len(events("unsubscribed")) == 1
    assert Consent.objects.filter(given=False).count() == 1
    assert Suppression.objects.count() == 1


def test_an_old_link_still_works_after_opting_in_again(now: datetime) -> None:
    anna = person("Anna", now)
    one = sent(anna, now)
    unsubscribes.record(one.pk, now)
    Consent.objects.create(contact=anna, channel="email", given=True, at=now + timedelta(days=1))
    Suppression.objects.all().delete()
    unsubscribes.record(one.pk, now + timedelta(days=2))
    assert Consent.objects.filter(given=False).count() == 2
    assert suppressed("anna@example.org") == "unsubscribed"


def test_a_person_nobody_asked_is_still_withdrawn(now: datetime) -> None:
    anna = person("Anna", now)
    Consent.objects.all().delete()
    unsubscribes.record(sent(anna, now).pk, now)
    assert Consent.objects.get().given is False


def test_twenty_requests_of_one_person_at_once_make_one_withdrawal(now: datetime) -> None:
    one = sent(person("Anna", now), now)
    barrier = Barrier(20)

    def ask(second: int) -> None:
        barrier.wait()
        unsubscribes.record(one.pk, now + timedelta(seconds=second))
        connection.close()

    threads = [Thread(target=ask, args=(second,)) for second in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Consent.objects.filter(given=False).count() == 1
    assert len(events("unsubscribed")) == 1


def test_a_hard_bounce_takes_out_that_address_only(now: datetime) -> None:
    boris = person("Boris", now)
    ContactPoint.objects.create(contact=boris, channel="email", value="boris@work.example", valid=True)
    one = sent(boris, now)
    assert bounces.record(one.pk, "hard", "550 5.1.1 unknown", now)
    assert not bounces.record(one.pk, "hard", "550 5.1.1 unknown", now)
    one.refresh_from_db()
    assert (one.state, one.reason) == ("bounced", "hard: 550 5.1.1 unknown")
    assert suppressed("boris@example.org") == "bounced"
    assert suppressed("boris@work.example") is None
    assert dict(ContactPoint.objects.values_list("value", "valid")) == {
        "boris@example.org": False,
        "boris@work.example": True,
    }
    assert events("bounced")[0].properties["kind"] == "hard"


def test_a_soft_bounce_is_counted_once_and_a_delivery_resets_it(now: datetime) -> None:
    boris = person("Boris", now)
    one, two = sent(boris, now), sent(boris, now)
    bounces.record(one.pk, "soft", "452 full", now)
    bounces.record(one.pk, "soft", "452 full", now)
    point = ContactPoint.objects.get()
    assert (point.soft_bounces, point.valid, suppressed("boris@example.org")) == (1, True, None)
    assert deliveries.settle(now + timedelta(hours=25)) == 1
    two.refresh_from_db()
    point.refresh_from_db()
    assert (two.state, point.soft_bounces) == ("delivered", 0)


def test_a_block_never_touches_the_person(now: datetime) -> None:
    one = sent(person("Boris", now), now)
    bounces.record(one.pk, "block", "554 5.7.1 OFR_506", now)
    point = ContactPoint.objects.get()
    assert (point.soft_bounces, point.valid, Suppression.objects.count()) == (0, True, 0)
    assert events("bounced")[0].properties["kind"] == "block"


def test_many_bounces_of_all_kinds(now: datetime) -> None:
    people = [person(f"Boris{n}", now) for n in range(6)]
    kinds: list[bounces.Kind] = ["hard", "soft", "block"] * 2
    told = [Bounce(sent(who, now).pk, kind, "said why") for who, kind in zip(people, kinds, strict=True)]
    assert bounces.record_many(told, now) == 6
    assert Suppression.objects.count() == 2
    assert ContactPoint.objects.filter(soft_bounces=1).count() == 2


def test_a_refusal_for_want_of_a_mailbox_is_a_hard_bounce(now: datetime) -> None:
    boris = person("Boris", now)
    one = sent(boris, now, state="failed", reason="no_mailbox: 550 5.1.1 unknown", sent_at=None)
    sent(person("Chloe", now), now, state="failed", reason="failed: 554 5.7.1 policy", sent_at=None)
    assert bounces.heed(now) == 1
    one.refresh_from_db()
    assert one.state == "bounced"
    assert suppressed("boris@example.org") == "bounced"
    assert bounces.heed(now) == 0


def test_the_search_for_refusals_and_doubts_reads_small_indexes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'message'")
        found = dict(cursor.fetchall())
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM message WHERE state = 'failed' AND reason::text LIKE 'no\\_mailbox%' ORDER BY id"
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert {"message_refused", "message_in_doubt", "message_due"} <= found.keys()
    assert "message_refused" in plan


def test_a_complaint_suppresses_and_withdraws_and_is_no_bounce(now: datetime) -> None:
    anna = person("Anna", now)
    one = sent(anna, now)
    assert complaints.record(one.pk, now)
    assert not complaints.record(one.pk, now)
    assert suppressed("anna@example.org") == "complained"
    assert Consent.objects.filter(given=False).count() == 1
    assert events("bounced") == []
    assert ContactPoint.objects.get().valid is True


def test_sent_becomes_delivered_after_the_hours_of_the_setting(now: datetime) -> None:
    one = sent(person("Anna", now), now)
    returned = sent(person("Boris", now), now)
    bounces.record(returned.pk, "soft", "later", now)
    assert deliveries.settle(now + timedelta(hours=23)) == 0
    assert deliveries.settle(now + timedelta(hours=24)) == 1
    assert deliveries.settle(now + timedelta(hours=48)) == 0
    (event,) = events("delivered")
    assert (event.reference, event.occurred_at) == (str(one.uuid), now)


def test_time_does_not_forget_a_bounce_that_came_after_the_mail(now: datetime) -> None:
    anna = person("Anna", now)
    sent(anna, now)
    bounces.record(sent(anna, now + timedelta(hours=12)).pk, "soft", "full", now + timedelta(hours=13))
    assert deliveries.settle(now + timedelta(hours=24)) == 1
    assert ContactPoint.objects.get().soft_bounces == 1


def test_a_late_bounce_beats_delivered(now: datetime) -> None:
    one = sent(person("Boris", now), now)
    deliveries.settle(now + timedelta(hours=24))
    bounces.record(one.pk, "hard", "550 5.1.1", now + timedelta(hours=30))
    one.refresh_from_db()
    assert one.state == "bounced"


def test_a_worker_that_comes_back_tells_what_became_of_its_doubts(now: datetime) -> None:
    published(now)
    one = message(person("Anna", now), now)
    lease = now + timedelta(minutes=5)
    ledger.claim("slow", 10, now=now, lease_until=lease)
    ledger.begin("slow", [(one.pk, None)], lease_until=lease)
    ledger.retake(now + timedelta(minutes=6))
    ledger.settle("slow", [ledger.Transition(one.pk, State.SENT, tried=1)], now=now + timedelta(minutes=7))
    one.refresh_from_db()
    assert one.state == "sent"


def merged(twin: Contact, survivor: Contact, now: datetime) -> None:
    """Leave what a merge of two people leaves: the addresses of both with the one who remains."""
    ContactPoint.objects.filter(contact=twin).update(contact=survivor)
    ContactAlias.objects.create(loser_id=twin.pk, survivor=survivor, at=now)
    Consent.objects.filter(contact=twin).delete()
    twin.delete()


def test_a_bounce_that_overtakes_its_worker_leaves_the_mail_bounced_and_sent(now: datetime) -> None:
    published(now)
    anna = person("Anna", now)
    one = message(anna, now)
    (due,) = ledger.claim("worker", 1, now=now, lease_until=now + timedelta(minutes=5))
    point = ContactPoint.objects.get(contact=anna)
    ledger.begin("worker", [(due.id, point.pk)], lease_until=now + timedelta(minutes=5))
    assert bounces.record(one.pk, "hard", "no_mailbox: gone", now)
    later = now + timedelta(seconds=1)
    assert ledger.settle("worker", [Transition(one.pk, State.SENT)], now=later) == {one.pk}
    one.refresh_from_db()
    assert (one.state, one.sent_at, one.worker) == ("bounced", later, "")
    assert one.reason.startswith("hard: no_mailbox")
    assert set(Event.objects.values_list("type", flat=True)) >= {"message_bounced", "message_sent"}
    assert ledger.settle("worker", [Transition(one.pk, State.SENT)], now=later) == set()


def test_the_link_of_a_mail_to_somebody_merged_since_unsubscribes_who_remains(now: datetime) -> None:
    published(now)
    anna, twin = person("Anna", now), person("Twin", now)
    old = sent(twin, now)
    merged(twin, anna, now)
    assert unsubscribes.record(old.pk, now)
    assert suppressed("anna@example.org") == suppressed("twin@example.org") == "unsubscribed"
    assert Consent.objects.filter(contact=anna, given=False).count() == 1
    assert gate.check([message(anna, now).pk], now)[0].code in {"suppressed", "unsubscribed", "no_permission"}


def test_a_bounce_of_a_mail_to_somebody_merged_since_marks_the_address_it_went_to(now: datetime) -> None:
    anna, twin = person("Anna", now), person("Twin", now)
    old = sent(twin, now)
    merged(twin, anna, now)
    bounces.record(old.pk, "hard", "no_mailbox", now)
    assert suppressed("twin@example.org") == "bounced"
    assert suppressed("anna@example.org") is None
    assert ContactPoint.objects.get(value="twin@example.org").valid is False
