"""Curves kept from a base, and what the slider answers from them alone."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import relance
from relance.core import database
from relance.core.definitions import read
from relance.core.errors import InputError, NotFoundError, RefusedError
from relance.dormancy import policies, returning, scoring, silences, threshold
from relance.dormancy.models import Estimate
from relance.events import engine, hot
from relance.events.hot import NewEvent
from relance.intake import sources

RECIPES = Path(relance.__file__).parent / "recipes" / "policies"
PEOPLE = 120


@pytest.fixture
def shop(db: None, now: datetime) -> int:
    """Buyers who come back after 40 days (every second of them never does), and subscribers who click once a week, or stopped."""
    for name in ("ecommerce", "newsletter"):
        policies.apply(read(RECIPES / f"{name}.yaml"), now)
    shop = sources.source_id("shop", now)
    sources.cover(
        shop,
        dict.fromkeys(
            ("order_placed", "store_purchase", "message_clicked", "message_delivered"), now - timedelta(days=1500)
        ),
    )
    people(range(1, PEOPLE + 1), now)
    bought(((c, day) for c in range(1, PEOPLE + 1) for day in ((600, 560) if c % 2 else (600,))), now)
    return shop


def people(contacts: range, now: datetime, *, days: int = 800) -> None:
    seen = now - timedelta(days=days)
    database.execute("INSERT INTO contact (id, first_seen_at) SELECT unnest(%s), %s", [list(contacts), seen])


def bought(when: object, now: datetime, kind: str = "order_placed") -> None:
    hot.insert(
        NewEvent(contact, 1, kind, now - timedelta(days=days), 50, reference=f"{kind}{contact}-{days}")
        for contact, days in when  # type: ignore[attr-defined]
    )


# What silences read of a scoring, written straight: a buyer is dormant after a year; scoring itself has tests of its own.
SCORED = """
    COPY (
        SELECT contact.id AS contact_id, if(count(bought) > 0, 'ecommerce', 'newsletter') AS policy,
               if(max(bought) < $now::TIMESTAMPTZ - INTERVAL 365 DAY, 'dormant', 'active') AS state, count(bought) AS orders,
               coalesce(sum(amount) FILTER (bought IS NOT NULL), 0) AS revenue, date_diff('day', min(bought), max(bought)) AS recency,
               max(bought) AS last_purchase_at, max(occurred_at) AS last_engagement_at
        FROM contact LEFT JOIN (SELECT *, if(type = 'message_clicked', NULL, occurred_at) AS bought FROM events) e
            ON e.contact_id = contact.id
        GROUP BY ALL
    ) TO '{path}' (FORMAT parquet)
