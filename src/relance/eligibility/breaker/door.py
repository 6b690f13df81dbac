"""What the gate asks the breaker: does a stop hold this message, as of the last answer that came in?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from relance.core import database
from relance.eligibility.breaker import counting, openings, providers, stage, traps
from relance.eligibility.breaker.counting import ALL
from relance.eligibility.breaker.openings import Open
from relance.eligibility.facts import Facts
from relance.eligibility.verdicts import Defer, Verdict, moment
from relance.senders import register

ASKED_AGAIN = timedelta(days=1)  # closing wakes what waits; without it, the gate is asked once a day

SEVERAL = {providers.OTHER: "other_providers", providers.EVERYONE: "all_providers"}  # keys of `reason.WORDS`


class Asked(NamedTuple):
    """A mail on its way: what tells whether a stop holds it; `sender` is the domain it comes from."""

    message: int
    journey_id: int | None
    address: str
    purpose: str
    sender: str


class Stops(Protocol):
    """The rules of a batch, as far as the breaker goes."""

    @property
    def stops(self) -> Mapping[int, Open]: ...


def held(known: Sequence[Facts], now: datetime) -> dict[int, Open]:
    """Return for each message that waits the stop it waits for, after judging what was answered meanwhile."""
    stops = _in_force(now)
    mails = [fact for fact in known if fact.channel == "email" and fact.contact_point_id is not None]
    if not stops or not mails:
        return {}
    rows = database.rows(
        f"""
        SELECT m.id, m.journey_id, point.value, m.purpose, {register.DOMAIN}
        FROM unnest(%(ids)s::bigint[], %(points)s::bigint[]) AS one (id, point_id)
        JOIN message m ON m.id = one.id JOIN contact_point point ON point.id = one.point_id
        """,
        {
            "ids": [fact.message_id for fact in mails], "points": [fact.contact_point_id for fact in mails],
            "domain": counting.sender(),
        },
    )  # fmt: skip
    return _held(stops, [Asked(*row) for row in rows])


def caught(messages: Sequence[Asked], now: datetime) -> set[int]:
    """Return which messages the gate let through a stop has caught since; what it was told in between counts."""
    stops = _in_force(now)
    return set(_held(stops, messages)) if stops else set()


def _in_force(now: datetime) -> list[Open]:
    """Return the stops in force, after judging what was answered meanwhile."""
    if openings.calm():  # asked for every slice of mails
        return []
    stage.look(now)
    return openings.open_now()


def _held(stops: Sequence[Open], messages: Iterable[Asked]) -> dict[int, Open]:
    found: dict[int, Open] = {}
    for one in messages:
        provider = providers.of(one.address.rpartition("@")[2])
        stop = next((stop for stop in stops if stop.stops(one.journey_id, one.sender, provider, one.purpose)), None)
        if stop is not None:
            found[one.message] = stop
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
        "provider": SEVERAL.get(stop.provider, stop.provider),
        "signal": stop.signal,
        "since": moment(stop.opened_at),
        "bad": str(stop.bad),
        "sends": str(stop.sends),
        "allowed": f"{stop.allowed * 10_000:g}",
    }
