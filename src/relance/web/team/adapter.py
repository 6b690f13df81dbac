"""What of allauth is ours: nobody signs up by themselves, and the log says who signed in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import timezone

from relance.accounts.models import User
from relance.core import audit


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is not typed
    """How accounts behave here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator."""
        return False

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        """Write the sign-in to the audit log."""
        audit.record("signed in", user.email, now=timezone.now(), actor=f"{user.name} <{user.email}>")
        return super().post_login(request, user, **kwargs)
