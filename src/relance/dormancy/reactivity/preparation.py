"""From a table and a question to people to learn from: arms, outcomes and features, with what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from relance.core.errors import InputError
from relance.dormancy.reactivity import arms, encoding, selection
from relance.dormancy.reactivity.arms import Arms
from relance.dormancy.reactivity.encoding import Encoder
from relance.dormancy.reactivity.reading import LARGEST, Bools, Column, Floats, Table
from relance.dormancy.reactivity.sample import Sample
from relance.dormancy.reactivity.selection import LeftOut

LEAST_PEOPLE = 20
RECENCY = "recency"


@dataclass(frozen=True)
class Question:
    """What is asked of a table: its columns by name, and money. An empty `treatment` means that there is no control group."""

    outcome: str
    treatment: str = ""
    treated: str = ""
    control: str = ""
    value: str = ""  # a column of money, or what one outcome is worth as a number
    cost: float | None = None
    ignore: Sequence[str] = ()
    keep: Sequence[str] = ()
    recency: str = ""  # the column of time since the last purchase; `recency` where there is one


@dataclass(frozen=True)
class Counted:
    """Rows of the file: read, of another arm or none, without an outcome. `too_large`: numbers taken as missing, in all columns."""

    read: int
    other_arm: int
    no_outcome: int
    too_large: int = 0


@dataclass(frozen=True)
class Prepared:
    """People ready to be learned from, and what one outcome of theirs is worth (None: not asked)."""

    sample: Sample
    arms: Arms
    columns: Sequence[Column]
    encoder: Encoder
    left_out: Sequence[LeftOut]
    counted: Counted
    worth: float | None

    @property
    def binary(self) -> bool:
        """Tell whether the outcome is a yes or no."""
        return bool(np.isin(self.sample.outcome, (0.0, 1.0)).all())


def prepare(table: Table, question: Question) -> Prepared:
    """Return the people of the table; raise InputError where columns are missing, of the wrong kind, or nothing can be learned."""
    _check(table, question)
    told = arms.amounts(table.column(question.outcome), "outcome")
    split = _arms(table, question)
    rows = split.kept & ~np.isnan(told)
    outcome, treated, people = told[rows], split.treated[rows], table.take(rows)
    _refuse_unlearnable(question, outcome, treated, split)
    others = [people.columns[name] for name in people.columns if name not in _roles(question)]
    selection.refuse_repeated(others, spared=(*question.ignore, *question.keep))
    columns, left_out = selection.select(others, outcome, ignore=question.ignore, keep=question.keep)
    if not columns:
        raise InputError(
            f"{table.name} has no column left to learn from: {_why(left_out)}. Bring what was known of people before."
        )
    encoder, features = encoding.fit(columns)
    return Prepared(
        Sample(features, treated, outcome, _recency(people, question)),
        split,
        columns,
        encoder,
        left_out,
        Counted(table.rows, int((~split.kept).sum()), int((split.kept & np.isnan(told)).sum()), table.too_large),
        _worth(people, question, outcome),
    )


def _check(table: Table, question: Question) -> None:
    """Refuse names that the table has not, a column asked for twice, and a cost that is none."""
    roles = _roles(question)
    for name in (*roles, *question.keep, *question.ignore, *filter(None, [question.recency])):
        table.column(name)
    if len(set(roles)) < len(roles):
        raise InputError("One column was named for two things. Treatment, outcome and value are three columns.")
    if question.cost is not None and not 0 <= question.cost <= LARGEST:
        raise InputError(f"A cost of {question.cost:g} is none. Give what one message costs, 0 or more.")
    if question.cost is not None and not question.value:
        raise InputError(
            "A cost needs a value to be weighed against. Add --value, a column of money or what one outcome is worth."
        )


def _roles(question: Question) -> list[str]:
    value = [] if _number(question.value) is not None else [question.value]
    return [name for name in (question.treatment, question.outcome, *value) if name]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _arms(table: Table, question: Question) -> Arms:
    if not question.treatment:
        return arms.everybody(table.rows)
    return arms.arms(table.column(question.treatment), question.treated, question.control)


def _refuse_unlearnable(question: Question, outcome: Floats, treated: Bools, split: Arms) -> None:
    """Refuse too few people, an arm without an outcome known, and an outcome that is the same for everybody."""
    if len(outcome) < LEAST_PEOPLE:
        raise InputError(
            f"{len(outcome)} people have an arm and an outcome; {LEAST_PEOPLE} are the least that anything can be said of."
        )
    for people, name in ((treated, split.treated_name), (~treated, split.control_name)):
        if name and not people.any():
            raise InputError(
                f"Nobody of the arm `{name}` has a known `{question.outcome}`. Bring outcomes of both arms."
            )
    if np.ptp(outcome) == 0:
        raise InputError(
            f"`{question.outcome}` is {outcome[0]:g} for all {len(outcome):,} people: there is nothing to tell them apart by. "
            "Name another outcome, or a longer window."
        )


def _recency(people: Table, question: Question) -> Floats | None:
    """Return the column of recency; missing counts as the longest ago."""
    name = question.recency or (RECENCY if RECENCY in people.columns and RECENCY not in _roles(question) else "")
    if not name:
        return None
    column = people.columns[name]
    if column.numbers is None or column.kind == "date" or np.isnan(column.numbers).all():
        if question.recency:
            raise InputError(
                f"`{name}` holds no numbers. Recency is a number of days, weeks or months since the last purchase."
            )
        return None
    return np.where(np.isnan(column.numbers), np.nanmax(column.numbers), column.numbers)


def _worth(people: Table, question: Question, outcome: Floats) -> float | None:
    """Return what one outcome is worth: as given, or the mean of the column of money per outcome."""
    if not question.value:
        return None
    given = _number(question.value)
    if given is not None:
        if not 0 <= given <= LARGEST:
            raise InputError(
                f"A value of {question.value} is none. Give what one outcome is worth, 0 or more, or a column of money."
            )
        return given
    money = np.nan_to_num(arms.amounts(people.column(question.value), "value"))
    total = float(outcome.sum())
    return float(money.sum()) / total if total > 0 else 0.0


def _why(left_out: Sequence[LeftOut]) -> str:
    return ", ".join(f"`{one.column}` ({one.why})" for one in list(left_out)[:10]) or "there is none but those named"
