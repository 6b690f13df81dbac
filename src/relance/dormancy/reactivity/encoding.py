"""Columns as features of a linear model: ramps between quantiles for numbers, one per word for text, one for missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from relance.core.errors import InputError
from relance.dormancy.reactivity.reading import Column, Floats, Kind

QUANTILES = (
    0.005,
    0.2,
    0.4,
    0.6,
    0.8,
    0.995,
)  # beyond the outer ones a number counts as they do: outliers pull nothing
LEVELS = 20  # words with a feature of their own; the others share the feature that is all zeros
RAREST = 10  # people a word must have for one


@dataclass(frozen=True)
class Coding:
    """How one column becomes features: `knots` of the ramps (numbers, dates in days before the file's last) or `levels`."""

    name: str
    kind: Kind
    knots: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    missing: bool = False  # whether a feature tells that the value is missing

    @property
    def width(self) -> int:
        """Return how many features the column becomes."""
        return max(len(self.knots) - 1, 0) + len(self.levels) + self.missing


@dataclass(frozen=True)
class Encoder:
    """Codings of all columns, and the mean and spread that each feature is scaled by; plain numbers, so it can be kept as JSON."""

    codings: tuple[Coding, ...]
    means: Floats = field(default_factory=lambda: np.zeros(0))
    spreads: Floats = field(default_factory=lambda: np.zeros(0))

    def encode(self, columns: Mapping[str, Column], rows: int) -> Floats:
        """Return the features (rows, features), scaled; raise InputError where a column is absent or of another kind."""
        blocks = [_features(coding, columns) for coding in self.codings]
        raw = np.concatenate([np.zeros((rows, 0)), *blocks], axis=1)
        return np.asarray((raw - self.means) / self.spreads)

    def form(self) -> dict[str, object]:
        """Return the encoder as plain values."""
        return {
            "codings": [asdict(coding) for coding in self.codings],
            "means": self.means.tolist(),
            "spreads": self.spreads.tolist(),
        }


def fit(columns: Sequence[Column]) -> tuple[Encoder, Floats]:
    """Return the encoder of these columns and their features; outcomes and arms are not looked at."""
    codings = tuple(coding(column) for column in columns)
    named = {column.name: column for column in columns}
    raw = np.concatenate([_features(one, named) for one in codings], axis=1)
    means, spreads = raw.mean(axis=0), raw.std(axis=0)
    spreads = np.where(spreads > 0, spreads, 1.0)
    return Encoder(codings, means, spreads), np.asarray((raw - means) / spreads)


def coding(column: Column) -> Coding:
    """Return how a column becomes features."""
    if column.codes is not None:
        counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.levels))
        common = [int(code) for code in np.argsort(-counts, kind="stable")[:LEVELS] if counts[code] >= RAREST]
        levels = tuple(column.levels[code] for code in common)
        return Coding(column.name, "text", levels=levels, missing=bool((column.codes < 0).any()))
    numbers = _numbers(column)
    known = numbers[~np.isnan(numbers)]
    knots = np.unique(np.quantile(known, QUANTILES))
    if len(knots) < 2:
        knots = np.unique([known.min(), known.max()])
    return Coding(column.name, column.kind, tuple(map(float, knots)), missing=len(known) < len(numbers))


def _numbers(column: Column) -> Floats:
    """Return a column's numbers; dates as days before the last one in the file, so that a later file reads alike."""
    assert column.numbers is not None
    return np.nanmax(column.numbers) - column.numbers if column.kind == "date" else column.numbers


def _features(coding: Coding, columns: Mapping[str, Column]) -> Floats:
    """Return the features of one column (rows, width), unscaled."""
    column = columns.get(coding.name)
    if column is None:
        raise InputError(
            f"The column `{coding.name}`, which the model was learned with, is missing. Add it to the file."
        )
    if coding.kind == "text":
        return _words(coding, column)
    if column.numbers is None:
        raise InputError(
            f"The column `{coding.name}` held {coding.kind}s when the model was learned, and holds words here "
            f"(`{column.levels[0][:40]}`). Bring it as it was then."
        )
    if np.isnan(column.numbers).all():
        return _filled(coding, np.full(len(column.numbers), np.nan))
    return _filled(coding, _numbers(column))


def _filled(coding: Coding, numbers: Floats) -> Floats:
    """Return the ramps of numbers; a missing one stands in the middle, and says so where the coding has a place for it."""
    missing, knots = np.isnan(numbers), np.array(coding.knots)
    filled = np.where(missing, knots[len(knots) // 2], numbers)
    low, high = knots[:-1], knots[1:]
    ramps = np.clip((filled[:, None] - low) / (high - low), 0.0, 1.0)
    return np.concatenate([ramps, missing[:, None].astype(float)], axis=1) if coding.missing else ramps


def _words(coding: Coding, column: Column) -> Floats:
    """Return one feature per known word."""
    codes, names = column.coded(), column.names()
    place = {name: n for n, name in enumerate(coding.levels)}
    positions = np.array([*(place.get(name, -1) for name in names), -1])
    features = (positions[codes][:, None] == np.arange(len(coding.levels))).astype(float)
    return np.concatenate([features, (codes < 0)[:, None].astype(float)], axis=1) if coding.missing else features
