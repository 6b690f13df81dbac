"""What the gate would say of messages nobody has written yet: a whole segment's facts in one statement, its own checks.

Nothing is stored, no place is taken. People whose facts the checks cannot tell apart are judged once: a million people
make some hundreds of sorts. `facts.GATHER` asks the same tables by key, for a batch; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from relance.core import database
from relance.eligibility import gate
from relance.eligibility.facts import MARKETING, Facts, Slot, Standing, filled
from relance.eligibility.pressure import AWAITED
from relance.eligibility.rules import Cap, Rules
from relance.outbox.models import OWED


@dataclass(frozen=True)
class Sample:
    """The message everyone would get, at an instant."""

    channel: str
    purpose: str
    at: datetime
    topic: str = MARKETING
    journey_id: int | None = None


# `sort` holds what the checks look at: who shares it gets the same verdict. Instants stand in it as what is asked of them.
GATHER = """
    CREATE TEMP TABLE preview_fact ON COMMIT DROP AS
    WITH point AS (
        SELECT cp.contact_id, cp.id, cp.channel, cp.value, cp.valid, cp.reason, s.reason AS stopped, {here} AS here,
               coalesce({stops}, false) AS stops
        FROM (
            SELECT contact_id, id, channel, value, valid, reason FROM contact_point
            WHERE contact_id IN (SELECT contact_id FROM {people})
            UNION ALL
            SELECT id, NULL, 'postal', lower(concat_ws(' ', street, postcode, city)), NULL, '' FROM contact
            WHERE %(channel)s = 'postal' AND street <> '' AND city <> '' AND id IN (SELECT contact_id FROM {people})
        ) cp LEFT JOIN suppression s ON {suppressed}
    ), address AS (
        SELECT contact_id, count(*) FILTER (WHERE here) > 0 AS addressed,
               (array_agg(id ORDER BY {best}) FILTER (WHERE here))[1] AS contact_point_id,
               (array_agg(valid ORDER BY {best}) FILTER (WHERE here))[1] AS address_valid,
               (array_agg(CASE WHEN stops THEN stopped ELSE reason END ORDER BY {best}) FILTER (WHERE here))[1] AS address_reason,
               array_agg(stopped ORDER BY stopped) FILTER (WHERE stops AND stopped NOT IN {address_alone}) AS suppressed
        FROM point GROUP BY contact_id
    ), said AS (
        SELECT DISTINCT ON (contact_id, topic) contact_id, topic, given, basis, at, expires_at FROM consent
        WHERE (channel = %(channel)s OR %(channel)s = 'audience') AND topic = ANY({topics}) AND at <= %(now)s AND NOT {hides}
          AND contact_id IN (SELECT contact_id FROM {people})
        ORDER BY contact_id, topic, {latest}
    ), permission AS (
        SELECT DISTINCT ON (contact_id) * FROM said ORDER BY contact_id, {in_force}
    ), place AS (
        SELECT contact_id, array_agg(at) AS taken, array_agg(channel) AS channels, array_agg(purpose) AS purposes,
               ARRAY[{taken}] AS counts
        FROM pressure_reservation
        WHERE NOT released AND at > %(since)s AND contact_id IN (SELECT contact_id FROM {people})
        GROUP BY contact_id
    ), waiting AS ({waiting}
    ), coming AS (
        SELECT contact_id, array_agg(at) AS awaited, array_agg(channel) AS channels, ARRAY[{awaited}] AS counts
        FROM waiting GROUP BY contact_id
    ), fact AS (
        SELECT w.contact_id, c.erased_at IS NOT NULL AS erased, c.objected_at IS NOT NULL AS objected, c.paused_until,
               c.fewer_since IS NOT NULL AS fewer, c.kind, c.country,
               c.time_zone, c.postcode,
               CASE WHEN c.country IN ('', 'FR') AND left(c.postcode, 2) = ANY(%(regions)s) THEN left(c.postcode, 3) END AS region,
               coalesce(p.last_legal_contact_at, c.first_seen_at) AS last_contact_at, coalesce(p.state, '') AS dormancy,
               coalesce(p.unreachable, false) AS unreachable, coalesce(p.out_of_target, false) AS out_of_target,
               address.contact_point_id, address.address_valid, address.address_reason, address.suppressed,
               %(channel)s = 'postal' AND coalesce(address.addressed, false) AS posted,
               permission.given, permission.basis, permission.at AS consent_at, permission.expires_at,
               permission.basis IS DISTINCT FROM 'existing_customer' OR {bought} AS bought,
               {unopened} AS unopened_since,
               place.taken, place.channels AS taken_channels, place.purposes AS taken_purposes, coming.awaited,
               coming.channels AS awaited_channels, place.counts AS places, coming.counts AS comings
        FROM {people} w
        JOIN contact c ON c.id = w.contact_id
        LEFT JOIN profile p ON p.contact_id = w.contact_id
        LEFT JOIN address ON address.contact_id = w.contact_id
        LEFT JOIN permission ON permission.contact_id = w.contact_id
        LEFT JOIN place ON place.contact_id = w.contact_id
        LEFT JOIN coming ON coming.contact_id = w.contact_id
    )
    SELECT *, ROW(
        erased, objected, paused_until > %(now)s, fewer, kind, country, time_zone, region, last_contact_at <= %(kept_since)s,
        dormancy IN ('dormant', 'very_dormant'), unreachable, out_of_target, contact_point_id IS NULL, posted, address_valid,
        address_reason, suppressed, given, basis, expires_at <= %(now)s, bought, places, comings,
        unopened_since IS NOT NULL
    )::text AS sort
    FROM fact
