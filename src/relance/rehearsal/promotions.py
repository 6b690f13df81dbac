"""The shop's own promotions while a journey is rehearsed: mails to everybody the gate lets them reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from relance.core import database
from relance.rehearsal.people import Crowd

_WRITE = """
    INSERT INTO message (
        contact_id, channel, purpose, step, variant, template_version_id, send_key, not_before, expires_at, created_at
    )
    SELECT c.id, 'email', 'promotion', 'promotion', '', %(template)s, %(key)s, %(now)s, %(until)s, %(now)s
    FROM contact c
    WHERE c.erased_at IS NULL AND c.objected_at IS NULL
      AND EXISTS (SELECT FROM contact_point p WHERE p.contact_id = c.id AND p.channel = 'email' AND p.valid IS NOT FALSE)
      AND EXISTS (SELECT FROM consent k WHERE k.contact_id = c.id AND k.channel = 'email')
    ORDER BY c.id
    ON CONFLICT DO NOTHING
"""


@dataclass
class Campaigns:
    """Promotions that come as often as the day's saturation says; `due` is the part of the next one that has built up."""

    template: int  # version whose words stand in for theirs
    due: float = 0.0
    written: int = 0

    def morning(self, crowd: Crowd, now: datetime) -> int:
        """Write this morning's promotion where one is due; return to how many people."""
        assumed = crowd.rates.promotions
        self.due += assumed.a_day(crowd.levels.get(now.astimezone(UTC).date(), 0))
        if self.due < 1:
            return 0
        self.due -= 1
        values = {
            "template": self.template, "key": f"promotion/{now:%Y-%m-%d}", "now": now,
            "until": now + timedelta(days=assumed.lasts_days),
        }  # fmt: skip
        count = database.execute(_WRITE, values)
        self.written += count
        return count
