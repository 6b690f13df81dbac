"""What granian serves in the tests: the pages, on the tests' clock, and a door that lets a role in without the form."""

import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

from tests.browser import clock

clock.set_back()

from relance.core import database
from relance.wsgi import application as pages

database.start()  # the embedded server lives as long as a process that asked for it

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from relance.accounts.models import User
from tests.browser.site import DOOR


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve the pages; at the door, answer with the cookie of a session of its own."""
    if environ["PATH_INFO"] != DOOR:
        return pages(environ, start_response)
    request = HttpRequest()
    request.session = SessionStore()
    user = User.objects.get(email=f"{parse_qs(environ['QUERY_STRING'])['role'][0]}@example.org")
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    record_authentication(request, user, method="password")
    request.session.save()
    cookie = f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}; Path=/; HttpOnly"
    start_response("204 No Content", [("Set-Cookie", cookie)])
    return []


__all__ = ["application"]
