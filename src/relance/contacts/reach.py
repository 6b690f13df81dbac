"""Who may be written to, channel by channel: what the gate would say today to a reactivation, or to what is asked.

For everybody at once, or for a part of the base.

Addresses, suppressions, consents and the state of the person are read as `eligibility` reads them; a test holds the two
together. Left to the gate are the hour, the caps, and whether the former tool's opt-outs are in, which stops everybody.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings

from relance.contacts import matrix
from relance.contacts.models import OPT_OUTS, STOPS_ADDRESS
from relance.core.durations import Duration
from relance.core.ids import postgresql_digest

PURPOSE = "reactivation"

# What the legal years are counted from: the last contact that came from the person, else the day she was first seen.
COUNTED_FROM = "coalesce(p.last_legal_contact_at, c.first_seen_at)"
# Being a customer takes a completed sale, in the profile or told since.
_BOUGHT = """(p.last_purchase_at IS NOT NULL OR c.id IN (
        SELECT contact_id FROM event WHERE type IN ('order_placed', 'store_purchase') AND occurred_at <= {now} AND {only}))"""

# Of a person's addresses that serve a channel the best one counts: not stopped, then found valid, then not yet judged. A
# suppression for a mailbox that does not exist stops that address alone, any other the person on its channel, `all` on
# every channel. Of consents the latest counts: one that rests on a contract only where there is no other, and a no
# before a yes of the same instant.
_POINTS = """
    WITH address AS MATERIALIZED (
        SELECT contact_id, channel, value, valid, reason, id FROM contact_point WHERE {only}
        UNION ALL
        SELECT contact_id, 'postal', lower(concat_ws(' ', street, postcode, city)), NULL, '', NULL
        FROM (SELECT id AS contact_id, street, postcode, city FROM contact) living WHERE street <> '' AND city <> '' AND {only}
    ), stop AS MATERIALIZED (
        SELECT a.contact_id, a.channel AS own, a.value, s.channel, s.reason
        FROM address a JOIN suppression s ON s.digest = {digest}
             AND (s.channel IN (a.channel, 'all') OR a.channel = 'sms' AND s.channel = 'phone')
    ), opposed AS MATERIALIZED (
        SELECT DISTINCT contact_id, channel FROM stop WHERE reason NOT IN {passed}
    ), serving AS (
        SELECT contact_id, channel, channel AS own, value, valid, reason, id FROM address
        UNION ALL SELECT contact_id, 'phone', channel, value, valid, reason, id FROM address WHERE channel = 'sms'
    ), best AS (
        SELECT DISTINCT ON (v.contact_id, v.channel) v.contact_id, v.channel, v.valid,
               CASE WHEN stop.channel IS NULL THEN v.reason ELSE stop.reason END AS reason
        FROM serving v LEFT JOIN stop ON stop.contact_id = v.contact_id AND stop.own = v.own AND stop.value = v.value
             AND stop.channel IN (v.channel, 'all')
        ORDER BY v.contact_id, v.channel, stop.channel IS NOT NULL, v.valid IS FALSE, v.valid IS NULL, v.channel <> v.own, v.id
    ), latest AS MATERIALIZED ({latest})
    SELECT b.contact_id, b.channel, {permitted} AS permitted
    FROM best b JOIN contact c ON c.id = b.contact_id AND c.erased_at IS NULL
    LEFT JOIN profile p ON p.contact_id = b.contact_id
    LEFT JOIN latest consent ON consent.contact_id = b.contact_id AND consent.channel = b.channel
    WHERE b.valid IS NOT FALSE AND coalesce(b.reason, '') NOT IN {address_alone}
      AND NOT EXISTS (SELECT FROM opposed o WHERE o.contact_id = b.contact_id AND o.channel IN (b.channel, 'all'))
"""

_LATEST = """
        SELECT contact_id, channel, given, basis, expires_at FROM (
            SELECT contact_id, channel, given, basis, expires_at,
                   row_number() OVER (PARTITION BY contact_id, channel ORDER BY (given AND basis = 'contract'), at DESC, given) AS n
            FROM consent WHERE topic = '{topic}' AND at <= {now} AND {only} AND NOT {superseded}
        ) consents WHERE n = 1
