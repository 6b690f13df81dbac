"""The figures of a result: rates, effects, revenue, and the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from relance.measurement.intervals import Interval
from relance.measurement.volumes import Volumes


@dataclass(frozen=True)
class Rate:
    """People who did something, of all people of the arm."""

    count: int
    people: int
    interval: Interval | None

    @property
    def share(self) -> float:
        """Return the rate."""
        return self.count / self.people if self.people else 0.0


@dataclass(frozen=True)
class Effect:
    """One outcome in both arms; without data that cover it, `known` is false and every figure is None."""

    outcome: str
    types: tuple[str, ...]
    known: bool
    uncovered: tuple[str, ...] = ()
    treated: Rate | None = None
    control: Rate | None = None
    difference: float | None = None
    interval: Interval | None = None
    incremental: float | None = None  # people who did it because of the journey
    incremental_interval: Interval | None = None
    scarce: bool = False  # too few events for the interval to hold its 95 %
    smallest: float | None = None  # smallest effect these groups show four times in five


@dataclass(frozen=True)
class Revenue:
    """Orders minus refunds dated within the window, per person of each arm; with too few who bought, no interval is told."""

    known: bool
    treated: Decimal = Decimal(0)
    control: Decimal = Decimal(0)
    treated_mean: float | None = None
    control_mean: float | None = None
    difference: float | None = None
    interval: Interval | None = None
    incremental: float | None = None
    incremental_interval: Interval | None = None
    scarce: bool = False  # too few people with revenue for an interval to hold its 95 %


@dataclass(frozen=True)
class Result:
    """The result of a journey as of an instant."""

    journey: str
    at: datetime
    goal: str
    window: str
    running: bool
    finished: bool
    ends_at: datetime | None
    first_entry: datetime | None
    unfinished: int  # people whose window is not over
    treated: int
    control: int
    primary: str
    effects: list[Effect]
    revenue: Revenue
    volumes: Volumes
    conclusion: Mapping[str, str] = field(default_factory=dict)  # by language
    notes: Mapping[str, list[str]] = field(default_factory=dict)  # by language

    @property
    def effect(self) -> Effect:
        """Return the effect on the journey's own goal."""
        return next(effect for effect in self.effects if effect.outcome == self.primary)

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return asdict(self)
