"""Asks SpamAssassin about a mail: its daemon by the protocol SPAMC/1.5, else its command with the tests that need no network."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import suppress
from getpass import getuser

from django.conf import settings

from relance.core.errors import ConfigurationError
from relance.delivery.spam_filter import report
from relance.delivery.spam_filter.report import Score

COMMAND = "spamassassin"
SECONDS = 15.0
LONGEST = 1_000_000  # bytes of an answer


def is_there() -> bool:
    """Tell whether there is a SpamAssassin to ask."""
    return bool(settings.RELANCE.spamd or shutil.which(COMMAND))


def examine(mail: bytes) -> Score:
    """Return what SpamAssassin makes of the mail. Errors: ConfigurationError where it is not there or does not answer."""
    if settings.RELANCE.spamd:
        return report.read(_of_daemon(mail, settings.RELANCE.spamd))
    command = shutil.which(COMMAND)
    if command is None:
        raise ConfigurationError(
            "There is no SpamAssassin here. Install it (on Debian `apt install spamassassin`), or set RELANCE_SPAMD to the "
            "address of a spamd."
        )
    return report.read(_of_command(mail, command))


def _of_daemon(mail: bytes, place: str) -> str:
    """Return the daemon's answer: its header lines, then the report."""
    host, _, port = place.rpartition(":")
    user = "nobody"
    with suppress(OSError, KeyError):
        user = getuser()
    asked = f"REPORT SPAMC/1.5\r\nContent-length: {len(mail)}\r\nUser: {user}\r\n\r\n".encode() + mail
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=SECONDS) as line:
            line.sendall(asked)
            line.shutdown(socket.SHUT_WR)
            answer = bytearray()
            while len(answer) < LONGEST and (piece := line.recv(65536)):
                answer += piece
    except OSError as error:
        raise ConfigurationError(
            f"SpamAssassin does not answer at {place} ({error.strerror or error}). See that spamd runs there, and "
            "RELANCE_SPAMD."
        ) from error
    first = answer.partition(b"\r\n")[0].decode("ascii", "replace")
    if not first.startswith("SPAMD/") or first.split()[1:2] != ["0"]:
        raise ConfigurationError(
            f"What answers at {place} refused: {first[:80]}. See that spamd runs there, and RELANCE_SPAMD."
        )
    return answer.decode("utf-8", "replace")


def _of_command(mail: bytes, command: str) -> str:
    """Return the mail with the report at its end, as the command gives it, in English."""
    try:
        done = subprocess.run(
            [command, "-t", "-L"],
            input=mail,
            capture_output=True,
            timeout=SECONDS,
            check=True,
            env={**os.environ, "LC_ALL": "C", "LANG": "C"},
        )
    except subprocess.TimeoutExpired:
        raise ConfigurationError(
            f"SpamAssassin took more than {SECONDS:.0f} seconds. Try again, or run spamd and set RELANCE_SPAMD: it is faster."
        ) from None
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", b"") or b"").decode("utf-8", "replace").strip().splitlines()[-1:]
        raise ConfigurationError(
            f"SpamAssassin failed: {''.join(said)[:200]}. Run `spamassassin --lint` to see why."
        ) from error
    return done.stdout.decode("utf-8", "replace")
