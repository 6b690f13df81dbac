"""What the breaker's statistics hold, by simulation: false stops, messages sent before a stop, and what others do.

    .venv/bin/python -m benchmarks.breaker --runs 10000 --plots docs

Prints JSON. Every setting is run `--runs` times with known truth. Answers are delayed and counted when they come, over
all messages sent by then; evidence is looked at after every batch. Beside ours: a fixed threshold on the rate so far and
the rate of the last messages, both from a minimum sample on. Asked: at the allowed rate a one-off send stops in at most
alpha of the runs over 100,000 messages; an evergreen one has its first false stop on average after at least the run length
set; at 2, 3 and 5 times the rate a fresh send stops after at most 1.25 ln(1/alpha)/KL messages; a base of 50,000 with a
tenth of dead addresses stops after at most 150 messages per provider. A journey is watched at each provider and as a
whole: at the allowed rate everywhere any of it stops in at most alpha of the runs, and where one provider alone is bad
that provider alone stops.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import breaker_journeys, breaker_plots
from relance.eligibility.breaker import thresholds
from relance.eligibility.breaker.evidence import NEAR, Mixture, divergence, log_detector

Floats = NDArray[np.float64]
FACTORS = (2, 3, 5)
HORIZON = 100_000
GOOD, GOOD_SHARE = 200_000, 0.25  # good sends before the change, and their rate as a share of the allowed one
WINDOW, LEAST = 1_000, 500  # of the rate of the last messages; least sample of both rules of others
CHUNK = 250
RULES = ("ours", "fixed", "windowed")


@dataclass(frozen=True)
class Setting:
    """A signal as it is watched: allowed rate, chance of a false stop, messages a batch, delays of answers in messages."""

    name: str
    allowed: float
    alpha: float
    batch: int
    delay: Callable[[np.random.Generator, tuple[int, ...]], Floats]
    said: str


def at_once(_: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return np.zeros(shape)


def bounces(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Nine in ten are refused at the door, the others come back within minutes: a mean of 2, at 600 messages an hour."""
    return np.where(rng.random(shape) < 0.9, 0.0, rng.exponential(20.0, shape))


def complaints(an_hour: float) -> Callable[[np.random.Generator, tuple[int, ...]], Floats]:
    """Half come within 6 hours, nineteen in twenty within 2 days (lognormal)."""
    return lambda rng, shape: np.exp(rng.normal(math.log(6 * an_hour), math.log(8) / 1.645, shape))


LATE = "half within 6 hours, 95 % within 2 days; {} messages an hour to the provider"
SETTINGS = (
    Setting("hard bounces, answers at once", 0.016, 0.01, 1, at_once, "one by one"),
    Setting(
        "hard bounces",
        0.016,
        0.01,
        5,
        bounces,
        "refused at the door, a tenth minutes later; 600 an hour to the provider",
    ),
    Setting(
        "hard bounces, a provider's part", 0.016, breaker_journeys.PART, 5, bounces, "the same; alpha shared as shipped"
    ),
    Setting("complaints, answers at once", 0.001, 0.01, 1, at_once, "one by one"),
    Setting("complaints, a canary's pace", 0.001, 0.01, 5, complaints(4), LATE.format(4)),
    Setting("complaints, alpha of 5 %", 0.001, 0.05, 5, complaints(2), LATE.format(2)),
    Setting("complaints, full pace", 0.001, 0.01, 20, complaints(100), LATE.format(100)),
)


def arrivals(setting: Setting, rate: float, events: int, runs: int, rng: np.random.Generator) -> Floats:
    """Return when each bad answer is seen, in messages sent by then (the end of a batch), shape (runs, events), in order."""
    sent = np.cumsum(rng.geometric(rate, (runs, events)), axis=1).astype(float)
    seen = np.sort(sent + setting.delay(rng, sent.shape), axis=1)
    return np.asarray(np.ceil(seen / setting.batch) * setting.batch)


