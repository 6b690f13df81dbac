"""The door: who passes, who waits, who is stopped, in the order of the design; and that it is all written down."""

from datetime import UTC, datetime, timedelta

import pytest

from relance.contacts.models import ContactPoint
from relance.core.errors import NotFoundError
from relance.dormancy.models import Profile
from relance.eligibility import gate
from relance.eligibility.models import PressureReservation, VerdictRecord
from relance.eligibility.verdicts import Allow, Block, Defer
from relance.events.models import Event
from relance.intake.models import OptOutDeclaration
from relance.journeys.models import Enrolment, Journey, Version
from relance.outbox.models import Message
from tests.eligibility.people import anna, consent, message, person, suppress

pytestmark = pytest.mark.usefixtures("db")
SALES = datetime(2027, 1, 10, 9, 0, tzinfo=UTC)


def code(sent: Message, now: datetime) -> str:
    return gate.check([sent.pk], now)[0].code


def enrol(contact_id: int, now: datetime, **fields: object) -> Enrolment:
    definition = {"purpose": "reactivation", "goal": {"event": "order_placed"}, "exit_when": ["survey_answered"]}
    journey, _ = Journey.objects.get_or_create(name="back")
    version, _ = Version.objects.get_or_create(
        journey=journey, number=1, defaults={"definition": definition, "published_at": now}
    )
    values: dict[str, object] = {"position": "1", "control": False, "occasion": 1, **fields}
    return Enrolment.objects.create(
        contact_id=contact_id, journey=journey, version=version, entered_at=now - timedelta(days=8), **values
    )


def test_anna_gets_what_she_asked_for_at_her_address(now: datetime) -> None:
    contact = anna(now)
    point = ContactPoint.objects.get(contact=contact)
    assert gate.check([message(contact, now)], now) == [Allow(point.pk)]


def test_answers_come_in_the_order_asked(now: datetime) -> None:
    contact, boris = anna(now), person("boris", now, basis=None)
    ids = [message(boris, now).pk, message(contact, now).pk, message(boris, now, "transactional").pk]
    assert [v.code for v in gate.check(ids, now)] == ["permission_unknown", "allowed", "allowed"]


def test_no_message_no_verdict_and_an_unknown_message_is_refused(now: datetime) -> None:
    assert gate.check([], now) == []
    with pytest.raises(NotFoundError, match="do not exist"):
        gate.check([12345], now)


def test_every_verdict_is_stored_with_its_reason(now: datetime) -> None:
    sent = message(person("boris", now, basis=None), now)
    OptOutDeclaration.objects.create(by="Camille", at=now)
    gate.check([sent.pk], now)
    record = VerdictRecord.objects.get(message_id=sent.pk)
    assert (record.decision, record.code, record.details, record.at) == (
        "block", "permission_unknown", {"channel": "email"}, now,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "purpose", "expected"),
    [
        ("unsubscribed", "promotion", "suppressed"),
        ("unsubscribed", "notice", "suppressed"),
        ("unsubscribed", "transactional", "allowed"),
        ("former_tool", "transactional", "allowed"),
        ("complained", "transactional", "suppressed"),
        ("erased", "transactional", "suppressed"),
        ("bounced", "transactional", "address_invalid"),
    ],
)
def test_a_suppressed_address_is_found_by_its_keyed_hash(
    reason: str, purpose: str, expected: str, now: datetime
) -> None:
    contact = anna(now)
    suppress("anna@example.org", reason, now - timedelta(days=1))
    assert code(message(contact, now, purpose), now) == expected


def test_an_opt_out_by_one_address_holds_for_the_other_and_a_dead_mailbox_does_not(now: datetime) -> None:
    contact = anna(now)
    second = ContactPoint.objects.create(contact=contact, channel="email", value="a2@example.org", valid=True)
    suppress("anna@example.org", "bounced", now)
    assert gate.check([message(contact, now)], now) == [Allow(second.pk)]
    suppress("a2@example.org", "unsubscribed", now)
    assert code(message(contact, now), now) == "suppressed"


def test_the_valid_address_is_chosen_before_the_one_not_yet_judged(now: datetime) -> None:
    contact = anna(now)
    ContactPoint.objects.filter(contact=contact).update(valid=False)
    unjudged = ContactPoint.objects.create(contact=contact, channel="email", value="a2@example.org")
    assert gate.check([message(contact, now, "transactional")], now) == [Allow(unjudged.pk)]
    valid = ContactPoint.objects.create(contact=contact, channel="email", value="a3@example.org", valid=True)
    assert gate.check([message(contact, now, "transactional")], now) == [Allow(valid.pk)]


def test_who_has_no_usable_address_is_told_so(now: datetime) -> None:
    contact = anna(now)
    ContactPoint.objects.filter(contact=contact).update(valid=False, reason="no_such_domain")
    assert gate.check([message(contact, now)], now) == [
        Block("address_invalid", {"channel": "email", "reason": "no_such_domain"})
    ]
    ContactPoint.objects.filter(contact=contact).delete()
    assert code(message(contact, now), now) == "no_address"


