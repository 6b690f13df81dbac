"""The stage `hits`: which hits are a machine's, once what betrays one had time to come; a person's become events.

A hit waits `click_seconds`. It is a machine's where the request said so, where it came within `machine_seconds` of
sending, where the link that no person sees was followed around it or from where it came, or where three links of the mail
(or all of them) were followed within seconds. A verdict is kept with the hit and may change while the hit is kept: an
event, once written, stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from relance.core import database
from relance.feedback import clicks, hits, opens
from relance.feedback.clicks import Click

BATCH = 5000
BURST_SECONDS = 5  # nobody follows three links of a mail in less
BURST_LINKS = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """A hit with its verdict; `position` is the link's place in the mail, None for what is no link of it."""

    id: int
    message_id: int
    kind: str
    at: datetime
    position: int | None
    sign: str

    @property
    def machine(self) -> bool:
        """Tell whether a machine asked; a proxy fetches images for people and machines alike, and is told apart."""
        return self.sign not in ("", "proxy")


# `trap`: from where the hidden link was ever followed, per mail. The links of a mail are those of its template in the
# language of the link that was followed.
JUDGE = """
WITH due AS (
    SELECT * FROM hit WHERE machine IS NULL AND at <= %(until)s ORDER BY at LIMIT %(batch)s
), trap AS MATERIALIZED (
    SELECT DISTINCT message_id, network, agent FROM hit
    WHERE kind = 'click' AND link_id = 0 AND message_id IN (SELECT message_id FROM due)
), seen AS (
    SELECT due.*, message.sent_at, link.position,
           (SELECT count(*) FROM link AS other
            WHERE other.template_version_id = link.template_version_id AND other.language = link.language) AS links
    FROM due LEFT JOIN message ON message.id = due.message_id LEFT JOIN link ON link.id = due.link_id
)
SELECT id, message_id, kind, at, position,
    CASE
        WHEN sign <> '' OR kind = 'open' THEN sign
        WHEN at < sent_at + make_interval(secs => %(early)s) THEN 'early'
        WHEN (message_id, network, agent) IN (SELECT message_id, network, agent FROM trap) OR EXISTS (
            SELECT FROM hit WHERE hit.message_id = seen.message_id AND kind = 'click' AND link_id = 0
              AND hit.at BETWEEN seen.at - %(wait)s AND seen.at + %(wait)s
        ) THEN 'trap'
        WHEN (
            SELECT count(DISTINCT (kind, link_id)) FROM hit
            WHERE hit.message_id = seen.message_id AND kind <> 'open'
              AND hit.at BETWEEN seen.at - %(burst)s AND seen.at + %(burst)s
        ) >= greatest(2, least(%(many)s, links)) THEN 'burst'
        ELSE ''
    END
FROM seen
"""

# Who follows the hidden link later takes along what was thought a person's before, in the same mail from the same place.
REVISE = """
UPDATE hit SET machine = true, because = 'trap' FROM hit AS trap
WHERE trap.id = ANY(%(traps)s::bigint[]) AND hit.message_id = trap.message_id AND hit.machine IS FALSE
  AND (hit.network = trap.network AND hit.agent = trap.agent
       OR hit.at BETWEEN trap.at - %(wait)s AND trap.at + %(wait)s)
"""


def run(now: datetime) -> int:
    """Judge the hits that waited long enough, write the events of people, forget old hits; return how many were judged."""
    hits.unpack()
    done = 0
    while judged := _judge(now):
        done += len(judged)
    forget(now)
    return done


def forget(now: datetime) -> int:
    """Delete the hits older than `hit_days`; return how many."""
    return database.execute("DELETE FROM hit WHERE at < %s", [now - timedelta(days=settings.RELANCE.hit_days)])


def _judge(now: datetime) -> list[Judged]:
    """Judge a batch; its verdicts and its events are written in one transaction."""
    wait = timedelta(seconds=settings.RELANCE.click_seconds)
    asked = {
        "until": now - wait, "batch": BATCH, "early": settings.RELANCE.machine_seconds, "wait": wait,
        "burst": timedelta(seconds=BURST_SECONDS), "many": BURST_LINKS,
    }  # fmt: skip
    with transaction.atomic():
        judged = [Judged(*row) for row in database.rows(JUDGE, asked)]
        if not judged:
            return []
        _keep(judged, wait)
        people = [one for one in judged if not one.machine]
        followed = [Click(one.message_id, one.position, one.at) for one in people if one.position is not None]
        clicks.record_many(followed, now)
        opens.record_many([(one.message_id, one.at, one.sign == "proxy") for one in people if one.kind == "open"], now)
    return judged


def _keep(judged: Sequence[Judged], wait: timedelta) -> None:
    """Write the verdicts, and change those that a hidden link followed only now shows to be wrong."""
    database.execute(
        """
        UPDATE hit SET machine = new.machine, because = new.because
        FROM unnest(%s::bigint[], %s::boolean[], %s::text[]) AS new(id, machine, because) WHERE hit.id = new.id
        """,
        [[one.id for one in judged], [one.machine for one in judged], [one.sign for one in judged]],
    )
    if traps := [one.id for one in judged if one.kind == "click" and one.position is None]:
        database.execute(REVISE, {"traps": traps, "wait": wait})
