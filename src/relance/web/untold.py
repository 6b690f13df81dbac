"""What every page says, once, where nobody can tell who is silent: since when, of how many people, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.measurement import telling
from relance.web import tags
from relance.web.language import current


@dataclass(frozen=True)
class Untold:
    """The notice above the figures; `people`: of how many nobody can tell (0: figures stand, though something ended)."""

    people: int
    since: datetime | None  # until when what states rest on was told; None where nothing ended
    title: str
    text: str
    href: str
    action: str


def notice(now: datetime, people: int = 0) -> Untold | None:
    """Return the notice; None where everything is told. `people` is what `dormancy.untold.people` found of the figures shown."""
    found = telling.warning(now)
    if not people and not found:
        return None
    since = found["since"] if found else None
    text = found["sentence_fr" if current() == "fr" else "sentence"] if found else ""
    return Untold(people, since, _title(people, since) if people else "", text, *_way_out(people, since))


def _title(people: int, since: datetime | None) -> str:
    places = {"people": tags.number(people), "day": tags.day(since)}
    if since is None:
        return (
            ngettext(
                "Nobody can be said dormant yet: of %(people)s person nobody can tell.",
                "Nobody can be said dormant yet: of %(people)s people nobody can tell.",
                people,
            )
            % places
        )
    return (
        ngettext(
            "Who is dormant has been unknown since %(day)s, where your data end: of %(people)s person nobody can tell.",
            "Who is dormant has been unknown since %(day)s, where your data end: of %(people)s people nobody can tell.",
            people,
        )
        % places
    )


def _way_out(people: int, since: datetime | None) -> tuple[str, str]:
    """Return the page where it is mended, and what the button says."""
    if people and since is None:
        return reverse("setup:coverage"), _("See what is missing")
    if people:
        return reverse("setup:imports"), _("Bring your files up to date")
    return reverse("setup:imports"), _("See what is known from when to when")