@pytest.mark.parametrize(
    ("fields", "purpose", "expected"),
    [
        ({"unreachable": True}, "promotion", "unreachable"),
        ({"unreachable": True}, "transactional", "allowed"),
        ({"out_of_target": True}, "reactivation", "out_of_target"),
        ({"last_legal_contact_at": datetime(2023, 7, 27, 8, 0, tzinfo=UTC)}, "promotion", "retention_due"),
        ({"last_legal_contact_at": datetime(2023, 7, 27, 8, 1, tzinfo=UTC)}, "promotion", "allowed"),
        ({"last_legal_contact_at": datetime(2020, 1, 1, tzinfo=UTC)}, "notice", "allowed"),
    ],
)
def test_the_state_of_the_person_counts(fields: dict[str, object], purpose: str, expected: str, now: datetime) -> None:
    contact = anna(now)
    Profile.objects.filter(contact=contact).update(**fields)
    assert code(message(contact, now, purpose), now) == expected


def test_who_was_never_scored_is_kept_by_the_day_first_seen(now: datetime) -> None:
    contact = anna(now)
    Profile.objects.all().delete()
    assert code(message(contact, now), now) == "allowed"
    type(contact).objects.update(first_seen_at=now - timedelta(days=1100))
    assert code(message(contact, now), now) == "retention_due"


def test_an_erased_person_gets_nothing_and_an_objector_no_reactivation(now: datetime) -> None:
    assert code(message(anna(now, objected_at=now), now, "reactivation"), now) == "objected"
    assert code(message(person("dora", now, objected_at=now), now, "promotion"), now) == "allowed"
    assert code(message(person("emil", now, erased_at=now), now, "transactional"), now) == "erased"


def test_a_message_whose_contact_is_gone_is_blocked(now: datetime) -> None:
    gone = message(anna(now), now, "transactional")
    Message.objects.update(contact_id=999_999)
    assert code(gone, now) == "erased"


def test_a_stale_message_is_blocked_to_the_second(now: datetime) -> None:
    contact = anna(now)
    assert code(message(contact, now, "transactional", expires_at=now), now) == "expired"
    assert code(message(contact, now, "transactional", expires_at=now + timedelta(seconds=1)), now) == "allowed"


def test_an_order_placed_since_entry_stops_the_reactivation(now: datetime) -> None:
    contact = anna(now)
    enrolment = enrol(contact.pk, now)
    Event.objects.create(contact_id=contact.pk, source_id=1, type="order_placed", occurred_at=now - timedelta(days=9))
    assert code(message(contact, now, "reactivation", enrolment_id=enrolment.pk), now) == "allowed"
    Event.objects.create(
        contact_id=contact.pk, source_id=1, type="order_placed", reference="2", occurred_at=now - timedelta(hours=1)
    )
    assert code(message(contact, now, "reactivation", enrolment_id=enrolment.pk), now) == "goal_reached"


def test_what_ends_the_journey_stops_its_messages_and_its_last_step_does_not(now: datetime) -> None:
    contact, dora, emil = anna(now), person("dora", now), person("emil", now)
    Event.objects.create(contact_id=contact.pk, source_id=1, type="survey_answered", occurred_at=now)
    exits = enrol(contact.pk, now)
    sunset = enrol(dora.pk, now, ended_at=now, end_reason="sunset")
    completed = enrol(emil.pk, now, ended_at=now, end_reason="completed")
    sent = [
        message(c, now, "promotion", enrolment_id=e.pk)
        for c, e in ((contact, exits), (dora, sunset), (emil, completed))
    ]
    assert [v.code for v in gate.check(sent, now)] == ["enrolment_ended", "enrolment_ended", "allowed"]


def test_only_a_reactivation_waits_for_the_sales_to_end() -> None:
    contact, dora = anna(SALES), person("dora", SALES)
    waiting = message(contact, SALES, "reactivation")
    verdicts = gate.check([waiting, message(dora, SALES, "promotion")], SALES)
    assert [v.code for v in verdicts] == ["commercial_period", "allowed"]
    assert isinstance(verdicts[0], Defer)
    assert verdicts[0].details == {"period": "winter_sales"}
    assert verdicts[0].until >= datetime(2027, 2, 5, 23, tzinfo=UTC)  # the sales end with 2 February, and three days


def test_waiting_for_the_sales_does_not_use_up_a_message(now: datetime) -> None:
    waiting = message(anna(SALES), SALES, "reactivation")
    until = gate.check([waiting], SALES)[0].until
    assert until is not None
    waiting.refresh_from_db()
    assert waiting.expires_at == until + timedelta(days=3)
    gate.check([waiting], SALES)
    waiting.refresh_from_db()
    assert waiting.expires_at == until + timedelta(days=3)
    assert gate.check([waiting], until)[0].code == "allowed"


def test_a_contact_of_another_country_has_another_calendar() -> None:
    assert code(message(anna(SALES, country="PL"), SALES, "reactivation"), SALES) == "allowed"  # no table: no periods


def test_the_first_check_that_fails_gives_the_reason() -> None:
    contact = anna(SALES)
    late = message(contact, SALES, "reactivation", expires_at=SALES)
    assert code(late, SALES) == "expired"  # before the commercial period
    Profile.objects.update(out_of_target=True)
    assert code(late, SALES) == "out_of_target"
    consent(contact, SALES, given=False)
    assert code(late, SALES) == "permission_withdrawn"
    suppress("anna@example.org", "unsubscribed", SALES)
    assert code(late, SALES) == "suppressed"


def test_a_block_takes_no_place(now: datetime) -> None:
    gate.check([message(anna(now), now, expires_at=now)], now)
    assert not PressureReservation.objects.exists()
