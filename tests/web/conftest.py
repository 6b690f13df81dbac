"""Signed-in clients, without a browser; a base where a journey is published."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.test import Client, override_settings
from django.utils import timezone, translation

from relance.accounts.models import User
from tests.conftest import NOW
from tests.web import launched

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _fast_passwords() -> Iterator[None]:
    """Passwords are hashed slowly on purpose; tests have no time for it."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A page leaves its language in force in the thread that answered; each test begins in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Return a client signed in with a role: `sign_in("editor", language="fr")`."""

    def come(role: str = "administrator", language: str = "en") -> Client:
        user = User(email=f"{role}@example.org", name="Anna", role=role, language=language)
        user.set_password("a-password-of-the-tests")
        user.save()
        client = Client(SERVER_NAME="localhost")
        client.force_login(user)
        return client

    return come


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """The pages' clock, stopped at `now`."""
    monkeypatch.setattr(timezone, "now", lambda: now)


@pytest.fixture
def page(clock: None, sign_in: SignIn) -> Client:
    """An administrator at that hour."""
    return sign_in()


@pytest.fixture(scope="module")
def published(server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One base for the tests of a module: the journey published."""
    with launched.base(tmp_path_factory.mktemp("published"), NOW):
        yield
