"""Future inactivity: a day that is known, a chance before it, and probabilities that are the same in the engine and out of it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
import sqlglot
from typer.testing import CliRunner

from relance.core import database
from relance.core.definitions import parse
from relance.dormancy import models, policies, program, scoring
from relance.dormancy.future import forms, judging, keeping, learning, parameters, words
from relance.dormancy.future.outlook import outlook
from relance.dormancy.policies import PolicyDefinition
from relance.events import engine, hot
from relance.events.hot import NewEvent
from relance.intake import sources
from relance.rules import moments
from tests.command_line import app
from tests.dormancy import future_base

pytestmark = pytest.mark.usefixtures("db")
ANNA = 1

COVERED = tuple((name, datetime(2020, 1, 1, tzinfo=UTC)) for name in ("logged_in", "message_clicked", "order_placed"))
SEVERAL = """policy: several
population: {orders: {gte: 1}}
criteria:
  no_purchase: {without: [order_placed, store_purchase], for: 12 months, points: 3}
  no_visit: {without: logged_in, for: 9 months, points: 1}
  no_reaction: {without: message_clicked, for: 6 months, points: 2, exposed_to: {event: message_delivered, count: {gte: 6}}}
states:
  cooling: {points: 2}
  dormant: {points: 4, needs: no_purchase}
"""


def person(**columns: Any) -> dict[str, Any]:
    """Return a row of `scored`: somebody active who bought thrice, changed as asked."""
    usual = {"policy": "several", "state": "active", "first_seen_at": datetime(2023, 1, 1, tzinfo=UTC), "frequency": 2}
    return {"contact_id": ANNA, "steady_interval": 60.0, "silence_days": 300, "delivered": 9, **usual, **columns}


def asked(people: list[dict[str, Any]], now: datetime, fitted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what DuckDB answers for these rows: days left and the three risks."""
    steps = learning.steps_of((definition().model_dump_json(by_alias=True),), COVERED)
    schema = ibis.schema(program.expressions([definition()], dict(COVERED))["scored"].schema())
    con = engine.connect()
    try:
        numbered = [{**dict.fromkeys(schema), **row, "contact_id": n} for n, row in enumerate(people)]
        con.register("scored", pa.Table.from_pylist(numbered, schema=schema.to_pyarrow()))
        con.register("future_fitted", pa.Table.from_pylist(fitted, schema=ibis.schema(forms.FITTED).to_pyarrow()))
        answer = con.execute(f"{moments.fill(forms.written(steps), now)} ORDER BY contact_id")
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    finally:
        con.close()


def definition() -> PolicyDefinition:
    return PolicyDefinition.model_validate(parse(SEVERAL, "x.yaml").data)


def coefficients(**of: float) -> list[dict[str, Any]]:
    """Return parameters of the policy for every horizon."""
    usual = dict.fromkeys(("intercept", *forms.TERMS), 0.0) | of
    return [{"policy": "several"} | {forms.coefficient(h, t): v for h in forms.HORIZONS for t, v in usual.items()}]


def test_the_day_is_the_first_on_which_points_and_need_are_there(now: datetime) -> None:
    bought = person(
        last_order_placed_or_store_purchase=datetime(2025, 8, 16, 8, tzinfo=UTC),  # a year: on 2026-08-16, 3 points
        last_logged_in=datetime(2025, 12, 1, 8, tzinfo=UTC),  # nine months: on 2026-09-01, the fourth point
        last_message_clicked=datetime(2026, 2, 26, 8, tzinfo=UTC),  # six months: on 2026-08-26, had six mails come
    )
    few, enough = bought | {"message_delivered_in_6_months": 5}, bought | {"message_delivered_in_6_months": 6}
    found = [row["days_left"] for row in asked([few, enough], now, coefficients())]
    assert found == [pytest.approx(36), pytest.approx(30)]


def test_who_is_due_later_has_no_chance_of_it_by_definition(now: datetime) -> None:
    bought = (now - timedelta(days=365 - days) for days in (20, 45, 200))
    rows = asked([person(last_order_placed_or_store_purchase=at) for at in bought], now, coefficients(intercept=1))
    likely = pytest.approx(1 / (1 + np.exp(-1)))
    assert [row["risk_30"] for row in rows] == [likely, 0, 0]
    assert [row["risk_60"] for row in rows] == [likely, likely, 0]


@pytest.mark.parametrize("state", ["dormant", "new", "undetermined", "never_active"])
def test_only_the_active_and_the_cooling_have_a_risk(now: datetime, state: str) -> None:
    assert asked([person(state=state, last_order_placed_or_store_purchase=now)], now, coefficients()) == []


