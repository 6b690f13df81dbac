"""What is said where sources stopped telling: until when what was told, and that silence since then is unknown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core import dates
from relance.dormancy import policies, sentences
from relance.events.schemas import PURCHASES
from relance.intake import coverage

SAID = (
    "No longer told: {what}. What happened since is unknown, so nobody is called silent for it.",
    "Plus rien n’est dit de ceci : {what}. La suite est inconnue : le silence n’y est reproché à personne.",
)
UNTIL = ("{types} (until {day})", "{types} (jusqu’au {day})")


def warning(now: datetime) -> dict[str, Any] | None:
    """Return what no longer is told of all that states rest on; None where everything is.

    `ended`: until when, by event type; `since`: the day purchases were last told, else the first of these ends;
    `sentence`, `sentence_fr`.
    """
    asked = _asked()
    ended = {kind: until for kind, until in coverage.ended(now).items() if kind in asked}
    if not ended:
        return None
    bought = [until for kind, until in ended.items() if kind in PURCHASES]
    return {"ended": ended, "since": min(bought or ended.values()), **_said(ended)}


def _asked() -> set[str]:
    """Return the event types that states rest on: those of the policies in force, and purchases."""
    criteria = [criterion for policy in policies.in_force() for criterion in policy.criteria.values()]
    return {*PURCHASES, *(name for criterion in criteria for name in criterion.types)}


def _said(ended: Mapping[str, datetime]) -> dict[str, str]:
    """Return the sentence in both languages; types told until the same day stand together."""
    days: dict[datetime, list[str]] = {}
    zone = ZoneInfo(settings.RELANCE.time_zone)
    for kind, until in ended.items():
        day = until.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        days.setdefault(day, []).append(kind)
    return sentences.pair(SAID, what=(_listed(days, 0), _listed(days, 1)))


def _listed(days: Mapping[datetime, Collection[str]], n: int) -> str:
    language = sentences.LANGUAGES[n]
    named = [
        UNTIL[n].format(types=sentences.labels(list(kinds))[n], day=dates.day(day.date(), language))
        for day, kinds in days.items()
    ]
    return "; ".join(named) if language == "en" else " ; ".join(named)
