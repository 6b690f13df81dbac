"""The stage of hygiene: spellings, addresses, numbers, people who stand twice, dead mailboxes."""

from __future__ import annotations

from datetime import datetime

from relance.core import database
from relance.hygiene import addresses, duplicates, mailboxes, phones

UNJUDGED = "SELECT 1 FROM contact_point WHERE valid IS NULL AND channel IN ('email', 'sms', 'phone') LIMIT 1"


def run(now: datetime, *, everything: bool = False) -> int:
    """Judge what is not yet judged; return the verdicts given and people merged.

    `everything` looks for twins and dead mailboxes even where no address is new: the history may be.
    """
    if not everything and not database.rows(UNJUDGED):
        return 0
    return (
        duplicates.merge_addresses(now)
        + addresses.judge(now)
        + phones.judge(now)
        + duplicates.merge_phones(now)
        + mailboxes.mark_dead(now)
    )