@pytest.mark.slow
def test_without_parameters_nothing_is_told_but_what_is_certain(now: datetime) -> None:
    soon = person(last_order_placed_or_store_purchase=now - timedelta(days=345))
    other = [parameter | {"policy": "another"} for parameter in coefficients()]
    (row,) = asked([soon], now, other)
    assert row["risk_90"] is None
    (row,) = asked([person(last_order_placed_or_store_purchase=now)], now, other)
    assert row["risk_90"] == 0


def test_a_longer_time_is_never_less_likely(now: datetime) -> None:
    (given,) = coefficients(intercept=1)
    given |= {forms.coefficient(60, "intercept"): -2.0, forms.coefficient(90, "intercept"): 2.0}
    (row,) = asked([person(last_order_placed_or_store_purchase=now - timedelta(days=345))], now, [given])
    assert row["risk_30"] == row["risk_60"] < row["risk_90"]


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["postgres", "clickhouse", "bigquery", "snowflake", "trino"])
def test_the_same_expression_compiles_for_every_engine(dialect: str) -> None:
    steps = learning.steps_of((definition().model_dump_json(by_alias=True),), COVERED)
    for table in steps.values():
        query = str(ibis.to_sql(table, dialect=dialect))
        assert sqlglot.parse_one(query, dialect={"pyspark": "spark"}.get(dialect, dialect))


@pytest.mark.slow
def test_where_chance_alone_decides_recency_is_shown(db: None, now: datetime) -> None:
    future_base.fill(future_base.alike(1500), now, seed=1)
    assert keeping.refresh(now) == 1
    estimate = models.Estimate.objects.get(kind="future")
    assert (estimate.accepted, estimate.refusal) == (False, "no_better_than_recency")
    assert {found["basis"] for found in estimate.figures["horizons"].values()} == {"recency"}
    assert keeping.refresh(now + timedelta(days=6)) == 0
    assert keeping.refresh(now - timedelta(days=30), again=True) == 0


@pytest.fixture
def lively(db: None, now: datetime) -> None:
    """A shop whose people buy at rates of their own, scored and judged."""
    future_base.fill(future_base.of_their_own(2500, seed=1), now, seed=2)
    scoring.run(now)
    keeping.refresh(now)


def test_where_rhythm_tells_the_model_is_on_and_the_engine_says_what_it_says(lively: None, now: datetime) -> None:
    estimate = parameters.latest()["shop"]
    found = estimate.figures["horizons"]["90"]
    assert (estimate.accepted, found["accepted"], found["basis"]) == (True, True, "model")
    assert found["figures"]["auc_difference"]["low"] > 0
    told = outlook()["people"]
    with learning.looking_back(now + timedelta(days=90)) as con:  # looks 1 to 3 are then 60, 30 and 0 days ago
        rows = {horizon: learning.rows(con, "shop", horizon, range(3, 4)) for horizon in forms.HORIZONS}
    assert [sum(row[f"due_{h}"] for row in told) for h in forms.HORIZONS] == [len(r.outcomes) for r in rows.values()]
    assert sum(row["likely_90"] for row in told) == pytest.approx(by_hand(estimate, rows).sum(), abs=0.3)


def by_hand(estimate: models.Estimate, rows: dict[int, learning.Rows]) -> np.ndarray:
    """Return the 90-day risk of those due within 90 days, in numpy."""
    left = rows[90].of(("left",))[:, 0] * 90
    risk = np.zeros(len(left))
    for horizon, due in rows.items():
        found = estimate.figures["horizons"][str(horizon)]
        if found["basis"] != "none":
            risk[left <= horizon] = np.maximum(risk[left <= horizon], judging.said(found["coefficients"], due))
    return risk


@pytest.mark.slow
def test_the_future_of_the_past_is_not_read(lively: None, now: datetime) -> None:
    """What people did after a look changes outcomes, never terms."""
    with learning.looking_back(now) as con:
        before = learning.rows(con, "shop", 60, range(2, 3))
    hot.insert(NewEvent(n, 1, "order_placed", now - timedelta(days=10), 30, reference="late") for n in range(1, 2501))
    with learning.looking_back(now) as con:
        after = learning.rows(con, "shop", 60, range(2, 3))
    assert (before.terms == after.terms).all()
    assert after.outcomes.sum() < before.outcomes.sum()


