"""A worker that only sends: light and quick to start, as many as are wanted beside those that do everything."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime

from django.db import connection

from relance.delivery import dispatch, restoration
from relance.feedback import bounces

REST_SECONDS = 1.0
SHUT_SECONDS = 10.0  # until a shut channel is tried again


def work() -> None:
    """Send what is due, on and on, until told to stop; what is in hand is ended first."""
    stopped = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopped.set())
    try:
        with restoration.only_sending():
            _send(stopped)
    finally:
        connection.close()


def _send(stopped: threading.Event) -> None:
    while not stopped.is_set():
        now = datetime.now(UTC)
        done = dispatch.dispatch(now, stopped=stopped.is_set)
        bounces.heed(now)
        if done.shut or not done.handled:
            stopped.wait(SHUT_SECONDS if done.shut else REST_SECONDS)
