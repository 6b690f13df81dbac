"""Reactivity from the base's own randomised past sends: who entered a journey, what was known of them then, what they did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from relance.core.errors import InputError, NotFoundError
from relance.dormancy.models import Estimate
from relance.dormancy.reactivity import kept, study
from relance.dormancy.reactivity.effort import Effort
from relance.dormancy.reactivity.preparation import LEAST_PEOPLE, Question, prepare
from relance.dormancy.reactivity.reading import Column, Table
from relance.dormancy.reactivity.scores import Scores, score
from relance.events import engine
from relance.events.schemas import PURCHASES
from relance.journeys import definition
from relance.journeys.models import Journey, Version
from relance.measurement import outcomes, reactivity

TREATMENT, OUTCOME, RECENCY = "mailed", "came_back", "days_since_purchase"
BOUGHT = ", ".join(f"'{name}'" for name in sorted(PURCHASES))

FEATURES = f"""
    SELECT moment.contact_id,
           date_diff('second', max(occurred_at) FILTER (WHERE type IN ({BOUGHT})), any_value(as_of)) // 86400 AS days_since_purchase,
           date_diff('second', min(occurred_at) FILTER (WHERE type IN ({BOUGHT})), any_value(as_of)) // 86400 AS days_since_first_purchase,
           count(*) FILTER (WHERE type IN ({BOUGHT})) AS purchases,
           CAST(coalesce(sum(amount) FILTER (WHERE type IN ({BOUGHT})), 0) AS DOUBLE) AS spent,
           count(*) FILTER (WHERE type = 'store_purchase') AS store_purchases,
           date_diff('second', max(occurred_at) FILTER (WHERE type = 'site_visited'), any_value(as_of)) // 86400 AS days_since_visit,
           date_diff('second', max(occurred_at) FILTER (WHERE type = 'message_clicked'), any_value(as_of)) // 86400 AS days_since_click,
           count(*) FILTER (WHERE type = 'message_delivered' AND occurred_at > as_of - INTERVAL 180 DAY) AS delivered_180_days
    FROM moment LEFT JOIN events ON events.contact_id = moment.contact_id AND occurred_at <= as_of
    GROUP BY moment.contact_id
"""
PERSON = """
    SELECT date_diff('second', first_seen_at, as_of) // 86400 AS days_since_first_seen, language, country, kind, site, features.*
    FROM features JOIN moment USING (contact_id) JOIN contact ON contact.id = contact_id
"""


@dataclass(frozen=True)
class Rows:
    """People of a journey as a table, with `mailed` and `came_back`, and how many were left out."""

    table: Table
    contacts: tuple[int, ...]
    objected: int  # object to profiling (GDPR art. 21), or erased
    unfinished: int  # within the window of their entry


def rows(journey: Journey, con: duckdb.DuckDBPyConnection, now: datetime) -> Rows:
    """Return each person's first entry into the journey whose goal's window has ended: features as of entry, outcome within the window.

    By intention to treat: everybody not in the control group counts as mailed, whatever was sent. `con` shows `events` and `contact`.
    """
    published = [(version.pk, definition.of(version)) for version in Version.objects.filter(journey=journey)]
    outcomes.load(con, journey.pk, {pk: one.goal.within for pk, one in published}, now)
    goals = sorted({one.goal.event for _, one in published})
    con.execute(
        """
        CREATE TABLE first_passage AS
        SELECT passage.contact_id, arg_min(control, entered_at) AS control, min(entered_at) AS as_of,
               arg_min(ends_at, entered_at) AS ends_at, bool_or(objected_at IS NOT NULL OR erased_at IS NOT NULL) AS objected
        FROM passage JOIN contact ON contact.id = passage.contact_id GROUP BY passage.contact_id
        """
    )
    con.execute(
        "CREATE TABLE moment AS SELECT contact_id, as_of FROM first_passage WHERE NOT objected AND ends_at <= ?", [now]
    )
    con.execute(f"CREATE TABLE features AS {FEATURES}")
    found = con.execute(
        f"""
        SELECT person.*, NOT control AS mailed,
               EXISTS (SELECT 1 FROM events WHERE events.contact_id = first_passage.contact_id AND type IN ({_quoted(goals)})
                       AND occurred_at > first_passage.as_of AND occurred_at <= ends_at) AS came_back
        FROM ({PERSON}) AS person JOIN first_passage USING (contact_id) ORDER BY contact_id
        """
    ).to_arrow_table()
    counted = con.execute(
        "SELECT count(*) FILTER (WHERE objected), count(*) FILTER (WHERE NOT objected AND ends_at > ?) FROM first_passage",
        [now],
    ).fetchone() or (0, 0)
    return Rows(table(found, journey.name), tuple(found["contact_id"].to_pylist()), int(counted[0]), int(counted[1]))


def learn(journey_name: str, now: datetime, effort: Effort | None = None) -> dict[str, Any]:
    """Study a journey's past entries, keep the answer as an Estimate of kind `reactivity`, and return it as plain values."""
    journey = Journey.objects.filter(name=journey_name).first()
    if journey is None:
        raise NotFoundError(f"No journey is called `{journey_name}`. `relance journey list` shows those there are.")
    with engine.reading("contact") as con:
        known = rows(journey, con, now)
    _refuse_few(known, journey_name)
    question = _question(known)
    prepared = prepare(known.table, question)
    found = study.study(prepared, question, effort or Effort(), reactivity.limits)
    figures = reactivity.document(prepared, found) | {
        "journey": journey_name, "objected": known.objected, "unfinished": known.unfinished, "model": kept.form(found.model),
    }  # fmt: skip
    Estimate.objects.update_or_create(
        kind="reactivity", policy=journey_name, as_of=now,
        defaults={"accepted": found.verdict == "uplift", "refusal": (found.reasons or [""])[0], "figures": figures},
    )  # fmt: skip
    return figures


