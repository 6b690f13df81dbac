from datetime import datetime, timedelta

import pytest
from django.db import transaction

from relance.content.models import Link
from relance.core import database
from relance.delivery.tokens import TRAP, Token
from relance.events.models import Event
from relance.feedback import hits, judging
from relance.feedback.hits import Hit, Kind
from relance.feedback.models import Hit as Kept
from relance.outbox.models import Message
from tests.delivery.sending import TEMPLATE, message, person, published

pytestmark = pytest.mark.usefixtures("db")
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
FIVE_LINKS = TEMPLATE.replace(
    "</mj-column>", '<mj-text>' + "".join(f'<a href="https://shop.example.org/{n}">{n}</a> ' for n in "abc") + "</mj-text></mj-column>"
)  # fmt: skip


@pytest.fixture
def sent(now: datetime) -> Message:
    """A mail with five links, sent an hour ago."""
    published(now, FIVE_LINKS)
    return message(person("Anna", now), now, state="sent", sent_at=now - timedelta(hours=1))


def hit(sent: Message, link: int | None, at: datetime, kind: Kind = "click", **more: str) -> None:
    """A request for the link at a place of the mail; None is the hidden one."""
    found = Link.objects.filter(template_version_id=sent.template_version_id, language="fr", position=link).first()
    version = sent.template_version_id if found else None
    token = Token(sent.pk, sent.uuid, found.pk if found else TRAP)
    assert hits.record([Hit(kind, token, at, template_version_id=version, **more)]) == [True]
    hits.unpack()


def clicked() -> list[tuple[int, datetime]]:
    events = Event.objects.filter(type="message_clicked").order_by("occurred_at", "id")
    return [(event.properties["link"], event.occurred_at) for event in events]


def reasons() -> list[str]:
    return list(Kept.objects.order_by("id").values_list("because", flat=True))


def test_a_person_reads_and_clicks(sent: Message, now: datetime) -> None:
    hit(sent, 0, now)
    hit(sent, 1, now + 20 * SECOND)
    assert judging.run(now + MINUTE) == 0
    assert judging.run(now + 3 * MINUTE) == 2
    assert clicked() == [(0, now), (1, now + 20 * SECOND)]
    assert judging.run(now + 4 * MINUTE) == 0


def test_two_links_at_once_may_be_a_person_and_three_are_not(sent: Message, now: datetime) -> None:
    hit(sent, 0, now)
    hit(sent, 1, now + SECOND)
    judging.run(now + 3 * MINUTE)
    assert len(clicked()) == 2
    later = now + timedelta(hours=1)
    for link in range(3):
        hit(sent, link, later + link * SECOND)
    judging.run(later + 3 * MINUTE)
    assert len(clicked()) == 2
    assert reasons()[2:] == ["burst"] * 3


def test_all_the_links_of_a_short_mail_at_once_are_a_machine_s(now: datetime) -> None:
    published(now)
    short = message(person("Anna", now), now, state="sent", sent_at=now - timedelta(hours=1))
    hit(short, 0, now)
    hit(short, 1, now)
    judging.run(now + 3 * MINUTE)
    assert (clicked(), reasons()) == ([], ["burst", "burst"])


def test_the_way_out_counts_among_the_links_looked_at(sent: Message, now: datetime) -> None:
    hit(sent, 0, now)
    hit(sent, 1, now + SECOND)
    hit(sent, None, now + 2 * SECOND, "leave")
    judging.run(now + 3 * MINUTE)
    assert (clicked(), reasons()) == ([], ["burst"] * 3)


def test_what_comes_with_the_mail_is_a_machine_s(sent: Message, now: datetime) -> None:
    Message.objects.update(sent_at=now)
    hit(sent, 0, now + 3 * SECOND)
    hit(sent, 1, now + 9 * SECOND)
    hit(sent, 2, now - 2 * SECOND)  # before the server took the mail
    judging.run(now + 3 * MINUTE)
    assert reasons() == ["early", "", "early"]
    assert clicked() == [(1, now + 9 * SECOND)]


