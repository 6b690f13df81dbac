"""A journey's counts, kept: pages read one row, and counting is done as often as its cost allows."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from relance.core import database, place
from relance.journeys.models import Journey, Tally
from relance.measurement import mail_rates
from relance.measurement.intervals import Interval
from relance.measurement.mail_rates import RateSums

CHEAP = 0.15  # seconds that a page may spend on counting
AT_MOST = 30  # a count is made again after this many times what it cost
LEAST = timedelta(seconds=2)
REACTIONS = ("message_clicked", "message_replied", "message_unsubscribed", "message_complained")

PASSAGES = """
    SELECT version_id, control, ended_at IS NULL, end_reason, CASE WHEN due_at IS NOT NULL THEN position END, count(*)
    FROM enrolment WHERE journey_id = %s GROUP BY 1, 2, 3, 4, 5
"""
MESSAGES = """
    SELECT version_id, step, state, split_part(split_part(reason, ':', 1), ' ', 1), count(*)
    FROM message WHERE journey_id = %s GROUP BY 1, 2, 3, 4
"""
# What each rate counts of a person, and of how many of her messages.
RATES = {
    "delivered": "sent", "bounced": "sent", "clicked": "arrived", "replied": "arrived", "unsubscribed": "arrived",
    "complained": "arrived",
}  # fmt: skip
ANSWERED = ", ".join(
    f"count(DISTINCT properties ->> 'message') FILTER (WHERE type = '{one}') AS {one.removeprefix('message_')}"
    for one in REACTIONS
)
COUNTED = tuple(dict.fromkeys([*RATES.values(), *RATES]))
# How many people have so many messages sent, arrived … and answered in each way, by people and not by machines: a few rows. Of
# messages that left since an instant from which every answer is at hand. The partial index on reactions makes the answers short.
PEOPLE = f"""
    WITH mail AS (
        SELECT contact_id, count(*) AS sent, count(*) FILTER (WHERE state <> 'bounced') AS arrived,
               count(*) FILTER (WHERE state = 'delivered') AS delivered, count(*) FILTER (WHERE state = 'bounced') AS bounced
        FROM message WHERE journey_id = %(journey)s AND state IN ('sent', 'delivered', 'bounced') AND sent_at > %(since)s GROUP BY 1
    ), answer AS (
        SELECT contact_id, {ANSWERED}
        FROM event WHERE type IN {REACTIONS!r} AND occurred_at > %(since)s
          AND (properties ->> 'journey')::bigint = %(journey)s AND coalesce(properties ->> 'machine', 'false') <> 'true'
          AND EXISTS (SELECT FROM message m WHERE m.id = (properties ->> 'message')::bigint AND m.sent_at > %(since)s)
        GROUP BY 1
    )
    SELECT {", ".join(f"coalesce({one}, 0) AS {one}" for one in COUNTED)}, count(*)
    FROM mail FULL JOIN answer USING (contact_id) GROUP BY {", ".join(str(place) for place in range(1, len(COUNTED) + 1))}
"""
# Whose next step falls due on which day, by the installation's clocks.
COMING = """
    SELECT (greatest(due_at, %(now)s) AT TIME ZONE %(zone)s)::date, count(*) FROM enrolment
    WHERE journey_id = %(journey)s AND NOT control AND ended_at IS NULL AND due_at < %(until)s GROUP BY 1 ORDER BY 1
