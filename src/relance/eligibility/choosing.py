"""Which channel a message takes where its step names several: of those the person is eligible on, the preferred or the cheapest.

Eligible is what waiting will not change: an address that serves, the permission, the state of the person. The hour, the caps
and what is left of a budget only put a message off, and are left to the gate, which judges the message as it was written.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from relance.contacts import matrix, reach
from relance.core import database
from relance.eligibility import budget, preview, unopened
from relance.eligibility.preview import Sample
from relance.journeys.steps.step import Wish

# Each of the people with the first channel, in the order asked, on which they are eligible; else the first of the step's.
# Each is asked about by key: how many are due the planner cannot know, and joined as sets a thousand would take minutes.
_CHOSEN = """
    SELECT DISTINCT ON (who.contact_id) who.contact_id, coalesce(point.channel, %(first)s::text) AS channel
    FROM {people} who
    LEFT JOIN LATERAL ({points}) point ON point.permitted
         AND point.channel = ANY(%(order)s::text[]) AND NOT ({unopened})
    ORDER BY who.contact_id, array_position(%(order)s::text[], point.channel::text)
"""


def chosen(wish: Wish, people: str, now: datetime) -> tuple[str, dict[str, object]]:
    """Return PostgreSQL's query, with its parameters, of the channel (`contact_id, channel`) each of the table `people` takes.

    Who is eligible nowhere takes the first of the step's channels, so that the gate says why it blocks.
    """
    points = reach.points(now, "contact_id = who.contact_id", purpose=wish.purpose, topic=wish.topic)
    commercial = wish.purpose in matrix.COMMERCIAL
    silent = f"point.channel = 'email' AND {unopened.fact('who.contact_id')} IS NOT NULL" if commercial else "false"
    query = _CHOSEN.format(people=people, points=points.replace("%", "%%"), unopened=silent)
    order = budget.ordered(wish.channels, how=wish.how)
    return query, {"order": order, "first": wish.channels[0], "now": now, "zone": settings.RELANCE.time_zone}


def judge(people: str, wish: Wish, at: datetime) -> str:
    """Return the query (`contact_id, code`) of what the gate would say at an instant to each, by the channel chosen for them.

    As `preview.judge`: the tables it reads are temporary, and belong to one transaction.
    """
    samples = [Sample(channel, wish.purpose, at, topic=wish.topic) for channel in wish.channels]
    if len(samples) == 1:
        return preview.judge(people, samples[0])
    database.execute("DROP TABLE IF EXISTS pg_temp.choice, pg_temp.choice_said")
    database.execute("CREATE TEMP TABLE choice_said (contact_id bigint, code text) ON COMMIT DROP")
    query, values = chosen(wish, people, at)
    database.execute(f"CREATE TEMP TABLE choice ON COMMIT DROP AS {query}", values)
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
    """Return how many of the people of a table each channel would take."""
    query, values = chosen(wish, people, at)
    rows = database.rows(f"SELECT channel, count(*) FROM ({query}) AS choice GROUP BY 1", values)
    found = {str(channel): int(people) for channel, people in rows}
    return {channel: found[channel] for channel in wish.channels if channel in found}
