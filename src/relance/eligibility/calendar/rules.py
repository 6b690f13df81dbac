"""A day as a calendar names it, the same rule for every year: `12-25`, a weekday of a month, days after Easter."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field, model_validator

from relance.core.definitions import Definition
from relance.eligibility.calendar.days import easter, nth_weekday, weekday_from

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH_DAY = r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
FORMS = "`12-25`, `{weekday: sunday, nth: 3, month: 6}`, `{weekday: wednesday, from: 01-06}` or `{easter: 49}`"


class DayRule(Definition):
    """One day of each year. `plus` and `shift` move it; where it falls on `unless`, `otherwise` holds."""

    on: str | None = Field(None, pattern=MONTH_DAY)  # 02-29 is 28 February where a year has none
    weekday: Weekday | None = None
    nth: int | None = Field(None, ge=-5, le=4)  # -1 is the last of the month
    month: int | None = Field(None, ge=1, le=12)
    start: str | None = Field(None, pattern=MONTH_DAY, alias="from")  # the first such weekday on or after it
    easter: int | None = Field(None, ge=-100, le=250)  # days after Easter Sunday
    plus: int = Field(0, ge=-60, le=60)
    shift: dict[Weekday, int] = Field(default_factory=dict)  # by the weekday it falls on
    unless: DayRule | None = None
    otherwise: DayRule | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, written: Any) -> Any:
        """Return a day written as `12-25` in its long form."""
        return {"on": written} if isinstance(written, str) else written

    @model_validator(mode="after")
    def _one_form(self) -> DayRule:
        of_month = self.weekday and self.nth and self.month and not self.start
        on_or_after = self.weekday and self.start and not (self.nth or self.month)
        forms = [bool(self.on), bool(of_month), bool(on_or_after), self.easter is not None]
        if sum(forms) != 1 or (self.weekday and not (of_month or on_or_after)):
            raise ValueError(f"a day is one of {FORMS}")
        if (self.unless is None) != (self.otherwise is None):
            raise ValueError("`unless` and `otherwise` go together: the day it may not be, and the one it is then")
        return self

    def of(self, year: int) -> date:
        """Return the day it is in a year."""
        day = self._plain(year) + timedelta(days=self.plus)
        day += timedelta(days=self.shift.get(WEEKDAYS[day.weekday()], 0))
        if self.unless and self.otherwise and day == self.unless.of(year):
            return self.otherwise.of(year)
        return day

    def _plain(self, year: int) -> date:
        if self.on:
            return _month_day(self.on, year)
        if self.easter is not None:
            return easter(year) + timedelta(days=self.easter)
        weekday = WEEKDAYS.index(self.weekday or "monday")
        if self.start:
            return weekday_from(_month_day(self.start, year), weekday)
        return nth_weekday(year, self.month or 1, weekday, self.nth or 1)


def _month_day(text: str, year: int) -> date:
    """Return the day of the year written `MM-DD`; one the month does not have is its last."""
    month, day = map(int, text.split("-"))
    return date(year, month, min(day, monthrange(year, month)[1]))
