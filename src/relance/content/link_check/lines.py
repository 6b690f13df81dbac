"""Connections to web servers, each to an address judged before, all cut at once when the time is over."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Lock

from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Url

PATIENCE = 5.0  # seconds that a server has for a connection, and for an answer
PORTS = {"http": 80, "https": 443}
HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; Relance link check)",
    "Accept": "text/html,application/xhtml+xml,image/*,*/*;q=0.8",
    "Accept-Language": "fr,en;q=0.8",
    "Connection": "close",
}


class Lines:
    """The connections of one check; `cut` ends them, so that no server holds a thread by answering byte after byte."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._open: set[HTTPConnection] = set()
        self._lock = Lock()

    @property
    def left(self) -> float:
        """Return the seconds left."""
        return max(0.0, self._until - time.monotonic())

    def ask(self, method: str, url: Url, address: str) -> tuple[int, Mapping[str, str]]:
        """Return status and headers of the answer from this IP address. Errors: TimeoutError, OSError, HTTPException."""
        if not self.left:
            raise TimeoutError
        with self._held(_connection(url, address, min(PATIENCE, self.left))) as connection:
            host = f"{url.host}:{url.port}" if url.port else str(url.host)
            connection.request(method, url.request_uri, headers={"Host": host, **HEADERS}, preload_content=False)
            answer: BaseHTTPResponse = connection.getresponse()
            return answer.status, answer.headers

    def cut(self) -> None:
        """End what is still open."""
        self._until = 0.0
        with self._lock:
            for connection in self._open:
                if isinstance(connection.sock, socket.socket):
                    with suppress(OSError):
                        connection.sock.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _held(self, connection: HTTPConnection) -> Iterator[HTTPConnection]:
        with self._lock:
            self._open.add(connection)
        try:
            yield connection
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


def _connection(url: Url, address: str, patience: float) -> HTTPConnection:
    """Return a connection to this IP address that asks for the host, and checks its certificate."""
    host, port = str(url.host), url.port or PORTS[str(url.scheme)]
    if url.scheme == "http":
        return HTTPConnection(address, port, timeout=patience)
    context = ssl.create_default_context()
    return HTTPSConnection(
        address, port, timeout=patience, server_hostname=host, assert_hostname=host, ssl_context=context
    )
