"""What a refusal at the door says: no such mailbox, or no to the sender."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from relance.eligibility.breaker import counting
from relance.eligibility.breaker.limits import Signal

# RFC 3463: X.7.X is security or policy. Orange and La Poste write codes of their own beside, or instead.
_BLOCK = re.compile(r"\b5\.7\.\d{1,3}\b|\bOFR_?\d{3}|\bLPN[A-Z]?_?\d{3}", re.IGNORECASE)
NO_MAILBOX = "no_mailbox"


def signal(reason: str) -> Signal | None:
    """Return what a failed message's reason counts as, if anything."""
    if reason.startswith(NO_MAILBOX):
        return "hard_bounce"
    return "block" if _BLOCK.search(reason) else None


def note(reasons: Mapping[int, str], now: datetime) -> None:
    """Count the refusals among messages that just failed, by their reasons; in the transaction that failed them."""
    for kind in ("hard_bounce", "block"):
        counting.note(kind, [message for message, reason in reasons.items() if signal(reason) == kind], now)
