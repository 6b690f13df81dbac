"""A journey as people write it."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator

from relance.core.definitions import Definition, Document, validate
from relance.core.durations import Duration
from relance.journeys import tree
from relance.journeys.models import Version
from relance.journeys.steps import Steps
from relance.journeys.steps.step import NAME
from relance.journeys.titles import Words, said
from relance.outbox.models import OWED
from relance.senders.sender import DEFAULT

__all__ = [
    "Entry", "Goal", "JourneyDefinition", "Words", "length", "measured_at", "of", "offer_values", "read", "said", "sends_span",
]  # fmt: skip

HOLDOUT = 0.10
LARGEST_HOLDOUT = 50
# DESIGN writes `unsubscribed` for `message_unsubscribed`; both are understood.
_SHORT = {name: f"message_{name}" for name in ("opened", "clicked", "replied", "bounced", "complained", "unsubscribed")}


def _share(value: Any) -> float:
    """Return a percentage such as `10%` as a share; `none` is zero."""
    if value == "none":
        return 0.0
    match = re.fullmatch(r"(\d{1,2}(?:\.\d{1,2})?) ?%", value) if isinstance(value, str) else None
    if match is None or not 0 < Decimal(match[1]) <= LARGEST_HOLDOUT:
        raise ValueError(f"a holdout is a percentage up to {LARGEST_HOLDOUT}% such as `10%`, or `none` to decline")
    return float(Decimal(match[1]) / 100)


EventType = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$"), AfterValidator(lambda name: _SHORT.get(name, name))]


class Goal(Definition):
    """What counts as success, and within what time of entry."""

    event: EventType
    within: Duration


class Entry(Definition):
    """Whom the journey takes in, and after how long someone may enter again; without it, never again."""

    segment: str = Field(pattern=NAME)
    again_after: Duration | None = None


class JourneyDefinition(Definition):
    """A named sequence of steps people go through."""

    journey: str = Field(pattern=NAME)
    title: Words = ""  # what people call it; empty means its name
    description: Words = ""  # what it is for
    sender: str = Field(DEFAULT, pattern=NAME)  # whom its messages come from
    purpose: Literal["reactivation", "promotion", "relationship", "transactional", "notice"]
    goal: Goal
    entry: Entry
    holdout: Annotated[float, PlainValidator(_share)] = HOLDOUT
    exit_when: tuple[EventType, ...] = ()
    steps: Annotated[Steps, Field(min_length=1)]

    @cached_property
    def nodes(self) -> tree.Nodes:
        """Every step at its position, in tree order."""
        return tree.grow(self.steps)

    def said(self, language: str) -> str:
        """Return what the journey is called in a language."""
        return said(self.title, language) or self.journey

    @property
    def commercial(self) -> bool:
        """Whether its messages are ones that marketing rules bind."""
        return self.purpose not in OWED

    @property
    def reactivates(self) -> bool:
        """Whether this journey wakes dormant people, which the rules of sunset and commercial periods are about."""
        return self.purpose == "reactivation"


def read(document: Document) -> JourneyDefinition:
    """Return the journey written in `document`; DefinitionError names file, line and field of every problem."""
    return validate(JourneyDefinition, document)


def of(version: Version) -> JourneyDefinition:
    """Return what was published as `version`."""
    return _published(json.dumps(version.definition))


@lru_cache(maxsize=64)
def _published(written: str) -> JourneyDefinition:
    """Return a definition by its JSON: every stage of a minute asks for the same few, and reading one takes milliseconds."""
    return JourneyDefinition.model_validate(json.loads(written))


def sends_span(definition: JourneyDefinition) -> timedelta:
    """Return the longest time from entry to the last send: what a window free of commercial periods must hold."""
    longest = tree.elapsed(definition.nodes)
    return max(
        (longest[node.position] for node, _ in tree.sends(definition.nodes) if node.position in longest),
        default=timedelta(0),
    )


def length(definition: JourneyDefinition) -> timedelta:
    """Return the longest time someone may spend in the journey."""
    return tree.elapsed(definition.nodes)[None]


def measured_at(definition: JourneyDefinition, entered_at: datetime) -> datetime:
    """Return when a passage that began at `entered_at` is over for measurement: journey and goal window both past."""
    return max(entered_at + length(definition), definition.goal.within.after(entered_at))


def offer_values(version: Version, step_id: str, at: datetime) -> dict[str, object]:
    """Return what a message of this step, written at `at`, says of its offer; empty where there is none."""
    step = tree.step(of(version).nodes, step_id)
    return step.offer.values(at) if step.offer else {}