def chunks(runs: int, rng: np.random.Generator, work: Callable[[int, np.random.Generator], Floats]) -> Floats:
    return np.concatenate([work(min(CHUNK, runs - start), rng) for start in range(0, runs, CHUNK)])


def first(stops: NDArray[np.bool_], at: Floats) -> Floats:
    """Return the messages sent when a rule first stopped; infinite where it never did."""
    return np.where(stops.any(axis=1), at[np.arange(len(at)), stops.argmax(axis=1)], np.inf)


def ours(bar: thresholds.Bar, at: Floats, before: tuple[int, Floats | int] = (0, 0)) -> Floats:
    """Return when the e-process stops; `before`: messages and bad answers that went before."""
    count = np.arange(1, at.shape[1] + 1) + np.reshape(before[1], (-1, 1))
    return first(bar.evidence(np.maximum(at + before[0], count), count) >= bar.opens, at)


def fixed(allowed: float, at: Floats) -> Floats:
    """Return when the rate so far exceeds the limit, from the least sample on."""
    count = np.arange(1, at.shape[1] + 1)
    at_least = (at <= LEAST).sum(axis=1) / LEAST > allowed
    return np.where(at_least, LEAST, first((count / at > allowed) & (at >= LEAST), at))


def windowed(allowed: float, at: Floats) -> Floats:
    """Return when the rate among the last messages exceeds the limit, from the least sample on."""
    needed = math.floor(allowed * WINDOW) + 1
    if at.shape[1] < needed:
        return np.full(len(at), np.inf)
    last, earliest = at[:, needed - 1 :], at[:, : at.shape[1] - needed + 1]
    return first(last - earliest < WINDOW, np.maximum(last, LEAST))


def rules(setting: Setting, bar: thresholds.Bar, at: Floats) -> Floats:
    """Return when each rule stops, shape (runs, rules)."""
    return np.stack([ours(bar, at), fixed(setting.allowed, at), windowed(setting.allowed, at)], axis=1)


def one_off(setting: Setting, runs: int, seed: int) -> dict[str, Any]:
    """Measure false stops over the horizon and messages before a stop, ours and others'."""
    rng = np.random.default_rng(seed)
    bar = thresholds.bar(setting.allowed, setting.alpha)

    def stops(rate: float) -> dict[str, float]:
        events = int(rate * HORIZON + 6 * math.sqrt(rate * HORIZON)) + 10

        def null(many: int, rng: np.random.Generator) -> Floats:
            return rules(setting, bar, arrivals(setting, rate, events, many, rng))

        shares = (chunks(runs, rng, null) <= HORIZON).mean(axis=0)
        return {name: float(share) for name, share in zip(RULES, shares, strict=True)}

    found = stops(setting.allowed)
    return {
        "setting": setting.name, "answers": setting.said, "allowed": setting.allowed, "alpha": setting.alpha,
        "batch": setting.batch, "threshold": bar.opens, "ville": math.log(1 / setting.alpha),
        "false_stops": {**found, "asked": setting.alpha, "held": found["ours"] <= setting.alpha},
        "stops_at_half_the_rate": stops(setting.allowed / 2),
        "stops_just_above": just_above(setting, bar, min(runs, 1_000), rng),
        "before_stop": [detection(setting, factor, bar, runs, rng) for factor in FACTORS],
    }  # fmt: skip


def just_above(setting: Setting, bar: thresholds.Bar, runs: int, rng: np.random.Generator) -> dict[str, float]:
    """Measure the share of sends that stop within the horizon at the rate at which a mailing service acts, and when."""
    rate = NEAR * setting.allowed
    events = int(rate * HORIZON + 6 * math.sqrt(rate * HORIZON)) + 10
    stops = chunks(runs, rng, lambda many, rng: ours(bar, arrivals(setting, rate, events, many, rng)))
    found = stops[stops <= HORIZON]
    return {"share": found.size / runs, "median": float(np.median(found)) if found.size else math.inf}


