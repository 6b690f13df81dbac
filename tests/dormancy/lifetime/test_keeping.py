from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pytest

from relance.dormancy import scoring
from relance.dormancy.lifetime import forms, keeping, scores
from relance.dormancy.lifetime import study as studies
from tests.dormancy.base import ANNA, BORIS, CHLOE, cover, did, known

NOW = datetime(2026, 7, 27, 8, 0, tzinfo=UTC)


def base(*, leaves: bool = True, customers: int = 4_000, seed: int = 13) -> duckdb.DuckDBPyConnection:
    """`events` of customers who follow BG/NBD (or whom nobody leaves), and `feature` made from them."""
    random = np.random.default_rng(seed)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute("CREATE TABLE events (contact_id BIGINT, type VARCHAR, occurred_at TIMESTAMPTZ, amount DECIMAL(18, 4))")
    rows = []
    for contact in range(customers):
        age, rate = random.uniform(200, 720), random.gamma(0.9, 1 / 50)
        leaving, at, spend = random.beta(0.8, 2.5) if leaves else 0.0, 0.0, random.gamma(15, 3)
        while at <= age:
            rows.append(
                (
                    contact,
                    "order_placed",
                    NOW - timedelta(days=age - at),
                    round(float(spend * random.gamma(8, 1 / 8)), 2),
                )
            )
            if at and random.random() < leaving:
                break
            at += random.exponential(1 / rate)
    contacts, types, instants, amounts = zip(*rows, strict=True)
    import pyarrow as pa

    con.register(
        "brought",
        pa.table({"c": contacts, "t": types, "o": pa.array(instants, pa.timestamp("us", "UTC")), "a": amounts}),
    )
    con.execute("INSERT INTO events SELECT c, t, o, a FROM brought")
    con.execute(
        """
        CREATE TABLE feature AS SELECT contact_id, count(*) AS orders, count(DISTINCT occurred_at::DATE) AS purchase_days,
               min(occurred_at) AS first_purchase_at, max(occurred_at) AS last_purchase_at, sum(amount) AS gross_revenue,
               NULL::DECIMAL(18, 4) AS refunded
        FROM events GROUP BY ALL
        """
    )
    return con


def test_a_base_that_follows_the_model_has_parameters_in_force(db: None) -> None:
    keeping.refresh(base(), NOW)
    found = keeping.parameters()
    assert found is not None
    assert found.model in keeping.KEPT_MODELS
    assert found.values["r"] == pytest.approx(0.9, rel=0.3)
    assert found.mean_spend == pytest.approx(45, rel=0.1)
    assert keeping.fitted().to_pylist()[0]["alpha"] == found.values["alpha"]
    assert keeping.fitted().schema.names == list(forms.FITTED.names)


def test_a_base_that_nobody_leaves_leaves_nothing_in_force(db: None) -> None:
    keeping.refresh(base(leaves=False, customers=1_000), NOW)
    last = keeping.latest()
    assert last is not None
    assert (last.accepted, last.refusal) == (False, "dropout_not_seen")
    assert keeping.parameters() is None
    assert set(keeping.fitted().to_pylist()[0].values()) == {None}


def test_it_is_fitted_again_after_a_week(db: None) -> None:
    con = base(customers=300)
    for days in (0, 3, 6):
        keeping.refresh(con, NOW + timedelta(days=days))
    assert keeping.latest().as_of == NOW  # type: ignore[union-attr]
    keeping.refresh(con, NOW + timedelta(days=7))
    assert keeping.latest().as_of == NOW + timedelta(days=7)  # type: ignore[union-attr]


def test_without_events_nothing_is_verified_and_so_nothing_accepted(db: None) -> None:
    con = base()
    con.execute("DROP TABLE events")
    keeping.refresh(con, NOW)
    assert keeping.latest().refusal == "not_verified"  # type: ignore[union-attr]


def test_two_purchases_within_a_day_do_not_stop_the_night(db: None, now: datetime) -> None:
    known([ANNA, BORIS, CHLOE], now - timedelta(days=400))
    cover(now, "order_placed")
    late = now.replace(hour=23) - timedelta(days=30)
    for at in (late, late + timedelta(hours=3)):
        did(ANNA, "order_placed", at, amount=20)
    did(BORIS, "order_placed", now - timedelta(hours=2), amount=20)
    scoring.run(now)
    last = keeping.latest()
    assert last is not None
    assert (last.refusal, last.figures) == ("too_few_customers", {"customers": 2, "repeat_buyers": 1})


def test_a_history_that_contradicts_itself_is_a_refusal_kept_with_its_reason(db: None) -> None:
    con = base(customers=200)
    con.execute("UPDATE feature SET last_purchase_at = first_purchase_at + INTERVAL 3 YEAR WHERE contact_id = 5")
    keeping.refresh(con, NOW)
    last = keeping.latest()
    assert last is not None
    assert (last.accepted, last.refusal) == (False, "history_unreadable")
    assert "t_x = " in last.figures["error"]


def test_an_empty_base_is_no_fault(db: None) -> None:
    con = base(customers=1)
    con.execute("DELETE FROM feature")
    keeping.refresh(con, NOW)
    assert keeping.latest().refusal == "no_repeat_buyers"  # type: ignore[union-attr]


def test_who_bought_once_has_the_curve_that_a_fit_of_the_same_purchases_gives(db: None) -> None:
    con = base(customers=1_500)
    keeping.refresh(con, NOW)
    con.execute(
        "CREATE TABLE purchase AS SELECT contact_id AS customer, occurred_at::DATE AS day, sum(amount)::DOUBLE AS spend "
        "FROM events GROUP BY ALL"
    )
    study = studies.of_purchases(con, keeping.KEPT_MODELS, "days", None)
    told, shares = keeping.returns().to_pydict(), scores.returning(study, float(forms.HORIZON))
    kept = dict(zip(told["age"], told["share"], strict=True))
    for age, share in zip(study.base.T, shares, strict=True):
        assert kept.get(int(age), float("nan")) == pytest.approx(share, rel=1e-12, nan_ok=True)
    assert len(kept) > 100


def test_without_a_fit_nobody_has_a_curve(db: None) -> None:
    assert keeping.returns().num_rows == 0
