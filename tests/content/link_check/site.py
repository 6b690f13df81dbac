"""A web site on loopback that answers as sites do: well, moved, gone, without end, or not at all."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

PAGES = {"/good": (200, {}), "/gone": (404, {}), "/broken": (500, {}), "/closed": (403, {}), "/page.png": (200, {})}
REDIRECTS = {
    "/moved": (301, "/good"),
    "/counted": (302, "/good"),
    "/circle": (302, "/circle"),
    "/inside": (302, "http://127.0.0.1:9/secret"),
    "/elsewhere": (301, "javascript:alert(1)"),
}


class Handler(BaseHTTPRequestHandler):
    """Knows no HEAD for `/no-head`; `/mute` never answers, `/drip` sends a letter at a time."""

    def do_HEAD(self) -> None:
        self._answer(allowed=self.path != "/no-head")

    def do_GET(self) -> None:
        self._answer(allowed=True)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, *, allowed: bool) -> None:
        asked: list[str] = self.server.asked  # type: ignore[attr-defined]
        asked.append(f"{self.command} {self.path}")
        if self.path in {"/mute", "/drip"}:
            return self._dawdle()
        status, location = REDIRECTS.get(self.path, (PAGES.get(self.path, (200, {}))[0], ""))
        self.send_response(status if allowed else 405)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "image/png" if self.path == "/cup.png" else "text/html")
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def _dawdle(self) -> None:
        with suppress(OSError):
            for _ in range(200):
                time.sleep(0.05)
                if self.path == "/drip":
                    self.wfile.write(b"H")


@contextmanager
def served(certificate: Path | None = None) -> Iterator[tuple[str, list[str]]]:
    """Yield the site's address and what it was asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.asked = asked = []  # type: ignore[attr-defined]
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
