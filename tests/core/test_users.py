"""The embedded server works as an ordinary user, and as root where user namespaces are forbidden."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from relance.core import embedded
from relance.core.errors import DatabaseError
from tests.core.confined import CANNOT, NOBODY

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
USE = """
import os, sys
sys.path[:0] = [os.environ["SOURCES"]]
import django
django.setup()
from datetime import UTC, datetime
from pathlib import Path
from relance.core import database, embedded, place
from relance.dormancy import scoring
from relance.intake import contacts
from relance.intake.options import Options
assert Path(embedded.__file__).is_relative_to(os.environ["SOURCES"])
database.start()
database.migrate()
now = datetime.now(UTC)
run = contacts.load(Path(sys.argv[1]), Options(), now)
scoring.score(now)
assert database.rows("SELECT count(*) FROM pg_class WHERE relpersistence = 'u'") == [(0,)]  # all is in the journal
server = embedded.locate()
pid = int((server.cluster / "postmaster.pid").read_text().split()[0])
ids = {line.split(":")[0]: line.split()[1:] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line}
print(os.geteuid(), run.totals["loaded"], ids["Uid"][1], ids["Gid"][1], len(ids["Groups"]), server.cluster)
server.run("pg_ctl", "stop", "-D", str(server.cluster), "-m", "fast", "-w")
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that belongs to the user with no right, outside pytest's own, which only root may enter."""
    with tempfile.TemporaryDirectory(prefix="relance-user-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)  # the sockets are in it, which the server's user must reach
        yield Path(name)


def used(how: str, folder: Path, owner: int) -> list[str]:
    """Start an installation in the folder, import a file, score; return what `USE` prints."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else; what runs here runs as an ordinary user anyway")
    file = folder / "contacts.csv"
    file.write_text("email;first_name\nanna@example.org;Anna\nboris@example.org;Boris\n")
    for path in (folder, file):
        os.chown(path, owner, owner)
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "RELANCE_DATA": str(folder / "data"),
        "RELANCE_DURABLE": "false", "DJANGO_SETTINGS_MODULE": "relance.settings", "SOURCES": str(ROOT / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.core.confined", how, sys.executable, "-c", USE, str(file)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, umask=0o077, check=False)
    if done.returncode == CANNOT:
        pytest.skip(f"this machine does not let root do that: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_an_ordinary_user_needs_nothing_but_a_folder(folder: Path) -> None:
    told = used("ordinary", folder, NOBODY)
    assert told[:5] == [str(NOBODY), "2", str(NOBODY), str(NOBODY), "0"]
    assert Path(told[5]).is_relative_to(folder)


def test_root_without_namespaces_has_the_server_run_as_somebody_else_with_nothing_of_roots(folder: Path) -> None:
    user, loaded, owner, group, groups, cluster = used("forbidden", folder, 0)
    assert (user, loaded, groups) == ("0", "2", "0")
    assert owner != "0" != group
    assert cluster.startswith("/var/lib/relance/")
    assert not list(Path("/var/lib").glob(f"relance/{Path(cluster).parent.name}")), "it was in a namespace of its own"


def test_a_database_made_in_a_namespace_is_not_left_for_an_empty_one(tmp_path: Path) -> None:
    made = tmp_path / "postgres" / "cluster" / "PG_VERSION"
    made.parent.mkdir(parents=True)
    made.write_text("18")
    with pytest.raises(DatabaseError, match="no longer allows"):
        embedded._system_server(tmp_path, embedded.wheel_binaries(), tmp_path)
