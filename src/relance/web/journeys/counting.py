"""How many people stand at each step of a published version, and what became of its messages: as last counted for its journey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2s
from typing import Any

from relance.core import database
from relance.journeys import tree
from relance.journeys.definition import of
from relance.journeys.models import Version
from relance.journeys.steps import Branch, Send
from relance.measurement import tallies
from relance.outbox.models import State
from relance.web.journeys import words

# People on their way, by version; the index on what is due holds exactly these.
IN_FLIGHT = """
SELECT version_id, count(*) FILTER (WHERE NOT control), count(*) FILTER (WHERE control)
FROM enrolment WHERE version_id = ANY(%s) AND due_at IS NOT NULL GROUP BY version_id
"""
LEFT = {State.SENT, State.DELIVERED, State.BOUNCED}
KEPT_BACK = {State.BLOCKED, State.FAILED}


@dataclass
class Count:
    """What stands on the card of one step."""

    waiting: int = 0
    sent: int = 0
    bounced: int = 0
    pending: int = 0  # written, and not yet gone: ready, deferred, on its way, in doubt
    refused: dict[str, int] = field(default_factory=dict)  # by reason
    deferred: dict[str, int] = field(default_factory=dict)

    @property
    def why(self) -> list[tuple[str, int]]:
        """Why messages were refused or wait, in words, the most frequent first."""
        listed = sorted({**self.refused, **self.deferred}.items(), key=lambda row: -row[1])
        return [(words.refusal(reason), messages) for reason, messages in listed]

    @property
    def refusals(self) -> int:
        """How many messages were refused or failed."""
        return sum(self.refused.values())


@dataclass(frozen=True)
class InFlight:
    """People on their way in one version, and its control group."""

    people: int = 0
    control: int = 0


def in_flight(versions: Iterable[int]) -> dict[int, InFlight]:
    """Return who is on their way in each version."""
    rows = database.rows(IN_FLIGHT, [list(versions)])
    return {version: InFlight(people, control) for version, people, control in rows}


@dataclass(frozen=True)
class Standing:
    """What is known of a version as of an instant: the card of each step, by position, and how passages ended, the most frequent first."""

    at: datetime
    steps: dict[str, Count]
    ended: dict[str, int]


def standing(version: Version, now: datetime) -> Standing:
    """Return how a version stands, as last counted: however many messages there are, one row is read."""
    tally = tallies.of(version.journey, now)
    kept = tally.figures.get("versions", {}).get(str(version.pk), {"waiting": {}, "ended": {}, "messages": []})
    ended = dict(sorted(kept["ended"].items(), key=lambda row: -row[1]))
    return Standing(tally.at, _steps(version, kept), ended)


def _steps(version: Version, kept: Mapping[str, Any]) -> dict[str, Count]:
    nodes = of(version).nodes
    counts = {position: Count() for position in nodes}
    for position, people in kept["waiting"].items():
        counts.setdefault(position, Count()).waiting = people
    at = {send.id: counts[node.position] for node, send in tree.sends(nodes)}
    for step, state, reason, messages in kept["messages"]:
        if step in at:
            _add(at[step], state, reason, messages)
    return counts


def keys(nodes: tree.Nodes) -> dict[str, str]:
    """Return a key for each step that stays its own while others come and go: a message's name; of others, what they say below what."""
    found: dict[str, str] = {}
    for position, node in nodes.items():
        step = node.step
        said = f"send {step.id}" if isinstance(step, Send) else f"{_before(nodes, found, position)} {_words(step)}"
        found[position] = blake2s(said.encode(), digest_size=6).hexdigest()
    return found


def _before(nodes: tree.Nodes, found: dict[str, str], position: str) -> str:
    """Return the key of what stands just above a step: another step, or the condition of its way."""
    front, _dot, index = position.rpartition(".")
    if index != "0":
        return found[f"{front}{'.' if front else ''}{int(index) - 1}"]
    branch, _dot, arm = front.rpartition(".")
    step = nodes[branch].step if branch else None
    return f"{found[branch]} {step.cases[int(arm)].when!r}" if isinstance(step, Branch) else ""


def _words(step: object) -> str:
    return "branch" if isinstance(step, Branch) else repr(step)


def _add(count: Count, state: str, reason: str, messages: int) -> None:
    """Add messages in one state to their step's count."""
    if state in LEFT:
        count.sent += messages
        count.bounced += messages if state == State.BOUNCED else 0
    elif state in KEPT_BACK:
        count.refused[reason] = count.refused.get(reason, 0) + messages
    else:
        count.pending += messages
        if state == State.DEFERRED:
            count.deferred[reason] = count.deferred.get(reason, 0) + messages
