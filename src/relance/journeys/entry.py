"""The stage that lets people in: members of the entry segment who may enter, one in ten of them as control group."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from relance.contacts import mail
from relance.core import database
from relance.journeys import draws, launches, tree
from relance.journeys.definition import JourneyDefinition, measured_at, of
from relance.journeys.models import Launch, Version

Admits = Callable[[Version, datetime], float]  # the share of those who wait that may enter: 0 nobody, 1 everybody


@dataclass(frozen=True)
class Room:
    """How many people of each mailbox provider may enter now; `provider` is its SQL over the mail domain `{domain}`."""

    provider: str
    left: Mapping[str, int]


Allows = Callable[[Version, Launch | None, datetime], Room | None]  # None: as many as wait

# People who were put to sleep stay out of reactivations until they buy or react by themselves.
ASLEEP = """
AND NOT EXISTS (
    SELECT FROM enrolment s LEFT JOIN profile p ON p.contact_id = s.contact_id
    WHERE s.contact_id = c.id AND s.end_reason = 'sunset'
      AND s.ended_at > coalesce(greatest(p.last_purchase_at, p.last_engagement_at), '-infinity')
)
"""

# Nor does anybody enter a commercial journey who asked for silence.
PAUSED = "AND coalesce(c.paused_until <= %(now)s, true)"


def always(version: Version, now: datetime) -> float:
    """Let people in at any time."""
    return 1.0


def without_limit(version: Version, launch: Launch | None, now: datetime) -> None:
    """Let in as many as wait."""


def run(now: datetime, admits: Admits = always, allows: Allows = without_limit) -> int:
    """Enrol whoever may enter a running journey that `admits` lets open now, and return how many rows that made.

    `allows` says how many people of each mailbox provider may enter a journey at once.
    """
    shares = [(version, launch, admits(version, now)) for version, launch in launches.opening(now)]
    return sum(
        enrol(version, now, launch, share=share, room=allows(version, launch, now))
        for version, launch, share in shares
        if share
    )


# Who may enter now, and who of them is drawn for the control group.
DRAWN = """
    WITH past AS (
        SELECT contact_id, max(occasion) AS occasion, max(entered_at) AS entered_at, bool_or(ended_at IS NULL) AS open
        FROM enrolment WHERE journey_id = %(journey)s GROUP BY contact_id
    ), entrant AS (
        SELECT c.id, coalesce(past.occasion, 0) + 1 AS occasion
        FROM segment s
        JOIN membership m ON m.segment_id = s.id
        JOIN contact c ON c.id = m.contact_id AND c.erased_at IS NULL
        LEFT JOIN past ON past.contact_id = c.id
        WHERE s.name = %(segment)s
          AND (past.contact_id IS NULL OR (NOT past.open AND past.entered_at <= %(entered_before)s))
          {asleep} {paused} {canary} {share}
    ), drawn AS (
        SELECT id, occasion, {control} AS control FROM entrant
    )
"""


# Until the rest is released, only those enter whom the approved plan drew, and those of the steps of its ramp.
CANARY = """
    AND c.id IN (
        SELECT contact_id FROM launch_person WHERE plan_id = %(plan)s AND (code = ANY(%(canary)s) OR step > 0)
    )
"""


# Of those drawn, the first of each provider for whom there is room, in an order of chance; the control group with them.
WITHIN = """
    , lined AS (
        SELECT drawn.*, provider, count(*) FILTER (WHERE NOT control) OVER (PARTITION BY provider ORDER BY {queue}, drawn.id) AS place,
               count(*) FILTER (WHERE NOT control) OVER (PARTITION BY provider) AS whole
        FROM drawn
        LEFT JOIN LATERAL ({address}) address ON true
        CROSS JOIN LATERAL (SELECT {provider} AS provider) AS named
    ), admitted AS (
        SELECT lined.id, occasion, control
        FROM lined JOIN unnest(%(providers)s::text[], %(rooms)s::bigint[]) AS room (provider, size) USING (provider)
        WHERE whole <= size OR place < size OR (place = size AND NOT control)
    )
"""


def enrol(
    version: Version, now: datetime, launch: Launch | None = None, *, share: float = 1.0, room: Room | None = None
) -> int:
    """Enrol the segment's members who are not in the journey, nor were too recently; part of them as control.

    A `share` below one lets in those drawn for it: always the same people, and with a larger share others besides.
    """
    if room is not None and not any(room.left.values()):
        return 0
    definition = of(version)
    canary = launch is not None and launch.canary is not None
    statement = f"""
        {_drawn(definition, CANARY if canary else "", share)} {_within(room) if room else ""}
        INSERT INTO enrolment (contact_id, journey_id, version_id, occasion, control, entered_at, position, due_at)
        SELECT id, %(journey)s, %(version)s, occasion, control, %(now)s,
               CASE WHEN control THEN '' ELSE %(first)s END, CASE WHEN control THEN %(measured)s ELSE %(due)s END
        FROM {"admitted" if room else "drawn"}
        ON CONFLICT DO NOTHING
    """
    drawn = {"plan": launch.plan_id, "canary": list(launches.CANARY)} if launch and canary else {}
    rooms = {"providers": list(room.left), "rooms": list(room.left.values())} if room else {}
    return database.execute(statement, _values(version, definition, now) | drawn | rooms)


def entrants(version: Version, now: datetime) -> dict[int, bool]:
    """Return who would enter now, and whether as control: the very draw that enrolling makes."""
    query, values = entrants_sql(version, now)
    return dict(database.rows(query, values))


def entrants_sql(version: Version, now: datetime) -> tuple[str, dict[str, object]]:
    """Return the query of `entrants` (columns id and control) with its parameters, for work on them as a set."""
    definition = of(version)
    return f"{_drawn(definition)} SELECT id, control FROM drawn", _values(version, definition, now)


def _drawn(definition: JourneyDefinition, canary: str = "", share: float = 1.0) -> str:
    drawn = draws.digest("%(name)s", "entrant.id", "entrant.occasion")
    queue = draws.digest("'queue'", "%(name)s", "c.id")
    return DRAWN.format(
        asleep=ASLEEP if definition.reactivates else "", paused=PAUSED if definition.commercial else "",
        control=draws.below(drawn, definition.holdout), canary=canary,
        share="" if share >= 1 else f"AND {draws.below(queue, share)}",
    )  # fmt: skip


def _within(room: Room) -> str:
    queue = draws.digest("'room'", "%(name)s", "drawn.id")
    return WITHIN.format(
        queue=queue,
        provider=room.provider.format(domain="coalesce(domain, '')"),
        address=mail.DOMAIN.format(contact="drawn.id"),
    )


def _values(version: Version, definition: JourneyDefinition, now: datetime) -> dict[str, object]:
    """Return the parameters of the statement."""
    first = tree.first(definition.nodes)
    again_after = definition.entry.again_after
    return {
        "name": definition.journey,
        "journey": version.journey_id,
        "version": version.pk,
        "segment": definition.entry.segment,
        "entered_before": again_after.before(now) if again_after else None,
        "now": now,
        "first": first,
        "due": definition.nodes[first].step.due_after(now),
        "measured": measured_at(definition, now),
    }
