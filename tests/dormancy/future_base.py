"""A made-up shop whose truth is known: people buy at random, at one rate for all or at a rate of their own."""

from datetime import datetime, timedelta

import numpy as np

from relance.core import database
from relance.core.definitions import parse
from relance.dormancy import policies
from relance.events import hot
from relance.events.hot import NewEvent
from relance.intake import sources

POLICY = """policy: shop
population: {orders: {gte: 1}}
criteria:
  no_purchase: {without: order_placed, for: 120 days, points: 3}
states:
  dormant: {points: 3, needs: no_purchase}
"""
HISTORY = 540  # days


def purchases(rates: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
    """Return each person's purchase days before now, whole ones, at her own rate a day from some day of the past on."""
    days = []
    for rate in rates:
        first = random.uniform(150, HISTORY)
        gaps = random.exponential(1 / rate, size=int(HISTORY * rate * 3) + 20)
        later = first - np.cumsum(gaps)
        days.append(np.floor(np.concatenate([[first], later[later >= 1]])))
    return days


def fill(rates: np.ndarray, now: datetime, seed: int) -> None:
    """Put the policy, one contact per rate and their purchases into the database."""
    policies.apply(parse(POLICY, "shop.yaml"), now)
    sources.cover(sources.source_id("shop", now), {"order_placed": now - timedelta(days=2 * HISTORY)})
    database.execute(
        "INSERT INTO contact (id, first_seen_at) SELECT n, %s FROM generate_series(1, %s) AS n",
        [now - timedelta(days=HISTORY), len(rates)],
    )
    hot.insert(
        NewEvent(person, 1, "order_placed", now - timedelta(days=float(day)), 30, reference=f"{person}/{number}")
        for person, days in enumerate(purchases(rates, np.random.default_rng(seed)), start=1)
        for number, day in enumerate(days)
    )


def alike(people: int) -> np.ndarray:
    """Return one rate for all: only chance decides."""
    return np.full(people, 1 / 75)


def of_their_own(people: int, seed: int) -> np.ndarray:
    """Return rates that differ much: who bought often will buy before her day."""
    return np.random.default_rng(seed).choice([1 / 25, 1 / 250], size=people)
