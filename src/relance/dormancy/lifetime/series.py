"""The hypergeometric series the models need, as numbers; `forms` has the same series in SQL, of fixed length."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from relance.dormancy.lifetime.histogram import Array

PRECISION = 1e-16
_DEEPEST = 240  # levels of a continued fraction; z = 0.994 needs as many
_LONGEST = 200_000  # terms; z = 0.9999 needs as many


def growth(first: ArrayLike, a: float, c: Array, kept: Array) -> Array:
    """Return c/(a-1) (1 - kept^(a-1) 2F1(first, a-1; c; 1-kept)), finite at a = 1 and at c = 0.

    The expected purchases of BG/NBD and MBG/NBD in the form Euler's transformation gives them: with z = 1 - kept and
    2F1 - 1 = (a-1) first z / c S, the division by a - 1 and that by c leave the series S.
    """
    lower = a - 1
    first, c, kept = np.broadcast_arrays(np.asarray(first, float), c, kept)
    z = 1 - kept
    tail = _summed(np.stack([first + 1, np.full_like(z, lower + 1), c + 1, np.full_like(z, 2.0)]), z)
    return np.asarray(c * decline(kept, lower) - kept**lower * first * z * tail)


def split(odds: Array) -> tuple[Array, Array, Array]:
    """Return 1/(1+e^odds), e^odds/(1+e^odds) and ln(1+e^odds) of log-odds, by one exponential."""
    small = np.exp(-np.abs(odds))
    larger = 1 / (1 + small)
    smaller = small * larger
    over = odds > 0
    return np.where(over, smaller, larger), np.where(over, larger, smaller), np.maximum(odds, 0) + np.log1p(small)


def decline(kept: Array, power: float) -> Array:
    """Return (1 - kept^power) / power; at power 0 its limit, -ln(kept)."""
    exponent = power * np.log(kept)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(np.abs(exponent) < 1e-12, 1.0, np.expm1(exponent) / exponent)
    return -np.log(kept) * relative


def unit(b: ArrayLike, c: ArrayLike, z: Array) -> Array:
    """Return 2F1(1, b; c; z) for 0 <= z < 1 and 0 < b < c, by Gauss's continued fraction: it converges close to z = 1 too."""
    b, c = np.asarray(b, dtype=float), np.asarray(c, dtype=float)
    root = np.sqrt(1 - z.max(initial=0.0))
    levels = int(np.clip(np.ceil(18 / np.arctanh(max(root, 1e-3))), 4, _DEEPEST))
    value = np.ones(np.broadcast_shapes(b.shape, c.shape, z.shape))
    for n in range(levels, -1, -1):
        even = (n + 1) * (c - b + n) / ((c + 2 * n) * (c + 1 + 2 * n))
        value = 1 - even * z / value
        odd = (b + n) * (c - 1 + n) / ((c - 1 + 2 * n) * (c + 2 * n))
        value = 1 - odd * z / value
    return 1 / value


def _summed(of: Array, z: Array) -> Array:
    """Return the sum over m of (u)_m (v)_m / ((c)_m (d)_m) z^m, where `of` is (u, v, c, d), each of the shape of z."""
    shape, z = z.shape, z.ravel()
    u, v, c, d = of.reshape(4, -1)
    total, term, left = np.ones(z.size), np.ones(z.size), np.arange(z.size)
    for m in range(_LONGEST):
        term = term * ((u + m) * (v + m) / ((c + m) * (d + m)) * z)
        total[left] += term
        if m % 8 == 0:  # rows whose rest is too small to count are done
            going = np.abs(term) > PRECISION * (1 - z) * np.abs(total[left])
            if not going.all():
                left, (term, z, u, v, c, d) = left[going], (rows[going] for rows in (term, z, u, v, c, d))
            if not left.size:
                break
    return total.reshape(shape)


def truncation(first: float, a: float, c: float, z: float, terms: int) -> float:
    """Return the relative error of the series of `growth` summed to `terms` terms, the rest taken as geometric, as `forms` does."""

    def ratio(m: int) -> float:
        return (first + 1 + m) * (a + m) / ((c + 1 + m) * (2 + m)) * z

    total = ratio(terms) / (1 - ratio(terms + 1))
    for m in range(terms - 1, -1, -1):
        total = ratio(m) * (1 + total)
    exact = _summed(np.array([[first + 1], [a], [c + 1], [2.0]]), np.array([z]))[0]
    return float(abs((1 + total) / exact - 1))