def current(model: kept.Model, now: datetime) -> tuple[tuple[int, ...], Scores]:
    """Return every contact who may be profiled and their scores by a kept model, features as of now."""
    with engine.reading("contact") as con:
        con.execute(
            "CREATE TABLE moment AS SELECT id AS contact_id, CAST(? AS TIMESTAMPTZ) AS as_of FROM contact "
            "WHERE objected_at IS NULL AND erased_at IS NULL AND first_seen_at <= ?", [now, now],
        )  # fmt: skip
        con.execute(f"CREATE TABLE features AS {FEATURES}")
        found = con.execute(f"{PERSON} ORDER BY contact_id").to_arrow_table()
    return tuple(found["contact_id"].to_pylist()), score(model, table(found, "contacts"))


def table(found: pa.Table, name: str) -> Table:
    """Return columns as a table to learn from; the contact's id is no feature."""
    columns = {
        one: _words(one, found[one]) if pa.types.is_string(found[one].type) else _numbers(one, found[one])
        for one in found.column_names if one != "contact_id"
    }  # fmt: skip
    return Table(name, found.num_rows, columns)


def _numbers(name: str, values: pa.ChunkedArray) -> Column:
    numbers = np.array(values.cast(pa.float64()).to_numpy(), dtype=np.float64)
    return Column(name, "number", len(np.unique(numbers)), numbers=numbers)


def _words(name: str, values: pa.ChunkedArray) -> Column:
    coded = pa.array(values.to_pylist(), pa.string()).dictionary_encode()
    codes = np.asarray(coded.indices.cast(pa.int64()).fill_null(-1), dtype=np.int64)
    return Column(name, "text", len(coded.dictionary), codes=codes, levels=tuple(coded.dictionary.to_pylist()))


def _question(known: Rows) -> Question:
    """Return what is asked: no column can have been known only afterwards, so each is kept whatever it looks like."""
    columns = known.table.columns
    mailed, recency = columns[TREATMENT].numbers, columns[RECENCY].numbers
    both = mailed is not None and bool((mailed == 0).any() and (mailed == 1).any())
    bought = recency is not None and not bool(np.isnan(recency).all())
    features = tuple(name for name in columns if name not in (TREATMENT, OUTCOME))
    arms = ("1", "0") if both else ("", "")
    return Question(OUTCOME, TREATMENT, *arms, keep=features, recency=RECENCY if bought else "")


def _refuse_few(known: Rows, journey_name: str) -> None:
    if known.table.rows < LEAST_PEOPLE:
        raise InputError(
            f"{known.table.rows} people have entered `{journey_name}` and are past the window of its goal ({known.unfinished} are within "
            f"it, {known.objected} object to profiling); {LEAST_PEOPLE} are the least that anything can be said of. Wait for them."
        )


def _quoted(names: list[str]) -> str:
    return ", ".join("'" + name.replace("'", "''") + "'" for name in names)
