from datetime import date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from django.conf import settings
from django.test import Client, override_settings

from relance.contacts.models import Consent, Contact
from relance.core import place
from relance.delivery import dispatch, pixels, tokens
from relance.delivery.tokens import Token
from relance.events.models import Event
from relance.feedback import judging, opens
from relance.feedback.hits import Hit
from relance.feedback.models import Hit as Kept
from relance.feedback.models import LastOpen
from relance.outbox.models import Message
from tests.delivery.sending import message, person, published

pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)


def tracking(contact: Contact, at: datetime, *, given: bool = True, **more: object) -> None:
    Consent.objects.create(contact=contact, channel="email", topic="tracking", given=given, at=at, **more)


def sent(contact: Contact, now: datetime) -> Message:
    return message(contact, now, state="sent", sent_at=now - timedelta(hours=1))


def opened(one: Message, at: datetime, sign: str = "") -> None:
    opens.record_hits([Hit("open", Token(one.pk, one.uuid), at, "an agent", "192.0.2.0/24", sign)])


def events() -> list[tuple[int, bool]]:
    found = Event.objects.filter(type="message_opened").order_by("id")
    return [(event.contact_id, event.properties["proxy"]) for event in found]


def last_open_day(on: bool = True) -> override_settings:
    return override_settings(RELANCE=settings.RELANCE.model_copy(update={"last_open_day": on}))


def test_an_open_is_an_event_only_with_consent_to_tracking(now: datetime) -> None:
    anna, boris = person("Anna", now), person("Boris", now)
    tracking(anna, now - DAY)
    for contact in (anna, boris):
        opened(sent(contact, now), now)
    assert Kept.objects.count() == 1, "nothing is written of who did not consent, not even a hit"
    judging.run(now + timedelta(minutes=3))
    assert events() == [(anna.pk, False)]
    assert not LastOpen.objects.exists()


def test_a_mail_opened_often_is_one_event(now: datetime) -> None:
    anna = person("Anna", now)
    tracking(anna, now - DAY)
    one = sent(anna, now)
    for minutes in range(3):
        opened(one, now + timedelta(minutes=minutes))
    judging.run(now + timedelta(minutes=10))
    assert events() == [(anna.pk, False)]


def test_apple_s_proxy_is_told_apart_and_a_person_s_opening_still_counts(now: datetime) -> None:
    anna = person("Anna", now)
    tracking(anna, now - DAY)
    one = sent(anna, now)
    opened(one, now, "proxy")
    opened(one, now + timedelta(hours=1))
    opened(one, now + timedelta(hours=2), "agent")  # a machine that says what it is
    judging.run(now + timedelta(hours=3))
    assert events() == [(anna.pk, True), (anna.pk, False)]


def test_withdrawing_reaches_the_images_of_mails_already_sent(now: datetime) -> None:
    anna = person("Anna", now)
    tracking(anna, now - DAY)
    one = sent(anna, now)
    opened(one, now)
    tracking(anna, now + timedelta(minutes=1), given=False)
    opened(one, now + timedelta(minutes=2))
    assert Kept.objects.count() == 1
    judging.run(now + timedelta(minutes=5))  # what was seen before the withdrawal is no event after it
    assert events() == []


def test_consent_that_ran_out_or_rests_on_something_else_is_none(now: datetime) -> None:
    anna, boris = person("Anna", now), person("Boris", now)
    tracking(anna, now - 400 * DAY, expires_at=now - DAY)
    tracking(boris, now - DAY, basis="existing_customer")
    for contact in (anna, boris):
        opened(sent(contact, now), now)
    assert not Kept.objects.exists()


def test_without_consent_the_day_alone_is_kept_and_overwritten_where_that_is_asked_for(now: datetime) -> None:
    anna = person("Anna", now)
    one = sent(anna, now)
    with last_open_day():
        opened(one, now)
        opened(one, now + 3 * DAY)
        opened(one, now + DAY)
    assert list(LastOpen.objects.values_list("contact_id", "day")) == [(anna.pk, date(2026, 7, 30))]
    assert not Kept.objects.exists()
    assert not Event.objects.exists()


def test_the_day_is_kept_of_private_people_who_asked_for_the_mails_and_of_no_machine(now: datetime) -> None:
    business, customer, anna = person("Boris", now), person("Chloe", now), person("Anna", now)
    Contact.objects.filter(pk=business.pk).update(kind="b2b")
    Consent.objects.filter(contact=customer).update(basis="existing_customer")
    with last_open_day():
        for contact in (business, customer):
            opened(sent(contact, now), now)
        opened(sent(anna, now), now, "agent")
    assert not LastOpen.objects.exists()


def test_the_day_is_kept_where_a_proxy_hides_who_read_and_where_the_person_consents(now: datetime) -> None:
    anna, boris = person("Anna", now), person("Boris", now)
    tracking(anna, now - DAY)
    with last_open_day():
        opened(sent(anna, now), now)
        opened(sent(boris, now), now, "proxy")
    assert {one.contact_id for one in LastOpen.objects.all()} == {anna.pk, boris.pk}  # else their mails would stop


def test_a_mail_has_an_image_only_for_whom_something_may_be_read(now: datetime) -> None:
    anna, boris = person("Anna", now), person("Boris", now)
    tracking(anna, now - DAY)
    one, other = message(anna, now), message(boris, now)
    assert pixels.wanted([one.pk, other.pk], now) == {one.pk}
    with last_open_day():
        assert pixels.wanted([one.pk, other.pk], now) == {one.pk, other.pk}
    tracking(anna, now, given=False)
    assert pixels.wanted([one.pk, other.pk], now + DAY) == set()


def test_the_image_stands_at_the_end_of_the_mail_that_left(now: datetime) -> None:
    published(now)
    anna, boris = person("Anna", now), person("Boris", now)
    tracking(anna, now - DAY)
    one, _ = message(anna, now), message(boris, now)
    dispatch.dispatch(now)
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in (place.current().data / "maildir" / "new").iterdir()
    ]
    pages = {mail["To"]: mail.get_body(("html",)).get_content() for mail in mails}  # type: ignore[union-attr]
    image = f'<img src="http://localhost:8000/o/{tokens.pixel(one.pk, one.uuid)}" alt="" width="1" height="1" style="border:0">'
    assert f"{image}</body>" in pages["anna@example.org"]
    assert "/o/" not in pages["boris@example.org"]


def test_the_image_is_the_same_for_everybody_and_kept_by_no_cache(now: datetime) -> None:
    anna = person("Anna", now)
    tracking(anna, now - DAY)
    one, client = sent(anna, now), Client(SERVER_NAME="localhost", headers={"User-Agent": "Firefox/140.0"})
    answers = [client.get(path) for path in (f"/o/{tokens.pixel(one.pk, one.uuid)}", "/o/of-somebody-else")]
    assert {(answer.status_code, answer["Content-Type"], len(answer.content)) for answer in answers} == {
        (200, "image/gif", 43)
    }
    assert all("no-store" in answer["Cache-Control"] for answer in answers)
    assert Kept.objects.count() == 1
