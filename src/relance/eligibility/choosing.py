"""Which channel a message takes where its step names several: of those the person is eligible on, the preferred or the cheapest.

Eligible is what waiting will not change: an address that serves, the permission, the state of the person. The hour, the caps
and a month's budget only put a message off, and are left to the gate, which judges the message as it was written.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from relance.contacts import matrix, reach
from relance.core import database
from relance.eligibility import budget, preview, unopened
from relance.eligibility.preview import Sample
from relance.journeys.steps.step import Wish

# The first channel, in the order asked, on which a person is eligible. Asked by key, person by person: how many are due the
# planner cannot know, and joined as sets a thousand would take minutes.
_ELIGIBLE = """(
        SELECT point.channel FROM ({points}) point
        WHERE point.permitted AND point.channel = ANY(%(order)s::text[]) AND NOT ({unopened})
        ORDER BY array_position(%(order)s::text[], point.channel::text) LIMIT 1
    )"""
# Else one that is permitted, though its mails stop unopened, else one with an address that serves: the gate's reason is then
# that of the person.
_CHOSEN = """coalesce((
        SELECT point.channel FROM (
            SELECT channel, coalesce(permitted, false) AS permitted, {unopened} AS silent FROM ({points}) point
        ) point
        WHERE point.channel = ANY(%(order)s::text[])
        ORDER BY point.permitted AND NOT point.silent DESC, point.permitted DESC,
                 array_position(CASE WHEN point.permitted AND NOT point.silent THEN %(order)s::text[] ELSE %(listed)s::text[] END,
                                point.channel::text) LIMIT 1
    ), %(first)s)"""


def chosen(wish: Wish, contact: str, now: datetime) -> tuple[str, dict[str, object]]:
    """Return PostgreSQL's expression, with its parameters, of the channel that the message to `contact` takes.

    `contact` is a column with its table: the expression has columns called `contact_id` of its own. Who is eligible nowhere
    takes one all the same, so that the gate says why it blocks: a channel on which only mails stop because none is opened,
    else the first of the step's that the person has a usable address for, else the first.
    """
    return _asked(_CHOSEN, wish, contact, now)


def _asked(template: str, wish: Wish, contact: str, now: datetime) -> tuple[str, dict[str, object]]:
    points = reach.points(now, f"contact_id = {contact}", purpose=wish.purpose, topic=wish.topic).replace("%", "%%")
    commercial = wish.purpose in matrix.COMMERCIAL
    silent = f"(point.channel = 'email' AND {unopened.fact(contact)} IS NOT NULL)" if commercial else "false"
    order = budget.ordered(wish.channels, now, how=wish.how, journey_id=wish.journey_id, held_back=commercial)
    values = {"order": order, "listed": list(wish.channels), "first": wish.channels[0], "now": now}
    values["zone"] = settings.RELANCE.time_zone
    return template.format(points=points, unopened=silent), values


def judge(people: str, wish: Wish, at: datetime) -> str:
    """Return the query (`contact_id, code`) of what the gate would say at an instant to each, by the channel chosen for them.

    As `preview.judge`: the tables it reads are temporary, and belong to one transaction.
    """
    samples = [Sample(channel, wish.purpose, at, topic=wish.topic) for channel in wish.channels]
    if len(samples) == 1:
        return preview.judge(people, samples[0])
    database.execute("DROP TABLE IF EXISTS pg_temp.choice, pg_temp.choice_said")
    database.execute("CREATE TEMP TABLE choice_said (contact_id bigint, code text) ON COMMIT DROP")
    channel, values = chosen(wish, "who.contact_id", at)
    made = f"CREATE TEMP TABLE choice ON COMMIT DROP AS SELECT contact_id, {channel} AS channel FROM {people} who"
    database.execute(made, values)
    for sample in samples:
        database.execute("DROP TABLE IF EXISTS pg_temp.choice_part")
        database.execute(
            "CREATE TEMP TABLE choice_part ON COMMIT DROP AS SELECT contact_id FROM choice WHERE channel = %s",
            [sample.channel],
        )
        database.execute(
            f"INSERT INTO choice_said SELECT contact_id, code FROM ({preview.judge('choice_part', sample)}) s"
        )
    return "SELECT contact_id, code FROM choice_said"


def counted(people: str, wish: Wish, at: datetime) -> dict[str, int]:
    """Return how many of the people of a table would get the message by each channel; who is eligible on none is not counted."""
    channel, values = _asked(_ELIGIBLE, wish, "who.contact_id", at)
    found = dict(database.rows(f"SELECT {channel}, count(*) FROM {people} who GROUP BY 1", values))
    return {one: found[one] for one in wish.channels if one in found}
