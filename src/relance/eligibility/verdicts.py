"""The gate's answers on one message: let it go, let it wait, stop it; frozen, with a code and a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language

from relance.core import dates
from relance.eligibility.reasons import REASONS


@dataclass(frozen=True)
class Allow:
    """The message may go, to the contact point named; `sells`: blocks that sell may stand in it."""

    contact_point_id: int | None = None
    sells: bool = field(default=True, compare=False)
    decision: ClassVar[str] = "allow"
    code: ClassVar[str] = "allowed"
    until: ClassVar[None] = None
    details: ClassVar[Mapping[str, str]] = {}

    @property
    def sentence(self) -> str:
        """Why, in the language in force."""
        return sentence(self.code, self.details)


@dataclass(frozen=True)
class Defer:
    """The message waits until an instant."""

    until: datetime
    code: str
    details: Mapping[str, str] = field(default_factory=dict)
    decision: ClassVar[str] = "defer"

    @property
    def sentence(self) -> str:
        """Why, and what to do, in the language in force."""
        return sentence(self.code, self.details, self.until)


@dataclass(frozen=True)
class Block:
    """The message is never sent."""

    code: str
    details: Mapping[str, str] = field(default_factory=dict)
    until: ClassVar[None] = None
    decision: ClassVar[str] = "block"

    @property
    def sentence(self) -> str:
        """Why, and what to do, in the language in force."""
        return sentence(self.code, self.details)


Verdict = Allow | Defer | Block


def sentence(code: str, details: Mapping[str, str], until: datetime | None = None, language: str = "") -> str:
    """Return the sentence of a verdict, fresh or read back from its record."""
    language = (language or get_language() or settings.RELANCE.language)[:2]
    given = dict(details)
    if since := given.get("since"):
        given["since"] = dates.spoken(since, language)
    if until is not None:
        given["until"] = dates.moment(until, language)
    return REASONS[code].sentence(given, language)


def moment(at: datetime) -> str:
    """Return an instant as details hold it: day and minute in the installation's time zone."""
    return f"{at.astimezone(ZoneInfo(settings.RELANCE.time_zone)):%Y-%m-%d %H:%M}"
