"""Durations as people write them: `30 days`, `12 months`; months and years follow the calendar, clamped to the month's end."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import core_schema

_UNITS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400}
_TEXT = re.compile(r"^\s*(\d{1,5})\s+(minute|hour|day|week|month|year)s?\s*$")


@dataclass(frozen=True)
class Duration:
    """A count of minutes, hours, days, weeks, months or years."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: object) -> Duration:
        """Return the duration written as `text`; raise ValueError with a sentence where it is none."""
        match = _TEXT.match(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError("a duration is a number and a unit, such as `30 days` or `12 months`")
        return cls(int(match[1]), match[2])

    def before(self, now: datetime) -> datetime:
        """Return the instant this long before `now`."""
        return self._shift(now, -1)

    def after(self, now: datetime) -> datetime:
        """Return the instant this long after `now`."""
        return self._shift(now, 1)

    @property
    def days(self) -> float:
        """Return its length in days; a month counts 30.44 and a year 365.25."""
        return self.count * {"month": 30.44, "year": 365.25}.get(self.unit, _UNITS.get(self.unit, 0) / 86_400)

    def _shift(self, now: datetime, sign: int) -> datetime:
        if self.unit in _UNITS:
            return now + sign * timedelta(seconds=self.count * _UNITS[self.unit])
        months = now.year * 12 + now.month - 1 + sign * self.count * (12 if self.unit == "year" else 1)
        year, month = divmod(months, 12)
        return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'s' if self.count != 1 else ''}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.parse(value),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )
