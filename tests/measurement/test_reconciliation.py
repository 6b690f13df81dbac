"""The lake proves of a restored database which messages left already."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from relance.contacts.models import Contact
from relance.core import database, place
from relance.core.errors import LakeError
from relance.delivery import dispatch, restored
from relance.eligibility import gate
from relance.eligibility.models import BudgetUse, Expense, PressureReservation
from relance.events import flush
from relance.events.models import Event
from relance.journeys.models import Journey
from relance.measurement import reconciliation
from relance.outbox.models import Message
from relance.outbox.pulse import Restoration
from tests.delivery.sending import budgeted, message, person, published, taken
from tests.delivery.test_dispatch import Scripted

pytestmark = pytest.mark.usefixtures("db")
MINUTE = timedelta(minutes=1)


def gap(now: datetime) -> tuple[Message, Message]:
    """Two messages of which the first left and is in the lake; then the database is put back to before."""
    published(now)
    journey = Journey.objects.create(name="back", running=True)
    dispatch.dispatch(now - MINUTE, Scripted())
    left = message(person("Anna", now), now, journey_id=journey.pk)
    dispatch.dispatch(now, Scripted())
    flush.run(now)
    open_ = message(person("Boris", now), now, journey_id=journey.pk)
    database.execute("TRUNCATE event, pressure_reservation")
    Message.objects.filter(pk=left.pk).update(state="ready", sent_at=None)
    Restoration.objects.create(kind="went_back", noticed_at=now + MINUTE, snapshot_at=now - MINUTE)
    return left, open_


def test_what_the_lake_knows_to_have_left_counts_as_sent_with_its_event(now: datetime) -> None:
    left, open_ = gap(now)
    assert reconciliation.run(now + MINUTE) == 1
    assert reconciliation.run(now + MINUTE) == 0
    left.refresh_from_db()
    open_.refresh_from_db()
    assert (left.state, open_.state) == ("sent", "ready")
    assert left.sent_at
    assert now <= left.sent_at < now + MINUTE
    assert Event.objects.get(type="message_sent").reference == str(left.uuid)
    found = restored.standing(now + MINUTE)
    assert found
    assert (found.restoration.proven, found.messages) == (1, 1)


def test_a_step_written_anew_for_who_had_it_in_the_gap_is_not_sent_again(now: datetime) -> None:
    left, _ = gap(now)
    Message.objects.filter(pk=left.pk).delete()
    anew = Message.objects.get(pk=message(Contact.objects.get(pk=left.contact_id), now, journey_id=left.journey_id).pk)
    assert reconciliation.run(now + MINUTE) == 1
    anew.refresh_from_db()
    assert anew.state == "sent"


def test_nothing_is_looked_for_while_no_restoration_is_open(now: datetime) -> None:
    left, _ = gap(now)
    Restoration.objects.update(settled_at=now)
    assert reconciliation.run(now) == 0
    left.refresh_from_db()
    assert left.state == "ready"


def test_what_another_process_proved_meanwhile_is_not_lost(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    gap(now)
    read = reconciliation._sent_since

    def slow(since: datetime) -> list[reconciliation.Known]:
        Restoration.objects.update(proven=5)
        return read(since)

    monkeypatch.setattr(reconciliation, "_sent_since", slow)
    assert reconciliation.run(now + MINUTE) == 1
    assert Restoration.objects.get().proven == 6


def test_a_file_of_the_lake_that_broke_is_an_error_that_says_so(now: datetime) -> None:
    gap(now)
    for file in Path(place.current().lake).glob("**/*.parquet"):
        file.write_bytes(b"nothing of sense")
    with pytest.raises(LakeError):
        reconciliation.run(now + MINUTE)
    assert isinstance(reconciliation.attempt(now + MINUTE), LakeError)


def put_back_with_money(now: datetime) -> tuple[Message, Contact]:
    """As `gap`, with a budget that was set when the database was saved; nothing of the mail to Anna is in it."""
    left, _ = gap(now)
    budgeted(now)
    database.execute("TRUNCATE expense, budget_use")
    return left, Contact.objects.get(pk=left.contact_id)


def test_what_the_lake_proves_has_its_place_and_its_money_as_of_when_it_left(now: datetime) -> None:
    left, anna = put_back_with_money(now)
    for _ in range(2):
        reconciliation.run(now + MINUTE)
        assert taken(left) == (1, Decimal("0.1"))
    left.refresh_from_db()
    assert PressureReservation.objects.get().at == left.sent_at
    [again] = gate.check([message(anna, now + MINUTE).pk], now + MINUTE)
    assert again.code == "pressure"


def test_so_has_what_the_database_lost_and_what_was_written_anew_for_it_takes_no_second_one(now: datetime) -> None:
    left, anna = put_back_with_money(now)
    Message.objects.filter(pk=left.pk).delete()
    for _ in range(2):
        reconciliation.run(now + MINUTE)
        (place,) = PressureReservation.objects.all()
        assert (place.contact_id, place.channel, place.purpose) == (anna.pk, "email", "promotion")
        assert (place.message_id < 0, place.at - now < MINUTE) == (True, True)
        assert BudgetUse.objects.get().spent == Expense.objects.get().amount == Decimal("0.1")
    anew = message(anna, now, journey_id=left.journey_id)
    assert reconciliation.run(now + MINUTE) == 1
    assert taken(anew) == (0, Decimal("0.1"))
    [again] = gate.check([message(anna, now + MINUTE).pk], now + MINUTE)
    assert again.code == "pressure"


def test_what_was_owed_takes_no_place(now: datetime) -> None:
    published(now)
    dispatch.dispatch(now - MINUTE, Scripted())
    message(person("Anna", now), now, purpose="transactional")
    dispatch.dispatch(now, Scripted())
    flush.run(now)
    Message.objects.update(state="ready", sent_at=None)
    Restoration.objects.create(kind="went_back", noticed_at=now + MINUTE, snapshot_at=now - MINUTE)
    assert reconciliation.run(now + MINUTE) == 1
    assert not PressureReservation.objects.exists()


def test_who_was_at_her_cap_in_the_gap_gets_nothing_more_after_the_backup(now: datetime) -> None:
    left, anna = put_back_with_money(now)
    message(anna, now + MINUTE)
    reconciliation.run(now + MINUTE)
    restored.release(by="Camille", now=now + MINUTE)
    channel = Scripted()
    dispatch.dispatch(now + 2 * MINUTE, channel)
    assert left.uuid not in {one.uuid for one in channel.got}
    assert anna.pk not in Message.objects.filter(pk__in=[one.id for one in channel.got]).values_list(
        "contact_id", flat=True
    )
