"""The language of the pages: the account's own, else what the browser asks for."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from relance.accounts.models import User


class OwnLanguage:
    """The middleware that puts the account's language in force."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer in the person's language."""
        user = request.user
        if isinstance(user, User) and user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        return self._answer(request)


def current() -> str:
    """Return the language in force, one of ours."""
    return "fr" if (translation.get_language() or "").startswith("fr") else "en"


def in_quotes(text: str) -> str:
    """Return a text in the quotes of the language in force."""
    return f"«\u202f{text}\u202f»" if current() == "fr" else f"“{text}”"
