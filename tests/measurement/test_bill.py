"""The bill of silence: counts, prices, rates without the silent, decay and flows."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import relance
from relance.core import database
from relance.core.definitions import read
from relance.core.errors import InputError, NotFoundError, RefusedError
from relance.dormancy import flows, policies, scoring
from relance.dormancy.models import Estimate, Policy
from relance.events import engine, hot, warehouse
from relance.events.hot import NewEvent
from relance.intake import sources
from relance.measurement import bill, overview, rates, snapshots
from tests.prepared import prepared

RECIPES = Path(relance.__file__).parent / "recipes" / "policies"
COVERED = (
    "order_placed", "store_purchase", "message_delivered", "message_clicked", "message_bounced", "message_complained",
    "message_unsubscribed",
)  # fmt: skip
SLEEPERS, BUYERS, LEAVERS = range(1, 21), range(21, 41), range(41, 51)


@pytest.fixture
def shop(db: None, tmp_path: Path, now: datetime) -> Iterator[None]:
    """Twenty people asleep for two years, twenty who buy and click, ten who bought last 400 days ago and were awake a year ago."""
    with prepared(f"silent {now}", tmp_path, lambda: base(now)):
        yield


def base(now: datetime) -> None:
    policies.apply(read(RECIPES / "ecommerce.yaml"), now)
    sources.cover(sources.source_id("shop", now), dict.fromkeys(COVERED, now - timedelta(days=1500)))
    seen = now - timedelta(days=1000)
    everybody = [*SLEEPERS, *BUYERS, *LEAVERS]
    database.execute(
        "INSERT INTO contact (id, first_seen_at, created_at) SELECT unnest(%s), %s, %s", [everybody, seen, seen]
    )
    database.execute(
        "INSERT INTO contact_point (contact_id, channel, value) SELECT id, 'email', 'c' || id || '@orange.fr' FROM contact"
    )
    happened("order_placed", SLEEPERS, (800,), now)
    happened("order_placed", BUYERS, (500, 100), now)
    happened("order_placed", LEAVERS, (400,), now)
    happened("message_delivered", everybody, (10, 20, 30, 40), now)
    happened("message_clicked", BUYERS, (10,), now)
    happened("message_complained", SLEEPERS[:2], (20,), now)
    happened("message_bounced", SLEEPERS[:4], (50,), now, kind="hard")
    scoring.run(now)


def happened(type_: str, people: Iterable[int], days: Iterable[int], now: datetime, **properties: str) -> None:
    hot.insert(
        NewEvent(c, 1, type_, now - timedelta(days=d), 50, reference=f"m{d}", properties=properties)
        for c in people
        for d in days
    )


def test_the_bill_counts_prices_and_compares(shop: None, now: datetime) -> None:
    found = bill.read(now, months=2)
    assert (found["people"], found["silent"], found["share_silent"]) == (50, 30, 0.6)
    (mail,) = found["routing"]
    assert (mail["messages"], mail["to_silent"], mail["cost_silent"]) == (200, 120, pytest.approx(0.1))
    assert found["decay"]["awake_then"] == 30  # buyers and leavers
    assert found["decay"]["silent_now"] == 10
    assert found["decay"]["interval"] == pytest.approx([0.173, 0.528], abs=0.001)  # exact, 10 of 30
    assert found["decay"]["pace"] is None  # a year is known
    assert found["asleep"]["interval"] is None  # 30 dormant buyers are too few
    assert found["rise"] is None
    assert found["decay"]["addresses"] == {"then": 50, "dead": 4, "share": 0.08}
    assert found["asleep"]["buyers"] == 30
    moved = {(one["start"], one["end"]): one["people"] for one in found["flows"]["flows"]}
    assert moved == {("dormant", "dormant"): 20, ("active", "active"): 20, ("active", "dormant"): 10}
    assert found["flows"]["source"] == "recomputed"
    assert [(one["month"], one["silent"], one["source"]) for one in found["months"]] == [
        ("2026-05", 20, "recomputed"),
        ("2026-06", 30, "recomputed"),
    ]


def counted(rate: dict[str, Any]) -> tuple[int, int, float]:
    """Return a rate's count, what it is a share of, and the share."""
    return rate["count"], rate["of"], rate["share"]


