"""What to do next: the proposals a base calls for, ranked by what they are expected to bring.

An effect is never promised: where a past control group measured one it is used, otherwise a range the trade holds for
usual is, and the proposal says which. Codes and figures only: the pages have the words.
"""

from __future__ import annotations

from dataclasses import dataclass

from relance.dormancy import untold
from relance.measurement.overview import Overview

# Of dormant buyers who get a progressive reactivation, the share that buys again because of it: the range that B2C
# case studies of the trade print, net of those who would have come anyway. An assumption, shown as one.
USUAL_LIFT = (0.005, 0.02)


@dataclass(frozen=True)
class Proposal:
    """Something to do: a code the pages have words for, how many people it concerns, and its expected effect."""

    code: str
    people: int
    low: float = 0.0  # expected effect, in people or money as `unit` says
    high: float = 0.0
    unit: str = "people"  # people, money, mails, score: what low and high count
    weight: float = 0.0  # ranks proposals: money expected in a year, or its stand-in


def ranked(found: Overview, most: int = 3) -> list[Proposal]:
    """Return the proposals this base calls for, the most valuable first."""
    every = [*_wake(found), *_ask(found), *_rest(found), *_mend(found), *_know(found)]
    return sorted(every, key=lambda proposal: -proposal.weight)[:most]


def _wake(found: Overview) -> list[Proposal]:
    """Propose a reactivation of the dormant buyers who may be written to."""
    sleepers = found.sleepers
    if not sleepers.reachable:
        return []
    low, high = (rate * sleepers.reachable_yearly for rate in USUAL_LIFT)
    return [Proposal("wake", sleepers.reachable, low, high, "money", weight=(low + high) / 2)]


def _ask(found: Overview) -> list[Proposal]:
    """Propose to ask once those who buy in the store and ignore messages."""
    people = int(found.health["false_inactive"])
    if not people:
        return []
    worth = _worth_of_a_person(found)
    return [Proposal("ask_store_buyers", people, people, people, weight=0.01 * people * worth)]


def _rest(found: Overview) -> list[Proposal]:
    """Propose to stop the ordinary mails to the silent who do not click: they cost, and they weigh on the sender."""
    mails = found.mails.delivered_to_silent - found.mails.delivered_to_clicking
    if not mails or mails < 0.2 * found.mails.delivered:
        return []
    silent = sum(int(found.health["states"].get(state, 0)) for state in ("dormant", "very_dormant"))
    if found.mails.silent_mailed is not None:
        silent = found.mails.silent_mailed - found.mails.silent_clicking
    return [Proposal("rest", silent, mails, mails, "mails", weight=found.routing_cost + 0.002 * _yearly(found))]


def _mend(found: Overview) -> list[Proposal]:
    """Propose to look at the mistyped addresses, for those who did not opt out."""
    known = found.addresses.correctable
    people = found.addresses.suggestions if known is None else known
    if not people:
        return []
    worth = 0.02 * people * _worth_of_a_person(found)
    return [Proposal("mend_addresses", found.addresses.suggestions, people, people, weight=worth)]


def _know(found: Overview) -> list[Proposal]:
    """Propose to bring in what would tell silent people from unknown ones."""
    people, undetermined = int(found.health["people"]), found.undetermined
    if not people or undetermined < untold.MUCH * people:
        return []
    return [
        Proposal(
            "bring_history",
            undetermined,
            undetermined,
            undetermined,
            weight=0.01 * undetermined * _worth_of_a_person(found),
        )
    ]


def _yearly(found: Overview) -> float:
    return float(found.health["revenue"])


def _worth_of_a_person(found: Overview) -> float:
    """Return the revenue of the covered history per person of the base; at least one, so that ranks stay ranks."""
    return max(_yearly(found) / max(int(found.health["people"]), 1), 1.0)
