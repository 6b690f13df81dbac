"""BG/NBD on the histogram of simulated customers against `lifetimes` 0.11, fitted in the same run; parameters compared.

    .venv/bin/python -m benchmarks.lifetime --customers 1000000 --peer PYTHON

`--peer` is a Python that has `lifetimes` (extra `bench`); default: this one. Prints JSON: seconds by the wall's clock and of the
processor (all threads; what else runs on the machine hardly changes it), of the fit from the histogram, and of counting the
histogram in DuckDB and fitting, from the engine's table of customers to parameters with standard errors. The peer gets its
arrays ready made; its time is that of `fit` alone, and it gives no standard errors. Ours is the median of `--runs`, the peer's
of `--peer-runs`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np

from relance.dormancy.lifetime import fitting, histogram

TRUE = {"r": 0.6, "alpha": 90.0, "a": 0.8, "b": 2.5}  # ages in days
PEER = """
import json, statistics, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
from lifetimes import BetaGeoFitter
rows, runs = np.load(sys.argv[1]), int(sys.argv[2])
wall, processor = [], []
for _ in range(runs):
    start, spent = time.perf_counter(), time.process_time()
    fitter = BetaGeoFitter(penalizer_coef=0.0)
    fitter.fit(rows["x"], rows["t_x"], rows["T"])
    wall.append(time.perf_counter() - start)
    processor.append(time.process_time() - spent)
print(json.dumps({"seconds": {"wall": statistics.median(wall), "processor": statistics.median(processor)},
                  "parameters": {k: float(v) for k, v in fitter.params_.items()}}))
"""


def simulated(customers: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Return x, t_x and T in days of customers who follow BG/NBD, known for up to three years."""
    random = np.random.default_rng(seed)
    rate = random.gamma(TRUE["r"], 1 / TRUE["alpha"], customers)
    leaving = random.beta(TRUE["a"], TRUE["b"], customers)
    age = random.integers(30, 1096, customers).astype(float)
    x, last, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    active = np.arange(customers)
    while active.size:
        now[active] += random.exponential(1 / rate[active])
        active = active[now[active] <= age[active]]
        x[active] += 1
        last[active] = now[active]
        active = active[random.random(active.size) > leaving[active]]
    day = np.ceil(last)  # a purchase happens on a day
    return {"x": x, "t_x": np.minimum(day, age), "T": age}


def ours(rows: dict[str, np.ndarray], runs: int) -> dict[str, Any]:
    """Return the median seconds of the fit and of counting and fitting, and what was found."""
    con = duckdb.connect(config={"threads": os.cpu_count() or 1})
    con.register("arrays", {name: values.astype(np.int64) for name, values in rows.items()})
    con.execute('CREATE TABLE person AS SELECT x AS frequency, t_x AS recency, "T", x + 1 AS purchase_days FROM arrays')
    person = ibis.table(dict.fromkeys(("frequency", "recency", "T", "purchase_days"), "int64"), name="person")
    query = str(ibis.to_sql(histogram.cells(person, grouped=True), dialect="duckdb"))
    counting, fitting_alone, both = Clock(), Clock(), Clock()
    for _ in range(runs):
        with both.run():
            with counting.run():
                h = histogram.of_cells(con.execute(query).fetchnumpy())
            with fitting_alone.run():
                found = fitting.fit(fitting.MODELS["bg_nbd"], h)
    return {
        "histogram": counting.medians(), "fit_from_the_histogram": fitting_alone.medians(),
        "histogram_plus_fit": both.medians(), "cells": len(h.x), "parameters": found.parameters,
        "standard_errors": found.standard_errors,
    }  # fmt: skip


class Clock:
    """Seconds of several runs, by the wall's clock and of the processor."""

    def __init__(self) -> None:
        """Start with no run."""
        self.runs: list[tuple[float, float]] = []

    @contextmanager
    def run(self) -> Iterator[None]:
        """Time one run."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.runs.append((time.perf_counter() - wall, time.process_time() - processor))

    def medians(self) -> dict[str, float]:
        """Return the medians."""
        wall, processor = zip(*self.runs, strict=True)
        return {"wall": statistics.median(wall), "processor": statistics.median(processor)}


def main() -> None:
    """Run both and print how they compare."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, default=1_000_000)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--peer-runs", type=int, default=1)
    asked.add_argument("--peer", default=sys.executable)
    options = asked.parse_args()
    rows = simulated(options.customers)
    own = ours(rows, options.runs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npz"
        np.savez(path, x=rows["x"], t_x=rows["t_x"], T=rows["T"])
        told = subprocess.run(
            [options.peer, "-c", PEER, str(path), str(options.peer_runs)], capture_output=True, text=True, check=True
        )
    peer = json.loads(told.stdout)
    apart = {name: abs(own["parameters"][name] / value - 1) for name, value in peer["parameters"].items()}
    times = {
        part: {clock: seconds / own[part][clock] for clock, seconds in peer["seconds"].items()}
        for part in ("fit_from_the_histogram", "histogram_plus_fit")
    }
    answer = {
        "customers": options.customers, "cores": os.cpu_count(), "load": os.getloadavg()[0], "true": TRUE, "ours": own, "lifetimes": peer,
        "times_faster": times, "largest_relative_difference": max(apart.values()),
    }  # fmt: skip
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