def test_rates_without_those_who_were_silent_before(shop: None, now: datetime) -> None:
    with engine.reading() as con:
        found = rates.read(con, now, None)
    assert counted(found["all"]["clicked"]) == (20, 200, 0.1)
    assert counted(found["without"]["clicked"]) == (20, 120, pytest.approx(1 / 6))  # leavers were awake then
    assert counted(found["all"]["complained"]) == (2, 200, 0.01)
    assert found["without"]["complained"]["count"] == 0
    assert found["all"]["hard_bounced"]["share"] == pytest.approx(4 / 204)
    assert found["silent"]["people"] == 20
    low, high = found["all"]["clicked"]["interval"]
    assert low < 0.1 < high
    assert high - low > 0.08  # ten mails of a person are not ten people's: over strangers it would be 0.083 at 95 %
    gap = found["spoiled"]["clicked"]
    assert gap["difference"] == pytest.approx(0.1 - 1 / 6)
    assert gap["interval"][0] < gap["difference"] < gap["interval"][1]


def test_a_signal_nobody_tells_of_is_unknown(shop: None, now: datetime) -> None:
    database.execute("DELETE FROM coverage WHERE type IN ('message_complained', 'message_bounced')")
    with engine.reading() as con:
        found = rates.read(con, now, now - timedelta(days=500))
        assert found["source"] == "history"
        assert found["all"]["complained"] is None
        assert found["all"]["clicked"] is not None
        assert rates.dead_addresses(con, now - timedelta(days=365), now) is None


def test_flows_come_from_the_changes_written(shop: None, now: datetime) -> None:
    overview.keep(now)
    later = now + timedelta(days=30)
    happened("order_placed", SLEEPERS[:3], (-20,), now)
    database.execute("INSERT INTO contact (id, first_seen_at) VALUES (99, %s)", [now + timedelta(days=10)])
    scoring.run(later)
    with engine.reading() as con:
        found = flows.since(con, now + timedelta(days=1), later, known_since=now)
    assert found.source == "history"
    assert found.people(("dormant",), ("active", "cooling")) == 3
    assert found.people((flows.ARRIVED,)) == 1
    assert found.people(("dormant",)) == 30


def test_people_imported_later_arrive_and_move_nowhere(shop: None, now: datetime) -> None:
    overview.keep(now)
    later = now + timedelta(days=30)
    old, unknown = now - timedelta(days=900), now + timedelta(days=20)
    brought = now + timedelta(days=20)  # one with an old first day, one whose old events alone tell of it
    for contact, first_seen in ((98, old), (99, unknown)):
        database.execute(
            "INSERT INTO contact (id, first_seen_at, created_at) VALUES (%s, %s, %s)", [contact, first_seen, brought]
        )
    happened("order_placed", (98, 99), (850,), now)
    scoring.run(later)
    with engine.reading() as con:
        found = flows.since(con, now + timedelta(days=1), later, known_since=now)
    assert found.people((flows.IMPORTED,)) == 2
    assert found.people((flows.IMPORTED,), flows.QUIET) == 2
    assert found.people(("dormant",)) == 30  # today's dormant of then, and none of those who came since
    moved = bill._decay(found)
    assert (moved["awake_then"], moved["silent_now"]) == (20, 0)


def test_money_asleep_has_its_interval_where_sleepers_are_many(shop: None, now: datetime) -> None:
    many = range(1001, 1201)
    seen = now - timedelta(days=1000)
    database.execute(
        "INSERT INTO contact (id, first_seen_at, created_at) SELECT unnest(%s), %s, %s", [list(many), seen, seen]
    )
    hot.insert(NewEvent(c, 1, "order_placed", now - timedelta(days=800), 20 + c % 60, reference="o") for c in many)
    scoring.run(now)
    asleep = bill.read(now, months=0)["asleep"]
    low, high = asleep["interval"]
    assert low < asleep["yearly"] < high
    assert low / asleep["yearly"] > 0.7


