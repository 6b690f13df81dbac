"""What models say, for the pages that show it: learned by the real code from people who are made up, since the shop is too small."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import numpy as np

from relance.dormancy.future import forms, judging, parameters
from relance.dormancy.future.learning import Rows
from relance.dormancy.models import Estimate
from relance.dormancy.reactivity import preparation, reading, study
from relance.dormancy.reactivity.effort import Effort
from relance.measurement import reactivity

SEED = 20_260_727
POLICY = "ecommerce"


def keep(journey: str, now: datetime) -> None:
    """Keep an estimate of who turns dormant, for one policy, and one of who comes back because of a journey."""
    future(now)
    reacting(journey, now)


def future(now: datetime) -> None:
    """Keep what the real judgement says of people whose risk depends on more than recency."""
    horizons = {str(days): _judged(days) for days in forms.HORIZONS}
    figures = {"horizons": horizons, "share_of_base": 1.0, "policies": ""}
    Estimate.objects.update_or_create(
        kind=parameters.KIND, policy=POLICY, as_of=now, defaults={"accepted": True, "refusal": "", "figures": figures}
    )


def _judged(days: int) -> dict[str, object]:
    return asdict(judging.judge(days, _people(4_000, 1), _people(2_000, 2))) | {"turned_within": 0, "turned_at_all": 0}


def _people(count: int, seed: int) -> Rows:
    random = np.random.default_rng(SEED + seed)
    terms = random.normal(size=(count, len(forms.TERMS)))
    logit = terms @ np.linspace(-1, 1, len(forms.TERMS)) - 0.5
    return Rows(terms, (random.random(count) < 1 / (1 + np.exp(-logit))).astype(float))


def reacting(journey: str, now: datetime) -> None:
    """Keep what the real study says of people among whom the message works on those who bought lately."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        _write(path)
        question = preparation.Question("came_back", "mailed", "1", "0", recency="days_since_purchase")
        prepared = preparation.prepare(reading.read(path), question)
    found = study.study(prepared, question, Effort(3, 1, 200, 1), reactivity.limits)
    figures = reactivity.document(prepared, found) | {
        "journey": journey,
        "objected": 3,
        "unfinished": 120,
        "model": None,
    }
    Estimate.objects.update_or_create(
        kind="reactivity", policy=journey, as_of=now,
        defaults={"accepted": found.verdict == "uplift", "refusal": (found.reasons or [""])[0], "figures": figures},
    )  # fmt: skip


def _write(path: Path) -> None:
    random = np.random.default_rng(SEED)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["mailed", "came_back", "days_since_purchase", "purchases"])
        for _ in range(4_000):
            mailed, days, purchases = random.random() < 0.5, int(random.integers(30, 700)), int(random.integers(1, 9))
            anyway = 0.05 + 0.01 * purchases + (0.3 if days >= 400 else 0.0)  # these come with or without the message
            chance = anyway + (0.25 if mailed and days < 200 else 0.0)
            rows.writerow([int(mailed), int(random.random() < chance), days, purchases])
