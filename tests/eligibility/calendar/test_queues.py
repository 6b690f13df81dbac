"""Entries that queue for a window and come in over days; how many people a comeback is spread by; a journey walked across Christmas."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from relance.eligibility import proposals, queues
from relance.eligibility.calendar import volumes
from relance.eligibility.models import Comeback
from relance.journeys import advance, definition, entry, tree
from relance.journeys.models import Enrolment
from relance.outbox.models import Message
from relance.workers import stages
from tests.journeys.people import BRANCHED, SIMPLE, dormant, running, shop

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
pytestmark = pytest.mark.usefixtures("db")


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def test_a_window_holds_what_a_journey_still_sends_after_each_step(now: datetime) -> None:
    shop(now)
    nodes = definition.of(running(BRANCHED, now)).nodes
    left = {step.id: tree.spans(nodes)[node.position] / DAY for node, step in tree.sends(nodes)}
    assert left == {"hello": 21, "present": 5, "bye": 0}  # the longer of both ways


def test_a_reactivation_lets_nobody_in_whose_messages_would_meet_a_period(now: datetime) -> None:
    shop(now)
    written = definition.of(running(SIMPLE, now))  # seven days from the first message to the last
    days = [paris(f"2026-10-{day} 10:00") for day in (30, 31)] + [paris("2026-11-01 10:00")]
    assert [queues.fits(written, at) for at in days] == [True, True, False]  # 8 November is blocked


def test_the_queue_comes_in_over_days_the_same_people_first(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine hundred people wait for the end of the winter sales of 2027, at 100 a day: nine days."""
    monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update={"blackout_spread_daily": 100}))
    shop(now)
    people = list(range(1, 901))
    dormant(people, now)
    version = running(SIMPLE, now)
    entry.enrol(version, now, share=0.002)  # it ran before
    early = set(Enrolment.objects.values_list("contact_id", flat=True))
    opens = paris("2027-02-18 00:00")
    monkeypatch.setattr(stages.permission, "opt_outs_known", lambda: True)
    assert stages.may_start(version, opens - DAY) == 0
    inside = [set(early)]
    for day in range(10):
        entry.run(opens + day * DAY, stages.may_start)
        inside.append(set(Enrolment.objects.values_list("contact_id", flat=True)))
    assert all(before <= after for before, after in pairwise(inside))
    entered = [len(after) - len(before) for before, after in pairwise(inside)]
    assert sum(entered) + len(early) == 900
    assert all(70 <= count <= 130 for count in entered[:9])
    assert entered[9] == 0


def test_a_journey_that_begins_only_now_lets_in_everybody(now: datetime) -> None:
    shop(now)
    dormant(list(range(1, 51)), now)
    version = running(SIMPLE, now)
    assert queues.share(version, now) == 1  # two days after the summer sales, and it never ran
    assert entry.run(now, lambda version, at: queues.share(version, at)) == 50


def test_a_comeback_is_sized_by_the_people_on_their_way_and_never_shrinks(now: datetime) -> None:
    shop(now)
    dormant([1, 2, 3], now)
    running(SIMPLE, now)
    entry.run(now)
    ends = now + 30 * DAY
    assert volumes.people("FR", ends, now) == 3
    Enrolment.objects.filter(contact_id=1).delete()
    assert volumes.people("FR", ends, now + timedelta(hours=2)) == 3
    assert volumes.people("FR", ends, now + 2 * DAY) == 3
    assert volumes.people("BE", ends, now) == 0
    assert Comeback.objects.count() == 2


def test_a_wait_begins_again_at_the_message_that_left_late(now: datetime) -> None:
    """The first message waits a month for the end of a period; the second follows it by a week, not at once."""
    shop(now)
    dormant([1], now)
    running(SIMPLE, now)
    entry.run(now)
    advance.run(now)
    back = now + 30 * DAY
    Message.objects.update(state="deferred", reason="commercial_period", not_before=back, expires_at=back + 3 * DAY)
    for days in (7, 20, 29):
        advance.run(now + days * DAY)
        assert Message.objects.count() == 1
    Message.objects.update(state="sent", sent_at=back)
    advance.run(back + 6 * DAY)
    assert Message.objects.count() == 1
    advance.run(back + 7 * DAY)
    assert set(Message.objects.values_list("step", flat=True)) == {"hello", "bye"}


def test_every_published_reactivation_has_its_windows(now: datetime) -> None:
    shop(now)
    running(SIMPLE, now)
    [found] = proposals.reactivations(now)
    assert (found.days, found.fits(now)) == (7, True)
    assert found.windows[0].latest_start.astimezone(PARIS).date() == date(2026, 10, 31)
    assert found.windows[1].starts_at.astimezone(PARIS).date() == date(2027, 2, 18)
