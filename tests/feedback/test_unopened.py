"""Mails that nobody opens stop, and only those that could tell: asked for, private, the image in them all the time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from relance.contacts.models import Consent, Contact
from relance.core import database
from relance.core.configuration import read
from relance.dormancy.models import Profile
from relance.eligibility import gate, preview
from relance.eligibility.models import Unopened
from relance.events.models import Event
from relance.feedback import unopened
from relance.feedback.models import LastOpen, OpenWatch
from relance.intake.models import OptOutDeclaration
from tests.eligibility.people import anna, message, person

pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)


def at(**changes: object) -> override_settings:
    return override_settings(RELANCE=settings.RELANCE.model_copy(update=changes))


@pytest.fixture(autouse=True)
def _on(db: None, now: datetime) -> Iterator[None]:
    """Mails tell of the day of the last open for a year; half a year and three mails stop them."""
    with at(last_open_day=True, stop_unopened_days=180, stop_unopened_mails=3):
        OptOutDeclaration.objects.create(by="Camille", at=now)
        OpenWatch.objects.create(since=now - 365 * DAY)
        yield


def mailed(contact: Contact, now: datetime, *days: int) -> None:
    for day in days:
        message(contact, now, state="delivered", sent_at=now - day * DAY)


def in_vain(now: datetime, name: str = "boris", **fields: object) -> Contact:
    """Somebody mailed for 200 days who never opened anything."""
    contact = person(name, now, **fields)  # type: ignore[arg-type]
    mailed(contact, now, 200, 100, 60, 20)
    return contact


def stopped(now: datetime) -> set[int]:
    unopened.run(now)
    return set(Unopened.objects.values_list("contact_id", flat=True))


def code(contact: Contact, now: datetime, **fields: object) -> str:
    return gate.check([message(contact, now, **fields).pk], now)[0].code  # type: ignore[arg-type]


def test_commercial_mail_stops_and_nothing_else(now: datetime) -> None:
    boris = in_vain(now)
    anna(now)
    assert stopped(now) == {boris.pk}
    assert Unopened.objects.get().since == (now - 200 * DAY).date()
    verdict = gate.check([message(boris, now).pk], now)[0]
    assert (verdict.code, verdict.details) == ("unopened", {"since": (now - 200 * DAY).date().isoformat()})
    assert code(boris, now, purpose="transactional") == "allowed"


@pytest.mark.parametrize("days", [(200, 100, 60), (100, 60, 20), ()])
def test_few_mails_or_a_short_time_prove_nothing(now: datetime, days: tuple[int, ...]) -> None:
    mailed(person("boris", now), now, *days)
    assert stopped(now) == set()


def test_who_could_not_tell_is_not_stopped(now: datetime) -> None:
    in_vain(now, kind="b2b")
    in_vain(now, "chloe", basis="existing_customer")
    late = in_vain(now, "denis")
    Consent.objects.filter(contact=late).update(at=now - 150 * DAY)  # asked for mails after the first of them
    assert stopped(now) == set()


def test_mails_before_the_setting_was_on_do_not_count(now: datetime) -> None:
    in_vain(now)
    OpenWatch.objects.update(since=now - 190 * DAY)
    assert stopped(now) == set()


@pytest.mark.parametrize("days", [179, 20])
def test_a_recent_open_keeps_the_mails_coming(now: datetime, days: int) -> None:
    boris = in_vain(now)
    LastOpen.objects.create(contact_id=boris.pk, day=(now - days * DAY).date())
    assert stopped(now) == set()


def test_an_open_long_ago_is_where_the_silence_begins(now: datetime) -> None:
    boris = in_vain(now)
    LastOpen.objects.create(contact_id=boris.pk, day=(now - 190 * DAY).date())
    assert stopped(now) == {boris.pk}
    assert Unopened.objects.get().since == (now - 190 * DAY).date()


def test_a_contact_from_the_person_is_life(now: datetime) -> None:
    boris = in_vain(now)
    Profile.objects.filter(contact=boris).update(last_legal_contact_at=now - 90 * DAY)
    assert stopped(now) == set()


def test_who_is_stopped_stays_so_until_life_and_the_gate_sees_it_at_once(now: datetime) -> None:
    boris = in_vain(now)
    stopped(now)
    much_later = now + 300 * DAY
    assert stopped(much_later) == {boris.pk}  # no mail left since, so none could be opened
    assert code(boris, much_later) == "unopened"
    LastOpen.objects.create(contact_id=boris.pk, day=much_later.date())
    assert code(boris, much_later) != "unopened"
    assert stopped(much_later) == set()


def test_a_click_of_today_is_seen_before_the_night(now: datetime) -> None:
    boris = in_vain(now)
    stopped(now)
    Event.objects.create(contact_id=boris.pk, source_id=1, type="message_clicked", occurred_at=now, reference="1")
    assert code(boris, now) != "unopened"


def test_switched_off_nobody_is_stopped(now: datetime) -> None:
    boris = in_vain(now)
    stopped(now)
    with at(stop_unopened_days=0):
        assert code(boris, now) == "allowed"
        assert stopped(now) == set()
    assert OpenWatch.objects.exists()
    with at(last_open_day=False):
        unopened.run(now)
    assert not OpenWatch.objects.exists()


def test_the_first_night_only_begins_to_watch(now: datetime) -> None:
    in_vain(now)
    OpenWatch.objects.all().delete()
    assert stopped(now) == set()
    assert OpenWatch.objects.get().since == now


def test_the_preview_says_the_same_as_the_gate(now: datetime) -> None:
    in_vain(now)
    anna(now)
    stopped(now)
    with transaction.atomic():
        database.execute("CREATE TEMP TABLE asked ON COMMIT DROP AS SELECT id AS contact_id FROM contact")
        assert preview.counts("asked", preview.Sample("email", "promotion", now)) == {"allowed": 1, "unopened": 1}


def test_the_setting_needs_mails_that_tell() -> None:
    with pytest.raises(SystemExit, match="RELANCE_LAST_OPEN_DAY=true first"):
        read({"RELANCE_STOP_UNOPENED_DAYS": "180"})
    assert read({"RELANCE_STOP_UNOPENED_DAYS": "180", "RELANCE_LAST_OPEN_DAY": "true"}).stop_unopened_days == 180
