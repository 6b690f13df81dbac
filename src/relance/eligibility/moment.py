"""Whether now is the right moment."""

from __future__ import annotations

from datetime import datetime

from relance.eligibility.facts import Facts
from relance.eligibility.rules import Rules
from relance.eligibility.verdicts import Defer, Verdict


def commercial_period(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Defer a reactivation while a commercial period of the contact's country keeps inboxes full."""
    if facts.purpose != "reactivation":
        return None
    pause = rules.pauses.get(facts.country or rules.country)
    if pause is None:
        return None
    return Defer(pause.comeback(facts.contact_id), "commercial_period", {"period": pause.period.name})
