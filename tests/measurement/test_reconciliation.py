"""The lake proves of a restored database which messages left already."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relance.contacts.models import Contact
from relance.core import database, place
from relance.core.errors import LakeError
from relance.delivery import dispatch, restored
from relance.events import flush
from relance.events.models import Event
from relance.journeys.models import Journey
from relance.measurement import reconciliation
from relance.outbox.models import Message
from relance.outbox.pulse import Restoration
from tests.delivery.sending import message, person, published
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

    def slow(since: datetime) -> Sequence[tuple[Any, ...]]:
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
