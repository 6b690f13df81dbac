"""Accounts: one for each person of the team; sign-in by e-mail address."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone

from relance.accounts import roles
from relance.accounts.roles import Capability, Role


class Accounts(BaseUserManager["User"]):
    """How accounts are made and found."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the account of an address, whatever its case."""
        return self.get(email__iexact=username or "")


class User(AbstractBaseUser):
    """A person of the team."""

    email = models.EmailField(unique=True)
    name = models.TextField()
    role = models.CharField(max_length=24, choices=Role, default=Role.READER)
    language = models.CharField(max_length=2, default="", blank=True)  # empty: the browser's
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[Accounts] = Accounts()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        db_table = "account"

    def __str__(self) -> str:
        """Return the name the audit log and the pages show."""
        return self.name or self.email

    def may(self, capability: Capability) -> bool:
        """Tell whether this person may do something."""
        return self.is_active and roles.may(self.role, capability)
