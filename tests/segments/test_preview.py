"""Counting while a condition is written: exact where that is cheap, else a sample that tells its margin."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from relance.core import database
from relance.events import flush, hot
from relance.events.hot import NewEvent
from relance.rules import parse
from relance.segments import preview as previews
from relance.segments.vocabulary import PEOPLE_AND_SEGMENTS

BUYERS = {"event": "order_placed"}
BOUGHT = [i for i in range(1, 321) if i // 32 % 4 == 0]


@pytest.fixture
def people(db: None, now: datetime) -> None:
    """Three hundred and twenty people, every fourth of whom bought."""
    database.execute(
        "INSERT INTO contact (id, language, first_seen_at) SELECT i, (ARRAY['fr', 'en'])[1 + mod(i, 2)], %s FROM generate_series(1, 320) i",
        [now - timedelta(days=90)],
    )
    hot.insert(
        NewEvent(i, 1, "order_placed", now - timedelta(days=i % 60), 5, reference=f"o{i}")
        for i in range(1, 321)
        if i // 32 % 4 == 0
    )


def count(condition: object, now: datetime) -> previews.Preview:
    return previews.preview(parse(condition, vocabulary=PEOPLE_AND_SEGMENTS), now)


def test_fields_are_counted_exactly(people: None, now: datetime) -> None:
    found = count({"language": "fr"}, now)
    assert (found.people, found.base, found.margin, len(found.shown)) == (160, 320, None, 10)


def test_a_small_base_is_counted_whole(people: None, now: datetime) -> None:
    found = count(BUYERS, now)
    assert (found.people, found.margin) == (95, None)
    assert set(found.shown) <= set(BOUGHT)


@pytest.mark.parametrize("flushed", [False, True])
def test_a_large_base_is_sampled_by_buckets_and_says_its_margin(
    people: None, now: datetime, monkeypatch: pytest.MonkeyPatch, flushed: bool
) -> None:
    monkeypatch.setattr(previews, "SAMPLE", 100)
    if flushed:
        flush.run(now)
    found = count(BUYERS, now)
    assert found.sample == 100
    assert found.people == pytest.approx(95, abs=found.margin or 0)
    assert found.margin
    assert {id_ % 32 for id_ in found.shown} <= set(range(10))


def test_nobody_in_the_sample_is_not_nobody(people: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "SAMPLE", 100)
    found = count({"event": "refund"}, now)
    assert (found.people, found.margin) == (0, 10)


def test_few_in_the_sample_have_a_margin_that_holds() -> None:
    """Where the normal law's half held the truth in 87 samples of 100: 100 people of two million, three in the sample."""
    found = np.random.default_rng(1).hypergeometric(100, 1_999_900, 60_000, 2_000)
    drawn, times = np.unique(found, return_counts=True)
    held = [abs(round(one * 2_000_000 / 60_000) - 100) <= previews.margin(int(one), 60_000, 2_000_000) for one in drawn]
    assert np.average(held, weights=times) >= 0.95


def test_the_margin_is_that_of_a_sample_without_replacement() -> None:
    assert previews.margin(5_000, 50_000, 1_000_000) == pytest.approx(2564, rel=0.02)  # Cochran's, by the normal law
    assert previews.margin(50, 100, 100) == 0
    assert previews.margin(0, 0, 0) == 0


def test_what_no_source_covers_is_told(people: None, now: datetime) -> None:
    database.execute("INSERT INTO source (name, created_at) VALUES ('shop', now())")
    database.execute(
        "INSERT INTO coverage (source_id, type, since) SELECT id, 'order_placed', %s FROM source",
        [now - timedelta(days=100)],
    )
    short, long = {"without": ["order_placed"], "for": "2 months"}, {"without": ["order_placed"], "for": "12 months"}
    asked = parse({"all": [short, {"event": "refund"}]}, vocabulary=PEOPLE_AND_SEGMENTS)
    assert previews.uncovered(asked, now) == ["refund"]
    assert previews.uncovered(parse(long, vocabulary=PEOPLE_AND_SEGMENTS), now) == ["order_placed"]
