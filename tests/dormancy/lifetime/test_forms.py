from functools import lru_cache

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pytest

from relance.dormancy.lifetime import forms
from relance.dormancy.lifetime.fitting import MODELS

PERSON = {
    "id": "int64", "frequency": "int64", "recency": "int64", "T": "int64", "purchase_days": "int64", "monetary_value": "decimal(18, 4)",
}  # fmt: skip
GRID = """
    CREATE TABLE person AS SELECT row_number() OVER () AS id, x AS frequency, t_x AS recency, T, x + 1 AS purchase_days,
           (20 + x)::DECIMAL(18, 4) AS monetary_value
    FROM (SELECT DISTINCT x, T, (T * f)::BIGINT AS t_x FROM (VALUES (0), (1), (2), (5), (20), (60), (300)) a(x),
          (VALUES (0), (1), (5), (30), (90), (365), (1500), (4000)) b(T), (VALUES (0.0), (0.05), (0.5), (0.97), (1.0)) c(f))
    WHERE x > 0 OR t_x = 0
"""
CASES = [
    ("bg_nbd", (0.243, 30.9, 0.793, 2.426)), ("bg_nbd", (1.0, 20.0, 1.0, 5.0)), ("mbg_nbd", (0.525, 43.3, 0.891, 1.614)),
    ("mbg_nbd", (0.8, 25.0, 0.3, 0.9)), ("pareto_nbd", (0.553, 74.0, 0.606, 81.7)), ("pareto_nbd", (0.8, 90.0, 1.0, 40.0)),
    ("pareto_nbd", (1.0, 20.0, 0.5, 100.0)), ("pareto_nbd", (1.0, 100.0, 0.5, 20.0)),
]  # fmt: skip
RETURNED = [0.25, 0.24, 0.2, 0.1, 0.05]


def expression(*, pareto: bool = False) -> ibis.Table:
    fitted, returns = ibis.table(forms.FITTED, name="fitted"), ibis.table(forms.RETURNS, name="returns")
    return forms.valued(forms.counted(ibis.table(PERSON, name="person"), fitted, returns, pareto=pareto))


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute(GRID)
    con.register("returns", pa.table([[0, 1, 5, 30, 90], RETURNED], schema=forms.RETURNS.to_pyarrow()))
    return con


@lru_cache
def written(*, pareto: bool = False) -> str:
    return str(ibis.to_sql(expression(pareto=pareto), dialect="duckdb", pretty=False))


@pytest.fixture(scope="module")
def sql() -> str:
    return written()


def answered(con: duckdb.DuckDBPyConnection, sql: str, row: dict[str, object]) -> dict[str, np.ndarray]:
    """Return what the form of the model of `row` says; the other two models have `sql` in common."""
    full = dict.fromkeys(forms.FITTED.names) | row
    if row.get("model") == "pareto_nbd":
        sql = written(pareto=True)
    con.register("fitted", pa.Table.from_pylist([full], schema=forms.FITTED.to_pyarrow()))
    found = con.execute(f"SELECT * FROM ({sql}) ORDER BY id").fetchnumpy()
    return {name: np.ma.filled(np.ma.asarray(column).astype(float), np.nan) for name, column in found.items()}


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_the_engine_gives_what_the_models_file_gives(
    con: duckdb.DuckDBPyConnection, sql: str, model: str, theta: tuple[float, ...]
) -> None:
    found = answered(con, sql, {"model": model, **dict(zip(MODELS[model].PARAMETERS, theta, strict=True))})
    history = (found["frequency"], found["recency"], found["T"])
    alive = MODELS[model].probability_alive(np.array(theta), *history)
    expected = MODELS[model].expected_given(np.array(theta), float(forms.HORIZON), *history)
    repeat = found["frequency"] > 0
    assert found["p_alive"][repeat] == pytest.approx(alive[repeat], rel=1e-9, abs=1e-200)
    assert np.isnan(found["p_alive"][~repeat]).all()
    assert found["expected_purchases"][repeat] == pytest.approx(expected[repeat], rel=1e-9, abs=1e-200)


def test_a_refused_model_leaves_every_column_empty(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    found = answered(con, sql, {})
    assert all(np.isnan(found[name]).all() for name in forms.COLUMNS)


def test_one_time_buyers_have_the_populations_mean_spend(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    row = {
        "model": "bg_nbd",
        "r": 0.243,
        "alpha": 30.9,
        "a": 0.793,
        "b": 2.426,
        "p": 6.25,
        "q": 3.74,
        "gamma": 15.44,
        "mean_spend": 1.0,
    }
    found = answered(con, sql, row)
    spend = found["expected_value"] / found["expected_purchases"]
    once = found["frequency"] == 0
    assert spend[once & (found["T"] <= 90)] == pytest.approx(6.25 * 15.44 / 2.74)  # as far as the curve reaches
    n, mean = found["purchase_days"][~once], found["monetary_value"][~once]
    likely = found["expected_purchases"][~once] > 1e-200
    assert spend[~once][likely] == pytest.approx((6.25 * (15.44 + n * mean) / (6.25 * n + 2.74))[likely])


def test_a_one_time_buyer_never_outranks_a_repeat_buyer_by_p_alive(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    row = {"model": "bg_nbd", "r": 0.243, "alpha": 30.9, "a": 0.793, "b": 2.426}
    answered(con, sql, row)
    ranked = con.execute(f"SELECT frequency FROM ({sql}) ORDER BY p_alive DESC NULLS LAST").fetchall()
    once = [position for position, (frequency,) in enumerate(ranked) if frequency == 0]
    assert min(once) == len(ranked) - len(once)


def test_who_never_bought_has_nothing(sql: str) -> None:
    con = duckdb.connect()
    con.register("returns", forms.RETURNS.to_pyarrow().empty_table())
    con.execute(
        "CREATE TABLE person AS SELECT 1 AS id, 0 AS frequency, 0 AS recency, 0 AS T, NULL::BIGINT AS purchase_days, "
        "NULL::DECIMAL(18, 4) AS monetary_value"
    )
    found = answered(con, sql, {"model": "bg_nbd", "r": 0.243, "alpha": 30.9, "a": 0.793, "b": 2.426})
    assert all(np.isnan(found[name]).all() for name in forms.COLUMNS)


@pytest.mark.parametrize(("model", "theta"), [CASES[0], CASES[2], CASES[4]])
def test_who_bought_once_comes_back_as_the_cohort_did(
    con: duckdb.DuckDBPyConnection, sql: str, model: str, theta: tuple[float, ...]
) -> None:
    found = answered(
        con, sql, {"model": model, **dict(zip(MODELS[model].PARAMETERS, theta, strict=True)), "mean_spend": 20.0}
    )
    once = found["frequency"] == 0
    shares = dict(zip(found["T"][once], found["expected_purchases"][once], strict=True))
    assert {age: shares[age] for age in (0, 1, 5, 30, 90)} == dict(zip((0, 1, 5, 30, 90), RETURNED, strict=True))
    assert all(np.isnan(shares[age]) for age in (365, 1500, 4000))  # where the curve does not reach
    assert found["expected_value"][once] == pytest.approx(20 * found["expected_purchases"][once], nan_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", ["postgres", "databricks", "clickhouse", "bigquery", "snowflake", "trino"])
def test_the_forms_compile_for_every_engine(dialect: str) -> None:
    for pareto in (False, True):
        assert "p_alive" in str(ibis.to_sql(expression(pareto=pareto), dialect=dialect))
