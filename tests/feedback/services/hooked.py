"""The real pages on a port of loopback, hearing webhooks, with every service set up."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import override_settings

from tests.feedback.services.payloads import SECRET, SIGNING_KEY, VERIFICATION_KEY, Post


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None: ...


@contextmanager
def listening() -> Iterator[int]:
    """Serve until the block ends; give the port."""
    pages = get_wsgi_application()

    def answer(environ: dict[str, Any], start: Any) -> Iterator[bytes]:
        try:
            yield from pages(environ, start)
        finally:
            connections.close_all()

    with make_server("127.0.0.1", 0, answer, handler_class=_Quiet) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def send(port: int, post: Post) -> int:
    """Post a webhook and return the status of the answer; each service has its own key to sign with."""
    key = VERIFICATION_KEY if post.service == "sendgrid" else SIGNING_KEY
    known = settings.RELANCE.model_copy(update={"webhook_secret": SECRET, "webhook_key": key})
    with override_settings(RELANCE=known):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", f"/hooks/{post.service}/", post.body, dict(post.headers))
            return connection.getresponse().status
        finally:
            connection.close()
