"""What every step is: how it is read, where it stands in the tree, and the rows that are due at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import BeforeValidator, PlainValidator, TypeAdapter

from relance.core.definitions import Definition
from relance.journeys.models import Version

NOT_YET = ("split", "offer", "audience", "task", "webhook", "update", "survey")
NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"

Location = tuple[int | str, ...]


class Step(Definition):
    """One step. A kind of step is one file beside this one, and one line in the registry of `steps/__init__.py`."""

    kind: ClassVar[str]
    holds: ClassVar[bool] = False  # people stay here until due, then the next step takes them
    ends: ClassVar[bool] = False  # nobody goes on from here

    @classmethod
    def read(cls, value: Any) -> Self:
        """Return the step written as `{kind: value}`."""
        return TypeAdapter(dict[str, cls]).validate_python({cls.kind: {} if value is None else value})[cls.kind]  # type: ignore[valid-type]

    @property
    def name(self) -> str:
        """What people and findings call this step; empty means its position."""
        return ""

    @property
    def arms(self) -> tuple[tuple[Location, Steps], ...]:
        """The steps inside this one, each list with where it is written below this step."""
        return ()

    @property
    def catches_all(self) -> bool:
        """Whether everyone who comes goes into one of the arms."""
        return False

    @property
    def longest(self) -> timedelta:
        """How long someone may stay at this step."""
        return timedelta(0)

    @property
    def shortest(self) -> timedelta:
        """How long someone stays at this step at least."""
        return self.longest

    def due_after(self, now: datetime) -> datetime:
        """Return when this step is due for those who reach it at `now`."""
        return now

    def advance(self, due: Due) -> int:
        """Do this step for every row that is due at it, and return how many moved."""
        raise NotImplementedError


KINDS: dict[str, type[Step]] = {}


def read(item: Any) -> Step:
    """Return the step written as one item of a list of steps."""
    if not isinstance(item, dict) or len(item) != 1:
        raise ValueError("a step is one line such as `- wait: 7 days`, with what belongs to it indented below")
    kind, value = next(iter(item.items()))
    if kind in NOT_YET:
        raise ValueError(f"the step `{kind}` is not available yet; available: {', '.join(KINDS)}")
    if kind not in KINDS:
        raise ValueError(f"there is no step `{kind}`; available: {', '.join(KINDS)}")
    return KINDS[kind].read(value)


def _listed(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise ValueError("steps are a list: one `- ` line each")  # noqa: TRY004  pydantic reports ValueError only
    return value


Steps = Annotated[tuple[Annotated[Step, PlainValidator(read)], ...], BeforeValidator(_listed)]


@dataclass(frozen=True)
class Node:
    """A step at its place in the tree; `None` as a position means that the journey is over."""

    position: str  # path in the tree: "4.0.1" is step 1 of arm 0 of the branch at 4
    step: Step
    location: Location  # where it is written, for errors
    following: str | None
    arms: tuple[str | None, ...] = ()  # where each arm begins
    taken_from: tuple[str, ...] = ()  # the waits that lead here
    last_sends: tuple[str, ...] = ()  # ids of the sends that can be the latest before this step

    @property
    def successors(self) -> tuple[str | None, ...]:
        """Every position one may reach from here in one move."""
        if self.step.ends:
            return ()
        return self.arms if self.arms and self.step.catches_all else (*self.arms, self.following)

    @property
    def label(self) -> str:
        """The step's id, else its position."""
        return self.step.name or self.position


class Wish(NamedTuple):
    """Channels a message may leave by, in order of preference, `how` one is chosen, and what permission is asked about."""

    channels: tuple[str, ...]
    how: str  # cheapest or preferred; empty: as the house rules say
    purpose: str
    topic: str
    journey_id: int | None = None  # whose budgets may be spent


# Returns PostgreSQL's expression, with its parameters, of the channel that the message to a contact (a table's column) takes.
Chooses = Callable[[Wish, str, datetime], tuple[str, dict[str, object]]]


def first(wish: Wish, contact: str, now: datetime) -> tuple[str, dict[str, object]]:
    """Take the first channel, whoever it is."""
    return "%(first)s", {"first": wish.channels[0]}


@dataclass(frozen=True)
class Due:
    """The rows of one version that are due at one step, and the moves they may make."""

    version: Version
    nodes: Mapping[str, Node]
    node: Node
    now: datetime
    chooses: Chooses = first  # among the channels of a message

    ROWS: ClassVar[str] = (
        "e.version_id = %(version)s AND e.position = ANY(%(positions)s) AND e.due_at <= %(now)s AND NOT e.control"
    )

    @property
    def values(self) -> dict[str, object]:
        """The parameters of `ROWS`: rows at this step, and rows whose wait before it is over."""
        positions = list(self.node.taken_from) if self.node.step.holds else [self.node.position, *self.node.taken_from]
        return {"version": self.version.pk, "positions": positions, "now": self.now}

    def move(self, to: str | None) -> tuple[str, dict[str, object]]:
        """Return the assignments, with their parameters, that bring a row to position `to`."""
        if to is None:
            return self.end("completed")
        assignments = "position = %(to)s, due_at = %(to_due)s"
        return assignments, {"to": to, "to_due": self.nodes[to].step.due_after(self.now)}

    def end(self, reason: str) -> tuple[str, dict[str, object]]:
        """Return the assignments, with their parameters, that end a row; it keeps the position it ended at."""
        return "due_at = NULL, ended_at = %(now)s, end_reason = %(reason)s", {"reason": reason}