"""
COMING_DAYS = 14


def of(journey: Journey, now: datetime) -> Tally:
    """Return the counts kept of a journey; made anew where they are stale and that takes a moment only."""
    return of_all([journey], now)[journey.pk]


def of_all(journeys: Collection[Journey], now: datetime) -> dict[int, Tally]:
    """Return the counts of each of these journeys, by its id."""
    kept = Tally.objects.in_bulk([one.pk for one in journeys])
    good = {pk: tally for pk, tally in kept.items() if not _due(tally, now) or tally.seconds > CHEAP}
    return {one.pk: good.get(one.pk) or _count(one, now) for one in journeys}


def anew(journey: Journey, now: datetime) -> Tally:
    """Count at once, whatever it costs: what was known just changed by an act of a person, who looks at the figures next."""
    return _count(journey, now)


def run(now: datetime) -> int:
    """Count what is due of the journeys that run, or ran until lately; a rehearsal shows nobody a page."""
    if place.current().simulated:
        return 0
    journeys = Journey.objects.select_related("tally").order_by("pk")
    due = [
        one for one in journeys if not hasattr(one, "tally") or (_due(one.tally, now) and (one.running or _moves(one)))
    ]
    for journey in due:
        _count(journey, now)
    return 0  # nobody entered, nothing was sent: a count is no work that other stages wait for


def _moves(journey: Journey) -> bool:
    """Tell whether messages of a paused journey are still on their way."""
    figures = Tally.objects.get(journey=journey).figures
    return any(figures["messages"].get(state) for state in ("held", "ready", "deferred", "claimed", "sending", "sent"))


def _due(kept: Tally, now: datetime) -> bool:
    return now - kept.at > max(LEAST, timedelta(seconds=kept.seconds * AT_MOST))


def _count(journey: Journey, now: datetime) -> Tally:
    began = time.monotonic()
    passages, messages = database.rows(PASSAGES, [journey.pk]), database.rows(MESSAGES, [journey.pk])
    figures = {
        **_passages(passages),
        **_messages(messages),
        "versions": _versions(passages, messages),
        **_answers(journey.pk, now),
        "coming": _coming(journey.pk, now),
    }
    values = {"at": now, "seconds": time.monotonic() - began, "figures": figures}
    return Tally.objects.update_or_create(journey=journey, defaults=values)[0]


def _passages(rows: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"entered": 0, "inside": 0, "control": 0, "control_measured": 0, "ends": {}}
    for _version, control, inside, reason, _position, count in rows:
        found["control" if control else "entered"] += count
        if control:
            found["control_measured"] += 0 if inside else count
        elif inside:
            found["inside"] += count
        else:
            found["ends"][reason] = found["ends"].get(reason, 0) + count
    return found


def _messages(rows: list[Any]) -> dict[str, Any]:
    states: dict[str, int] = {}
    refused: dict[str, int] = {}
    for _version, _step, state, reason, count in rows:
        states[state] = states.get(state, 0) + count
        if state in {"blocked", "deferred", "failed", "held"}:
            key = f"{state}:{reason}"
            refused[key] = refused.get(key, 0) + count
    return {"messages": states, "refused": refused}


def _versions(passages: list[Any], messages: list[Any]) -> dict[str, Any]:
    """Return of each version, by its id: who waits at which position, how passages ended, its messages by step, state and reason."""
    found: dict[str, Any] = defaultdict(lambda: {"waiting": {}, "ended": {}, "messages": []})
    for version, control, inside, reason, position, count in passages:
        if control:
            continue
        of = found[str(version)]
        for kept, key in ((of["waiting"], position), (of["ended"], None if inside else reason)):
            if key is not None:
                kept[key] = kept.get(key, 0) + count
    for version, *line in messages:
        found[str(version)]["messages"].append(line)
    return found


def _answers(journey_id: int, now: datetime) -> dict[str, Any]:
    """Return how many messages of the last `hot_days` were answered in which way, and the sums that each rate's interval needs."""
    since = now - timedelta(
        days=settings.RELANCE.hot_days
    )  # answers to these are not old enough to have left PostgreSQL
    rows = database.rows(PEOPLE, {"journey": journey_id, "since": since})
    sums = {name: mail_rates.tallied(rows, COUNTED.index(name), COUNTED.index(whole)) for name, whole in RATES.items()}
    answers = {kind.removeprefix("message_"): int(sums[kind.removeprefix("message_")].events) for kind in REACTIONS}
    people = {name: [int(figure) for figure in one.row] for name, one in sums.items()}
    return {"answers": {name: count for name, count in answers.items() if count}, "people": people}


def rate(figures: Mapping[str, Any], name: str) -> tuple[int, int]:
    """Return how many messages a rate of `RATES` counts, and of how many."""
    found = RateSums.of(figures.get("people", {}).get(name, ()))
    return int(found.events), int(found.mails)


def interval(figures: Mapping[str, Any], name: str) -> Interval | None:
    """Return the interval of a rate of `RATES`; None where there was no message to answer."""
    found = mail_rates.rate(RateSums.of(figures.get("people", {}).get(name, ())))
    return found.interval if found else None


def _coming(journey_id: int, now: datetime) -> list[list[Any]]:
    values = {
        "journey": journey_id,
        "now": now,
        "until": now + timedelta(days=COMING_DAYS),
        "zone": settings.RELANCE.time_zone,
    }
    return [[day.isoformat(), count] for day, count in database.rows(COMING, values)]


def sent(figures: Mapping[str, Any]) -> int:
    """Return how many messages left."""
    return sum(figures["messages"].get(state, 0) for state in ("sent", "delivered", "bounced"))