"""
# On a topic a person's no to it holds until their yes to it; else the latest word on it or on marketing counts.
_LATEST_ON_TOPIC = """
        SELECT DISTINCT ON (contact_id, channel) contact_id, channel, given, basis, expires_at FROM (
            SELECT DISTINCT ON (contact_id, channel, topic) contact_id, channel, topic, given, basis, at, expires_at
            FROM consent WHERE topic IN ('{topic}', '{marketing}') AND at <= {now} AND {only} AND NOT {superseded}
            ORDER BY contact_id, channel, topic, (given AND basis = 'contract'), at DESC, given
        ) said
        ORDER BY contact_id, channel, (given OR topic <> '{topic}'), coalesce(given AND expires_at <= {now}, false),
                 (given AND basis = 'contract'), at DESC, given
"""
# What of the person, beside the permission, stops every commercial message.
_COMMERCIAL = """coalesce(c.paused_until <= {now}, true) AND {counted_from} > {kept_since}
               AND NOT coalesce(p.unreachable OR p.out_of_target, false)"""


def points(now: datetime, only: str = "true", *, purpose: str = PURPOSE, topic: str = matrix.MARKETING) -> str:
    """Return PostgreSQL's query of `contact_id, channel, permitted`: a row per person and channel with a usable address.

    `only` is a condition on `contact_id`, for a part of the base. The query has no parameters.
    """
    at = _written(now)
    topics = [topic] if topic == matrix.MARKETING else [topic, matrix.MARKETING]
    latest = (_LATEST if topic == matrix.MARKETING else _LATEST_ON_TOPIC).format(
        topic=topic, marketing=matrix.MARKETING, now=at, only=only,
        superseded=matrix.superseded_sql(channel="consent.channel", topics=f"ARRAY{topics}", now=at),
    )  # fmt: skip
    return _POINTS.format(
        now=at, only=only, digest=postgresql_digest("a.value"), latest=latest, address_alone=STOPS_ADDRESS,
        passed=(*STOPS_ADDRESS, *OPT_OUTS) if purpose == "transactional" else STOPS_ADDRESS,
        permitted=_permitted(now, purpose, only),
    )  # fmt: skip


def _permitted(now: datetime, purpose: str, only: str) -> str:
    """Return the condition under which the person, and the word in force on the channel, permit a purpose."""
    at = _written(now)
    if purpose not in matrix.COMMERCIAL:
        free = [channel for basis, channel, what in matrix.cells(now) if (basis, what) == ("none", purpose)]
        heeded = "coalesce(consent.given, true)" if purpose == "notice" else "true"
        return f"b.channel = ANY(ARRAY{sorted(free)}::text[]) AND {heeded}"
    said = matrix.permitted_sql(
        now,
        purpose,
        channel="b.channel",
        sale=_BOUGHT.format(now=at, only=only),
        consent="consent",
        kind="coalesce(c.kind, '')",
    )
    objected = "c.objected_at IS NULL AND " if purpose == "reactivation" else ""
    state = _COMMERCIAL.format(now=at, counted_from=COUNTED_FROM, kept_since=_written(kept_since(now)))
    return f"{said} AND {objected}{state}"


def reachable(now: datetime, only: str = "true", *, channel: str = "") -> str:
    """Return PostgreSQL's query of the `contact_id` of who may be written to: on this channel, else on some channel."""
    there = f"AND channel = '{channel}'" if channel else ""
    return f"SELECT DISTINCT contact_id FROM ({points(now, only)}) point WHERE permitted {there}"


def kept_since(now: datetime) -> datetime:
    """Return the instant before which, or at which, a last contact is too old for the person's data to be kept."""
    return Duration(settings.RELANCE.legal_years, "year").before(now)


def _written(instant: datetime) -> str:
    return f"TIMESTAMPTZ '{instant.astimezone(UTC).isoformat()}'"
