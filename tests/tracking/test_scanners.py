"""Security scanners fetch every link of every mail: nobody is unsubscribed, and no click counts as a person's."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from relance.contacts.models import Consent, Suppression
from relance.events.models import Event
from relance.feedback import judging
from relance.feedback.models import Hit
from relance.outbox.models import Message
from tests.delivery.sending import crowd
from tests.tracking.asking import BROWSER, Asked, ask, leave, links, pixel, trap

pytestmark = pytest.mark.usefixtures("db")
MAILS = 1000


def delivered(now: datetime, mails: int) -> list[Message]:
    """Mails sent an hour ago to as many people, half of whom read English."""
    found = crowd(mails, now)
    Message.objects.update(state="sent", sent_at=now - timedelta(hours=1))
    return found


def nobody_did_anything() -> bool:
    events = Event.objects.filter(type__in=["message_clicked", "message_unsubscribed", "message_opened"])
    return not (events.exists() or Consent.objects.filter(given=False).exists() or Suppression.objects.exists())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("agent", "hidden", "mails"),
    [
        (BROWSER, True, 100), (BROWSER, False, MAILS), ("Mozilla/5.0 (compatible; Barracuda Link Scanner)", True, 50),
        ("Mozilla/5.0 (compatible; Barracuda Link Scanner)", False, 50), ("", False, 50),
    ],
)  # fmt: skip
def test_scanners_fetch_every_link(now: datetime, agent: str, mails: int, hidden: bool) -> None:
    paths = [
        path
        for one in delivered(now, mails)
        for path in (
            *links(one, "fr" if one.contact_id % 2 else "en"),
            pixel(one),
            leave(one),
            *([trap(one)] if hidden else []),
        )
    ]
    answers = ask(*[Asked(path, method, agent) for path in paths for method in ("HEAD", "GET")])
    assert Counter(answer.status for answer in answers)[302] == 2 * mails * (4 if hidden else 3)
    assert {answer.status for answer in answers} == {200, 302}
    assert judging.run(datetime.now(UTC) + timedelta(minutes=3)) > 0
    assert not Hit.objects.exclude(machine=True).exists()
    assert nobody_did_anything()


def test_the_pages_behind_the_same_paths_are_no_weaker(now: datetime) -> None:
    client = Client(SERVER_NAME="localhost", headers={"User-Agent": BROWSER})
    for one in delivered(now, 50):
        for path in (*links(one, "en"), leave(one), trap(one), pixel(one)):
            assert {client.head(path).status_code, client.get(path).status_code} <= {200, 302}
    judging.run(datetime.now(UTC) + timedelta(minutes=3))
    assert Hit.objects.filter(kind="leave").count() >= 50
    assert nobody_did_anything()


def test_the_mail_that_left_holds_the_link_nobody_sees(now: datetime) -> None:
    from relance.delivery import marks

    (one,) = crowd(1, now)
    page = marks.marked("<html><body><p>Hello</p></body></html>", one.pk, one.uuid, trap=True, pixel=False)
    hidden = (
        f'<a href="{settings.RELANCE.base_url}{trap(one)}" aria-hidden="true" tabindex="-1" style="display:none"></a>'
    )
    assert page == f"<html><body><p>Hello</p>{hidden}</body></html>"