"""


def score(now: datetime) -> None:
    scoring.profiles_path().parent.mkdir(parents=True, exist_ok=True)
    with engine.reading("contact") as con:
        con.execute(SCORED.format(path=scoring.profiles_path()), {"now": now})


def refresh(now: datetime) -> int:
    score(now)
    with engine.reading() as con:
        return returning.refresh(con, now)


def test_the_chance_is_that_of_the_silences(shop: int, now: datetime) -> None:
    assert refresh(now) >= 2
    # 180 silences: 60 ended after 40 days; the 120 others still run.
    assert threshold.at("ecommerce", 0, 90)["chance"]["share"] == pytest.approx(60 / 180, abs=1e-5)
    assert threshold.at("ecommerce", 20, 90)["chance"]["watched"] == 180
    assert threshold.at("", 45, 90)["chance"]["share"] == 0
    assert threshold.kept("ecommerce").figures["silences"] == {"ended": 60, "running": 120}


def test_purchases_of_one_day_are_one_and_those_of_today_wait(shop: int, now: datetime) -> None:
    bought([(1, 600.01), (2, 0.1)], now, "store_purchase")
    refresh(now)
    assert threshold.kept("ecommerce").figures["silences"] == {"ended": 60, "running": 120}


def test_silences_begun_before_the_coverage_do_not_count(shop: int, now: datetime) -> None:
    database.execute("UPDATE coverage SET since = %s", [now - timedelta(days=590)])
    with engine.reading() as con:
        score(now)
        assert silences.populations(con, now)[0].people == PEOPLE
        watched = silences.window("purchase", now)
        assert watched is not None
        found = silences.read(con, watched, "purchase", [""])[""]
    assert (found.ended.sum(), found.running.sum()) == (0, 60)  # those who bought 560 days ago


def test_a_silence_older_than_the_window_enters_at_its_age(shop: int, now: datetime) -> None:
    people(range(500, 540), now, days=1400)
    bought(((c, 1300) for c in range(500, 540)), now)
    score(now)
    with engine.reading() as con:
        silences.populations(con, now)
        watched = silences.window("purchase", now)
        assert watched is not None
        found = silences.read(con, watched, "purchase", [""])[""]
    age = 1300 - watched.days - 1
    assert found.entered.sum(axis=0)[age] == 40
    assert found.at_risk.sum(axis=0)[age] == PEOPLE
    assert found.at_risk.sum(axis=0)[age + 1] == PEOPLE + 40


def test_the_slider_reads_one_row(shop: int, now: datetime) -> None:
    refresh(now)
    with CaptureQueriesContext(connection) as queries:
        threshold.at("ecommerce", 180)
    assert len(queries) == 1


def test_a_threshold_counts_whom_it_moves(shop: int, now: datetime) -> None:
    people(range(500, 530), now)
    bought(((c, 200) for c in range(500, 530)), now)
    refresh(now)
    strict, present, lax = (threshold.at("ecommerce", days) for days in (180, 365, 580))
    assert (strict["silent"], strict["becomes_dormant"], strict["no_longer_dormant"]) == (150, 30, 0)
    assert (present["silent"], present["becomes_dormant"], present["no_longer_dormant"]) == (120, 0, 0)
    assert (lax["silent"], lax["no_longer_dormant"]) == (60, 60)
    assert threshold.in_force("ecommerce") == 365


def test_who_never_buys_is_judged_by_engagements(shop: int, now: datetime) -> None:
    people(range(1001, 1041), now)
    bought(((c, days) for c in range(1001, 1041) for days in range(400, 500, 10)), now, "message_clicked")
    refresh(now)
    figures = threshold.kept("newsletter").figures
    assert (figures["basis"], figures["people"], figures["never"]) == ("engagement", 40, 0)
    assert threshold.at("newsletter", 5)["chance"]["share"] == pytest.approx(0.9)
    assert threshold.at("newsletter", 5)["relaunch"]["pays"] is None


def test_too_little_is_refused_with_its_reason(db: None, now: datetime) -> None:
    with engine.reading() as con:
        returning.refresh(con, now)
    with pytest.raises(RefusedError, match="relance score"):
        threshold.at("", 90)
    people(range(1, 11), now)
    refresh(now)
    with pytest.raises(RefusedError, match="covered-since"):
        threshold.at("", 90)
    sources.cover(sources.source_id("shop", now), {"order_placed": now - timedelta(days=900)})
    bought(((c, 500) for c in range(1, 11)), now)
    refresh(now)
    with pytest.raises(RefusedError, match="Fewer than 100"):
        threshold.at("", 90)


def test_an_unknown_policy_day_or_horizon_is_answered(shop: int, now: datetime) -> None:
    refresh(now)
    with pytest.raises(NotFoundError, match="everybody, ecommerce"):
        threshold.at("food", 90)
    with pytest.raises(InputError, match="choose from 0"):
        threshold.at("", -1)
    with pytest.raises(InputError, match="30, 90, 180, 365"):
        threshold.at("", 90, 91)


def test_curves_are_due_after_a_week_or_a_new_policy(shop: int, now: datetime) -> None:
    assert returning.due(now)
    refresh(now)
    assert not returning.due(now + timedelta(days=6))
    assert returning.due(now + timedelta(days=7))
    policies.apply(read(RECIPES / "b2b.yaml"), now + timedelta(hours=1))
    assert returning.due(now + timedelta(hours=2))
    refresh(now + timedelta(hours=3))
    assert Estimate.objects.filter(kind="return").values("as_of").distinct().count() == 1


def test_days_of_which_nobody_told_are_no_silence(shop: int, now: datetime) -> None:
    end = now - timedelta(days=550)
    database.execute("UPDATE coverage SET until = %s", [end])
    scoring.run(now)
    refresh(now)
    figures = threshold.kept("ecommerce").figures
    assert datetime.fromisoformat(figures["known_until"]) == end
    found = threshold.at("ecommerce", 30)
    assert (found["people"], found["silent"]) == (PEOPLE, PEOPLE // 2)  # the others bought ten days before the end
    assert threshold.at("ecommerce", 60)["silent"] == 0
    assert datetime.fromisoformat(found["known_until"]) == end


def test_the_dormant_are_those_of_the_last_day_that_was_told(shop: int, now: datetime) -> None:
    end = now - timedelta(days=150)
    database.execute("UPDATE coverage SET until = %s", [end])
    scoring.run(now)
    refresh(now)
    found = threshold.at("ecommerce", 365)
    assert (found["silent"], found["becomes_dormant"], found["no_longer_dormant"]) == (PEOPLE, 0, 0)
