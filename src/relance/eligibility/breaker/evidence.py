"""Evidence that bad answers come more often than allowed: likelihood ratios that may be looked at after every batch.

Each message is answered badly (1) or not (0); the hypothesis is that, whatever came before, the chance of a bad answer
is at most `allowed`. For an alternative rate q > allowed the ratio (q/p0)^x ((1-q)/(1-p0))^(n-x) is then a nonnegative
supermartingale that starts at 1 (Ville 1939; Wald 1945 for one alternative). A weighted mean over alternatives is one
too: the method of mixtures (Robbins 1970, *Statistical methods related to the law of the iterated logarithm*), read as a
bet in Waudby-Smith and Ramdas 2024, *Estimating means of bounded random variables by betting*, and Ramdas, Grünwald,
Vovk and Shafer 2023, *Game-theoretic statistics and safe anytime-valid inference*. By Ville's inequality it ever
reaches 1/alpha with a chance of at most alpha: one may look as often as one likes, and stop when one likes.

Answers come late. A message not yet answered counts as answered well, which only lowers the ratio: the evidence known
at an instant never exceeds what will be known of the same messages, so the guarantee holds whatever the delays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

# Rates the breaker is to see soonest, as multiples of the allowed one, and how the stake is divided among them. Three
# alternatives cost less than a fine grid: a mixture pays the logarithm of the weight of the one that fits.
MULTIPLES = (2.0, 3.0, 5.0)
WEIGHTS = (0.27, 0.15, 0.58)
# Between the allowed rate and some 1.4 times it none of these gains anything, and a mailing service acts at 1.25 times ours:
# a fiftieth of the stake is on that rate.
NEAR, NEAR_PART = 1.25, 0.02
LARGEST_ALLOWED, LARGEST_RATE = 0.45, 0.9
# What may be lost by leaving one part out. A base a tenth dead stops after 109 messages; after 94 if the others were not
# asked, after 175 if they had to suffice alone.
WITNESS = 20.0


@dataclass(frozen=True)
class Mixture:
    """A stake divided over alternative rates, against the rate `allowed` (a share of messages)."""

    allowed: float
    multiples: tuple[float, ...] = MULTIPLES
    weights: tuple[float, ...] = WEIGHTS

    def __post_init__(self) -> None:
        """Refuse what is no such mixture."""
        if not 0 < self.allowed <= LARGEST_ALLOWED:
            raise ValueError(f"an allowed rate lies above 0 and up to {LARGEST_ALLOWED}; it is {self.allowed}")
        if len(self.multiples) != len(self.weights) or min(self.multiples) <= 1 or abs(sum(self.weights) - 1) > 1e-9:
            raise ValueError("alternatives are multiples above 1, each with a weight, and the weights sum to 1")

    @classmethod
    def near(cls, allowed: float) -> Mixture:
        """Return the whole stake on a rate just above the allowed one."""
        return cls(allowed, (NEAR,), (1.0,))

    @classmethod
    def lasting(cls, allowed: float) -> Mixture:
        """Return the stake of evergreen sends, part of it on a rate just above the allowed one."""
        return cls(allowed, (NEAR, *MULTIPLES), (NEAR_PART, *(weight * (1 - NEAR_PART) for weight in WEIGHTS)))

    @cached_property
    def rates(self) -> Floats:
        """The alternative rates, shape (alternatives,)."""
        return np.minimum(np.array(self.multiples) * self.allowed, LARGEST_RATE)

    @cached_property
    def gain(self) -> Floats:
        """What a bad answer adds to the logarithm of each ratio."""
        return np.asarray(np.log(self.rates / self.allowed))

    @cached_property
    def loss(self) -> Floats:
        """What a good answer adds to it: less than nothing."""
        return np.asarray(np.log1p(-self.rates) - np.log1p(-self.allowed))

    @cached_property
    def log_weights(self) -> Floats:
        return np.asarray(np.log(np.array(self.weights)))

    def log_ratios(self, sends: ArrayLike, bad: ArrayLike) -> Floats:
        """Return the logarithm of each alternative's ratio; shape of the counts, then (alternatives,)."""
        answered_badly = np.asarray(bad, float)[..., None]
        return np.asarray(
            answered_badly * self.gain + (np.asarray(sends, float)[..., None] - answered_badly) * self.loss
        )


