"""Since when a state holds and what moved the person there; what no calendar, zone or objection may shift."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import relance
from relance.core import database
from relance.core.definitions import parse, read
from relance.dormancy import policies
from tests.dormancy.base import ANNA, BORIS, CHLOE, DENIS, cover, did, known, policy, scored, states

ECOMMERCE = Path(relance.__file__).parent / "recipes" / "policies" / "ecommerce.yaml"
TOLD = ("order_placed", "store_purchase", "message_clicked", "message_delivered", "logged_in")
YEAR = """policy: mine
criteria: {no_purchase: {without: [order_placed], for: 12 months, points: 1}}
states: {dormant: {points: 1}}
"""


@pytest.fixture
def _shop(db: None, now: datetime) -> None:
    policies.apply(read(ECOMMERCE), now)
    cover(now, *TOLD)
    known([ANNA, BORIS, CHLOE, DENIS], now - timedelta(days=1000))


@pytest.mark.usefixtures("_shop")
def test_a_state_holds_since_its_last_silence_began(now: datetime) -> None:
    did(ANNA, "order_placed", datetime(2025, 3, 1, 9, tzinfo=UTC), amount=9)
    did(ANNA, "logged_in", datetime(2025, 8, 20, 9, tzinfo=UTC))
    did(ANNA, "message_clicked", datetime(2025, 9, 30, 9, tzinfo=UTC))
    did(ANNA, "message_delivered", now - timedelta(days=9), times=6)
    did(BORIS, "order_placed", datetime(2025, 3, 1, 9, tzinfo=UTC), amount=9)
    did(BORIS, "logged_in", datetime(2026, 7, 1, 9, tzinfo=UTC))
    did(CHLOE, "order_placed", now - timedelta(days=3), amount=9)
    assert scored(now, "state", "reason", "since") == {
        ANNA: ("very_dormant", "no_visit", datetime(2026, 5, 20, 9, tzinfo=UTC)),
        BORIS: ("dormant", "no_purchase", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        CHLOE: ("active", "no_purchase", None),
        DENIS: ("never_active", "", now - timedelta(days=970)),
    }
    earlier = scored(datetime(2026, 5, 20, 8, tzinfo=UTC), "state")
    assert earlier[ANNA] == ("dormant",)


@pytest.mark.usefixtures("_shop")
def test_the_undetermined_name_what_nobody_can_tell(now: datetime) -> None:
    did(ANNA, "order_placed", now - timedelta(days=100), amount=9)
    policy(YEAR.replace("order_placed", "event_attended").replace("no_purchase", "no_event"), now)
    database.execute("DELETE FROM policy WHERE name = 'ecommerce'")
    assert scored(now, "state", "reason", "since")[ANNA] == ("undetermined", "no_event", None)


@pytest.mark.usefixtures("_shop")
def test_an_objection_to_profiling_takes_a_person_out_of_scores(now: datetime) -> None:
    for contact in (ANNA, BORIS):
        for days in (600, 550, 500):
            did(contact, "order_placed", now - timedelta(days=days), amount=9)
        did(contact, "message_delivered", now - timedelta(days=9), times=6)
    database.execute("UPDATE contact SET objected_at = %s WHERE id = %s", [now - timedelta(days=1), ANNA])
    columns = (
        "state",
        "points",
        "reason",
        "criteria",
        "overdue_ratio",
        "steady_interval",
        "mean_interval",
        "preferred_hour",
    )
    found = scored(now, *columns)
    assert found[ANNA] == ("undetermined", 0, "objection", "", None, None, None, None)
    assert found[BORIS][:3] == ("very_dormant", 6, "no_purchase")
    assert None not in found[BORIS]


def test_a_fresh_import_without_send_history_makes_nobody_dormant(db: None, now: datetime) -> None:
    policies.apply(read(ECOMMERCE), now)
    policies.apply(read(ECOMMERCE.with_name("newsletter.yaml")), now)
    known([ANNA, BORIS], now - timedelta(days=1000))
    cover(now, "order_placed", days=200)
    did(ANNA, "order_placed", now - timedelta(days=190), amount=9)
    assert states(now) == {ANNA: "active", BORIS: "undetermined"}
    policies.apply(read(ECOMMERCE.with_name("b2b.yaml")), now)
    assert not {"dormant", "very_dormant", "cooling"} & set(states(now + timedelta(days=20)).values())


@pytest.mark.usefixtures("_shop")
def test_yesterdays_store_buyer_is_not_dormant(now: datetime) -> None:
    did(ANNA, "order_placed", now - timedelta(days=900), amount=9)
    did(ANNA, "message_delivered", now - timedelta(days=9), times=6)
    assert states(now)[ANNA] == "very_dormant"
    did(ANNA, "store_purchase", now - timedelta(days=1), amount=9)
    assert states(now)[ANNA] == "cooling"


@pytest.mark.parametrize("asking", [ECOMMERCE, None], ids=["counted for a policy too", "counted for this alone"])
def test_a_false_inactive_ignored_six_messages_and_clicks_were_told(
    db: None, now: datetime, asking: Path | None
) -> None:
    policies.apply(read(asking) if asking else parse(YEAR, "mine.yaml"), now)
    known([ANNA, BORIS, CHLOE, DENIS], now - timedelta(days=1000))
    for contact, days, times in ((ANNA, 20, 6), (BORIS, 20, 5), (CHLOE, 20, 6), (DENIS, 300, 20)):
        did(contact, "store_purchase", now - timedelta(days=200), amount=9)
        did(contact, "message_delivered", now - timedelta(days=days), times=times)
    did(CHLOE, "message_clicked", now - timedelta(days=10))
    nobody = dict.fromkeys((ANNA, BORIS, CHLOE, DENIS), (False,))
    cover(now, *(name for name in TOLD if name != "message_clicked"))
    assert scored(now, "false_inactive") == nobody  # nobody tells of clicks
    cover(now, "message_clicked", days=150)
    assert scored(now, "false_inactive") == nobody  # of these five months only
    cover(now, "message_clicked", days=190)
    assert scored(now, "false_inactive") == nobody | {ANNA: (True,)}


@pytest.mark.parametrize(
    ("bought", "still", "then"),
    [
        ("2024-02-29 23:30", "2025-02-28 23:59", "2025-03-01 00:00"),  # 29 February
        ("2025-03-30 00:59", "2026-03-30 00:58", "2026-03-30 00:59"),  # the hour that is missing in Paris
        ("2025-10-26 00:30", "2026-10-26 00:29", "2026-10-26 00:30"),  # the hour that comes twice
        ("2025-07-26 12:30", "2026-07-26 12:29", "2026-07-26 12:30"),  # already the 27th in Auckland
    ],
)
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_no_calendar_shifts_a_state_by_a_day(db: None, zone: str, bought: str, still: str, then: str) -> None:
    at, before, after = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (bought, still, then))
    policy(YEAR, at)
    cover(at, "order_placed")
    known([ANNA], at - timedelta(days=1000), time_zone=zone)
    did(ANNA, "order_placed", at, amount=9)
    with _clock_in(zone):
        assert scored(before, "state", "silence_days")[ANNA] == ("active", (before - at) // timedelta(days=1))
        assert scored(after, "state", "since")[ANNA] == ("dormant", after)


@contextmanager
def _clock_in(zone: str) -> Iterator[None]:
    """Put the machine in a zone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        yield
    time.tzset()
