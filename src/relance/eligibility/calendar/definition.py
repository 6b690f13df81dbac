"""A calendar as people write it, and as the tables of countries are: periods by rule or by date, moved or cancelled."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from relance.core import zones
from relance.core.definitions import Definition
from relance.eligibility.calendar.days import DAY, midnight
from relance.eligibility.calendar.periods import WEIGHT, Period
from relance.eligibility.calendar.places import DEPARTMENTS
from relance.eligibility.calendar.rules import DayRule

LONGEST = 180  # days


class PeriodEntry(Definition):
    """One period: by rule (`day`), by date (`starts` and `ends`), or a computed one cancelled for a `year`."""

    name: str = Field(min_length=1, max_length=80)
    label: dict[str, str] = Field(default_factory=dict)
    day: DayRule | None = None
    before: int = Field(0, ge=0, le=LONGEST)  # whole days it runs before the day it is known by
    after: int = Field(0, ge=0, le=LONGEST)  # and after it
    last: DayRule | None = None  # its last day by a rule of its own, in the place of `after`
    at: str = Field("00:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")  # local time of its first day
    since: int | None = Field(None, ge=1970, le=9998)
    until: int | None = Field(None, ge=1970, le=9998)
    starts: datetime | date | None = None
    ends: datetime | date | None = None
    likely: bool = False  # by rule, until the dates of the year are announced
    cancelled: bool = False
    year: int | None = Field(None, ge=1970, le=9998)
    weight: int | None = Field(None, ge=0, le=100)
    blackout: bool | None = None
    departments: tuple[str, ...] = ()
    source: str = ""

    @field_validator("departments", mode="before")
    @classmethod
    def _texts(cls, written: Any) -> Any:
        """Return departments written as numbers as they are named: 6 is 06."""
        return (
            [f"{one:02d}" if isinstance(one, int) else one for one in written] if isinstance(written, list) else written
        )

    @field_validator("departments")
    @classmethod
    def _known(cls, departments: tuple[str, ...]) -> tuple[str, ...]:
        """Hold that each department is one: a period of another would never be seen."""
        if unknown := [one for one in departments if one not in DEPARTMENTS]:
            raise ValueError(f"{', '.join(unknown)} is no French department; write one such as 57, 2A or 974")
        return departments

    @model_validator(mode="after")
    def _whole(self) -> PeriodEntry:
        """Hold that the entry cancels a computed period, says when its own runs, or gives a rule."""
        dated = self.starts is not None or self.ends is not None
        if self.cancelled and (self.year is None or dated or self.day):
            raise ValueError("a cancelled period has a `year` and neither `starts` nor `ends`")
        if (
            not self.cancelled
            and self.day is None
            and (self.starts is None or self.ends is None or self.year is not None)
        ):
            raise ValueError("a period has `starts` and `ends`, a `day` by rule, or `cancelled: true` and a `year`")
        if self.likely and self.day is None:
            raise ValueError("what is `likely` has a `day` by rule; dates that are announced are not likely but known")
        if self.day and (dated or self.year is not None):
            raise ValueError("a period by rule (`day`) has neither `starts`, `ends` nor `year`")
        first, last = self.instants(ZoneInfo("UTC"))
        if self.starts is not None and first >= last:
            raise ValueError("`ends` comes before `starts`; a day given as `ends` is the last one, whole")
        if last - first > timedelta(days=LONGEST):
            raise ValueError(f"a period lasts {LONGEST} days at most; did the year slip?")
        return self

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the instants it starts at and ends before; a cancelled one stands at the start of its year."""
        if self.starts is None or self.ends is None:
            return (midnight(date(self.year or 1970, 1, 1), zone),) * 2
        return instant(self.starts, zone, 0), instant(self.ends, zone, 1)

    def of(self, year: int, zone: ZoneInfo) -> Period | None:
        """Return the period of a year by rule, that of the year it is known by; None where it is not held."""
        if self.day is None or not (self.since or 0) <= year <= (self.until or 9999):
            return None
        day = self.day.of(year)
        starts_at = datetime.combine(day - self.before * DAY, time.fromisoformat(self.at), zone)
        last = self.last.of(year) if self.last else day + self.after * DAY
        return self.made(day, starts_at, midnight(max(last, day) + DAY, zone))

    def dated(self, zone: ZoneInfo) -> Period:
        """Return the period given by its dates."""
        starts_at, ends_at = self.instants(zone)
        return self.made(starts_at.astimezone(zone).date(), starts_at, ends_at)

    def made(self, day: date, starts_at: datetime, ends_at: datetime) -> Period:
        """Return the period that runs between these instants."""
        labels = (self.label.get("en", ""), self.label.get("fr", ""))
        return Period(
            self.name, day, starts_at, ends_at, self.source, WEIGHT if self.weight is None else self.weight,
            self.blackout is not False, labels, likely=self.likely,
        )  # fmt: skip


class CalendarFile(Definition):
    """A calendar: its name, its country, its periods; `announced` are those whose dates come year by year."""

    calendar: str = Field(min_length=1, max_length=80)
    country: str = Field("FR", pattern="^[A-Z]{2}$")
    time_zone: str | None = None
    dated: date | None = None  # when its rules were looked up
    announced: tuple[str, ...] = ()
    periods: list[PeriodEntry]

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, name: str | None) -> str | None:
        return name if name is None else zones.zone(name).key

    @model_validator(mode="after")
    def _french_departments(self) -> CalendarFile:
        """Hold that only the periods of France name departments."""
        if self.country != "FR" and any(one.departments for one in self.periods):
            raise ValueError("departments are those of France; leave them out for another country")
        return self

    @model_validator(mode="after")
    def _once(self) -> CalendarFile:
        """Hold that no period stands twice."""
        zone = ZoneInfo("UTC")
        keys = [(one.name, one.departments, one.day is None and one.instants(zone)[0]) for one in self.periods]
        twice = sorted({key[0] for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands twice with the same start; keep one of the two")
        return self


def instant(written: datetime | date, zone: ZoneInfo, days: int) -> datetime:
    """Return a written instant as it is, a local one in the zone, a day at its midnight `days` later."""
    if isinstance(written, datetime):
        return written if written.tzinfo else written.replace(tzinfo=zone)
    return midnight(written + timedelta(days=days), zone)
