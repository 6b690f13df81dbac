"""What goes of old points and hours, and that no evidence changes by it."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from relance.eligibility.breaker import counting, curves, pruning, stage
from relance.eligibility.breaker.counting import Touched
from relance.eligibility.breaker.models import BreakerCohort, BreakerPoint, BreakerScope
from tests.eligibility.breaker.sending import bounce, journey, send

pytestmark = pytest.mark.usefixtures("db")
HOUR = timedelta(hours=1)
SCOPE = ("sends", "bad", "allowed", "evidence", "threshold", "watch", "evergreen")


def points(scope: BreakerScope, number: int, now: datetime) -> None:
    """As many points, a minute apart, with one peak among the old ones."""
    BreakerPoint.objects.bulk_create(
        [
            BreakerPoint(
                scope=scope, at=now - (number - one) * timedelta(minutes=1), watch=1, sends=100 + one, bad=one % 7,
                evidence=5.0 if one == 77 else -1.0 - one % 3, threshold=4.0,
            )
            for one in range(number)
        ]
    )  # fmt: skip


def judged(of: int, now: datetime) -> list[tuple[object, ...]]:
    with transaction.atomic():
        stage.judge([Touched(of, counting.sender(), "gmail"), Touched(counting.ALL, counting.sender(), "gmail")], now)
    return list(BreakerScope.objects.order_by("id").values_list(*SCOPE))


def test_the_evidence_is_the_same_before_and_after(now: datetime) -> None:
    back = journey("back", now)
    for day in (500, 499, 60, 20, 1):
        for hour in range(5):
            at = now - timedelta(days=day) + hour * HOUR
            bounce(send(20, at, back)[: hour % 2], at)
    counting.fold()
    before = judged(back.pk, now)
    assert pruning.run(now) > 0
    assert judged(back.pk, now) == before


def test_points_of_a_scope_stay_bounded_with_their_peak_their_newest_and_their_first_days(now: datetime) -> None:
    back = journey("back", now)
    bounce(send(100, now, back)[:1], now)
    stage.run(now)
    scope = BreakerScope.objects.get(journey_id=back.pk, provider="gmail", signal="hard_bounce")
    points(scope, 3 * pruning.MOST, now)
    newest = list(BreakerPoint.objects.filter(scope=scope).order_by("-at", "-id")[: pruning.FRESH].values_list("id"))
    pruning.run(now)
    kept = BreakerPoint.objects.filter(scope=scope)
    assert kept.count() == pruning.FRESH + pruning.DRAWN
    assert list(kept.order_by("-at", "-id")[: pruning.FRESH].values_list("id")) == newest
    assert max(one["evidence"] for one in curves.curve(scope.pk)["points"]) == 5.0
    assert kept.earliest("at").at < now - 2_980 * timedelta(minutes=1)
    assert pruning.run(now) == 0  # until there are too many again


def test_a_scope_with_few_points_keeps_them_all(now: datetime) -> None:
    back = journey("back", now)
    bounce(send(100, now, back)[:1], now)
    stage.run(now)
    scope = BreakerScope.objects.get(journey_id=back.pk, provider="gmail", signal="hard_bounce")
    points(scope, pruning.MOST - 1, now)
    assert pruning.run(now) == 0


def test_old_hours_become_days_and_add_up_to_the_same(now: datetime) -> None:
    back = journey("back", now)
    for day in (500, 30):
        for hour in range(4):
            send(3, now - timedelta(days=day) + hour * HOUR, back)
    counting.fold()
    first = BreakerCohort.objects.filter(journey_id=back.pk).earliest("cohort").cohort
    pruning.run(now)
    rows = list(BreakerCohort.objects.filter(journey_id=back.pk).order_by("cohort").values_list("cohort", "sends"))
    assert rows[0] == (first, 12)
    assert [sends for _, sends in rows[1:]] == [3, 3, 3, 3]
    assert pruning.run(now) == 0
