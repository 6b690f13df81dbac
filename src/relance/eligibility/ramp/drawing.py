"""Who is in a step: people drawn by keyed hash within their mailbox provider, the youngest band of silence first."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from relance.core import database
from relance.eligibility.breaker import providers
from relance.eligibility.ramp import bands
from relance.eligibility.ramp.plan import Drawn
from relance.journeys import draws

FIRST = ("waiting", "control")  # whom the gate would let through: a canary has nobody else
SHORTLY = (  # held back for a while only
    "pressure", "reserved_for_reactivation", "commercial_period", "quiet_hours", "legal_hours", "best_hour", "breaker_open",
)  # fmt: skip

HELD_CONTROL = "control_later"  # a person of the control group whom the gate would hold back for a while only
CONTROL = ("control", HELD_CONTROL)
EVERYBODY = (*FIRST, *SHORTLY, HELD_CONTROL)  # whom a ramp lets in, step by step

Shares = Mapping[str, int]  # mailbox provider -> people


def sort(plan_id: int, start: object) -> None:
    """Write down the band of silence and the mailbox provider of the plan's people whom its ramp lets in by steps."""
    provider = providers.sql("lower(split_part(coalesce(cp.value, ''), '@', 2))").replace("%", "%%")
    database.execute(
        f"""
        UPDATE launch_person lp SET band = found.band, provider = found.provider FROM (
            SELECT w.contact_id, {provider} AS provider, {bands.sql()} AS band
            FROM launch_person w
            LEFT JOIN LATERAL (
                SELECT value FROM contact_point
                WHERE contact_id = w.contact_id AND channel = 'email' AND valid IS NOT FALSE ORDER BY id LIMIT 1
            ) cp ON true
            LEFT JOIN profile pr ON pr.contact_id = w.contact_id
            WHERE w.plan_id = %(plan)s AND w.code = ANY(%(codes)s)
        ) AS found
        WHERE lp.plan_id = %(plan)s AND lp.code = ANY(%(codes)s) AND lp.contact_id = found.contact_id
        """,
        {"plan": plan_id, "start": start, "codes": [*EVERYBODY]},
    )


def join_small(plan_id: int, canary: int) -> dict[str, str]:
    """Put the people of bands smaller than a canary into the next older one: so few would teach nothing by themselves.

    Return the youngest band that is now in each band others were put into.
    """
    people = left(plan_id, FIRST)
    for key, older in bands.joined(people, canary).items():
        database.execute("UPDATE launch_person SET band = %s WHERE plan_id = %s AND band = %s", [older, plan_id, key])
    return bands.spans(people, canary)


def left(plan_id: int, codes: Collection[str] = EVERYBODY) -> dict[str, dict[str, int]]:
    """Return the people of the plan in no step yet, by band and provider, the control group apart (0: only control)."""
    found: dict[str, dict[str, int]] = {}
    for band, provider, people in database.rows(
        """
        SELECT band, provider, count(*) FILTER (WHERE code <> ALL(%s)) FROM launch_person
        WHERE plan_id = %s AND step = 0 AND band <> '' AND code = ANY(%s) GROUP BY 1, 2 ORDER BY 1, 2
        """,
        [list(CONTROL), plan_id, list(codes)],
    ):
        found.setdefault(band, {})[provider] = people
    return found


def drawn(plan_id: int, joined: Mapping[str, str]) -> Drawn:
    """Return a ramp whose canary is drawn: everybody it lets in, the control group apart, and the canary."""
    people: dict[str, dict[str, int]] = {}
    first: dict[str, int] = {}
    for band, provider, count, canary in database.rows(
        """
        SELECT band, provider, count(*), count(*) FILTER (WHERE step = 1) FROM launch_person
        WHERE plan_id = %s AND band <> '' AND code <> ALL(%s) GROUP BY 1, 2 ORDER BY 1, 2
        """,
        [plan_id, [*CONTROL, "canary_control"]],
    ):
        people.setdefault(band, {})[provider] = count
        first |= {provider: canary} if canary else {}
    return Drawn(people, first, joined)


def youngest(people: Mapping[str, Shares]) -> str:
    """Return the key of the youngest band with anybody in it; empty where nobody is left."""
    return next((band.key for band in bands.BANDS if people.get(band.key)), "")


def take(plan_id: int, number: int, band: str, shares: Shares, *, journey: str, codes: Collection[str]) -> int:
    """Put so many people of each provider into step `number`, with the control people the draw passes on the way.

    The draw is a keyed hash of journey and person: nobody can foresee it, and it comes out the same however often it is
    made. Return how many people that is, the control group included.
    """
    drawn = draws.digest("%(journey)s", "'canary'", "contact_id")
    return database.execute(
        f"""
        WITH lined AS (
            SELECT contact_id, provider, control, count(*) FILTER (WHERE NOT control) OVER line AS place,
                   count(*) FILTER (WHERE NOT control) OVER (PARTITION BY provider) AS whole
            FROM (
                SELECT contact_id, provider, code = ANY(%(control)s) AS control, {drawn} AS drawn FROM launch_person
                WHERE plan_id = %(plan)s AND step = 0 AND band = %(band)s AND code = ANY(%(codes)s)
            ) AS waiting WINDOW line AS (PARTITION BY provider ORDER BY drawn, contact_id)
        )
        UPDATE launch_person lp SET step = %(number)s
        FROM lined JOIN unnest(%(names)s::text[], %(sizes)s::bigint[]) AS share (provider, size) USING (provider)
        WHERE lp.plan_id = %(plan)s AND lp.contact_id = lined.contact_id
          AND (size >= whole OR place < size OR (place = size AND NOT control))
        """,
        {
            "journey": journey, "plan": plan_id, "band": band, "number": number, "codes": list(codes),
            "control": list(CONTROL),
            "names": list(shares), "sizes": list(shares.values()),
        },
    )  # fmt: skip
