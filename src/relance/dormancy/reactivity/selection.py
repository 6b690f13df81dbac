"""Which columns a model may learn from; every one left out is named with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from relance.core.errors import InputError
from relance.dormancy.reactivity.reading import Codes, Column, Floats

IDENTIFIER = re.compile(
    r"(^|[_\W])(id|ids|uuid|guid|email|e_mail|mail|phone|telephone|iban|first_?name|last_?name)$", re.I
)
PERSON = re.compile(
    r"^(customer|client|contact|user|person|member|subscriber|buyer|abonn[eé]|membre|acheteur)"
    r"[_\W]?(id|uuid|key|code|number|no|ref|num[eé]ro)$|^e?[_\W]?mail([_\W]address)?$",
    re.IGNORECASE,
)
DISTINCT_SHARE = 0.9  # words that are nearly all different name people
FEW_WORDS = 50
COVERED = 0.5  # the common words must stand for as many people, or the column says nothing that comes back
IMPOSSIBLE_LOG = -20.0  # e to this: the chance that a group's outcomes are all alike by luck
GROUPS = 10


@dataclass(frozen=True)
class LeftOut:
    """A column the model does not learn from; `why` is a code that the words explain, `detail` a figure or value in it."""

    column: str
    why: str  # ignored, empty, constant, identifier, too_many_words, decides_outcome
    detail: str = ""


def select(
    columns: Sequence[Column], outcome: Floats, *, ignore: Sequence[str], keep: Sequence[str]
) -> tuple[list[Column], list[LeftOut]]:
    """Return the columns to learn from, and those left out; a column in `keep` stays whatever it looks like, if it holds anything."""
    kept, left = [], []
    for column in columns:
        found = LeftOut(column.name, "ignored") if column.name in ignore else _useless(column)
        if found is None and column.name not in keep:
            found = _unsuitable(column, outcome)
        if found is None:
            kept.append(column)
        else:
            left.append(found)
    return kept, left


def refuse_repeated(columns: Sequence[Column], *, spared: Sequence[str]) -> None:
    """Refuse people who stand on several rows: each row is taken for another person, by folds and by every interval.

    A column tells so whose name is a person's number and not among those `spared`. Raise InputError.
    """
    for column in columns:
        if column.name in spared or not PERSON.search(column.name):
            continue
        known = column.coded()[column.coded() >= 0]
        people = len(np.unique(known))
        if people < len(known):
            raise InputError(
                f"`{column.name}` names {people:,} people on {len(known):,} rows, and every row is taken for another person. "
                f"Keep one row of each, such as the first send, or say with --ignore {column.name} that it names no people."
            )


def _useless(column: Column) -> LeftOut | None:
    """Return why a column holds nothing to learn from."""
    present = np.unique(column.coded())
    if (present < 0).all():
        return LeftOut(column.name, "empty")
    return LeftOut(column.name, "constant") if len(present) == 1 else None


def _unsuitable(column: Column, outcome: Floats) -> LeftOut | None:
    """Return why a column would mislead."""
    if _identifies(column):
        return LeftOut(column.name, "identifier")
    if column.kind == "text" and column.distinct > FEW_WORDS and _covered(column) < COVERED:
        return LeftOut(column.name, "too_many_words", str(column.distinct))
    value = decides(column, outcome)
    return LeftOut(column.name, "decides_outcome", value) if value else None


def _identifies(column: Column) -> bool:
    """Tell whether a column names people: by its own name and many values, or by values that are nearly all different."""
    codes = column.coded()
    rows = int((codes >= 0).sum())
    distinct = len(np.unique(codes[codes >= 0]))
    if IDENTIFIER.search(column.name) and distinct > rows / 2:
        return True
    if column.kind == "text":
        return distinct > DISTINCT_SHARE * rows
    if column.kind == "date" or column.numbers is None or distinct < rows:
        return False
    numbers = column.numbers[~np.isnan(column.numbers)]
    whole = bool((numbers == np.round(numbers)).all())
    return whole and float(np.ptp(numbers)) < 2 * rows  # a running number


def _covered(column: Column) -> float:
    assert column.codes is not None
    counts = np.sort(np.bincount(column.codes[column.codes >= 0]))[::-1]
    return float(counts[:20].sum() / counts.sum())


def decides(column: Column, outcome: Floats) -> str:
    """Return the value with which everybody, or nobody, has the outcome beyond all chance: such a column was known only afterwards.

    A group of k people whose base rate is p is all alike by luck with chance p^k or (1 - p)^k; below e^-20 it is no luck.
    """
    has = outcome != 0
    rate = float(has.mean())
    if rate in (0.0, 1.0):
        return ""
    for codes, names in _groupings(column):
        people = np.bincount(codes, minlength=len(names))
        with_outcome = np.bincount(codes, weights=has, minlength=len(names))
        always = (with_outcome == people) & (people * np.log(rate) < IMPOSSIBLE_LOG)
        never = (with_outcome == 0) & (people * np.log1p(-rate) < IMPOSSIBLE_LOG)
        sure = np.flatnonzero(always | never)
        if len(sure):
            return names[int(sure[0])]
    return ""


def _groupings(column: Column) -> Iterator[tuple[Codes, list[str]]]:
    """Yield ways to group the rows: numbers by zero or not; then all columns finely."""
    if column.numbers is not None:
        codes = np.where(np.isnan(column.numbers), 2, column.numbers != 0).astype(np.int64)
        yield codes, ["0", "≠ 0", "?"]
    yield _groups(column)


def _groups(column: Column) -> tuple[Codes, list[str]]:
    """Return each row's group: its value where there are few, else which tenth of the numbers, zero apart; missing is a group too."""
    codes = column.coded()
    names: tuple[str, ...]
    if column.numbers is not None and codes.max() >= FEW_WORDS:
        numbers = column.numbers
        edges = np.unique(np.nanquantile(numbers[numbers != 0], np.linspace(0, 1, GROUPS + 1)[1:-1]))
        tenths: Codes = np.searchsorted(edges, numbers) + 1
        codes = np.where(np.isnan(numbers), -1, np.where(numbers == 0, 0, tenths))
        names = ("0", *(f"≤ {edge:g}" for edge in edges), f"> {edges[-1]:g}")
    else:
        names = column.names()
    return np.where(codes < 0, len(names), codes), [*names, "?"]
