"""A criterion of a policy: what must not have happened, never have happened, or have happened too often, and its points."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from relance.core.definitions import Definition
from relance.core.durations import Duration

OPENED = "message_opened"
REACTIONS = frozenset({"message_clicked", "message_replied", OPENED})
EXPOSED_TO, EXPOSED_TIMES = "message_delivered", 6  # what a reaction's silence asks for where the policy says nothing
CHANNELS = ("email", "sms", "push", "phone", "postal")


class Count(Definition):
    """At least so many."""

    gte: int = Field(ge=1)


class Exposure(Definition):
    """What a person must have received for her silence to mean something."""

    event: str
    count: Count
    within: Duration | None = None  # default: the criterion's own window


class Criterion(Definition):
    """What gives points, in one of three forms; unknown without exposure or coverage.

    `without`: none of these events for so long. `never`: none of them ever, by a person known for so long.
    `event` with `count`: so many of them in that time. `after`: only who did one of these; her time counts from the first.
    """

    without: list[str] = []
    never: list[str] = []
    event: str | None = None
    count: Count | None = None
    duration: Duration = Field(alias="for")
    points: int = Field(ge=0, le=100)
    after: list[str] = []
    channel: Literal["email", "sms", "push", "phone", "postal"] | None = None
    exposed_to: Exposure | None = None

    @model_validator(mode="before")
    @classmethod
    def _completed(cls, data: Any) -> Any:
        """Take `within:` for the window of a count; ask a silence of reactions alone for its exposure."""
        if not isinstance(data, dict):
            return data
        given = dict(data)
        if given.get("event") is not None and "within" in given:
            given["for"] = given.pop("within")
        types = given.get("without") or given.get("never") or []
        named = {types} if isinstance(types, str) else set(types) if isinstance(types, list) else set()
        if named and named <= REACTIONS and given.get("exposed_to") is None:
            given["exposed_to"] = {"event": EXPOSED_TO, "count": {"gte": EXPOSED_TIMES}}
        return given

    @field_validator("without", "never", "after", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _of_one_form(self) -> Criterion:
        if sum(map(bool, (self.without, self.never, self.event))) != 1:
            raise ValueError("a criterion has one of `without:`, `never:` and `event:`")
        if bool(self.event) != bool(self.count):
            raise ValueError("`event:` and `count:` go together, such as `event: call_unanswered, count: {gte: 3}`")
        if self.exposed_to is not None and not (self.without or (self.never and set(self.never) <= REACTIONS)):
            raise ValueError("`exposed_to:` goes with `without:`, or with `never:` where every type is a reaction")
        return self

    @property
    def types(self) -> tuple[str, ...]:
        """Return the event types it looks at, sorted."""
        return tuple(sorted(self.without or self.never or [str(self.event)]))

    @property
    def names(self) -> list[tuple[str, str]]:
        """Return every event type it names, with the field that does."""
        exposure = [("exposed_to", self.exposed_to.event)] if self.exposed_to else []
        event = [("event", self.event)] if self.event else []
        lists = (("without", self.without), ("never", self.never), ("after", self.after))
        return [*((field, name) for field, names in lists for name in names), *event, *exposure]

    @property
    def reads_opens(self) -> bool:
        """Whether it looks at opens, which count for consenting people only."""
        return OPENED in self.types


class Beside(Definition):
    """Events counted beside the criteria, without points; with `unless`, those that none of these followed in time."""

    event: str
    within: Duration
    unless: list[str] = []
    wait: Duration = Duration(24, "hour")

    @field_validator("unless", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value
