"""Columns: numpy for numbers and instants, Arrow for text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Numbers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Texts = Any  # pyarrow.StringArray; Arrow ships no types


def pick(words: Texts | list[str], positions: Numbers) -> Texts:
    """Return the words at `positions`; a negative position gives null."""
    vocabulary: Texts = pa.array(words, pa.string()) if isinstance(words, list) else words
    return vocabulary.take(pa.array(positions, mask=positions < 0))


def join(*parts: Texts | str) -> Texts:
    """Return the parts put together line by line; null where one of them is null."""
    return pc.binary_join_element_wise(*parts, "")


def where(flags: Flags, these: Texts | str | None, others: Texts | str | None) -> Texts:
    """Return `these` where the flag is up, `others` elsewhere."""
    return pc.if_else(pa.array(flags), _text(these), _text(others))


def _text(value: Texts | str | None) -> Texts:
    return pa.scalar(value, pa.string()) if value is None or isinstance(value, str) else value


def digits(numbers: Numbers, width: int = 1) -> Texts:
    """Return the numbers written with at least `width` digits."""
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")


def drawn(random: np.random.Generator, weights: Sequence[float] | Reals, size: int) -> Numbers:
    """Return `size` positions drawn in proportion to `weights`."""
    bounds = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(bounds / bounds[-1], random.random(size), side="right").astype(np.int64)


def bands(counts: Sequence[int]) -> Numbers:
    """Return 0 `counts[0]` times, then 1 `counts[1]` times, and so on."""
    return np.repeat(np.arange(len(counts)), counts).astype(np.int64)
