"""A commercial period: when it runs, how full it makes inboxes, whether reactivations wait for its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from relance.eligibility.calendar.days import midnight
from relance.eligibility.calendar.labels import SOURCES_IN_FRENCH

WEIGHT = 60  # of a period that names none, as a private sale of one's own


@dataclass(frozen=True)
class Period:
    """A commercial period from `starts_at` until before `ends_at`; `day` is the date it is known by.

    `weight` is how full it makes inboxes, from 0 to 100. `online` marks the national dates, by which shops on the
    internet go, beside the department's own. `likely` marks days derived from earlier years, since nobody announced any.
    """

    name: str
    day: date
    starts_at: datetime
    ends_at: datetime
    source: str
    weight: int = WEIGHT
    blocks: bool = True
    labels: tuple[str, str] = ("", "")
    own: int | None = None  # id of the row, where somebody of the team added it
    calendar: str = ""
    online: bool = False
    likely: bool = False

    def label(self, language: str) -> str:
        """Return its name for people."""
        french = language == "fr"
        name = self.labels[french] or self.name
        if self.online:
            name = f"{name} {'en ligne' if french else 'online'}"
        return f"{name} ({'dates probables' if french else 'likely dates'})" if self.likely else name

    @property
    def last_day(self) -> date:
        """Return its last day, in the zone it is meant in."""
        return (self.ends_at - timedelta(microseconds=1)).date()

    def origin(self, language: str) -> str:
        """Return where its dates come from, for people."""
        return SOURCES_IN_FRENCH.get(self.source, self.source) if language == "fr" else self.source


def whole_days(name: str, first: date, last: date, *, zone: ZoneInfo, source: str, day: date | None = None) -> Period:
    """Return the period from the first to the last day, both whole, in the zone."""
    return Period(name, day or first, midnight(first, zone), midnight(last + timedelta(days=1), zone), source)
