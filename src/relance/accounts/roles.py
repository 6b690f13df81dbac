"""Roles, and what each may do. A page asks for a capability, never for a role."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person of the team is here for."""

    READER = "reader", _("Reader")
    EDITOR = "editor", _("Editor")
    APPROVER = "approver", _("Approver")
    ADMINISTRATOR = "administrator", _("Administrator")
    DATA_PROTECTION_OFFICER = "data_protection_officer", _("Data protection officer")


class Capability(StrEnum):
    """Something a page or an action lets a person do."""

    READ = "read"  # see every page
    EDIT = "edit"  # import, write segments, messages and journeys, rehearse
    APPROVE = "approve"  # launch, pause, resume, stop
    PROTECT = "protect"  # suppress, export and erase people
    ADMINISTER = "administer"  # accounts and roles


_MAY: dict[str, frozenset[Capability]] = {
    Role.READER: frozenset({Capability.READ}),
    Role.EDITOR: frozenset({Capability.READ, Capability.EDIT}),
    Role.APPROVER: frozenset({Capability.READ, Capability.EDIT, Capability.APPROVE}),
    Role.ADMINISTRATOR: frozenset(Capability),
    Role.DATA_PROTECTION_OFFICER: frozenset({Capability.READ, Capability.PROTECT}),
}


def may(role: str, capability: Capability) -> bool:
    """Tell whether a role includes a capability."""
    return capability in _MAY.get(role, frozenset())


def having(capability: Capability) -> list[Role]:
    """Return the roles that include a capability, least powerful first."""
    return sorted((role for role in Role if may(role, capability)), key=lambda role: len(_MAY[role]))