def log_evidence(mixture: Mixture, sends: ArrayLike, bad: ArrayLike) -> Floats:
    """Return the logarithm of the e-process after `sends` messages of which `bad` came back badly; any shape.

    For one-off sends. It reaches ln(1/alpha) with a chance of at most alpha while the rate is the allowed one or less.
    """
    return log_sum(mixture.log_weights + mixture.log_ratios(sends, bad))


def log_detector(mixture: Mixture, sends: ArrayLike, bad: ArrayLike, *, head_start: float) -> Floats:
    """Return the logarithm of the e-detector after the last of these batches, in the order sent; shape (..., batches).

    For evergreen sends: an e-process that saw 200,000 good messages takes tens of thousands of bad ones to wake up. The
    e-detector sums e-processes begun at successive instants (Shin, Ramdas, Rinaldo 2023, *E-detectors: a nonparametric
    framework for sequential change detection*, of the kind of Shiryaev 1963 and Roberts 1966): the recent ones have not
    seen the good times. It is the mixture of M_b = (M_(b-1) + n_(b-1)) L_b over batches b, M_0 + n_0 being the head
    start (Moustakides, Polunchenko, Tartakovsky 2011, SR-r). As each batch enters with the number of messages of the
    one before, M less the messages sent is a supermartingale at any moment inside a batch too; so with a threshold of A
    the mean number of messages before a false alarm is at least A less the head start.
    """
    counts = np.asarray(sends, float)
    walked = np.cumsum(mixture.log_ratios(counts, bad), axis=-2)  # ratio of all batches up to each one
    before = np.concatenate([np.zeros_like(walked[..., :1, :]), walked[..., :-1, :]], axis=-2)
    entering = np.concatenate([np.full_like(counts[..., :1], head_start), counts[..., :-1]], axis=-1)
    with np.errstate(divide="ignore"):
        begun = np.log(entering)[..., None] + walked[..., -1:, :] - before
    return log_sum(mixture.log_weights + log_sum(begun, axis=-2))


def without_each(counts: Counts) -> Counts:
    """Return the counts of all parts, then those of all but the first, all but the second, …; parts are axis -2."""
    whole = counts.sum(axis=-2, keepdims=True)
    return np.concatenate([whole, whole - counts], axis=-2)


def together(logs: Floats) -> Floats:
    """Return the evidence that more than one part is bad, from that of each row of `without_each`, along the last axis.

    It is the evidence of all parts, of which leaving any one out may take a factor of `WITNESS` at most. It never exceeds
    that of all parts, so a false stop has the chance (or the run length) of one e-process (or e-detector) alone. Where one
    part is as bad as can be and no other is, it never exceeds `WITNESS` times that of the others, whose chance it has times
    `WITNESS` at most; far less where the others are well under the allowed rate.
    """
    without_any = np.min(logs[..., 1:], axis=-1, initial=np.inf)
    return np.asarray(np.minimum(logs[..., 0], without_any + np.log(WITNESS)))


def divergence(rate: ArrayLike, allowed: ArrayLike) -> Floats:
    """Return the Kullback-Leibler divergence of one message at `rate` from one at `allowed`, in nats.

    What one message teaches on average: ln(1/alpha) divided by it is how many messages the best test takes (Wald 1945).
    """
    q, p = np.asarray(rate, float), np.asarray(allowed, float)
    return np.asarray(q * np.log(q / p) + (1 - q) * (np.log1p(-q) - np.log1p(-p)))


def log_sum(logs: Floats, axis: int = -1) -> Floats:
    """Return ln(sum(exp(logs))) along an axis; -inf where nothing is above it."""
    top = np.max(logs, axis=axis, keepdims=True)
    safe = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(logs - safe).sum(axis)) + np.squeeze(safe, axis))
