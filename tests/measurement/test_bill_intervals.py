"""The bill's intervals against their promise: simulations with known truth, on the grids said in docs/en/measuring.md."""

import duckdb
import numpy as np
import pytest

from relance.core.errors import InputError
from relance.measurement import bill_intervals
from relance.measurement.bill_intervals import MoneySums
from relance.measurement.intervals import Interval
from tests.measurement.test_mail_rates import sent


def holds(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def least(runs: int) -> float:
    """Return the share that a true coverage of 94 % falls under in one case of 400."""
    return float(0.94 - 2.8 * np.sqrt(0.94 * 0.06 / runs))


def test_the_sums_are_those_of_the_engine() -> None:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE sleeper AS SELECT unnest([3.0, 5.0, 1.0, 8.0]) AS amount")
        row = con.execute(f"SELECT {bill_intervals.MONEY_SUMS} FROM sleeper").fetchone()
    assert row is not None
    assert MoneySums(*row) == MoneySums(4, 17, 99, 27 + 125 + 1 + 512)


@pytest.mark.parametrize(
    ("people", "runs"),
    [(300, 300), *(pytest.param(size, 2_000, marks=pytest.mark.long) for size in (100, 1_000, 10_000))],
)
@pytest.mark.parametrize(("quiet", "awake"), [(0.005, 0.04), (0.0005, 0.002), (0.02, 0.02)])
def test_what_the_silent_spoil_is_covered(people: int, runs: int, quiet: float, awake: float) -> None:
    random, held = np.random.default_rng(11), 0
    for _ in range(runs):
        silent, rest = sent(people // 2, quiet, "habit", random), sent(people, awake, "habit", random)
        found = bill_intervals.spoiled(silent, rest)
        assert found is not None
        held += holds(found.interval, silent.mails / (silent.mails + rest.mails) * (quiet - awake))
    assert held / runs >= least(runs)


def asleep(sleepers: int, base: int, spread: float, random: np.random.Generator) -> MoneySums:
    amounts = random.lognormal(0, spread, random.binomial(base, sleepers / base))
    return MoneySums(len(amounts), float(amounts.sum()), float((amounts**2).sum()), float((amounts**3).sum()))


@pytest.mark.parametrize(
    ("sleepers", "base", "spread", "runs"),
    [
        (300, 1_000, 1.1, 300),
        *(
            pytest.param(*case, 2_000, marks=pytest.mark.long)
            for case in [
                (120, 200, 0.7), (120, 200, 1.1), (150, 500, 1.3), (150, 3_000, 1.1), (600, 2_000, 1.5),
                (500, 10_000, 1.3), (1_000, 2_000, 1.5), (3_000, 10_000, 0.7), (3_000, 10_000, 1.5),
            ]
        ),
    ],
)  # fmt: skip
def test_money_asleep_is_covered(sleepers: int, base: int, spread: float, runs: int) -> None:
    random, held, told = np.random.default_rng(13), 0, 0
    truth = sleepers * np.exp(spread**2 / 2)
    for _ in range(runs):
        found = bill_intervals.money(asleep(sleepers, base, spread, random), base)
        told += found is not None
        held += found is not None and holds(found.interval, truth)
    assert told > 0.9 * runs
    assert held / told >= least(told)


def test_few_sleepers_have_no_interval_and_more_than_the_base_are_refused() -> None:
    assert bill_intervals.money(MoneySums(99, 990.0, 9900.0, 99000.0), 1000) is None
    with pytest.raises(InputError, match="whole base"):
        bill_intervals.money(MoneySums(200, 990.0, 9900.0, 99000.0), 100)


def test_the_same_amount_of_everybody_is_certain() -> None:
    found = bill_intervals.money(MoneySums(200, 2000.0, 20000.0, 200000.0), 200)
    assert found is not None
    assert found.interval == Interval(2000.0, 2000.0)


def lost(people: int, share: float, years: float, random: np.random.Generator) -> tuple[int, float]:
    """Return who was lost and days watched, of people watched for 0 to `years`, losing `share` of themselves a year."""
    watched, until = random.uniform(0, years * 365, people), random.exponential(365 / -np.log1p(-share), people)
    return int((until <= watched).sum()), float(np.minimum(watched, until).sum())


@pytest.mark.parametrize(
    ("people", "runs"),
    [(300, 400), *(pytest.param(size, 2_000, marks=pytest.mark.long) for size in (100, 1_000, 10_000))],
)
@pytest.mark.parametrize("share", [0.03, 0.3, 0.6])
@pytest.mark.parametrize("years", [3, 0.5])
def test_the_natural_decay_is_covered(people: int, runs: int, share: float, years: float) -> None:
    random, held = np.random.default_rng(17), 0
    for _ in range(runs):
        found = bill_intervals.lost_at_pace(*lost(people, share, years, random))
        assert found is not None
        held += holds(found.interval, share)
    assert held / runs >= least(runs)


def test_nobody_watched_loses_nobody() -> None:
    assert bill_intervals.lost_at_pace(0, 0.0) is None
    found = bill_intervals.lost_at_pace(0, 365.0 * 300)
    assert found is not None
    assert found.interval == Interval(0.0, pytest.approx(0.0122, abs=1e-4))


def test_the_change_of_the_same_people_is_what_is_published() -> None:
    # M. Fagerland, S. Lydersen and P. Laake, Statistics in Medicine 33 (2014) 2850-2875: 21 children, 1 and 7 discordant
    found = bill_intervals.moved(1, 7, 21).interval
    assert (round(found.low, 3), round(found.high, 3)) == (-0.517, -0.026)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("people", "runs"), [(500, 400), *(pytest.param(size, 4_000, marks=pytest.mark.long) for size in (50, 200, 5_000))]
)
@pytest.mark.parametrize(("into", "out_of"), [(0.02, 0.01), (0.1, 0.1), (0.3, 0.1)])
def test_the_change_of_the_same_people_is_covered(people: int, runs: int, into: float, out_of: float) -> None:
    random = np.random.default_rng(19)
    drawn = random.multinomial(people, [into, out_of, 1 - into - out_of], runs)
    held = sum(
        holds(bill_intervals.moved(int(one), int(other), people).interval, into - out_of) for one, other, _ in drawn
    )
    assert held / runs >= least(runs)


@pytest.mark.parametrize("months", [6, 9, 12])
@pytest.mark.parametrize("noise", [0.0, 0.5, 2.0])
def test_a_trend_is_covered(months: int, noise: float) -> None:
    random, held, runs = np.random.default_rng(23), 0, 2_000
    for _ in range(runs):
        stock = (0.4 + random.normal(size=months)).cumsum() + noise * random.normal(size=months)
        found = bill_intervals.trend(stock)
        assert found is not None
        held += holds(found.interval, 0.4)
    assert held / runs >= least(runs)


def test_five_months_are_no_trend() -> None:
    assert bill_intervals.trend([1.0, 2, 3, 4, 5]) is None
