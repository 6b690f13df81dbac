"""What the gate knows of a message and its person: gathered for a whole batch in one statement, then frozen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from relance.contacts.matrix import AUDIENCE, MARKETING, superseded_sql
from relance.contacts.models import STOPS_ADDRESS
from relance.core import database
from relance.core.errors import NotFoundError
from relance.core.ids import postgresql_digest
from relance.eligibility import unopened
from relance.eligibility.arrays import numbers
from relance.outbox.models import OWED

if TYPE_CHECKING:
    from relance.eligibility.budget import Ceiling

__all__ = ["AUDIENCE", "BEST", "MARKETING", "Facts", "Slot", "Standing", "gather"]


class Slot(NamedTuple):
    """When a commercial message left, or is to leave, and how."""

    at: datetime
    channel: str = ""
    purpose: str = ""


class Standing(NamedTuple):
    """A contact under the caps: the last place taken, when messages left lately, when reactivations are to leave."""

    place: int = 0
    taken: tuple[Slot, ...] = ()
    awaited: tuple[Slot, ...] = ()

    def after(self, slot: Slot) -> Standing:
        """Return the standing once the next place is taken."""
        return self._replace(place=self.place + 1, taken=(*self.taken, slot))

    def expecting(self, slot: Slot) -> Standing:
        """Return the standing with one more reactivation on its way."""
        return self._replace(awaited=(*self.awaited, slot))


class Facts(NamedTuple):
    """One message, its person, address, permission and enrolment as they are now; `standing` is filled for caps."""

    message_id: int
    contact_id: int
    channel: str
    purpose: str
    not_before: datetime
    expires_at: datetime
    erased: bool
    objected: bool
    kind: str
    country: str
    last_contact_at: datetime | None
    dormancy: str
    unreachable: bool
    out_of_target: bool
    contact_point_id: int | None
    address_valid: bool | None
    address_reason: str | None
    suppressions: Sequence[Sequence[str]] | None  # reason and day of each suppression that concerns the person
    consent_given: bool | None
    consent_basis: str | None
    consent_at: datetime | None
    consent_expires_at: datetime | None
    enrolment_ended_at: datetime | None
    end_reason: str | None
    met_at: datetime | None  # when the goal, or something of the journey's exit_when, happened since entry
    met_type: str | None
    met_goal: bool | None
    topic: str = MARKETING
    journey_id: int | None = None
    time_zone: str = ""
    posted: bool = False  # the contact's own postal address will do
    bought: bool = True  # a sale was completed; asked where permission rests on being a customer
    domain: str = ""  # of the address chosen
    postcode: str = ""
    best_hour: int | None = None  # UTC, the start of the three hours the person is most often seen in
    created_at: datetime | None = None
    version_id: int | None = None
    step: str = ""
    paused_until: datetime | None = None  # the person asked for silence until then
    fewer: bool = False  # and for fewer messages
    unopened_since: date | None = None  # stopped: since that day no mail was opened and nothing else came
    calls: Sequence[datetime] = ()  # the person's lately, where the message is a call
    refused_at: datetime | None = None
    standing: Standing = Standing()
    short: Ceiling | None = None  # the budget that has no money left for this message

    @property
    def commercial(self) -> bool:
        """Tell whether the message is one that marketing rules bind; a purpose not known here is."""
        return self.purpose not in OWED

    @property
    def is_dormant(self) -> bool:
        return self.dormancy in {"dormant", "very_dormant"}

    @property
    def slot(self) -> Slot:
        """Return what the message takes under the caps if it leaves at its own moment."""
        return Slot(self.not_before, self.channel, self.purpose)


# Which addresses serve a channel: a call may go to a mobile number, an audience is matched by any address.
# A suppression stops where it says: on its channel, or everywhere (`all`), whichever address of the person it hit; an
# opposition on the address used for matching stops the matching too.
HERE = """(cp.channel = {channel} OR {channel} = 'phone' AND cp.channel = 'sms'
           OR {channel} = 'audience' AND cp.channel IN ('email', 'sms', 'phone'))"""
STOPS = f"(s.channel = 'all' OR {HERE} AND (s.channel = {{channel}} OR {{channel}} = 'audience'))"
SUPPRESSED = "s.digest = {digest} AND s.channel IN (cp.channel, {channel}, 'all')"
# Of a person's addresses the best one is chosen: neither suppressed nor found invalid, judged before not yet judged.
BEST = "stops, valid IS FALSE, valid IS NULL, channel <> {channel}, id"
# Of consents the latest counts; one that rests on a contract says nothing of marketing, so it counts only where there is
# no other. On a topic a person's no to it holds until their yes to it; else the latest word on it or on marketing counts.
LATEST = "(given AND basis = 'contract'), at DESC, given"
IN_FORCE = f"(given OR topic <> {{topic}}), coalesce(given AND expires_at <= %(now)s, false), {LATEST}"
TOPICS = "CASE {channel} WHEN 'audience' THEN ARRAY['audience'] ELSE ARRAY[{topic}, 'marketing'] END"
# Being a customer takes a completed sale: an account, a cart or a download is none (CPCE art. L34-5).
BOUGHT = """(p.last_purchase_at IS NOT NULL OR coalesce((
            SELECT true FROM event WHERE contact_id = {contact} AND type IN ('order_placed', 'store_purchase')
              AND occurred_at <= %(now)s LIMIT 1), false))"""

# Each table is asked by key (OFFSET 0 and LIMIT 1 hold the planner to it), so that the cost follows the batch and not the
# base; what is to be put in order is put in order once for the batch, since a thousand small sorts cost more than all else.
GATHER = """
    WITH asked AS MATERIALIZED (
        SELECT m.*, c.id IS NULL OR c.erased_at IS NOT NULL AS erased, c.objected_at IS NOT NULL AS objected, c.kind, c.country,
               c.time_zone, c.street, c.postcode, c.city, c.first_seen_at, c.paused_until, c.fewer_since IS NOT NULL AS fewer
        FROM (
            SELECT id, contact_id, channel, purpose, not_before, expires_at, topic, journey_id, enrolment_id, created_at,
                   version_id, step
            FROM message WHERE id = ANY(%(ids)s::bigint[])
        ) m LEFT JOIN LATERAL (SELECT * FROM contact WHERE id = m.contact_id LIMIT 1) c ON true
    ), known AS MATERIALIZED (
        SELECT m.id AS message_id, m.channel AS asked_channel, cp.id, cp.channel, cp.value, cp.valid, cp.reason,
               s.reason AS stopped, s.at AS since, {here} AS here, coalesce({stops}, false) AS stops
        FROM asked m
        CROSS JOIN LATERAL (SELECT id, channel, value, valid, reason FROM contact_point WHERE contact_id = m.contact_id OFFSET 0) cp
        LEFT JOIN LATERAL (SELECT channel, reason, at FROM suppression s WHERE {suppressed} OFFSET 0) s ON true
        UNION ALL
        SELECT m.id, m.channel, NULL, 'postal', cp.value, NULL, '', s.reason, s.at, true, s.channel IS NOT NULL
        FROM asked m CROSS JOIN LATERAL (SELECT 'postal' AS channel, lower(concat_ws(' ', m.street, m.postcode, m.city)) AS value) cp
        LEFT JOIN LATERAL (SELECT channel, reason, at FROM suppression s WHERE {suppressed} OFFSET 0) s ON true
        WHERE m.channel = 'postal' AND m.street <> '' AND m.city <> ''
    ), address AS (
        SELECT DISTINCT ON (message_id) message_id, id, value, valid, CASE WHEN stops THEN stopped ELSE reason END AS reason
        FROM known WHERE here ORDER BY message_id, {best}
    ), suppressed AS (
        SELECT message_id,
               array_agg(ARRAY[stopped, to_char(since AT TIME ZONE %(zone)s::text, 'YYYY-MM-DD')] ORDER BY stopped) AS why
        FROM known WHERE stops AND stopped NOT IN {address_alone} GROUP BY message_id
    ), said AS (
        SELECT DISTINCT ON (message_id, topic) m.id AS message_id, m.topic AS asked_topic, k.*
        FROM asked m CROSS JOIN LATERAL (
            SELECT topic, given, basis, at, expires_at FROM consent
            WHERE contact_id = m.contact_id AND (channel = m.channel OR m.channel = 'audience') AND topic = ANY({topics})
              AND at <= %(now)s AND NOT {hides} OFFSET 0
        ) k ORDER BY message_id, topic, {latest}
    ), consent AS (
        SELECT DISTINCT ON (message_id) * FROM said ORDER BY message_id, {in_force}
    ), passage AS (
        SELECT m.id AS message_id, e.ended_at, e.end_reason, met.at AS met_at, met.type AS met_type,
               met.type = v.definition #>> '{{goal,event}}' AS met_goal
        FROM (SELECT id, enrolment_id FROM asked WHERE enrolment_id IS NOT NULL) m
        CROSS JOIN LATERAL (SELECT * FROM enrolment WHERE id = m.enrolment_id LIMIT 1) e
        JOIN journey_version v ON v.id = e.version_id
        LEFT JOIN LATERAL (
            SELECT occurred_at AS at, type FROM event
            WHERE contact_id = e.contact_id AND occurred_at >= e.entered_at AND occurred_at <= %(now)s
              AND (type = v.definition #>> '{{goal,event}}' OR v.definition -> 'exit_when' ? type)
            ORDER BY occurred_at, id LIMIT 1
        ) met ON true
    )
    SELECT m.id, m.contact_id, m.channel, m.purpose, m.not_before, m.expires_at, m.erased, m.objected,
           coalesce(m.kind, ''), coalesce(m.country, ''),
           coalesce(p.last_legal_contact_at, m.first_seen_at), coalesce(p.state, ''), coalesce(p.unreachable, false),
           coalesce(p.out_of_target, false), address.id, address.valid, address.reason, suppressed.why,
           consent.given, consent.basis, consent.at, consent.expires_at,
           passage.ended_at, passage.end_reason, passage.met_at, passage.met_type, passage.met_goal,
           m.topic, m.journey_id, coalesce(m.time_zone, ''), m.channel = 'postal' AND address.message_id IS NOT NULL,
           consent.basis IS DISTINCT FROM 'existing_customer' OR {bought},
           coalesce(split_part(address.value, '@', 2), ''), coalesce(m.postcode, ''), p.preferred_hour, m.created_at,
           m.version_id, m.step, m.paused_until, m.fewer, {unopened}
    FROM asked m
    LEFT JOIN LATERAL (SELECT * FROM profile WHERE contact_id = m.contact_id LIMIT 1) p ON true
    LEFT JOIN address ON address.message_id = m.id
    LEFT JOIN suppressed ON suppressed.message_id = m.id
    LEFT JOIN consent ON consent.message_id = m.id
    LEFT JOIN passage ON passage.message_id = m.id
"""


def gather(message_ids: Sequence[int], now: datetime) -> list[Facts]:
    """Return the facts of each message, in the order given."""
    given = {"ids": numbers(message_ids), "now": now, "zone": settings.RELANCE.time_zone}
    query = filled(GATHER, channel="m.channel", topic="m.topic", contact="m.contact_id", asked="asked_")
    found = {row[0]: Facts(*row) for row in database.rows_in_binary(query, given)}
    unknown = [str(identifier) for identifier in message_ids if identifier not in found]
    if unknown:
        raise NotFoundError(
            f"The gate was asked about messages that do not exist ({', '.join(unknown[:10])}). Claim again."
        )
    return [found[identifier] for identifier in message_ids]


def filled(query: str, *, channel: str, topic: str, contact: str, asked: str = "", **others: str) -> str:
    """Return the query with the readings of addresses and consents in it that the gate and its preview share.

    `asked` is how the message's channel and topic are called beside an address or consent, as the beginning of the name.
    """
    best, wanted = (f"{asked}channel", f"{asked}topic") if asked else (channel, topic)
    topics = TOPICS.format(channel=channel, topic=topic)
    return query.format(
        here=HERE.format(channel=channel), stops=STOPS.format(channel=channel), best=BEST.format(channel=best),
        suppressed=SUPPRESSED.format(channel=channel, digest=postgresql_digest("cp.value")), latest=LATEST,
        topics=topics, hides=superseded_sql(channel=channel, topics=topics, now="%(now)s"), in_force=IN_FORCE.format(topic=wanted),
        bought=BOUGHT.format(contact=contact), unopened=unopened.fact(contact), address_alone=STOPS_ADDRESS, **others,
    )  # fmt: skip
