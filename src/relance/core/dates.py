"""Days and instants in words, as the installation's clocks show them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ),
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
}  # fmt: skip


def day(value: date, language: str) -> str:
    """Return the date with its month in words."""
    number = "1er" if language == "fr" and value.day == 1 else str(value.day)
    return f"{number} {MONTHS[language][value.month - 1]} {value.year}"


def moment(at: datetime, language: str) -> str:
    """Return day and time of an instant."""
    return _timed(at.astimezone(ZoneInfo(settings.RELANCE.time_zone)), language)


def spoken(text: str, language: str) -> str:
    """Return in words what is written as `2026-07-27` or `2026-07-27 08:00` (local time); anything else as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return day(at, language) if len(text) == len("2026-07-27") else _timed(at, language)


def _timed(at: datetime, language: str) -> str:
    return f"{day(at, language)}{' à ' if language == 'fr' else ', '}{at:%H:%M}"