def test_the_pace_of_a_shorter_time_stands_in_for_a_year(now: datetime) -> None:
    def moved(months: int, awake: int, gone: int) -> flows.Flows:
        then = [flows.Flow("active", "active", awake - gone), flows.Flow("active", "dormant", gone)] if awake else []
        return flows.Flows(now - timedelta(days=30.4 * months), now, "history", then)

    found = bill._pace({1: moved(1, 500, 10), 3: moved(3, 400, 40), 6: moved(6, 0, 0), 12: moved(12, 0, 0)})
    assert found is not None
    assert found["months"] == 3
    assert found["share"] == pytest.approx(1 - 0.9**4, abs=0.02)  # a tenth in a quarter, four quarters
    assert found["interval"][0] < found["share"] < found["interval"][1]


def test_a_bill_is_kept_for_a_week_once_its_trend_is_whole(shop: None, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="relance bill --refresh"):
        bill.latest()
    bill.keep(now, months=1)
    assert [one["month"] for one in bill.latest()["months"]] == ["2026-06"]
    assert bill.due(now + timedelta(days=1))  # eleven months of the trend are still missing
    whole = bill.latest() | {"from_the_beginning": True}
    Estimate.objects.filter(kind="bill").update(figures=whole)
    assert not bill.due(now + timedelta(days=6))
    assert bill.due(now + timedelta(days=7))


def test_before_any_scoring_there_is_no_bill(db: None, now: datetime) -> None:
    with pytest.raises(RefusedError, match="relance score"):
        bill.read(now)
    with engine.reading() as con, pytest.raises(InputError, match="relance score"):
        flows.since(con, now - timedelta(days=30), now)


@pytest.mark.slow
def test_the_night_keeps_curves_and_bill(shop: None, now: datetime) -> None:
    snapshots.run(now)
    assert set(Estimate.objects.filter(as_of=now).values_list("kind", flat=True)) >= {"return", "bill"}
    snapshots.run(now + timedelta(hours=1))
    assert Estimate.objects.filter(kind="return", as_of=now).exists()  # once a week is enough


def test_a_trend_follows_the_policies(shop: None, now: datetime) -> None:
    bill.keep(now, months=2)
    whole = bill.latest() | {"from_the_beginning": True}
    Estimate.objects.filter(kind="bill").update(figures=whole)
    assert not bill.due(now + timedelta(days=1))
    written = Policy.objects.get().definition
    written["criteria"]["no_purchase"]["for"] = "40 months"
    Policy.objects.update(definition=written)
    assert bill.due(now + timedelta(days=1))
    found = {one["month"]: one for one in bill.keep(now + timedelta(days=1), months=2)["months"]}
    assert set(found) == {"2026-05", "2026-06"}
    assert {one["silent"] for one in found.values()} == {0}


@pytest.mark.slow
def test_made_anew_every_scored_month_is_scored_again(shop: None, now: datetime) -> None:
    bill.keep(now, months=1)
    kept = bill.latest()
    kept["months"][0]["silent"] = -1
    written = kept["months"][0] | {"month": "2026-05", "source": "history", "silent": -2}
    Estimate.objects.filter(kind="bill").update(figures=kept | {"months": [written, *kept["months"]]})
    assert [one["silent"] for one in bill.keep(now, months=0)["months"]] == [-2, -1]
    assert [one["silent"] for one in bill.keep(now, months=1, anew=True)["months"]] == [-2, 30]


def test_what_a_warehouse_covers_is_told_of(shop: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    database.execute("DELETE FROM coverage")
    since = now - timedelta(days=1500)
    monkeypatch.setattr(warehouse, "covered_since", lambda: dict.fromkeys(COVERED, since))
    found = bill.read(now, months=1)
    assert found["rates"]["all"]["clicked"]["share"] == 0.1
    assert [one["month"] for one in found["months"]] == ["2026-06"]


def test_a_signal_without_mails_is_not_one_nobody_tells_of(shop: None, now: datetime) -> None:
    database.execute("DELETE FROM coverage WHERE type = 'message_complained'")
    with engine.reading() as con:
        found = rates.read(con, now + timedelta(days=400), None)
    assert found["all"]["clicked"] == {"count": 0, "of": 0, "share": None, "interval": None}
    assert found["spoiled"]["clicked"] is None
    assert found["all"]["complained"] is None
