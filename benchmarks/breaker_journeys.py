"""What the breaker holds of whole journeys, watched at each provider and as a whole, by simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from relance.eligibility.breaker import thresholds
from relance.eligibility.breaker.evidence import WITNESS, Counts, Floats, Mixture, together, without_each

if TYPE_CHECKING:
    from benchmarks.breaker import Evergreen

SHARES = {"gmail": 0.35, "microsoft": 0.2, "yahoo": 0.08, "orange": 0.12, "free": 0.08, "sfr": 0.06, "laposte": 0.04,
          "icloud": 0.03, "other": 0.04}  # fmt: skip
BASE, SLICE = 50_000, 20  # people; messages that dispatch sends before it looks again
ALPHA = 0.02  # of hard bounces, over all a journey is watched for
PART = ALPHA / (len(SHARES) + 1) * 6 / math.pi**2  # of a provider, and of all together, in the first watch


def measured(runs: int, seed: int) -> dict[str, Any]:
    """Measure one-off journeys."""
    return {
        "dead_base": dead_base(runs, seed),
        "one_bad_provider": one_bad_provider(runs, seed),
        "whole_false_stops": false_stops(runs, seed),
    }


@dataclass(frozen=True)
class Journeys:
    """Runs of a journey over its providers: messages to each, which of them stopped by themselves, and which runs as a whole."""

    sent: Counts  # (runs, providers)
    own: NDArray[np.bool_]  # (runs, providers)
    whole: NDArray[np.bool_]  # (runs,)


def journeys(rates: Floats, allowed: float, runs: int, rng: np.random.Generator) -> Journeys:
    """Send journeys slice by slice, providers mixed as in the base, each stopped where and when the product does it.

    Answers come at once, as refusals at the door do. What a provider is stopped for is not held against the whole.
    """
    bar, people = thresholds.bar(allowed, PART), np.array([int(BASE * share) for share in SHARES.values()])
    sent, bad = np.zeros((2, runs, len(SHARES)), dtype=np.int64)
    own, whole = np.zeros(sent.shape, bool), np.zeros(runs, bool)
    left = np.arange(runs)
    while left.size:
        waiting = np.where(own[left], 0, people - sent[left])
        going = waiting.sum(axis=1) > 0
        left, waiting = left[going], waiting[going]
        if not left.size:
            break
        slices = np.minimum(rng.multinomial(SLICE, waiting / waiting.sum(axis=1, keepdims=True)), waiting)
        sent[left] += slices
        bad[left] += rng.binomial(slices, rates)
        own[left] |= bar.evidence(sent[left], bad[left]) >= bar.opens
        counted = [np.where(own[left], 0, counts[left])[..., None] for counts in (sent, bad)]
        evidence = bar.evidence(*(without_each(counts)[..., 0] for counts in counted))
        whole[left] = together(evidence) >= bar.opens
        left = left[~whole[left]]
    return Journeys(sent, own, whole)


def dead_base(runs: int, seed: int) -> dict[str, Any]:
    """Measure the messages each provider of a base gets before its mails stop, a tenth of all addresses dead."""
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for said, allowed in (("stop at 0.8 of 2 % (shipped)", 0.016), ("stop at 2 % itself", 0.02)):
        gone = journeys(np.full(len(SHARES), 0.1), allowed, runs, rng)
        per = {provider: spread(gone.sent[:, place]) for place, provider in enumerate(SHARES)}
        worst = max(one["mean"] for one in per.values())
        found[said] = {
            "alpha": PART, "per_provider": per, "journey": spread(gone.sent.sum(axis=1)), "worst_mean": worst, "asked": 150,
            "stopped_as_a_whole": float(gone.whole.mean()), "every_provider_within_150": float((gone.sent <= 150).all(axis=1).mean()),
            "held": worst <= 150,
        }  # fmt: skip
    return found


def spread(messages: Counts) -> dict[str, float]:
    return {
        "mean": float(messages.mean()), "median": float(np.median(messages)), "p90": float(np.quantile(messages, 0.9)),
        "most": float(messages.max()), "within_150": float((messages <= 150).mean()),
    }  # fmt: skip


def one_bad_provider(runs: int, seed: int) -> list[dict[str, Any]]:
    """Measure what stops where a tenth of the addresses of one provider alone is dead, by the rate of the others."""
    found = []
    for name, others in (("gmail", 0.005), ("gmail", 0.016), ("orange", 0.005)):
        rng, bad = np.random.default_rng(seed), list(SHARES).index(name)
        rates = np.full(len(SHARES), others)
        rates[bad] = 0.1
        gone = journeys(rates, 0.016, runs, rng)
        elsewhere = np.delete(gone.own, bad, axis=1).any(axis=1)
        found.append(
            {"provider": name, "share": SHARES[name], "rate_elsewhere": others, "messages_to_it": spread(gone.sent[:, bad]),
             "it_alone": float((gone.own[:, bad] & ~gone.whole & ~elsewhere).mean()),
             "whole_journey": float(gone.whole.mean()), "another_provider": float(elsewhere.mean()),
             "asked": WITNESS * PART, "held": bool(gone.whole.mean() <= WITNESS * PART)}
        )  # fmt: skip
    return found


def false_stops(runs: int, seed: int) -> dict[str, Any]:
    """Measure how often any part of a one-off journey stops, or the whole of it, at the allowed rate everywhere."""
    gone = journeys(np.full(len(SHARES), 0.016), 0.016, runs, np.random.default_rng(seed))
    stopped = float((gone.own.any(axis=1) | gone.whole).mean())
    return {
        "messages": BASE,
        "any": stopped,
        "whole": float(gone.whole.mean()),
        "asked": ALPHA,
        "held": stopped <= ALPHA,
    }


def evergreen(one: Evergreen, longest: int, runs: int, seed: int) -> dict[str, Any]:
    """Measure the mean time to a false stop of an evergreen journey, at a provider or as a whole: each has half of them."""
    rng = np.random.default_rng(seed)
    mixture, few, needed = Mixture.lasting(one.allowed), min(runs, 1_000), 2 * one.run_length
    weights, parts = np.array(mixture.weights), len(SHARES)
    sums = np.zeros((few, 2 * parts + 1, len(mixture.rates)))  # each provider, all, all but each
    entering = np.full(sums.shape[:2], 1 / one.allowed)
    stops, left = np.full(few, longest * one.run_length), np.arange(few)
    for step in range(int(longest * one.run_length / one.cohort)):
        sent = rng.multinomial(one.cohort, list(SHARES.values()), left.size)
        bad = rng.binomial(sent, one.allowed)
        counts = [np.concatenate([each, without_each(each[..., None])[..., 0]], axis=1) for each in (sent, bad)]
        sums = (sums + entering[..., None]) * np.exp(mixture.log_ratios(*counts))
        entering = counts[0]
        level = np.log(sums @ weights)
        hit = np.maximum(level[:, :parts].max(axis=1), together(level[:, parts:])) >= math.log(needed)
        if hit.any():
            stops[left[hit]] = (step + 1) * one.cohort
            left, sums, entering = left[~hit], sums[~hit], entering[~hit]
    mean = float(stops.mean())
    return {
        "runs": few,
        "at_least": mean,
        "cut": left.size / few,
        "asked": one.run_length,
        "held": mean >= one.run_length,
    }
