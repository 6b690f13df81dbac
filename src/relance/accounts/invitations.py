"""Links that open an account: the first administrator's, and an invitation to choose a password."""

from __future__ import annotations

import hashlib
import hmac

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from relance.accounts.models import User
from relance.core import place


def welcome_token() -> str:
    """Return the proof that one may make the first administrator: only who started Relance has seen it."""
    return hmac.new(place.secret_key(), b"first administrator", hashlib.sha256).hexdigest()[:32]


def is_welcome(token: str) -> bool:
    """Tell whether the token is ours, and nobody has an account yet."""
    return hmac.compare_digest(token.encode(), welcome_token().encode()) and not User.objects.exists()


def welcome_address() -> str:
    """Return the link that makes the first administrator."""
    relance = settings.RELANCE
    return f"http://{relance.host}:{relance.port}{reverse('team:welcome', args=[welcome_token()])}"


def path(user: User) -> str:
    """Return the address, within the site, where this person chooses a password; good for three days and once."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uid, token = key.split("-", 1)
    return reverse("account_reset_password_from_key", args=[uid, token])


def address(user: User) -> str:
    """Return the whole address of `path`, for one who is not on a page."""
    return f"http://{settings.RELANCE.host}:{settings.RELANCE.port}{path(user)}"
