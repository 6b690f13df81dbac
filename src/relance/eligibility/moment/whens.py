"""What the gate knows of a message's time besides its facts: the calls the person had, and what the step says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from relance.core import database
from relance.eligibility.facts import Facts
from relance.journeys import definition, tree
from relance.journeys.models import Version

LONGEST = timedelta(days=90)  # how far back calls are looked for: the hot events reach no further

CALLS = """
    SELECT m.id, ARRAY(
               SELECT o.sent_at FROM message o
               WHERE o.contact_id = m.contact_id AND o.channel = 'phone' AND o.sent_at > %(since)s AND o.id <> m.id
               UNION ALL
               SELECT occurred_at FROM event
               WHERE contact_id = m.contact_id AND type IN ('call_unanswered', 'call_refused') AND occurred_at > %(since)s
                 AND occurred_at <= %(now)s
           ), (
               SELECT max(occurred_at) FROM event
               WHERE contact_id = m.contact_id AND type = 'call_refused' AND occurred_at <= %(now)s
           )
    FROM message m WHERE m.id = ANY(%(ids)s::bigint[])
"""


def with_calls(known: Sequence[Facts], now: datetime) -> list[Facts]:
    """Return the facts with the calls their persons had, where the message is a call."""
    ids = [fact.message_id for fact in known if fact.channel == "phone"]
    if not ids:
        return list(known)
    found = {
        row[0]: row[1:] for row in database.rows_in_binary(CALLS, {"ids": ids, "now": now, "since": now - LONGEST})
    }
    return [
        fact._replace(calls=tuple(found[fact.message_id][0]), refused_at=found[fact.message_id][1])
        if fact.message_id in found else fact
        for fact in known
    ]  # fmt: skip


class Step(NamedTuple):
    """What a step says of its message's time: how long the journey still sends after it, whether the best hour counts."""

    span: timedelta
    best_hour: bool | None


def steps(versions: Sequence[int]) -> Mapping[tuple[int, str], Step]:
    """Return what the sends of these versions say of time, by version and step."""
    found: dict[tuple[int, str], Step] = {}
    for version in Version.objects.filter(pk__in=versions):
        nodes = definition.of(version).nodes
        spans = tree.spans(nodes)
        for node, send in tree.sends(nodes):
            best: Any = getattr(send, "best_hour", None)
            found[version.pk, send.id] = Step(spans[node.position], best)
    return found
