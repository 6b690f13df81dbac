"""Who a journey would write to, in the figures that its risk hangs on: all of this base, none assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from relance.contacts.matrix import MARKETING
from relance.core import database
from relance.eligibility import choosing
from relance.eligibility.breaker import providers
from relance.eligibility.ramp import bands
from relance.eligibility.ramp.drawing import SHORTLY
from relance.journeys import definition, entry, tree
from relance.journeys.models import Version
from relance.journeys.steps.step import Wish
from relance.measurement.preflight.surroundings import Elsewhere, elsewhere

LATELY = timedelta(days=90)
USUAL_DAYS = 30


@dataclass(frozen=True)
class Audience:
    """Figures of those who would get the first message; shares are of `reachable`."""

    entrants: int
    control: int
    reachable: int  # those the gate would let through at the start
    people: Mapping[str, Mapping[str, int]]  # band of silence -> mailbox provider -> reachable people
    old: int  # no engagement for 12 months, or never any
    unverified: int
    role: int
    doubtful: int  # mistyped by the look of it, or with soft bounces
    never_clicked: int
    delivered_before: int  # of those, people somebody delivered to in the last `answer_days`: only they could click
    elsewhere: Elsewhere = field(default_factory=Elsewhere)  # in other running journeys now
    answer_days: int = LATELY.days
    dormant: int = 0  # dormant or very dormant
    # step -> channel -> people, where several leave
    ways: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Sender:
    """What the sender sent of late, and what came back."""

    sent: int  # in 90 days
    hard_bounce: int
    complaint: int
    told: int  # sends to providers that tell of complaints
    unsubscribe: int
    usual_day: float  # mean of the days with sends, of 30
    largest_days: Mapping[str, int]  # by provider

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return asdict(self)


# The people of a temporary table, each with the e-mail address they would be written at.
_PEOPLE = """
    CREATE TEMP TABLE flight_person ON COMMIT DROP AS
    SELECT w.contact_id, {provider} AS provider, {band} AS band,
           coalesce(pr.last_engagement_at < %(year_ago)s, true) AS old, cp.value IS NOT NULL AND cp.valid IS NULL AS unverified,
           coalesce(pr.state IN ('dormant', 'very_dormant'), false) AS dormant,
           cp.reason = 'role' AS role, cp.suggestion <> '' OR cp.soft_bounces > 0 AS doubtful
    FROM flight_allowed w
    LEFT JOIN LATERAL (
        SELECT value, valid, reason, suggestion, soft_bounces FROM contact_point
        WHERE contact_id = w.contact_id AND channel = 'email' AND valid IS NOT FALSE ORDER BY id LIMIT 1
    ) cp ON true
    LEFT JOIN profile pr ON pr.contact_id = w.contact_id
"""
_COUNTS = """
    SELECT count(*) FILTER (WHERE old), count(*) FILTER (WHERE unverified), count(*) FILTER (WHERE role),
           count(*) FILTER (WHERE doubtful), count(*) FILTER (WHERE dormant) FROM flight_person
"""
_ANSWERS = """
    SELECT count(*) FILTER (WHERE delivered), count(*) FILTER (WHERE delivered AND NOT clicked) FROM (
        SELECT contact_id, bool_or(type = 'message_delivered') AS delivered, bool_or(type = 'message_clicked') AS clicked
        FROM event JOIN flight_person USING (contact_id)
        WHERE type IN ('message_delivered', 'message_clicked') AND occurred_at > %s AND occurred_at <= %s GROUP BY contact_id
    ) AS told
"""
_SENT = """
    SELECT coalesce(sum(sends), 0), coalesce(sum(hard_bounce), 0), coalesce(sum(complaint), 0), coalesce(sum(told), 0),
           coalesce(sum(unsubscribe), 0)
    FROM breaker_cohort WHERE journey_id = 0 AND sender = %s AND cohort > %s AND cohort <= %s
"""
_DAYS = """
    SELECT provider, max(sends), sum(sends), count(*) FROM (
        SELECT provider, date_trunc('day', cohort) AS day, sum(sends) AS sends FROM breaker_cohort
        WHERE journey_id = 0 AND sender = %s AND cohort > %s AND cohort <= %s GROUP BY 1, 2
    ) AS daily GROUP BY provider
