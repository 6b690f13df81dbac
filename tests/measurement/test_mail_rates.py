"""The interval of a rate over mails against its promise: simulations with known truth, people alike with themselves."""

import duckdb
import numpy as np
import pytest
from scipy.stats import betabinom, binom

from relance.measurement import mail_rates
from relance.measurement.intervals import Interval, exact
from relance.measurement.mail_rates import RateSums

HABITS = {"strangers": 1e9, "habit": 5, "strong_habit": 2}  # people's own rates: Beta(rate h, (1 - rate) h)
MOST = 6  # mails of one person, of a journey
EVENTS, MAILS = np.array([(events, mails) for mails in range(1, MOST + 1) for events in range(mails + 1)]).T
MIXES = {"one each": (1, 0, 0, 0, 0, 0), "six each": (0, 0, 0, 0, 0, 1), "one to six": (1, 1, 1, 1, 1, 1)}


def rate_sums(events: np.ndarray, mails: np.ndarray) -> RateSums:
    return mail_rates.tallied([(int(e), int(m), 1) for e, m in zip(events, mails, strict=True)], 0, 1)


def sent(people: int, rate: float, habit: str, random: np.random.Generator) -> RateSums:
    """Return what people got and did: 1 mail at least, 12 in the mean, many for a few; each person of an own rate."""
    mails = 1 + random.negative_binomial(2, 2 / 13, people)
    own = random.beta(rate * HABITS[habit], (1 - rate) * HABITS[habit], people)
    e, m = random.binomial(mails, own).astype(float), mails.astype(float)
    some, others = int((e > 0).sum()), int((e < m).sum())
    return RateSums(people, e.sum(), m.sum(), float(e @ e), float(m @ m), float(e @ m), some, others)


def rate_coverage(people: int, rate: float, habit: str, *, runs: int) -> float:
    random, held = np.random.default_rng(7), 0
    for _ in range(runs):
        found = mail_rates.rate(sent(people, rate, habit, random))
        assert found is not None
        held += holds(found.interval, rate)
    return held / runs


def journey(people: int, rate: float, alike: float, mix: str, runs: int) -> np.ndarray:
    """Return how many of the people have each pair of `EVENTS` and `MAILS`, in each run; `alike`: correlation of one's mails."""
    got = np.array(MIXES[mix]) / sum(MIXES[mix])
    if alike:
        likely = betabinom.pmf(EVENTS, MAILS, rate * (1 / alike - 1), (1 - rate) * (1 / alike - 1))
    else:
        likely = binom.pmf(EVENTS, MAILS, rate)
    chances = got[MAILS - 1] * likely
    return np.random.default_rng(5).multinomial(people, chances / chances.sum(), runs)


def journey_coverage(people: int, rate: float, alike: float, mix: str, *, runs: int) -> tuple[float, float]:
    """Return how often the interval holds the rate, and how often it would if mails were strangers."""
    held, strangers = 0, 0
    for counts in journey(people, rate, alike, mix, runs):
        sums = mail_rates.tallied(list(zip(EVENTS.tolist(), MAILS.tolist(), counts.tolist(), strict=True)), 0, 1)
        found = mail_rates.rate(sums)
        assert found is not None
        held += holds(found.interval, rate)
        strangers += holds(exact(int(sums.events), int(sums.mails)), rate)
    return held / runs, strangers / runs


