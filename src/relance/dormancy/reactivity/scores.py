"""Scores of people by a kept model: response, uplift where it may be spoken of, what a message is worth, and whom to mail."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pyarrow as pa
from pyarrow import csv

from relance.core.errors import InputError
from relance.dormancy.reactivity.kept import Model
from relance.dormancy.reactivity.reading import Bools, Codes, Floats, Table


@dataclass(frozen=True)
class Scores:
    """One value per row: `value` is money where the model knows it, else outcomes; `rank` is 1 for the first to mail."""

    response: Floats
    uplift: Floats | None
    value: Floats
    rank: Codes
    mail: Bools | None


def score(model: Model, table: Table) -> Scores:
    """Return the scores of every row; raise InputError where a column the model knows is missing."""
    features = model.encoder.encode(table.columns, table.rows)
    response = model.response.predict(features)
    response = np.clip(response, 0.0, 1.0) if model.binary else response
    uplift = None if model.uplift is None else model.uplift.predict(features)
    uplift = np.clip(uplift, -1.0, 1.0) if uplift is not None and model.binary else uplift
    worth = 1.0 if model.worth is None else model.worth
    value = worth * (response if uplift is None else uplift) - (model.cost or 0.0)
    rank = np.empty(table.rows, dtype=np.int64)
    rank[np.argsort(-value, kind="stable")] = np.arange(1, table.rows + 1)
    return Scores(response, uplift, value, rank, _mail(model, value))


def _mail(model: Model, value: Floats) -> Bools | None:
    """Return whom it pays to mail, where the model knows a cost."""
    if not model.decision:
        return None
    return value > 0 if model.decision == "above_cost" else np.full(len(value), model.decision == "everybody")


def as_csv(model: Model, table: Table, scores: Scores) -> bytes:
    """Return the scores as CSV: the row's number, the columns that name people, the scores."""
    columns: dict[str, object] = {"row": np.arange(1, table.rows + 1)}
    for name in model.identifiers:
        if name in table.columns:
            column = table.columns[name]
            codes, names = column.coded(), column.names()
            columns[name] = np.array([*names, ""], dtype=object)[codes]
    columns |= {"response": scores.response}
    columns |= {} if scores.uplift is None else {"uplift": scores.uplift}
    columns |= {"expected_value": scores.value, "rank": scores.rank}
    columns |= {} if scores.mail is None else {"mail": scores.mail.astype(int)}
    kept = BytesIO()
    csv.write_csv(pa.table(columns), kept)
    return kept.getvalue()


def given(table: Table, name: str) -> Floats:
    """Return a score column that somebody brought; raise InputError where it is no number on every row."""
    column = table.column(name)
    if column.numbers is None or column.kind == "date":
        raise InputError(
            f"`{name}` holds {'dates' if column.kind == 'date' else 'words'}. A score is a number; the highest is mailed first."
        )
    if np.isnan(column.numbers).any():
        missing = int(np.isnan(column.numbers).sum())
        raise InputError(
            f"`{name}` is missing on {missing:,} of {table.rows:,} rows. Give every row a score, or leave those rows out."
        )
    return column.numbers
