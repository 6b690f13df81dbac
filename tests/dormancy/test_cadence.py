"""Own cadence: steadied for people with few purchases, and never against who buys seldom by habit."""

from datetime import datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest

from relance.dormancy import cadence
from relance.events import engine
from tests.dormancy.base import ANNA, BORIS, CHLOE, cover, did, known, policy, scored

POLICY = """policy: mine
criteria: {no_purchase: {without: [order_placed], for: 24 months, points: 1}}
states: {dormant: {points: 1}}
cadence: {overdue_at: 3}
"""


def steadied(intervals: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """Return everybody's steadied interval, and the base's mean and weight, as the engine computes them."""
    starts = [datetime(2020, 1, 1)] * len(days)
    ends = [start + timedelta(days=int(d)) for start, d in zip(starts, days, strict=True)]
    kind = pa.timestamp("us", tz="UTC")
    base = pa.table({
        "n": np.arange(len(days)), "purchase_days": intervals + 1,
        "first_purchase_at": pa.array(starts, kind), "last_purchase_at": pa.array(ends, kind),
    })  # fmt: skip
    feature = ibis.table(ibis.memtable(base).schema(), name="feature")
    prior = cadence.prior(cadence.population(feature))
    days_between = cadence.whole_days(feature.first_purchase_at, feature.last_purchase_at)
    known = feature.select("n", x=feature.purchase_days - 1, days=days_between).cross_join(prior)
    query = known.mutate(steady=cadence.steadied(known.x, known.days, known)).order_by("n")
    with engine.connected() as con:
        con.register("feature", base)
        found = con.execute(str(ibis.to_sql(query, dialect="duckdb"))).fetchnumpy()
    return np.ma.filled(found["steady"], np.nan), (_first(found["prior_interval"]), _first(found["prior_weight"]))


def _first(column: np.ndarray) -> float:
    return float(np.ma.filled(column, np.nan)[0])


def base(random: np.random.Generator, people: int, shape: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw people whose mean intervals are inverse gamma (mean 80 days), with one to six exponential intervals each."""
    true = 80 * (shape - 1) / random.gamma(shape, 1.0, people)
    intervals = random.integers(1, 7, people)
    days = np.ceil(random.gamma(intervals, true))
    return true, intervals, days


@pytest.mark.parametrize("shape", [3.0, 5.0, 9.0])
def test_the_base_says_how_much_a_single_interval_is_worth(shape: float) -> None:
    true, intervals, days = base(np.random.default_rng(7), 60_000, shape)
    drawn, (mean, weight) = steadied(intervals, days)
    assert mean == pytest.approx(80.5, rel=0.02)
    assert weight == pytest.approx(shape - 1, rel=0.2)  # of an inverse gamma, shape - 1 exactly
    own = days / intervals
    assert np.mean((drawn - true) ** 2) < 0.7 * np.mean((own - true) ** 2)
    few, many = intervals == 1, intervals == 6
    assert np.mean(np.abs(drawn - own)[few]) > 1.5 * np.mean(np.abs(drawn - own)[many])


def test_a_base_of_one_rhythm_weighs_heavily_and_a_small_one_not_at_all() -> None:
    random = np.random.default_rng(7)
    intervals = np.full(5000, 2)
    drawn, (_, weight) = steadied(intervals, np.ceil(random.gamma(2, 60, 5000)))
    assert weight > 20
    assert np.std(drawn) < 8
    alone, _ = steadied(np.array([1, 2]), np.array([50, 100]))
    assert np.isnan(alone[0])
    assert alone[1] == 50


def shop(now: datetime, *, buyers: int = 60, interval: int = 30) -> None:
    """Fill a shop with buyers of one rhythm."""
    known(range(100, 100 + buyers), now - timedelta(days=900))
    for n in range(buyers):
        for order in range(4):
            did(100 + n, "order_placed", now - timedelta(days=5 + (interval + n % 11) * order), amount=10)


def test_who_buys_once_a_year_is_not_absent_in_between(db: None, now: datetime) -> None:
    policy(POLICY, now)
    cover(now, "order_placed")
    shop(now)
    known([ANNA], now - timedelta(days=1800))
    for years in (1, 2, 3):
        did(ANNA, "order_placed", now - timedelta(days=365 * years - 10), amount=10)
    ((state, steady, ratio),) = (
        row for who, row in scored(now, "state", "steady_interval", "overdue_ratio").items() if who == ANNA
    )
    assert state == "active"
    assert steady < 365  # drawn towards the monthly buyers, which alone would call her absent
    assert ratio < 1


def test_a_second_purchase_is_enough_to_be_overdue(db: None, now: datetime) -> None:
    policy(POLICY, now)
    cover(now, "order_placed")
    shop(now)
    known([ANNA, BORIS, CHLOE], now - timedelta(days=900))
    for days in (200, 170):
        did(ANNA, "order_placed", now - timedelta(days=days), amount=10)
    did(BORIS, "order_placed", now - timedelta(days=170), amount=10)
    for hours in (0, 3):  # one day, two orders: no interval
        did(CHLOE, "order_placed", now - timedelta(days=170, hours=hours), amount=10)
    found = scored(now, "state", "frequency", "overdue_ratio", "since", "reason")
    assert found[ANNA][:2] == ("cooling", 1)
    assert found[ANNA][4] == "cadence"
    assert now - timedelta(days=90) < found[ANNA][3] < now
    assert found[BORIS][:3] == ("active", 0, None)
    assert found[CHLOE][:3] == ("active", 0, None)


def test_intervals_under_thirty_days_count_as_thirty(db: None, now: datetime) -> None:
    policy(POLICY, now)
    cover(now, "order_placed")
    known([ANNA], now - timedelta(days=900))
    for days in (94, 92, 90, 88):
        did(ANNA, "order_placed", now - timedelta(days=days), amount=10)
    assert scored(now, "state", "overdue_ratio")[ANNA] == ("active", pytest.approx(88 / 30))
    assert scored(now + timedelta(days=2), "state")[ANNA] == ("cooling",)
