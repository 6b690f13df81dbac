"""SpamAssassin: the real command and the real daemon where they are installed, and a server that speaks its protocol."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
from django.conf import settings
from django.test import override_settings

from relance.content.compiler import Rendered
from relance.core.errors import ConfigurationError
from relance.delivery import specimens
from relance.delivery.spam_filter import asking, report
from relance.delivery.spam_filter.report import Rule
from tests import ports

PAGE = "<html><head><title>x</title></head><body><p>Dear Anna, our new cups are here.</p></body></html>"
SHOUTED = "<html><body><h1>BUY VIAGRA NOW</h1></body></html>"
REPORT = """Spam detection software, running on the system "mail", has NOT identified this as spam.

Content analysis details:   (3.4 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
-0.0 NO_RELAYS              Informational: message was not relayed via SMTP
 0.5 SUBJ_ALL_CAPS          Subject is all capitals
 1.8 DRUGS_ERECTILE         Refers to an erectile drug that is named in words which
                            take two lines
-0.1 DKIM_VALID             Message has at least one valid DKIM or DK signature
"""


def specimen(now: datetime, subject: str = "News of the workshop", page: str = PAGE) -> bytes:
    rendered = Rendered(subject, "", page, "Dear Anna, our new cups are here.")
    return specimens.whole(rendered, "anna@example.org", commercial=True, now=now, signed=True)


class Daemon(StreamRequestHandler):
    """Takes a mail as spamd does, and answers what the test wants."""

    def handle(self) -> None:
        first = self.rfile.readline()
        lines = dict(line.decode().strip().split(": ") for line in iter(self.rfile.readline, b"\r\n"))
        mail = self.rfile.read(int(lines["Content-length"]))
        self.server.took.append((first, mail))  # type: ignore[attr-defined]
        self.wfile.write(self.server.answer)  # type: ignore[attr-defined]


@contextmanager
def daemon(answer: str) -> Iterator[list[tuple[bytes, bytes]]]:
    with ThreadingTCPServer(("127.0.0.1", 0), Daemon) as server:
        server.took, server.answer = [], answer.encode()  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, daemon=True).start()
        with override_settings(
            RELANCE=settings.RELANCE.model_copy(update={"spamd": f"127.0.0.1:{server.server_address[1]}"})
        ):
            yield server.took  # type: ignore[attr-defined]
        server.shutdown()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command is on the path."""
    monkeypatch.setattr(shutil, "which", lambda _: None)


def test_the_daemon_gets_the_whole_mail_and_its_report_is_read(now: datetime) -> None:
    mail = specimen(now)
    with daemon(
        f"SPAMD/1.1 0 EX_OK\r\nContent-length: {len(REPORT)}\r\nSpam: False ; 3.4 / 5.0\r\n\r\n{REPORT}"
    ) as took:
        score = asking.examine(mail)
    assert took == [(b"REPORT SPAMC/1.5\r\n", mail)]
    assert (score.points, score.threshold, score.spam) == (3.4, 5.0, False)
    assert score.rules == (
        Rule("DRUGS_ERECTILE", 1.8, "Refers to an erectile drug that is named in words which take two lines"),
        Rule("SUBJ_ALL_CAPS", 0.5, "Subject is all capitals"),
        Rule("DKIM_VALID", -0.1, "Message has at least one valid DKIM or DK signature"),
    )


@pytest.mark.parametrize("answer", ["SPAMD/1.0 76 Bad header line\r\n", "220 a mail server\r\n", ""])
def test_what_is_no_answer_is_refused(now: datetime, answer: str) -> None:
    with daemon(answer), pytest.raises(ConfigurationError, match="refused"):
        asking.examine(specimen(now))


def test_an_answer_without_a_score_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="without a score"):
        report.read("SPAMD/1.1 0 EX_OK\r\n\r\n")


def test_a_daemon_that_is_not_there_is_named(now: datetime) -> None:
    with (
        override_settings(RELANCE=settings.RELANCE.model_copy(update={"spamd": "127.0.0.1:1"})),
        pytest.raises(ConfigurationError, match=r"does not answer at 127\.0\.0\.1:1"),
    ):
        asking.examine(specimen(now))


@pytest.mark.usefixtures("nowhere")
def test_without_spamassassin_it_says_how_to_have_it(now: datetime) -> None:
    assert not asking.is_there()
    with pytest.raises(ConfigurationError, match="apt install spamassassin"):
        asking.examine(specimen(now))


@pytest.mark.skipif(not shutil.which("spamassassin"), reason="SpamAssassin is not installed")
def test_the_real_command_tells_a_letter_from_shouting(now: datetime) -> None:
    calm = asking.examine(specimen(now))
    loud = asking.examine(specimen(now, "BUY VIAGRA NOW!!!", SHOUTED))
    assert calm.points < 1 < loud.points
    assert "SUBJ_ALL_CAPS" in {rule.name for rule in loud.rules}


@pytest.mark.skipif(not Path("/usr/sbin/spamd").exists(), reason="spamd is not installed")
def test_the_real_daemon_says_the_same(now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = specimen(now, "BUY VIAGRA NOW!!!", SHOUTED)
    by_command = asking.examine(mail)
    with _spamd(tmp_path) as place, override_settings(RELANCE=settings.RELANCE.model_copy(update={"spamd": place})):
        by_daemon = asking.examine(mail)
    assert {rule.name for rule in by_daemon.rules} == {rule.name for rule in by_command.rules}


@contextmanager
def _spamd(folder: Path) -> Iterator[str]:
    """Run the real daemon, local tests only, on a port of the system's choice."""
    port = ports.free()
    running = subprocess.Popen(
        [
            "/usr/sbin/spamd",
            "-L",
            "-x",
            "-m",
            "1",
            "-i",
            "127.0.0.1",
            "-p",
            str(port),
            "-u",
            "nobody",
            "-H",
            str(folder),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until(lambda: running.poll() is None and _listens(port))
        yield f"127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait()


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def _until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("spamd did not start")
