"""What the gate knows of a message and its person: gathered for a whole batch in one statement, then frozen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings

from relance.core import database
from relance.core.errors import NotFoundError
from relance.core.ids import postgresql_digest

MARKETING = "marketing"


class Standing(NamedTuple):
    """A contact under the caps: the last place taken, when messages left lately, when reactivations are to leave."""

    place: int = 0
    taken: tuple[datetime, ...] = ()
    awaited: tuple[datetime, ...] = ()

    def after(self, at: datetime) -> Standing:
        """Return the standing once the next place is taken."""
        return self._replace(place=self.place + 1, taken=(*self.taken, at))

    def expecting(self, at: datetime) -> Standing:
        """Return the standing with one more reactivation on its way."""
        return self._replace(awaited=(*self.awaited, at))


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
    suppressions: Sequence[Sequence[str]]  # reason and day of each suppression that concerns the person
    consent_given: bool | None
    consent_basis: str | None
    consent_at: datetime | None
    consent_expires_at: datetime | None
    enrolment_ended_at: datetime | None
    end_reason: str | None
    met_at: datetime | None  # when the goal, or something of the journey's exit_when, happened since entry
    met_type: str | None
    met_goal: bool | None
    standing: Standing = Standing()

    @property
    def commercial(self) -> bool:
        """Tell whether the message is one that marketing rules bind; a purpose not known here is."""
        return self.purpose not in {"transactional", "notice"}

    @property
    def is_dormant(self) -> bool:
        return self.dormancy in {"dormant", "very_dormant"}


# Of a person's addresses on the channel the best one is chosen: neither suppressed nor found invalid, judged before not
# yet judged. A suppression for a mailbox that does not exist concerns that address only; any other one concerns the
# person, whichever address it hit. Of consents the latest counts; one that rests on a contract says nothing of
# marketing, so it counts only where there is no other. Each table is asked by key (LIMIT 1 holds the planner to it), so
# that the cost follows the batch and not the base.
GATHER = """
    SELECT m.id, m.contact_id, m.channel, m.purpose, m.not_before, m.expires_at,
           c.id IS NULL OR c.erased_at IS NOT NULL, c.objected_at IS NOT NULL,
           coalesce(c.kind, ''), coalesce(c.country, ''),
           coalesce(p.last_legal_contact_at, c.first_seen_at), coalesce(p.state, ''), coalesce(p.unreachable, false),
           coalesce(p.out_of_target, false),
           point.ids[1], point.valid[1], point.reasons[1], coalesce(point.suppressions, '{{}}'),
           consent.given, consent.basis, consent.at, consent.expires_at,
           e.ended_at, e.end_reason, met.at, met.type, met.type = v.definition #>> '{{goal,event}}'
    FROM message m
    LEFT JOIN LATERAL (SELECT * FROM contact WHERE id = m.contact_id LIMIT 1) c ON true
    LEFT JOIN LATERAL (SELECT * FROM profile WHERE contact_id = m.contact_id LIMIT 1) p ON true
    LEFT JOIN LATERAL (SELECT * FROM enrolment WHERE id = m.enrolment_id LIMIT 1) e ON true
    LEFT JOIN journey_version v ON v.id = e.version_id
    CROSS JOIN LATERAL (
        SELECT array_agg(cp.id ORDER BY {best}) AS ids,
               array_agg(cp.valid ORDER BY {best}) AS valid,
               array_agg(CASE WHEN s.id IS NULL THEN cp.reason ELSE s.reason END ORDER BY {best}) AS reasons,
               array_agg(ARRAY[s.reason, to_char(s.at AT TIME ZONE %(zone)s::text, 'YYYY-MM-DD')] ORDER BY s.reason)
                   FILTER (WHERE s.reason <> 'bounced') AS suppressions
        FROM contact_point cp
        LEFT JOIN suppression s ON s.channel = cp.channel AND s.digest = {digest}
        WHERE cp.contact_id = m.contact_id AND cp.channel = m.channel
    ) point
    LEFT JOIN LATERAL (
        SELECT given, basis, at, expires_at FROM consent
        WHERE contact_id = m.contact_id AND channel = m.channel AND topic = %(topic)s AND at <= %(now)s
        ORDER BY (given AND basis = 'contract'), at DESC, given LIMIT 1
    ) consent ON true
    LEFT JOIN LATERAL (
        SELECT occurred_at AS at, type FROM event
        WHERE contact_id = e.contact_id AND occurred_at >= e.entered_at AND occurred_at <= %(now)s
          AND (type = v.definition #>> '{{goal,event}}' OR v.definition -> 'exit_when' ? type)
        ORDER BY occurred_at, id LIMIT 1
    ) met ON true
    WHERE m.id = ANY(%(ids)s::bigint[])
"""
BEST = "s.id IS NOT NULL, cp.valid IS FALSE, cp.valid IS NULL, cp.id"


def gather(message_ids: Sequence[int], now: datetime) -> list[Facts]:
    """Return the facts of each message, in the order given."""
    query = GATHER.format(best=BEST, digest=postgresql_digest("cp.value"))
    given = {"ids": list(message_ids), "now": now, "topic": MARKETING, "zone": settings.RELANCE.time_zone}
    found = {row[0]: Facts(*row) for row in database.rows_in_binary(query, given)}
    unknown = [str(identifier) for identifier in message_ids if identifier not in found]
    if unknown:
        raise NotFoundError(
            f"The gate was asked about messages that do not exist ({', '.join(unknown[:10])}). Claim again."
        )
    return [found[identifier] for identifier in message_ids]
