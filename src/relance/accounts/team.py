"""What is done to accounts: create, change role, disable; each leaves a line in the audit log."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from relance.accounts.models import User
from relance.accounts.roles import Role
from relance.core import audit
from relance.core.errors import InputError, NotFoundError, RefusedError


def create(email: str, name: str, role: str, *, by: str, now: datetime) -> User:
    """Create an account without a password: its owner sets one through an invitation."""
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise InputError(f"`{email}` is not an e-mail address. Give one such as anna@example.org.") from None
    if User.objects.filter(email__iexact=address).exists():
        raise RefusedError(f"{address} has an account already. Change its role instead.")
    user = User(email=address, name=name.strip() or address, role=_role(role), created_at=now)
    user.set_unusable_password()
    with transaction.atomic():
        user.save()
        audit.record("account created", address, now=now, actor=by, details={"role": user.role})
    return user


def change_role(email: str, role: str, *, by: str, now: datetime) -> User:
    """Give an account another role; the last administrator stays one."""
    user = find(email)
    wanted = _role(role)
    if wanted != Role.ADMINISTRATOR:
        _keep_an_administrator(user)
    with transaction.atomic():
        audit.record("role changed", user.email, now=now, actor=by, details={"from": user.role, "to": wanted})
        user.role = wanted
        user.save(update_fields=["role"])
    return user


def set_active(email: str, *, active: bool, by: str, now: datetime) -> User:
    """Let an account sign in, or no longer; the last administrator can always."""
    user = find(email)
    if not active:
        _keep_an_administrator(user)
    with transaction.atomic():
        user.is_active = active
        user.save(update_fields=["is_active"])
        audit.record("account enabled" if active else "account disabled", user.email, now=now, actor=by)
    return user


def find(email: str) -> User:
    """Return the account of an address."""
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        raise NotFoundError(f"No account has the address {email}. `relance account list` shows them all.")
    return user


def _role(role: str) -> str:
    if role not in Role.values:
        raise InputError(f"`{role}` is not a role. The roles are {', '.join(Role.values)}.")
    return role


def _keep_an_administrator(user: User) -> None:
    """Refuse what would leave nobody able to administer."""
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=user.pk)
    if user.role == Role.ADMINISTRATOR and user.is_active and not others.exists():
        raise RefusedError(f"{user.email} is the last administrator. Make someone else administrator first.")
