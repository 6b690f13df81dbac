"""What threatens the sender's name in this base: a level for each sign, with the figure and the limit it is held to."""

from __future__ import annotations

from dataclasses import dataclass

from relance.measurement import limits
from relance.measurement.overview import Mails, Overview

TO_SILENT = (0.2, 0.4)  # share of mails that go to the silent: the trade's bases lie between 20 and 50 % silent
UNVERIFIED = (0.2, 0.5)
LEVELS = ("low", "medium", "high")


@dataclass(frozen=True)
class Risk:
    """One sign: its code, the share found and what it is a share of, and how bad it is; `unknown` where nothing tells."""

    code: str
    share: float | None
    level: str
    part: int = 0
    whole: int = 0


def found(overview: Overview) -> list[Risk]:
    """Return every sign, the worst first."""
    mails, addresses = overview.mails, overview.addresses
    signs = [
        _bounces(mails),
        _to_silent(overview),
        _risk("unverified", addresses.unverified, addresses.all, UNVERIFIED),
    ]
    return sorted(signs, key=lambda risk: -(LEVELS.index(risk.level) if risk.level in LEVELS else -1))


def _to_silent(overview: Overview) -> Risk:
    """Return the sign of mails to the silent; where nobody can be told silent, none of them tells nothing."""
    mails = overview.mails
    if overview.silence_unknown:
        return Risk("mails_to_silent", None, "unknown", whole=mails.delivered)
    return _risk("mails_to_silent", mails.delivered_to_silent, mails.delivered, TO_SILENT)


def _bounces(mails: Mails) -> Risk:
    """Return the sign of hard bounces; no bounce means nothing where nothing would tell of one."""
    if not mails.bounces_told:
        return Risk("hard_bounces", None, "unknown")
    return _risk("hard_bounces", mails.hard_bounced_lately, mails.answered_lately, _hard_bounces())


def _hard_bounces() -> tuple[float, float]:
    """Return the rates from which the breaker warns and stops."""
    stops, warns = limits.rates("hard_bounced")
    return warns, stops


def level(overview: Overview) -> str:
    """Return the worst level; `unknown` where no sign tells anything, or none is bad and the silent are unknown."""
    known = [risk.level for risk in found(overview) if risk.level in LEVELS]
    if overview.silence_unknown:
        known = [level for level in known if level != "low"]
    return max(known, key=LEVELS.index) if known else "unknown"


def _risk(code: str, part: int, whole: int, limits: tuple[float, float]) -> Risk:
    if not whole:
        return Risk(code, None, "unknown")
    share = part / whole
    return Risk(code, share, LEVELS[sum(share >= limit for limit in limits)], part, whole)
