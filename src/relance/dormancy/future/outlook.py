"""The outlook: how many of today's active and cooling people are likely to turn dormant, by policy and value band."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import duckdb

from relance.core import database
from relance.core.errors import NotFoundError
from relance.dormancy import policies, profiles, scoring
from relance.dormancy.future import forms, learning, parameters, words
from relance.dormancy.program import Covered
from relance.dormancy.states import reads_opens
from relance.events import engine
from relance.rules import moments

_SUMS = """
    count(*) FILTER (WHERE days_left <= {horizon}) AS due_{horizon},
    CASE WHEN count(*) FILTER (WHERE days_left <= {horizon} AND risk_{horizon} IS NULL) = 0
    THEN round(coalesce(sum(risk_{horizon}), 0), 1) END AS likely_{horizon}
"""
_COUNTED = f"""
    SELECT policy, value_band, count(*) AS people, {",".join(_SUMS.format(horizon=h) for h in forms.HORIZONS)}
    FROM future JOIN (SELECT contact_id, policy, value_band FROM scored) USING (contact_id) GROUP BY ALL ORDER BY ALL
"""


def outlook() -> dict[str, Any]:
    """Return what the models say (figures, sentences) and whom they say it of, as of the last scoring.

    `due_H` counts people whose day lies within H days if they do nothing, `likely_H` is the sum of their
    probabilities (null where one has none). Errors: NotFoundError before a first scoring.
    """
    found = parameters.latest()
    scored_at = last_scoring()
    return {
        "scored_at": scored_at,
        "policies": [_policy(name, estimate) for name, estimate in found.items()],
        "people": _people(scored_at),
    }


def _policy(name: str, estimate: Any) -> dict[str, Any]:
    given = estimate.figures["horizons"]
    horizons = {horizon: words.told(figures) for horizon, figures in given.items()}
    codes = (
        words.code(figures) for figures in reversed(list(given.values())) if figures["refusal"] == estimate.refusal
    )
    said = next(codes, estimate.refusal)
    return {
        "policy": name,
        "as_of": estimate.as_of,
        "accepted": estimate.accepted,
        "refusal": estimate.refusal,
        "sentence": words.sentence(said),
        "sentence_fr": words.sentence(said, "fr"),
        "share_of_base": estimate.figures["share_of_base"],
        "opens": words.opens(estimate.figures.get("opens")),
        "horizons": horizons,
    }


def last_scoring() -> datetime:
    """Return when people were last scored. Errors: NotFoundError where they never were."""
    ((at,),) = database.rows("SELECT max(scored_at) FROM profile")
    if at is None or not profiles.exist():
        raise NotFoundError("Nobody has been scored yet, so nobody is active or cooling. Run `relance score` first.")
    return at  # type: ignore[no-any-return]


def _people(at: datetime) -> list[dict[str, Any]]:
    con = engine.connect()
    try:
        con.execute(f"CREATE VIEW scored AS FROM {profiles.relation()}")
        con.register("future_fitted", parameters.in_force())
        if reads_opens(policies.in_force()):
            scoring.people(con, now=at)  # who consented to opens
        con.execute(f"CREATE TABLE future AS {moments.fill(_risks(*learning.in_force(at)), at)}")
        return _rows(con, _COUNTED)
    finally:
        con.close()


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    answer = con.execute(query)
    names = [column[0] for column in answer.description]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


@lru_cache(maxsize=16)
def _risks(written: tuple[str, ...], covered: Covered) -> str:
    return forms.written(learning.steps_of(written, covered))
