"""One embedded PostgreSQL per test run, in a folder of its own; an empty database for each test that asks for `db`."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Other tests, PostgreSQL and Chromium share the processor: how long an example takes says nothing here.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

# Removes the folder it is given once its input ends, as all who hold it are gone, and the server of the folder has stopped.
_REMOVER = """
read -r _
server="$0/data/postgres/cluster/postmaster.pid"
while [ -e "$server" ] && kill -0 "$(head -n 1 "$server")"; do sleep 1; done
rm -rf "$0"
"""


def _removed_after_us(folder: Path) -> Path:
    """Return the folder, which goes when this process and all it forked are gone, however they end."""
    ending, _ = os.pipe()
    silence = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    streams = [(os.POSIX_SPAWN_DUP2, ending, 0), silence, (os.POSIX_SPAWN_DUP2, 1, 2)]
    os.posix_spawn("/bin/sh", ["sh", "-c", _REMOVER, str(folder)], os.environ, file_actions=streams, setsid=True)
    os.close(ending)
    return folder


_folder = _removed_after_us(Path(tempfile.mkdtemp(prefix="relance-test-")))
for name in [name for name in os.environ if name.startswith("RELANCE_") and name != "RELANCE_TEST_DATA"]:
    del os.environ[name]
os.environ["RELANCE_DATA"] = str(_folder / "data")
os.environ["RELANCE_LANGUAGE"] = "en"
os.environ["RELANCE_DURABLE"] = "false"
os.environ["RELANCE_SECRET_KEY"] = "the draws of the control group hang on this key"
os.environ["DJANGO_SETTINGS_MODULE"] = "relance.settings"

import django  # noqa: E402

django.setup()

from django.utils import translation  # noqa: E402

from relance.core import database, place  # noqa: E402
from relance.delivery import relays  # noqa: E402
from relance.delivery.channels import esp, rests  # noqa: E402
from tests.emptied import emptied  # noqa: E402

NOW = datetime(2026, 7, 27, 8, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """A Monday morning outside every commercial period."""
    return NOW


@pytest.fixture(autouse=True)
def alone() -> None:
    """Nothing of another test: its language, nor the rest of a way out whose port a server of this test may have now."""
    translation.deactivate()
    for known in (esp._RESTS, relays._KNOWN, rests._KNOWN):
        known.clear()


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
