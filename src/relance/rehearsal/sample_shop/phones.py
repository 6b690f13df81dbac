"""Telephone numbers in the ranges that ARCEP and Ofcom keep for fiction, written as people write them."""

from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relance.rehearsal.sample_shop import words
from relance.rehearsal.sample_shop.arrays import Flags, Numbers, Texts, drawn, pick, where

_SHARES = (0.5, 0.12, 0.38)  # with a mobile, with a land line, with none


def phones(random: np.random.Generator, english: Flags, must: Flags) -> Texts:
    """Return a phone number per person or null. Nobody shares one: when a range is used up, the others have none.

    Those who must have one have a land line: libraries take these ranges for valid, the fictional mobiles for not.
    """
    kind = np.where(must, 1, drawn(random, _SHARES, len(english)))
    result: Texts = pa.nulls(len(english), pa.string())
    for numbers, who in (
        (_all(words.FRENCH_MOBILES, 4), ~english & (kind == 0)),
        (_all(words.FRENCH_LAND_LINES, 4), ~english & (kind == 1)),
        (_all(words.BRITISH_MOBILES, 3), english & (kind == 0)),
        (_all(words.BRITISH_LAND_LINES, 3), english & (kind == 1)),
    ):
        result = where(who, pick(numbers, _places(random, who, must, len(numbers))), result)
    return result


def _all(prefixes: tuple[str, ...], width: int) -> list[str]:
    """Return every number of the ranges: a prefix and `width` digits."""
    return [f"{prefix}{number:0{width}}" for prefix, number in product(prefixes, range(10**width))]


def _places(random: np.random.Generator, who: Flags, must: Flags, size: int) -> Numbers:
    """Return a place of its own in a range of `size` for each of `who`, those who must have one first; else -1."""
    places = np.full(len(who), -1, dtype=np.int64)
    order = np.concatenate([np.flatnonzero(who & must), random.permutation(np.flatnonzero(who & ~must))])[:size]
    places[order] = random.permutation(size)[: len(order)]
    return places


def written(random: np.random.Generator, numbers: Texts, english: Flags, away: Flags) -> Texts:
    """Return the numbers as people write them: blanks, dots, nothing, or the country code, always so when `away`."""
    style = drawn(random, (60, 8, 20, 12), len(numbers))
    result = numbers
    for position, mark in enumerate((r"0\1 \2 \3 \4 \5", r"0\1.\2.\3.\4.\5")):
        pairs = pc.replace_substring_regex(numbers, r"^0(\d)(\d\d)(\d\d)(\d\d)(\d\d)$", mark)
        result = where(style == position, pairs, result)
    code = where(english, "+44", "+33")
    abroad = pc.binary_join_element_wise(code, pc.utf8_slice_codeunits(numbers, 1, None), "")
    return where(away | (style == 3), abroad, result)
