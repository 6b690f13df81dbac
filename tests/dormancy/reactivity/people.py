"""People of a known truth: features, arms drawn at random, and outcomes whose effect is written down."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from relance.dormancy.reactivity.reading import Floats
from relance.dormancy.reactivity.sample import Sample


def sample(
    people: int, *, seed: int, base: float = 0.15, effect: float = 0.05, slope: float = 0.0
) -> tuple[Sample, Floats]:
    """Return people and each one's true effect: the base rate hangs on the first feature, the effect on the second."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(people, 4))
    treated = random.random(people) < 0.5
    true = effect + slope * np.tanh(features[:, 1])
    chance = np.clip(base + base * 0.6 * np.tanh(features[:, 0]) + treated * true, 0.0, 1.0)
    outcome = (random.random(people) < chance).astype(float)
    return Sample(features, treated, outcome, features[:, 0]), true


def qini_of(score: Floats, true: Floats) -> float:
    """Return the Qini that a score has in truth, from the effects of everybody: the mean of effect x (1/2 - rank)."""
    rank = np.empty(len(score))
    rank[np.argsort(-score, kind="stable")] = (np.arange(len(score)) + 0.5) / len(score)
    return float((true * (0.5 - rank)).mean())


def write(path: Path, people: int = 3000, *, seed: int = 7, slope: float = 0.12) -> Path:
    """Write a shop's CSV: who, when they came, what they bought, whether they were mailed, what they did."""
    random = np.random.default_rng(seed)
    orders, loves = random.poisson(3, people), random.random(people) < 0.5
    city = random.choice(["Lyon", "Paris", "Lille"], people)
    mailed = random.random(people) < 0.5
    chance = 0.25 + 0.02 * orders - 0.7 * slope * (loves - 0.5) + mailed * (0.03 + slope * (loves - 0.5))
    visited = random.random(people) < np.clip(chance, 0, 1)
    bought = visited & (random.random(people) < 0.5)
    lines = ["customer_id;first_order;orders;loves_mail;city;note;empty;mailed;visited;spent"]
    for n in range(people):
        day = f"{1 + n % 28:02d}/{1 + n % 12:02d}/2025"
        spent = f"{20 + n % 50},50" if bought[n] else "0"
        row = (
            f"C{n:06d}",
            day,
            orders[n],
            int(loves[n]),
            city[n] if n % 17 else "",
            f"note {n}",
            "",
            int(mailed[n]),
            int(visited[n]),
            spent,
        )
        lines.append(";".join(map(str, row)))
    path.write_text("\n".join(lines) + "\n")
    return path