def detection(
    setting: Setting, factor: int, bar: thresholds.Bar, runs: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Measure the messages sent before a stop at a multiple of the allowed rate."""
    rate = factor * setting.allowed
    bound = math.log(1 / setting.alpha) / float(divergence(rate, setting.allowed))
    events = int(10 * bound * rate) + 40

    def seen(many: int, rng: np.random.Generator) -> Floats:
        return rules(setting, bar, arrivals(setting, rate, events, many, rng))

    stops = chunks(runs, rng, seen)
    mean = {name: finite_mean(stops[:, place]) for place, name in enumerate(RULES)}
    ratio = mean["ours"] / bound
    return {
        "factor": factor, "bound": bound, **mean, "p95": float(np.quantile(stops[:, 0], 0.95)), "ratio": ratio,
        "never": float(np.isinf(stops[:, 0]).mean()), "held": ratio <= 1.25,
    }  # fmt: skip


def finite_mean(stops: Floats) -> float:
    """Return the mean of those that came; null in JSON where none did."""
    found = stops[np.isfinite(stops)]
    return float(found.mean()) if found.size else math.inf


@dataclass(frozen=True)
class Evergreen:
    """An evergreen setting: allowed rate, run length asked for (messages), messages a cohort."""

    name: str
    allowed: float
    run_length: float
    cohort: int
    look: int  # messages between two looks, where messages before a stop are counted


EVERGREENS = (
    Evergreen("hard bounces", 0.016, 1_000_000, 200, 10),
    Evergreen("complaints", 0.001, 1_000_000, 500, 50),
)
LONGEST = 4  # run lengths after which a run without a false stop is cut: its length then counts as this, too little


def settled(one: Evergreen, runs: int, rng: np.random.Generator) -> Floats:
    """Return the sums of the e-detector after many good messages, shape (runs, alternatives)."""
    mixture = Mixture.lasting(one.allowed)
    sums, entering = np.zeros((runs, len(mixture.rates))), 1 / one.allowed
    for _ in range(GOOD // one.cohort):
        bad = rng.binomial(one.cohort, GOOD_SHARE * one.allowed, runs)
        sums = (sums + entering) * np.exp(mixture.log_ratios(np.full(runs, one.cohort), bad))
        entering = one.cohort
    return sums + one.cohort - one.look  # the messages of the last cohort enter with the next


def walk(
    one: Evergreen,
    rates: Callable[[int], float],
    steps: int,
    runs: int,
    rng: np.random.Generator,
    begun: Floats | None = None,
) -> Floats:
    """Return the messages sent when each run stops, by the recursion of the e-detector; infinite after `steps` cohorts."""
    mixture = Mixture.lasting(one.allowed)
    sums = np.zeros((runs, len(mixture.rates))) if begun is None else begun
    entering, weights = 1 / one.allowed if begun is None else one.cohort, np.array(mixture.weights)
    stops = np.full(runs, np.inf)
    left = np.arange(runs)
    for step in range(steps):
        bad = rng.binomial(one.cohort, rates(step), left.size)
        sums = (sums + entering) * np.exp(mixture.log_ratios(np.full(left.size, one.cohort), bad))
        entering = one.cohort
        hit = sums @ weights >= one.run_length
        if hit.any():
            stops[left[hit]] = (step + 1) * one.cohort
            left, sums = left[~hit], sums[~hit]
            if not left.size:
                break
    return stops


def evergreen(one: Evergreen, runs: int, seed: int) -> dict[str, Any]:
    """Measure the mean time to a false stop, and messages before a stop, fresh and after many good ones."""
    rng = np.random.default_rng(seed)
    steps = int(LONGEST * one.run_length / one.cohort)
    false = walk(one, lambda _: one.allowed, steps, runs, rng)
    mean = float(np.minimum(false, LONGEST * one.run_length).mean())
    found = []
    for factor in FACTORS:
        rate, close = factor * one.allowed, replace(one, cohort=one.look)
        bound = math.log(one.run_length) / float(divergence(rate, one.allowed))
        many = int(12 * bound / one.look) + 20
        fresh = walk(close, lambda _, rate=rate: rate, many, runs, rng)
        awake = walk(close, lambda _, rate=rate: rate, many, runs, rng, begun=settled(one, runs, rng))
        found.append(
            {"factor": factor, "bound": bound, "fresh": finite_mean(fresh), "after_good": finite_mean(awake),
             "ratio": finite_mean(fresh) / bound, "asleep": asleep(one, factor, runs, rng)}
        )  # fmt: skip
    return {
        "setting": one.name, "allowed": one.allowed, "run_length": one.run_length, "cohort": one.cohort,
        "mean_to_false_stop": {"at_least": mean, "asked": one.run_length, "cut": float(np.isinf(false).mean()),
                               "held": mean >= one.run_length},
        "before_stop": found,
    }  # fmt: skip


def asleep(one: Evergreen, factor: int, runs: int, rng: np.random.Generator) -> float:
    """Return the messages an e-process takes to stop after the same good ones: what the e-detector is for."""
    bar, rate = thresholds.bar(one.allowed, 0.01), factor * one.allowed
    few = min(runs, 200)
    good = rng.binomial(GOOD, GOOD_SHARE * one.allowed, few)
    at = np.cumsum(rng.geometric(rate, (few, int(rate * 1.2e6) + 50)), axis=1).astype(float)
    return finite_mean(np.concatenate([ours(bar, at[i : i + 20], (GOOD, good[i : i + 20])) for i in range(0, few, 20)]))


def late_answers(runs: int, seed: int) -> dict[str, Any]:
    """Measure the e-detector with late answers, as the product computes it: cohorts by send, judged as answers come."""
    rng = np.random.default_rng(seed)
    one, pace = EVERGREENS[0], 200
    few, length, mixture = min(runs, 2_000), 60, Mixture.lasting(one.allowed)
    found = []
    for factor in FACTORS:
        stops = []
        for start in range(0, few, 1000):
            size = (min(1000, few - start), length)
            bad = rng.binomial(pace, factor * one.allowed, size)
            shares = np.diff(1 - np.exp(-np.arange(length + 1) / 2.0))  # answers come within cohorts: mean 2
            stop = np.full(size[0], np.inf)
            came = rng.multinomial(bad, shares / shares.sum())  # runs, cohort sent, cohorts later
            for now in range(1, length):
                known = np.stack([came[:, sent, : now - sent + 1].sum(axis=1) for sent in range(now + 1)], axis=1)
                log = log_detector(mixture, np.full(known.shape, pace), known, head_start=1 / one.allowed)
                stop = np.where(np.isinf(stop) & (log >= math.log(one.run_length)), (now + 1) * pace, stop)
                if np.isfinite(stop).all():
                    break
            stops.append(stop)
        found.append({"factor": factor, "messages": finite_mean(np.concatenate(stops))})
    return {
        "setting": "hard bounces, answers up to several cohorts late (mean 2)",
        "cohort": pace,
        "before_stop": found,
    }


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=2027)
    parser.add_argument("--plots", type=Path, help="folder with en/ and fr/ to draw into")
    chosen = parser.parse_args()
    began = time.perf_counter()
    found: dict[str, Any] = {
        "one_off": [one_off(setting, chosen.runs, chosen.seed + place) for place, setting in enumerate(SETTINGS)],
        "evergreen": [evergreen(one, chosen.runs, chosen.seed) for one in EVERGREENS],
        "late_answers": late_answers(chosen.runs, chosen.seed),
        **breaker_journeys.measured(chosen.runs, chosen.seed),
        "whole_evergreen": breaker_journeys.evergreen(EVERGREENS[0], LONGEST, chosen.runs, chosen.seed),
    }
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    answer = {"machine": machine, "runs": chosen.runs, "seconds": time.perf_counter() - began, **found}
    json.dump(answer, sys.stdout, indent=2)
    print()
    if chosen.plots:
        breaker_plots.draw(found, chosen.plots)


if __name__ == "__main__":
    main()
