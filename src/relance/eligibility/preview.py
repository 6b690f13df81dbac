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
from relance.core.ids import postgresql_digest
from relance.eligibility import gate
from relance.eligibility.facts import BEST, MARKETING, Facts, Standing
from relance.eligibility.rules import Cap, Rules


@dataclass(frozen=True)
class Sample:
    """The message everyone would get, at an instant."""

    channel: str
    purpose: str
    at: datetime


# `sort` holds what the checks look at: who shares it gets the same verdict. Instants stand in it as what is asked of them.
GATHER = """
    CREATE TEMP TABLE preview_fact ON COMMIT DROP AS
    WITH address AS (
        SELECT cp.contact_id,
               (array_agg(cp.id ORDER BY {best}))[1] AS contact_point_id,
               (array_agg(cp.valid ORDER BY {best}))[1] AS address_valid,
               (array_agg(CASE WHEN s.id IS NULL THEN cp.reason ELSE s.reason END ORDER BY {best}))[1] AS address_reason,
               array_agg(s.reason ORDER BY s.reason) FILTER (WHERE s.reason <> 'bounced') AS suppressed
        FROM contact_point cp LEFT JOIN suppression s ON s.channel = cp.channel AND s.digest = {digest}
        WHERE cp.channel = %(channel)s AND cp.contact_id IN (SELECT contact_id FROM {people})
        GROUP BY cp.contact_id
    ), permission AS (
        SELECT DISTINCT ON (contact_id) contact_id, given, basis, at, expires_at
        FROM consent
        WHERE channel = %(channel)s AND topic = %(topic)s AND at <= %(at)s AND contact_id IN (SELECT contact_id FROM {people})
        ORDER BY contact_id, (given AND basis = 'contract'), at DESC, given
    ), place AS (
        SELECT contact_id, array_agg(at) AS taken, ARRAY[{taken}] AS counts
        FROM pressure_reservation
        WHERE NOT released AND at > %(since)s AND contact_id IN (SELECT contact_id FROM {people})
        GROUP BY contact_id
    ), waiting AS ({waiting}
    ), coming AS (
        SELECT contact_id, array_agg(at) AS awaited, ARRAY[{taken}] AS counts FROM waiting GROUP BY contact_id
    ), fact AS (
        SELECT w.contact_id, c.erased_at IS NOT NULL AS erased, c.objected_at IS NOT NULL AS objected, c.kind, c.country,
               coalesce(p.last_legal_contact_at, c.first_seen_at) AS last_contact_at, coalesce(p.state, '') AS dormancy,
               coalesce(p.unreachable, false) AS unreachable, coalesce(p.out_of_target, false) AS out_of_target,
               address.contact_point_id, address.address_valid, address.address_reason, address.suppressed,
               permission.given, permission.basis, permission.at AS consent_at, permission.expires_at,
               place.taken, coming.awaited, place.counts AS places, coming.counts AS comings
        FROM {people} w
        JOIN contact c ON c.id = w.contact_id
        LEFT JOIN profile p ON p.contact_id = w.contact_id
        LEFT JOIN address ON address.contact_id = w.contact_id
        LEFT JOIN permission ON permission.contact_id = w.contact_id
        LEFT JOIN place ON place.contact_id = w.contact_id
        LEFT JOIN coming ON coming.contact_id = w.contact_id
    )
    SELECT *, ROW(
        erased, objected, kind, country, last_contact_at <= %(kept_since)s, dormancy IN ('dormant', 'very_dormant'),
        unreachable, out_of_target, contact_point_id IS NULL, address_valid, address_reason, suppressed, given, basis,
        expires_at <= %(at)s, places, comings
    )::text AS sort
    FROM fact
"""
# When reactivations are to reach somebody; only other purposes give way to them.
WAITING = """
        SELECT contact_id, greatest(at, %(at)s) AS at FROM (
            SELECT contact_id, not_before AS at FROM message m
            WHERE purpose = 'reactivation' AND state IN ('ready', 'deferred', 'claimed') AND expires_at > %(at)s
              AND NOT EXISTS (SELECT FROM pressure_reservation r WHERE r.message_id = m.id AND NOT r.released)
            UNION ALL
            SELECT e.contact_id, e.due_at FROM enrolment e JOIN journey_version v ON v.id = e.version_id
            WHERE e.ended_at IS NULL AND NOT e.control AND e.due_at IS NOT NULL AND v.definition ->> 'purpose' = 'reactivation'
        ) AS soon WHERE at < %(until)s AND contact_id IN (SELECT contact_id FROM {people})
"""
NONE_WAITING = "SELECT NULL::bigint AS contact_id, NULL::timestamptz AS at WHERE false"

SORTS = """
    SELECT sort, f.contact_id, erased, objected, kind, country, last_contact_at, dormancy, unreachable, out_of_target,
           contact_point_id, address_valid, address_reason, coalesce(suppressed, '{}'), given, basis, consent_at, expires_at,
           coalesce(taken, '{}'), coalesce(awaited, '{}')
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


def _statement(people: str, sample: Sample, rules: Rules) -> str:
    waits = sample.purpose not in {"reactivation", "transactional", "notice"}
    return GATHER.format(
        people=people, best=BEST, digest=postgresql_digest("cp.value"), taken=_windows(rules),
        waiting=WAITING.format(people=people) if waits else NONE_WAITING,
    )  # fmt: skip


def _windows(rules: Rules) -> str:
    """Return the SQL that counts the instants sharing a window with the sample, for each cap there may be."""
    return ", ".join(
        f"count(*) FILTER (WHERE at > %(at)s - interval '{days} days' AND at < %(at)s + interval '{days} days')"
        for days in _days((*rules.caps, *rules.dormant_caps))
    )


def _days(caps: Sequence[Cap]) -> list[int]:
    return sorted({cap.days for cap in caps})


def _values(sample: Sample, rules: Rules) -> dict[str, Any]:
    return {
        "channel": sample.channel, "topic": MARKETING, "at": sample.at, "kept_since": rules.kept_since,
        "since": sample.at - rules.longest, "until": sample.at + rules.longest,
    }  # fmt: skip


def _facts(row: Sequence[Any], sample: Sample) -> Facts:
    """Return the facts of one person of a sort, with the sample as their message."""
    (_, contact, erased, objected, kind, country, last_contact_at, dormancy, unreachable, out_of_target, point, valid, reason,
     suppressed, given, basis, consent_at, expires_at, taken, awaited) = row  # fmt: skip
    return Facts(
        message_id=0, contact_id=contact, channel=sample.channel, purpose=sample.purpose, not_before=sample.at,
        expires_at=sample.at + timedelta(days=settings.RELANCE.message_days), erased=erased, objected=objected, kind=kind,
        country=country, last_contact_at=last_contact_at, dormancy=dormancy, unreachable=unreachable,
        out_of_target=out_of_target, contact_point_id=point, address_valid=valid, address_reason=reason,
        suppressions=[(one, "") for one in suppressed], consent_given=given, consent_basis=basis, consent_at=consent_at,
        consent_expires_at=expires_at, enrolment_ended_at=None, end_reason=None, met_at=None, met_type=None, met_goal=None,
        standing=Standing(taken=tuple(taken), awaited=tuple(awaited)),
    )  # fmt: skip
