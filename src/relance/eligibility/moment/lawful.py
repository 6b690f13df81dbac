"""The hours of each channel and country, as a table that a lawyer can replace: `lawful.yaml`, or a file of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from relance.core.definitions import Definition, read, validate
from relance.eligibility.calendar.rules import WEEKDAYS, Weekday
from relance.eligibility.moment.hours import Hours

ANYWHERE = "*"
HOURS = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"


class Most(Definition):
    """At most so many calls in so many days."""

    calls: int = Field(ge=1)
    days: int = Field(ge=1, le=366)


class Line(Definition):
    """When one channel may be used in one country, and where that is written."""

    country: str = Field(pattern=r"^([A-Z]{2}|\*)$")
    channel: Literal["email", "push", "sms", "phone"]
    days: tuple[Weekday, ...] = Field(WEEKDAYS, min_length=1)
    hours: tuple[Annotated[str, Field(pattern=HOURS)], ...] = Field(min_length=1)
    holidays: bool = True
    most: Most | None = None
    pause_after_refusal: int = Field(0, ge=0, le=3660)
    kind: Literal["law", "practice"]
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Line:
        """Hold that the windows stand in order and apart."""
        bounds = [minute for span in self.opening.spans for minute in span]
        if bounds != sorted(set(bounds)):
            raise ValueError(
                "the hours stand in order, each window apart from the next, such as 10:00-13:00, 14:00-20:00"
            )
        return self

    @property
    def opening(self) -> Hours:
        """Return the hours it says."""
        spans = tuple((_minutes(a), _minutes(b)) for a, b in (one.split("-") for one in self.hours))
        return Hours(spans, frozenset(WEEKDAYS.index(day) for day in self.days), self.holidays)


class Lawful(Definition):
    """All lines; one for each country and channel."""

    lawful: tuple[Line, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _once(self) -> Lawful:
        keys = [(line.country, line.channel) for line in self.lawful]
        twice = sorted({f"{country} {channel}" for country, channel in keys if keys.count((country, channel)) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands twice; keep one of the two")
        return self


Table = Mapping[tuple[str, str], Line]


def table(file: str = "") -> Table:
    """Return the shipped lines by country and channel, with those of a file of one's own in their place."""
    return {**_shipped(), **(_read(Path(file), Path(file).stat().st_mtime_ns) if file else {})}


def line(lines: Table, country: str, channel: str) -> Line | None:
    """Return the line of a country and channel, else the one for anywhere; None where the channel has no hours."""
    return lines.get((country, channel)) or lines.get((ANYWHERE, channel))


@cache
def _shipped() -> Table:
    with as_file(files("relance.eligibility.moment") / "lawful.yaml") as path:
        return _lines(path)


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> Table:
    return _lines(path)


def _lines(path: Path) -> Table:
    return {(one.country, one.channel): one for one in validate(Lawful, read(path)).lawful}


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
