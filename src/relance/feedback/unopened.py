"""Who is mailed in vain: a stage of the night that stops commercial e-mail to people of whom no mail was opened for long.

It only concerns mails that carried the image for the day of the last open: asked for, to private people, since the setting
is on. Who is stopped stays so until a sign of life, since from then on there is nothing left to open.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core import database
from relance.delivery import pixels
from relance.eligibility import unopened
from relance.eligibility.models import Unopened
from relance.feedback.models import OpenWatch

# Mails by person and topic since they tell of opens; then those of whom enough came to nothing, the whole time long.
STOP = f"""
WITH got AS MATERIALIZED (
    SELECT contact_id, topic, count(*) FILTER (WHERE sent_at >= %(start)s) AS mails, min(sent_at) AS first_at
    FROM message WHERE channel = 'email' AND state IN ('sent', 'delivered') AND sent_at BETWEEN %(watched)s AND %(now)s
    GROUP BY contact_id, topic
), told AS MATERIALIZED (
    SELECT contact_id, min(first_at) AS first_at FROM got
    WHERE {pixels.exempt("got.contact_id", "got.first_at", "got.topic")}
      AND {pixels.exempt("got.contact_id", "%(now)s", "got.topic")}
    GROUP BY contact_id HAVING sum(mails) >= %(mails)s AND min(first_at) < %(start)s
)
INSERT INTO unopened (contact_id, since)
SELECT told.contact_id, greatest((first_at AT TIME ZONE %(zone)s::text)::date, day,
                                 (last_legal_contact_at AT TIME ZONE %(zone)s::text)::date)
FROM told LEFT JOIN last_open USING (contact_id) LEFT JOIN profile USING (contact_id)
WHERE NOT {unopened.lived("told.contact_id", "%(day)s::date")}
ON CONFLICT DO NOTHING RETURNING contact_id
"""
REVIVE = f"""
DELETE FROM unopened WHERE {unopened.lived("unopened.contact_id", "unopened.since")} RETURNING contact_id
"""


def run(now: datetime) -> int:
    """Let go whom life came back to, then stop whom nothing reaches; return how many. Off, nobody is stopped."""
    ours = settings.RELANCE
    if not ours.last_open_day:
        OpenWatch.objects.all().delete()
        return Unopened.objects.all().delete()[0]
    watch, _ = OpenWatch.objects.get_or_create(pk=1, defaults={"since": now})
    if not ours.stop_unopened_days:
        return Unopened.objects.all().delete()[0]
    start = now - timedelta(days=ours.stop_unopened_days)
    given = {
        "now": now,
        "zone": ours.time_zone,
        "start": start,
        "day": start.astimezone(ZoneInfo(ours.time_zone)).date(),
        "watched": watch.since,
        "mails": ours.stop_unopened_mails,
    }
    revived = len(database.rows(REVIVE, given))
    return revived + (len(database.rows(STOP, given)) if watch.since < start else 0)