@pytest.mark.slow
def test_who_objected_to_profiling_teaches_nothing(lively: None, now: datetime) -> None:
    database.execute("UPDATE contact SET objected_at = %s", [now])
    with learning.looking_back(now) as con:
        assert len(learning.rows(con, "shop", 90, learning.training(90)).outcomes) == 0


def test_no_outcome_learned_from_is_later_than_the_first_day_of_the_test() -> None:
    for horizon in forms.HORIZONS:
        (tested,) = learning.held_out(horizon)
        assert min(learning.training(horizon)) * learning.STEP - horizon >= tested * learning.STEP
        assert max(learning.training(horizon)) < learning.LOOKS


def test_a_large_base_is_learned_from_in_part(db: None, now: datetime) -> None:
    assert len(learning.sample_buckets()) == 32
    database.execute("INSERT INTO contact (id, first_seen_at) SELECT n, %s FROM generate_series(1, 200000) AS n", [now])
    assert learning.sample_buckets() == list(range(8))


def test_every_code_has_its_sentence_in_both_languages() -> None:
    assert words.SENTENCES["en"].keys() == words.SENTENCES["fr"].keys()
    assert words.SHOWN["en"].keys() == words.SHOWN["fr"].keys()


def test_the_command_tells_figures_and_people(lively: None) -> None:
    answer = CliRunner().invoke(app, ["future", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert found["policies"][0]["horizons"]["30"]["sentence_fr"]
    assert 0 < found["people"][0]["likely_90"] <= found["people"][0]["due_90"]
    assert "90 days: The model is on" in " ".join(CliRunner().invoke(app, ["future"]).stdout.split())


def test_the_command_is_refused_without_policy_or_scoring(db: None, now: datetime) -> None:
    assert "No policy is in force" in str(CliRunner().invoke(app, ["future"]).exception)
    policies.apply(parse(future_base.POLICY, "shop.yaml"), now)
    sources.cover(sources.source_id("shop", now), {"order_placed": now})
    assert "relance score" in str(CliRunner().invoke(app, ["future"]).exception)


OPENS = """policy: shop
population: {orders: {gte: 1}}
criteria:
  no_open: {without: [message_opened, order_placed], for: 120 days, points: 3}
states:
  dormant: {points: 3, needs: no_open}
"""


@pytest.fixture
def openers(db: None, now: datetime) -> None:
    """A shop judged by opens: what was bought counts as an open, and of every two people one consented."""
    future_base.fill(future_base.of_their_own(2500, seed=1), now, seed=2)
    policies.apply(parse(OPENS, "shop.yaml"), now)
    sources.cover(sources.source_id("shop", now), {"message_opened": now - timedelta(days=1080)})
    database.execute("UPDATE event SET type = 'message_opened' WHERE id % 3 > 0 AND contact_id % 2 = 0")
    database.execute(
        "INSERT INTO consent (contact_id, channel, topic, given, basis, proof, at) "
        "SELECT id, 'email', 'opens', true, 'opt_in', '', %s FROM contact WHERE id %% 2 = 0",
        [now - timedelta(days=future_base.HISTORY)],
    )
    scoring.run(now)
    keeping.refresh(now)


@pytest.mark.slow
def test_opens_are_learned_of_who_consented_and_of_nobody_else(openers: None, now: datetime) -> None:
    with learning.looking_back(now) as con:
        found = con.execute("SELECT contact_id % 2, count(*) FROM look_1 WHERE future_left < 1e9 GROUP BY 1").fetchall()
    assert dict(found).keys() == {0}, "without a consent nobody knows of her opens, so no silence of opens is under way"
    estimate = parameters.latest()["shop"]
    assert estimate.figures["horizons"]["90"]["figures"]["learned"]["people"] > 200
    assert estimate.figures["horizons"]["90"]["basis"] in {"model", "recency"}
    (told,) = outlook()["policies"]
    assert 0 < told["opens"]["consented"] < told["opens"]["people"]
    assert f"{told['opens']['consented']:,} of its" in told["opens"]["sentence"]
    assert "qui y ont consenti" in told["opens"]["sentence_fr"]


def test_scoring_says_what_the_model_of_opens_says(openers: None, now: datetime) -> None:
    scoring.run(now + timedelta(days=1))
    due = sum(row["due_90"] for row in outlook()["people"])
    assert due > 0
    path = scoring.profiles_path()
    con = engine.connect()
    ((known,),) = con.execute(f"SELECT count(risk_90) FROM read_parquet({engine.literal(path)})").fetchall()
    con.close()
    assert known >= due


def test_a_policy_without_opens_says_nothing_of_them(lively: None) -> None:
    assert outlook()["policies"][0]["opens"] is None