def test_a_mail_in_doubt_is_not_early(sent: Message, now: datetime) -> None:
    Message.objects.update(state="unknown", sent_at=None)
    hit(sent, 0, now)
    judging.run(now + 3 * MINUTE)
    sent.refresh_from_db()
    assert (clicked(), sent.state) == ([(0, now)], "sent")


def test_who_follows_the_hidden_link_is_a_machine_wherever_it_began(sent: Message, now: datetime) -> None:
    hit(sent, 0, now)
    hit(sent, 1, now + 40 * SECOND)
    hit(sent, None, now + 80 * SECOND)
    judging.run(now + 4 * MINUTE)
    assert (clicked(), reasons()) == ([], ["trap"] * 3)


def test_a_person_who_reads_after_the_scanner_is_a_person(sent: Message, now: datetime) -> None:
    hit(sent, None, now, agent="a scanner's", network="192.0.2.0/24")
    hit(sent, 0, now, agent="a scanner's", network="192.0.2.0/24")
    later = now + timedelta(hours=2)
    hit(sent, 1, later, agent="a scanner's", network="192.0.2.0/24")
    hit(sent, 0, later + MINUTE, agent="Anna's telephone", network="198.51.100.0/24")
    judging.run(later + 5 * MINUTE)
    assert reasons() == ["trap", "trap", "trap", ""]
    assert clicked() == [(0, later + MINUTE)]


def test_a_verdict_changes_when_the_hidden_link_is_followed_late_and_the_event_stays(
    sent: Message, now: datetime
) -> None:
    hit(sent, 0, now, agent="slow", network="192.0.2.0/24")
    judging.run(now + 3 * MINUTE)
    hit(sent, None, now + timedelta(hours=3), agent="slow", network="192.0.2.0/24")
    judging.run(now + timedelta(hours=4))
    assert list(Kept.objects.order_by("id").values_list("machine", "because")) == [(True, "trap"), (True, "trap")]
    assert clicked() == [(0, now)]


def test_what_the_request_said_is_enough(sent: Message, now: datetime) -> None:
    hit(sent, 0, now, sign="head")
    hit(sent, 0, now)
    judging.run(now + 3 * MINUTE)
    assert sorted(reasons()) == ["", "head"]
    assert clicked() == [(0, now)]


def test_hits_of_another_mail_betray_nobody(sent: Message, now: datetime) -> None:
    other = message(person("Boris", now), now, state="sent", sent_at=now - timedelta(hours=1))
    for link in range(5):
        hit(other, link, now)
    hit(sent, 0, now)
    judging.run(now + 3 * MINUTE)
    assert clicked() == [(0, now)]


def test_hits_are_forgotten_and_events_stay(sent: Message, now: datetime) -> None:
    hit(sent, 0, now)
    judging.run(now + 3 * MINUTE)
    judging.run(now + timedelta(days=29))
    assert Kept.objects.count() == 1
    judging.run(now + timedelta(days=31))
    assert (Kept.objects.count(), len(clicked())) == (0, 1)


@pytest.mark.slow
def test_a_flood_of_one_link_is_a_row_a_second_and_judged_in_batches(sent: Message, now: datetime) -> None:
    link = Link.objects.get(template_version_id=sent.template_version_id, language="fr", position=0)
    token = Token(sent.pk, sent.uuid, link.pk)
    for _ in range(2):
        hits.record([Hit("click", token, now + n * timedelta(milliseconds=100)) for n in range(60_000)])
    hits.unpack()
    assert Kept.objects.count() == 6_000
    assert judging.run(now + timedelta(hours=3)) == 6_000
    assert len(clicked()) == 6_000


def test_the_unjudged_are_found_by_a_small_index() -> None:
    with transaction.atomic():
        database.execute("SET LOCAL enable_seqscan = off")
        plan = database.rows("EXPLAIN SELECT * FROM hit WHERE machine IS NULL AND at <= now() ORDER BY at LIMIT 5000")
    assert any("hit_unjudged" in line for (line,) in plan)
