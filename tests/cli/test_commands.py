"""The installed `relance`, run as a person runs it: an installation of its own, started, used, stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from relance.settings import embedded_socket_folder
from tests import ports

pytestmark = pytest.mark.slow

RELANCE = Path(sys.executable).with_name("relance")
PATIENCE = 60.0  # seconds; a limit for a test that hangs, not a claim

Done = subprocess.CompletedProcess[str]


@dataclass
class Installation:
    """A data folder of its own and how `relance` is run on it."""

    folder: Path
    port: int
    answers: dict[str, Done] = field(default_factory=dict)
    health: dict[str, Any] = field(default_factory=dict)
    running: list[int] = field(default_factory=list)  # processes of `relance up`
    contacts: int = -1
    stopped: int | None = None
    said: str = ""

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        rest = {name: value for name, value in os.environ.items() if not name.startswith(("RELANCE_", "DJANGO_"))}
        return rest | {"RELANCE_DATA": str(self.data), "RELANCE_PORT": str(self.port), "RELANCE_LANGUAGE": "en"}

    def run(self, name: str, *arguments: object) -> None:
        """Run `relance` with these arguments and keep what came of it under a name."""
        command = [str(RELANCE), *map(str, arguments)]
        self.answers[name] = subprocess.run(
            command,
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


def until(found: Callable[[], bool]) -> bool:
    """Ask again and again until it is so; False where it does not become so in time."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """`relance up` on an empty folder, used while it runs, stopped as by Ctrl-C."""
    found = Installation(tmp_path_factory.mktemp("l'installation"), ports.free())
    up = subprocess.Popen(
        [str(RELANCE), "up"], env=found.environment, cwd=found.folder, stderr=subprocess.PIPE, text=True
    )
    try:
        assert until(lambda: up.poll() is not None or looks_well(found)), "relance up does not answer"
        assert up.poll() is None, up.stderr.read() if up.stderr else ""
        found.running = [up.pid, *descendants(up.pid)]
        use(found)
        up.send_signal(signal.SIGINT)
        found.said = up.communicate(timeout=PATIENCE)[1]
        found.stopped = up.returncode
        yield found
    finally:
        up.kill()
        up.wait()


def looks_well(installation: Installation) -> bool:
    """Ask the health page, and keep what it says."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{installation.port}/health", timeout=5) as answer:
            installation.health = {"status": answer.status, **json.load(answer)}
    except OSError:  # not yet, or not in time
        return False
    return True


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that these did."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    own = [int(child) for task in tasks for child in task.read_text().split()]
    return [*own, *(further for child in own for further in descendants(child))]


def use(installation: Installation) -> None:
    """Run the commands that the tests look at, while the installation runs."""
    people = installation.write(
        "people.csv", "id,email,first name\n1,anna@example.org,Anna\n2,boris@example.org,Boris\n,nobody,\n"
    )
    installation.run("import", "import", "contacts", people, "--json")
    ghosts = installation.write("ghosts.csv", "id,color\n,blue\n,green\n")
    installation.run("refused", "import", "contacts", ghosts)
    installation.run("refused json", "import", "contacts", installation.folder, "--json")
    installation.run("wrong", "import", "contacts", people, "--colour", "blue")
    installation.run("check", "check", "--json")
    installation.run("score", "score", "--json")
    with psycopg.connect(
        host=str(embedded_socket_folder(installation.data)), port=5432, user="relance", dbname="relance"
    ) as own:
        [(installation.contacts,)] = own.execute("SELECT count(*) FROM contact").fetchall()


def test_up_answers_on_the_health_page(installation: Installation) -> None:
    assert installation.health["status"] == 200
    assert installation.health["well"] is True
    assert len(installation.running) >= 3, "the command itself, the web server, the worker"


def test_json_is_all_there_is_on_stdout(installation: Installation) -> None:
    done = installation.answers["import"]
    told = json.loads(done.stdout)
    assert (done.returncode, told["totals"]["loaded"], told["totals"]["rejected"]) == (0, 2, 1)
    assert "{" not in done.stderr, "what is not the answer is on stderr, and is no JSON of the answer"


def test_a_refused_import_says_why_leaves_one_and_writes_nothing(installation: Installation) -> None:
    done = installation.answers["refused"]
    assert done.returncode == 1
    assert done.stdout == ""
    assert "ghosts.csv" in done.stderr
    assert "none of its 2 rows can be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert installation.contacts == 2


def test_a_refusal_asked_for_as_json_is_json(installation: Installation) -> None:
    done = installation.answers["refused json"]
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"] in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_wrong_use_leaves_two(installation: Installation) -> None:
    done = installation.answers["wrong"]
    assert done.returncode == 2
    assert "--colour" in done.stderr


def test_check_finds_nothing_that_stands_in_the_way(installation: Installation) -> None:
    done = installation.answers["check"]
    findings = {found["subject"]: found for found in json.loads(done.stdout)["findings"]}
    assert done.returncode == 0
    assert findings["database"]["sentence"].endswith("(embedded).")
    assert findings["database"]["level"] == findings["lake"]["level"] == "ok"
    assert str(installation.data / "maildir") in findings["sending"]["sentence"]


def test_ctrl_c_stops_everything(installation: Installation) -> None:
    assert installation.stopped == 0
    assert "Everything is stopped." in installation.said
    assert "Traceback" not in installation.said
    assert not [pid for pid in installation.running if Path(f"/proc/{pid}").exists()]
    assert not looks_well(installation)


def test_the_embedded_postgresql_goes_after_its_last_user(installation: Installation) -> None:
    assert until(lambda: not (installation.data / "postgres" / "cluster" / "postmaster.pid").exists())
    assert (installation.data / "postgres" / "cluster" / "PG_VERSION").exists()


def test_a_folder_with_an_apostrophe_works(installation: Installation) -> None:
    assert "'" in str(installation.data)
    done = installation.answers["score"]
    assert (done.returncode, json.loads(done.stdout)["people"]) == (0, 2), done.stderr


def test_a_taken_port_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        other = Installation(tmp_path, int(taken.getsockname()[1]))
        other.run("up", "up")
    assert other.answers["up"].returncode == 1
    assert f"The web server cannot listen on 127.0.0.1, port {other.port}" in other.answers["up"].stderr
    assert not other.data.exists()


def test_the_web_server_starts_without_a_warning(installation: Installation) -> None:
    assert "WARNING" not in installation.said
