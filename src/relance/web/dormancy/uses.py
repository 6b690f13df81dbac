"""What asks for a policy by name, in words: segments and journeys that would find nobody any more."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from relance.core.errors import RefusedError
from relance.journeys import policy_uses
from relance.journeys.policy_uses import SEGMENT
from relance.journeys.uses import DRAFT, Use
from relance.web import titles
from relance.web.language import in_quotes


def told(policy: str) -> list[dict[str, Any]]:
    """Return each use with its title and the page where it is changed."""
    return [{"title": _title(use), "href": _page(use), "kind": _kind(use)} for use in policy_uses.found(policy)]


def insist_on_none(policy: str) -> None:
    """Refuse to remove what is asked for, naming who asks."""
    uses = policy_uses.found(policy)
    if not uses:
        return
    named = ", ".join(f"{_kind(use)} {in_quotes(_title(use))}" for use in uses)
    raise RefusedError(
        _("The policy %(policy)s cannot be removed: it is asked for by %(uses)s. Change these conditions first.")
        % {"policy": policy, "uses": named}
    )


def _title(use: Use) -> str:
    return titles.segment(use.name) if use.kind == SEGMENT else titles.journey(use.name)


def _kind(use: Use) -> str:
    return {SEGMENT: _("the segment"), DRAFT: _("the draft of the journey")}.get(use.kind) or _("the journey")


def _page(use: Use) -> str:
    return (
        reverse("segments:named", args=[use.name]) if use.kind == SEGMENT else reverse("journeys:edit", args=[use.name])
    )
