"""One embedded PostgreSQL per test run, in a folder of its own; an empty database for each test that asks for `db`."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Other tests, PostgreSQL and Chromium share the processor: how long an example takes says nothing here.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

_folder = Path(tempfile.mkdtemp(prefix="relance-test-"))
for name in [name for name in os.environ if name.startswith("RELANCE_") and name != "RELANCE_TEST_DATA"]:
    del os.environ[name]
os.environ["RELANCE_DATA"] = str(_folder / "data")
os.environ["RELANCE_LANGUAGE"] = "en"
os.environ["RELANCE_DURABLE"] = "false"
os.environ["RELANCE_SECRET_KEY"] = "the draws of the control group hang on this key"
os.environ["DJANGO_SETTINGS_MODULE"] = "relance.settings"

import django  # noqa: E402

django.setup()

from relance.core import database, place  # noqa: E402
from tests.emptied import emptied  # noqa: E402

NOW = datetime(2026, 7, 27, 8, 0, tzinfo=UTC)


def pytest_sessionfinish() -> None:
    """Leave the server to its keeper; the folder goes once nothing needs it."""
    shutil.rmtree(_folder / "data" / "lakes", ignore_errors=True)


@pytest.fixture
def now() -> datetime:
    """A Monday morning outside every commercial period."""
    return NOW


@pytest.fixture(scope="session")
def server() -> None:
    """The embedded PostgreSQL, started."""
    database.start()


@pytest.fixture
def db(server: None, tmp_path: Path) -> Iterator[None]:
    """An empty migrated database and an empty lake, real ones, for one test."""
    with emptied(), place.elsewhere(data=tmp_path / "data", lake=str(tmp_path / "lake")):
        yield


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The folder of public data sets; the test is skipped where it is absent."""
    path = Path(os.environ.get("RELANCE_TEST_DATA", "../shared/data")).resolve()
    if not path.is_dir():
        pytest.skip(f"the public data sets are not in {path}; set RELANCE_TEST_DATA")
    return path
