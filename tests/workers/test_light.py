"""A process that only sends is light: what scores, compiles and measures stays out of it."""

import subprocess
import sys

HEAVY = (
    "duckdb",
    "ibis",
    "pyarrow",
    "pandas",
    "numpy",
    "scipy",
    "sklearn",
    "deltalake",
    "sqlglot",
    "adbc_driver_postgresql",
)


def test_a_dispatch_imports_no_analytic_library() -> None:
    code = f"import django, sys; django.setup(); import relance.workers.sending; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
