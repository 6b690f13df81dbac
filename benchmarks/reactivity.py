"""What deciding by reactivity earns, and how long learning it takes.

    .venv/bin/python -m benchmarks.reactivity [--trials 20] [--people 12000]

Prints JSON. `policies`: for each simulated world, the mean net result per thousand people over mailing nobody, in the currency
(purchases at 40, mails at 0.02, complaints at 20), of the policy learned from a past randomised send, of mailing everybody,
nobody, the more recent half, and of an oracle that knows each person's chances; and how often uplift was spoken of.
`hillstrom`, where the data are there: seconds, verdict and Qini of each question (5-fold, 5 repetitions, 1,000 resamples).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import django
import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")
django.setup()

from tests.dormancy.reactivity.policies import WORLDS, compared

from relance.dormancy.reactivity import reading, study
from relance.dormancy.reactivity.effort import Effort
from relance.dormancy.reactivity.preparation import Question, prepare


def policies(trials: int, people: int) -> dict[str, Any]:
    """Return the mean results of each policy in each world."""
    found = {}
    for name, world in WORLDS.items():
        runs = [compared(world, people=people, seed=seed) for seed in range(trials)]
        net = {way: [run.net[way] for run in runs] for way in runs[0].net}
        found[name] = {
            "net_per_1000": {way: round(float(np.mean(values)), 2) for way, values in net.items()},
            "standard_error": {way: round(float(np.std(values) / np.sqrt(trials)), 2) for way, values in net.items()},
            "mailed": {way: round(float(np.mean([run.mailed[way] for run in runs])), 3) for way in net},
            "uplift_spoken_of": sum(run.verdict == "uplift" for run in runs),
        }
    return found


def hillstrom(file: Path) -> dict[str, Any]:
    """Return what is said of each of Hillstrom's mails and outcomes, and how long it took."""
    table, found = reading.read(file), {}
    for mail in ("Womens", "Mens"):
        for outcome in ("visit", "conversion", "spend"):
            start = time.perf_counter()
            question = Question(outcome, "segment", f"{mail} E-Mail", "No E-Mail")
            one = study.study(prepare(table, question), question, Effort())
            assert one.comparison is not None
            qini = {name: [round(x, 5) for x in (q.value, q.low, q.high)] for name, q in one.comparison.qini.items()}
            gap = one.comparison.minus_response["combined"]
            found[f"{mail} {outcome}"] = {
                "verdict": one.verdict, "qini": qini, "minus_response": [round(x, 5) for x in (gap.value, gap.low, gap.high)],
                "seconds": round(time.perf_counter() - start, 1),
            }  # fmt: skip
    return found


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--people", type=int, default=12_000)
    arguments = parser.parse_args()
    file = Path(os.environ.get("RELANCE_TEST_DATA", "../shared/data")) / "hillstrom" / "hillstrom_two_thirds.csv.gz"
    answer = {
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "trials": arguments.trials,
        "people": arguments.people,
        "policies": policies(arguments.trials, arguments.people),
        "hillstrom": hillstrom(file) if file.exists() else f"{file} is not there",
    }
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