def holds(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def least(runs: int) -> float:
    """Return the share that a true coverage of 94 % falls under in one case of 400."""
    return float(0.94 - 2.8 * np.sqrt(0.94 * 0.06 / runs))


def test_the_sums_are_those_of_the_engine() -> None:
    events, mails = np.array([0, 2, 1, 0, 0]), np.array([3, 5, 1, 8, 0])
    with duckdb.connect() as con:
        con.execute("CREATE TABLE person (clicked INTEGER, delivered INTEGER)")
        con.executemany("INSERT INTO person VALUES (?, ?)", list(zip(events.tolist(), mails.tolist(), strict=True)))
        row = con.execute(f"SELECT {mail_rates.sums_sql('clicked', 'delivered')} FROM person").fetchone()
    assert row is not None
    assert RateSums.of(row) == rate_sums(events, mails) == RateSums(4, 3, 17, 5, 99, 11, 2, 3)


def test_two_groups_add_up() -> None:
    one, other = rate_sums(np.array([0, 2]), np.array([3, 5])), rate_sums(np.array([1]), np.array([4]))
    assert one + other == rate_sums(np.array([0, 2, 1]), np.array([3, 5, 4]))


def test_strangers_with_one_mail_each_get_what_a_plain_rate_gets() -> None:
    found = mail_rates.rate(rate_sums(np.array([1] * 40 + [0] * 960), np.ones(1000)))
    plain = exact(40, 1000)
    assert found is not None
    assert found.value == pytest.approx(0.04)
    assert (found.interval.low, found.interval.high) == pytest.approx((plain.low, plain.high), rel=0.08)


def test_mails_to_nobody_have_no_rate_and_nobody_s_clicks_are_no_certainty() -> None:
    assert mail_rates.rate(RateSums()) is None
    found = mail_rates.rate(rate_sums(np.zeros(100), np.full(100, 10)))
    assert found is not None
    assert found.interval.low == 0
    assert 0.03 < found.interval.high < 0.05  # a hundred people, not a thousand strangers


def test_a_rate_and_what_it_leaves_out_mirror_each_other() -> None:
    events, mails = np.array([6, 6, 3, 0, 1, 4]), np.full(6, 6)
    one, other = mail_rates.rate(rate_sums(events, mails)), mail_rates.rate(rate_sums(mails - events, mails))
    assert one is not None
    assert other is not None
    assert (one.interval.low, one.interval.high) == pytest.approx((1 - other.interval.high, 1 - other.interval.low))


@pytest.mark.parametrize("habit", HABITS)
def test_a_rate_over_mails_is_covered(habit: str) -> None:
    assert rate_coverage(300, 0.03, habit, runs=400) >= least(400)


@pytest.mark.parametrize(
    ("people", "rate", "alike", "mix"),
    [(300, 0.01, 0.3, "one to six"), (2_000, 0.03, 0.5, "six each"), (2_000, 0.98, 0.8, "six each")],
)
def test_a_journey_s_rate_is_covered_and_would_not_be_of_strangers(
    people: int, rate: float, alike: float, mix: str
) -> None:
    held, strangers = journey_coverage(people, rate, alike, mix, runs=400)
    assert held >= least(400)
    assert strangers < 0.9


@pytest.mark.long
@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("alike", [0.0, 0.1, 0.3, 0.8])
@pytest.mark.parametrize("people", [20, 200, 2_000, 50_000])
def test_a_journey_s_rate_is_covered_on_a_grid(people: int, alike: float, mix: str) -> None:
    for rate in (0.001, 0.003, 0.01, 0.05, 0.1, 0.3, 0.9, 0.98):
        held, _ = journey_coverage(people, rate, alike, mix, runs=1_000)
        assert held >= least(1_000), rate


@pytest.mark.long
@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("people", [100, 300, 1_000, 10_000])
@pytest.mark.parametrize("rate", [0.0005, 0.002, 0.01, 0.03, 0.1])
def test_a_rate_over_mails_is_covered_on_a_grid(people: int, rate: float, habit: str) -> None:
    assert rate_coverage(people, rate, habit, runs=2_000) >= least(2_000)


def test_what_ends_the_mails_to_a_person_may_be_read_as_if_of_strangers() -> None:
    """Dead addresses: once at most of each person, who gets nothing more."""
    random, held = np.random.default_rng(3), 0
    for _ in range(1_000):
        until = random.geometric(0.02, 300)
        held += holds(exact(int((until <= MOST).sum()), int(np.minimum(until, MOST).sum())), 0.02)
    assert held / 1_000 >= 0.94