"""


def gather(version: Version, start: datetime, now: datetime) -> Audience:
    """Return who would get the journey's first message at `start`, by what is known `now`; nothing is written."""
    written = definition.of(version)
    with transaction.atomic():
        query, values = entry.entrants_sql(version, start)
        database.execute("DROP TABLE IF EXISTS pg_temp.flight_entrant, pg_temp.flight_allowed, pg_temp.flight_person")
        database.execute(
            f"CREATE TEMP TABLE flight_entrant ON COMMIT DROP AS SELECT id AS contact_id, control FROM ({query}) AS who",
            values,
        )
        ((entrants, control),) = database.rows("SELECT count(*), count(*) FILTER (WHERE control) FROM flight_entrant")
        _allow(version, written, start)
        return Audience(entrants, control, *_figures(version, written, start, now))


def treated() -> list[int]:
    """Return whom the journey would take in, its control group apart: of those `gather` found in this transaction."""
    return [one for (one,) in database.rows("SELECT contact_id FROM flight_entrant WHERE NOT control")]


def _allow(version: Version, written: definition.JourneyDefinition, start: datetime) -> None:
    """Make the table of those the gate would let through, the calendar apart: pre-flight judges the calendar itself."""
    sends = tree.sends(written.nodes)
    first = sends[0][1].wish(version) if sends else Wish(("email",), "", written.purpose, MARKETING)
    judged = choosing.judge("flight_entrant", first, start)
    database.execute(
        f"""
        CREATE TEMP TABLE flight_allowed ON COMMIT DROP AS
        SELECT contact_id FROM ({judged}) AS judged JOIN flight_entrant USING (contact_id)
        WHERE NOT control AND code = ANY(%s)
        """,
        [["allowed", *SHORTLY]],
    )


def _ways(version: Version, written: definition.JourneyDefinition, start: datetime) -> dict[str, dict[str, int]]:
    """Return how many people would get each message by which channel, where it may leave by several."""
    return {
        send.id: choosing.counted("flight_person", send.wish(version), start)
        for _node, send in tree.sends(written.nodes)
        if len(send.ways(version)) > 1
    }


def _figures(
    version: Version, written: definition.JourneyDefinition, start: datetime, now: datetime
) -> tuple[Any, ...]:
    provider = providers.sql("lower(split_part(coalesce(cp.value, ''), '@', 2))").replace("%", "%%")
    made = _PEOPLE.format(provider=provider, band=bands.sql())
    reachable = database.execute(made, {"start": start, "year_ago": start - timedelta(days=365)})
    people: dict[str, dict[str, int]] = {}
    for band, name, count in database.rows(
        "SELECT band, provider, count(*) FROM flight_person GROUP BY 1, 2 ORDER BY 1, 2"
    ):
        people.setdefault(band, {})[name] = count
    ((old, unverified, role, doubtful, dormant),) = database.rows(_COUNTS)
    answer_days = min(LATELY.days, settings.RELANCE.hot_days)  # older answers have left PostgreSQL
    ((delivered, never_clicked),) = database.rows(_ANSWERS, [now - timedelta(days=answer_days), now])
    return (
        reachable,
        people,
        old,
        unverified,
        role,
        doubtful,
        never_clicked,
        delivered,
        elsewhere(version.journey_id, "flight_person"),
        answer_days,
        dormant,
        _ways(version, written, start),
    )


def sender(now: datetime, own: str) -> Sender:
    """Return what was sent from a domain of late."""
    ((sent, hard, complaint, told, unsubscribe),) = database.rows(_SENT, [own, now - LATELY, now])
    days = database.rows(_DAYS, [own, now - timedelta(days=USUAL_DAYS), now])
    busiest = max((count for *_, count in days), default=0)
    usual = float(sum(total for _, _, total, _ in days)) / busiest if busiest else 0.0
    return Sender(
        int(sent), int(hard), int(complaint), int(told), int(unsubscribe), usual, {p: int(m) for p, m, *_ in days}
    )
