"""What the gate asks the breaker: does a stop hold this message, as of the last answer that came in?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from relance.core import database
from relance.eligibility.breaker import openings, providers, stage, traps
from relance.eligibility.breaker.counting import ALL
from relance.eligibility.breaker.openings import Open
from relance.eligibility.facts import Facts
from relance.eligibility.verdicts import Defer, Verdict, moment

ASKED_AGAIN = timedelta(days=1)  # closing wakes what waits; without it, the gate is asked once a day
Sent = tuple[int, int | None, str, str]  # message, journey, address, purpose


class Stops(Protocol):
    """The rules of a batch, as far as the breaker goes."""

    @property
    def stops(self) -> Mapping[int, Open]: ...


def held(known: Sequence[Facts], now: datetime) -> dict[int, Open]:
    """Return for each message that waits the stop it waits for, after judging what was answered meanwhile."""
    stage.look(now)
    stops = openings.open_now()
    mails = [fact for fact in known if fact.channel == "email" and fact.contact_point_id is not None]
    if not stops or not mails:
        return {}
    rows = database.rows(
        """
        SELECT m.id, m.journey_id, point.value, m.purpose
        FROM unnest(%s::bigint[], %s::bigint[]) AS one (id, point_id)
        JOIN message m ON m.id = one.id JOIN contact_point point ON point.id = one.point_id
        """,
        [[fact.message_id for fact in mails], [fact.contact_point_id for fact in mails]],
    )
    return _held(stops, rows)


def caught(messages: Sequence[Sent], now: datetime) -> set[int]:
    """Return which messages the gate let through a stop has caught since; what it was told in between counts."""
    stage.look(now)
    stops = openings.open_now()
    return set(_held(stops, messages)) if stops else set()


def _held(stops: Sequence[Open], messages: Iterable[Sent]) -> dict[int, Open]:
    found: dict[int, Open] = {}
    for message, journey_id, address, purpose in messages:
        provider = providers.of(address.rpartition("@")[2])
        stop = next((one for one in stops if one.stops(journey_id, provider, purpose)), None)
        if stop is not None:
            found[message] = stop
    return found


def heed(known: Sequence[Facts], now: datetime) -> None:
    """Count the messages that were kept from a declared trap."""
    traps.note_refused({fact.message_id: [reason for reason, *_ in fact.suppressions or ()] for fact in known}, now)


def judge(facts: Facts, now: datetime, rules: Stops) -> Verdict | None:
    """Defer a message while the breaker is open for its journey or sender at its mailbox provider."""
    stop = rules.stops.get(facts.message_id)
    return Defer(now + ASKED_AGAIN, "breaker_open", details(stop)) if stop else None


def details(stop: Open) -> dict[str, str]:
    """Return what the sentence of a stop says."""
    return {
        "stop": str(stop.id),
        "whose": "stop_of_journey" if stop.journey_id != ALL else f"stop_of_sender_{stop.level}",
        "provider": stop.provider if stop.provider != providers.OTHER else "other_providers",
        "signal": stop.signal,
        "since": moment(stop.opened_at),
        "bad": str(stop.bad),
        "sends": str(stop.sends),
        "allowed": f"{stop.allowed * 10_000:g}",
    }
