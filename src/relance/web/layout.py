"""What surrounds every page: the menu, the person, the language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import ResolverMatch, reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from relance.accounts.models import User
from relance.senders import register
from relance.web.language import current


@dataclass(frozen=True)
class Entry:
    """A line of the menu."""

    area: str
    icon: str
    label: Any
    url: str  # name of the address


MENU = (
    Entry("base", "heart-rate-monitor", _("Health of the base"), "base:health"),
    Entry("dormancy", "moon", _("Dormancy"), "dormancy:policies"),
    Entry("people", "users", _("People"), "people:list"),
    Entry("segments", "filter", _("Segments"), "segments:list"),
    Entry("messages", "mail", _("Messages"), "messages:list"),
    Entry("journeys", "route", _("Journeys"), "journeys:list"),
    Entry("watch", "activity", _("Watch"), "watch:journeys"),
    Entry("sender", "shield-check", _("Sender"), "sender:breaker"),
    Entry("calendar", "calendar", _("Calendar"), "calendar:month"),
    Entry("results", "trophy", _("Results"), "results:list"),
)
BELOW = (
    Entry("setup", "database-import", _("Imports"), "setup:imports"),
    Entry("team", "users-group", _("Team"), "team:list"),
    Entry("glossary", "book", _("Glossary"), "glossary:words"),
)


UNDER = {"launch": "journeys"}  # areas without a line of their own
ACCOUNT = ("account_", "mfa_")  # how the names of the account's own pages begin, which belong to no area


def _shop() -> str:
    """Return what the shop is called; pages that never say it do not ask."""
    return register.default().title(current())


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """Return what the page's frame shows; nothing of it for people who are not signed in."""
    known = {"spoken": current(), "shop": lazy(_shop, str)()}
    if not isinstance(getattr(request, "user", None), User):
        return known
    match = getattr(request, "resolver_match", None)
    return known | {
        "menu": _lines(MENU),
        "menu_below": _lines(BELOW),
        "area": _area(match) if match else "",
    }


def _area(match: ResolverMatch) -> str:
    """Return the area whose line of the menu is lit."""
    if (match.url_name or "").startswith(ACCOUNT):
        return "team"
    return UNDER.get(match.namespace, match.namespace)


def _lines(entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    return [{"area": e.area, "icon": e.icon, "label": e.label, "url": reverse(e.url)} for e in entries]
