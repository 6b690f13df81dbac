"""A tracking server of its own process, as `relance up` starts it, on the test's own database."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests import ports

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A granian process and the port it listens on."""

    process: "subprocess.Popen[bytes]"
    port: int

    def kill(self) -> None:
        """Kill -9 the server with its worker."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def database_url() -> str:
    known = connection.settings_dict
    return f"postgresql://{known['USER']}@/{known['NAME']}?host={known['HOST']}&port={known['PORT']}"


@contextmanager
def serving(
    application: str = "relance.tracking.asgi:application", port: int = 0, workers: int = 1
) -> Iterator[Server]:
    """Give a server that answers, until the block ends."""
    port = port or ports.free()
    command = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--no-ws", "--log-level", "warning", "--runtime-mode", "mt", application,
    ]  # fmt: skip
    own = {"RELANCE_DATABASE_URL": database_url(), "RELANCE_SECRET_KEY": settings.RELANCE.secret_key}
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | own, start_new_session=True) as process:
        try:
            _wait(process, port)
            yield Server(process, port)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(20)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait until the server takes connections; it fails by itself or comes up."""
    while True:
        assert process.poll() is None, "the server ended by itself; its words are on stderr"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
