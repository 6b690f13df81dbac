"""How many people are on reactivations when a blackout begins: what their comeback is spread by, kept so that it stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from relance.core import database
from relance.eligibility.calendar.places import OVERSEAS
from relance.eligibility.models import Comeback

KEPT = timedelta(days=1)  # entries wait during a blackout, so the number only falls, unless a launch was forced

# Everybody on the way through a reactivation, and the messages of it that belong to no passage.
PEOPLE = """
    SELECT count(*) FROM contact c JOIN (
        SELECT e.contact_id FROM enrolment e JOIN journey_version v ON v.id = e.version_id
        WHERE e.ended_at IS NULL AND NOT e.control AND v.definition ->> 'purpose' = 'reactivation'
        UNION
        SELECT contact_id FROM message
        WHERE purpose = 'reactivation' AND state IN ('ready', 'deferred', 'claimed') AND enrolment_id IS NULL
    ) waiting ON waiting.contact_id = c.id
    WHERE coalesce(nullif(c.country, ''), %s) = ANY(%s)
"""


def people(country: str, ends_at: datetime, now: datetime) -> int:
    """Return how many people a country's comeback after the blackout that ends at `ends_at` is to be spread by.

    Counted once a day while the blackout lasts; the largest count stays.
    """
    known = Comeback.objects.filter(country=country, ends_at=ends_at).first()
    if known is not None and known.counted_at > now - KEPT:
        return known.people
    codes = [country, *OVERSEAS] if country == "FR" else [country]
    ((counted,),) = database.rows(PEOPLE, [settings.RELANCE.country, codes])
    most = max(counted, known.people if known else 0)
    Comeback.objects.update_or_create(
        country=country, ends_at=ends_at, defaults={"people": most, "counted_at": now}
    )  # another worker that counted at the same time wrote the same
    return int(most)