"""
# When reactivations are to reach somebody; only other purposes give way to them.
WAITING = AWAITED.replace("{who}", "contact_id IN (SELECT contact_id FROM {people})")
NONE_WAITING = "SELECT NULL::bigint AS contact_id, NULL::timestamptz AS at, '' AS channel WHERE false"

SORTS = """
    SELECT sort, f.contact_id, erased, objected, kind, country, last_contact_at, dormancy, unreachable, out_of_target,
           contact_point_id, address_valid, address_reason, coalesce(suppressed, '{}'), given, basis, consent_at, expires_at,
           coalesce(taken, '{}'), coalesce(taken_channels, '{}'), coalesce(taken_purposes, '{}'), coalesce(awaited, '{}'),
           coalesce(awaited_channels, '{}'), posted, bought, time_zone, postcode,
           paused_until, fewer, unopened_since
    FROM preview_fact f JOIN (SELECT min(contact_id) AS contact_id FROM preview_fact GROUP BY sort) one USING (contact_id)
"""
JUDGED = "SELECT f.contact_id, v.code FROM preview_fact f JOIN preview_verdict v USING (sort)"


def judge(people: str, sample: Sample) -> str:
    """Return the query (columns contact_id and code) of what the gate would say to each row of the table `people`.

    The tables it reads are temporary: call this and run the query within one transaction.
    """
    database.execute(f"ANALYZE {people}")  # a plan made for a few people takes minutes for many
    countries = database.rows(f"SELECT DISTINCT country FROM contact WHERE id IN (SELECT contact_id FROM {people})")
    rules = gate.rules_in_force([country for (country,) in countries], sample.at)
    database.execute("DROP TABLE IF EXISTS pg_temp.preview_fact, pg_temp.preview_verdict")
    database.execute(_statement(people, sample, rules), _values(sample, rules))
    found = [
        (row[0], gate.decide(_facts(row, sample), sample.at, rules).code) for row in database.rows_in_binary(SORTS)
    ]
    database.execute("CREATE TEMP TABLE preview_verdict (sort text PRIMARY KEY, code text) ON COMMIT DROP")
    sorts, codes = [sort for sort, _ in found], [code for _, code in found]
    database.execute("INSERT INTO preview_verdict SELECT * FROM unnest(%s::text[], %s::text[])", [sorts, codes])
    return JUDGED


def counts(people: str, sample: Sample) -> dict[str, int]:
    """Return how many of the people the gate would give each reason, the most frequent first; within a transaction."""
    query = judge(people, sample)
    return dict(database.rows(f"SELECT code, count(*) FROM ({query}) said GROUP BY code ORDER BY 2 DESC, 1"))


def _statement(people: str, sample: Sample, rules: Rules) -> str:
    waits = sample.purpose != "reactivation" and sample.purpose not in OWED
    return filled(
        GATHER, channel="%(channel)s::text", topic="%(topic)s::text", contact="w.contact_id", people=people,
        taken=_windows(rules, "channel", "purpose"), awaited=_windows(rules, "channel", "'reactivation'"),
        waiting=WAITING.replace("{people}", people) if waits else NONE_WAITING,
    )  # fmt: skip


def _windows(rules: Rules, channel: str, purpose: str) -> str:
    """Return the SQL that counts the instants sharing a window with the sample, for each cap there may be."""
    return ", ".join(
        f"count(*) FILTER (WHERE abs(extract(epoch FROM at - %(now)s)) < {days * 86_400}"
        f" AND '{on}' IN ('', {channel}) AND '{what}' IN ('', {purpose}))"
        for days, on, what in _kinds((*rules.caps, *rules.dormant_caps))
    )


def _kinds(caps: Sequence[Cap]) -> list[tuple[int, str, str]]:
    return sorted({(cap.days, cap.channel, cap.purpose) for cap in caps})


def _values(sample: Sample, rules: Rules) -> dict[str, Any]:
    return {
        "channel": sample.channel, "topic": sample.topic, "now": sample.at, "kept_since": rules.kept_since,
        "since": sample.at - rules.longest, "until": sample.at + rules.longest, "besides": "{}",
        "regions": rules.moment.regions, "zone": settings.RELANCE.time_zone,
    }  # fmt: skip


def _facts(row: Sequence[Any], sample: Sample) -> Facts:
    """Return the facts of one person of a sort, with the sample as their message."""
    (_, contact, erased, objected, kind, country, last_contact_at, dormancy, unreachable, out_of_target, point, valid, reason,
     suppressed, given, basis, consent_at, expires_at, taken, by, what, awaited, coming, posted, bought, time_zone,
     postcode, paused_until, fewer, unopened_since) = row  # fmt: skip
    standing = Standing(
        taken=tuple(map(Slot, taken, by, what)),
        awaited=tuple(Slot(at, channel, "reactivation") for at, channel in zip(awaited, coming, strict=True)),
    )
    return Facts(
        message_id=0, contact_id=contact, channel=sample.channel, purpose=sample.purpose, not_before=sample.at,
        expires_at=sample.at + timedelta(days=settings.RELANCE.message_days), erased=erased, objected=objected, kind=kind,
        country=country, last_contact_at=last_contact_at, dormancy=dormancy, unreachable=unreachable,
        out_of_target=out_of_target, contact_point_id=point, address_valid=valid, address_reason=reason,
        suppressions=[(one, "") for one in suppressed], consent_given=given, consent_basis=basis, consent_at=consent_at,
        consent_expires_at=expires_at, enrolment_ended_at=None, end_reason=None, met_at=None, met_type=None, met_goal=None,
        topic=sample.topic, journey_id=sample.journey_id, posted=posted, bought=bought, standing=standing,
        time_zone=time_zone, postcode=postcode, paused_until=paused_until, fewer=fewer,
        unopened_since=unopened_since,
    )  # fmt: skip
