"""BG/NBD on the histogram of simulated customers against `lifetimes` 0.11, fitted in the same run; parameters compared.

    .venv/bin/python -m benchmarks.lifetime --customers 1000000 --peer PYTHON

`--peer` is a Python that has `lifetimes` (extra `bench`); default: this one. Prints JSON. Our time holds everything from the
engine's table of customers to parameters with standard errors: counting the histogram in DuckDB and fitting. The peer gets its
arrays ready made, and its time is that of `fit` alone. Each part is run `--runs` times, the median counts.
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
from pathlib import Path
from typing import Any

import numpy as np

TRUE = {"r": 0.6, "alpha": 90.0, "a": 0.8, "b": 2.5}  # ages in days
PEER = """
import json, statistics, sys, time, warnings
import numpy as np
warnings.simplefilter("ignore")
from lifetimes import BetaGeoFitter
rows, runs = np.load(sys.argv[1]), int(sys.argv[2])
seconds = []
for _ in range(runs):
    start = time.perf_counter()
    fitter = BetaGeoFitter(penalizer_coef=0.0)
    fitter.fit(rows["x"], rows["t_x"], rows["T"])
    seconds.append(time.perf_counter() - start)
print(json.dumps({"seconds": statistics.median(seconds), "parameters": {k: float(v) for k, v in fitter.params_.items()},
                  "log_likelihood": -float(fitter._negative_log_likelihood_ if hasattr(fitter, "_negative_log_likelihood_") else "nan")}))
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
    """Return the median seconds from the table of customers to the fit, and what was found."""
    import duckdb

    from relance.dormancy.lifetime import bg_nbd, fitting, histogram

    con = duckdb.connect(config={"threads": os.cpu_count() or 1})
    con.register("arrays", {name: values.astype(np.int64) for name, values in rows.items()})
    con.execute('CREATE TABLE person AS SELECT x AS frequency, t_x AS recency, "T", x + 1 AS purchase_days FROM arrays')
    import ibis

    names = ("frequency", "recency", "T", "purchase_days")
    query = str(
        ibis.to_sql(
            histogram.cells(ibis.table(dict.fromkeys(names, "int64"), name="person"), grouped=True), dialect="duckdb"
        )
    )
    seconds, counting = [], []
    for _ in range(runs):
        start = time.perf_counter()
        cells = con.execute(query).fetchnumpy()
        h = histogram.of_cells(cells)
        counting.append(time.perf_counter() - start)
        found = fitting.fit(bg_nbd, h)
        seconds.append(time.perf_counter() - start)
    return {
        "seconds": statistics.median(seconds), "of_which_counting": statistics.median(counting), "cells": len(h.x),
        "parameters": found.parameters, "standard_errors": found.standard_errors,
    }  # fmt: skip


def main() -> None:
    """Run both and print how they compare."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, default=1_000_000)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--peer", default=sys.executable)
    options = asked.parse_args()
    rows = simulated(options.customers)
    own = ours(rows, options.runs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npz"
        np.savez(path, **rows)
        told = subprocess.run(
            [options.peer, "-c", PEER, str(path), str(options.runs)], capture_output=True, text=True, check=True
        )
    peer = json.loads(told.stdout)
    apart = {name: abs(own["parameters"][name] / value - 1) for name, value in peer["parameters"].items()}
    answer = {
        "customers": options.customers, "cores": os.cpu_count(), "load": os.getloadavg()[0], "true": TRUE, "ours": own, "lifetimes": peer,
        "times_faster": peer["seconds"] / own["seconds"], "largest_relative_difference": max(apart.values()),
    }  # fmt: skip
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
