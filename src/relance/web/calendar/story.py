"""What the calendar's pages tell: weeks of days with their periods, levels and volumes; the year in figures; the windows."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from relance.eligibility import commercial_calendar, proposals
from relance.eligibility.calendar.blackouts import Blackout
from relance.eligibility.calendar.days import DAY, midnight
from relance.eligibility.calendar.labels import LABELS
from relance.eligibility.calendar.periods import Period
from relance.journeys.models import Launch
from relance.web import tags, titles
from relance.web.calendar import volumes
from relance.web.calendar.place import Looked
from relance.web.calendar.volumes import Volume
from relance.web.language import current

LEVELS = (1, 25, 45, 65, 85)  # of saturation, from which a day has the next colour
NOTHING = Volume()
LOOKED_BACK = 5  # years, for when a period was that nobody announced
MONTHS = (
    gettext_lazy("January %(year)s"),
    gettext_lazy("February %(year)s"),
    gettext_lazy("March %(year)s"),
    gettext_lazy("April %(year)s"),
    gettext_lazy("May %(year)s"),
    gettext_lazy("June %(year)s"),
    gettext_lazy("July %(year)s"),
    gettext_lazy("August %(year)s"),
    gettext_lazy("September %(year)s"),
    gettext_lazy("October %(year)s"),
    gettext_lazy("November %(year)s"),
    gettext_lazy("December %(year)s"),
)


@dataclass(frozen=True)
class Day:
    """One day of the calendar."""

    day: date
    level: int
    blocked: Blackout | None
    periods: Sequence[Period]
    volume: Volume
    most: int  # the largest volume of a day in view
    today: bool
    launches: Sequence[str] = ()

    @property
    def heat(self) -> int:
        """Return the step of colour, 0 to 5, for how full inboxes are."""
        return sum(self.level >= bound for bound in LEVELS)

    @property
    def busy(self) -> int:
        """Return the step, 0 to 5, of our own volume against the largest in view."""
        return -(-5 * self.volume.total // self.most) if self.volume.total else 0

    @property
    def around(self) -> str:
        """Say which period a day waits for that lies outside of it; empty on other days."""
        if self.blocked is None or any(period.blocks for period in self.periods):
            return ""
        noon = datetime.combine(self.day, time(12), self.blocked.starts_at.tzinfo)
        nearest = self.blocked.blamed(noon)
        said = _("before: %(period)s") if nearest.starts_at > noon else _("after: %(period)s")
        return tags.typeset(said % {"period": nearest.label(current())})

    @property
    def spoken(self) -> str:
        """Say the day to those who cannot see it."""
        parts = [tags.day(self.day)]
        parts += [period.label(current()) for period in self.periods]
        if self.blocked:
            parts += [_("reactivations wait"), *([self.around] if self.around else [])]
        if self.level:
            parts.append(_("inboxes %(level)s of 100 full") % {"level": self.level})
        if total := self.volume.total:
            parts.append(ngettext("%(count)s message", "%(count)s messages", total) % {"count": tags.number(total)})
        return tags.typeset(", ".join(parts))


def days(place: Looked, first: date, last: date, now: datetime) -> list[Day]:
    """Return the days from `first` to `last`."""
    start, end = midnight(first, place.zone), midnight(last + DAY, place.zone)
    levels = commercial_calendar.saturated(place.country, first, last, place.department)
    blackouts = commercial_calendar.blackouts(place.country, start, end, place.department)
    found = [p for year in range(first.year - 1, last.year + 1) for p in _periods(place, year)]
    planned = volumes.by_day(first, last, now, place.zone)
    most = max((one.total for one in planned.values()), default=0)
    starts = _launches(place, start, end)
    return [
        Day(
            day, levels[day], _at(blackouts, day), [p for p in found if _holds(p, day)], planned.get(day, NOTHING), most,
            day == place.today, starts.get(day, ()),
        )
        for n in range((last - first).days + 1) if (day := first + n * DAY)
    ]  # fmt: skip


def weeks(found: Sequence[Day]) -> list[list[Day | None]]:
    """Return the days of one month as weeks from Monday, with nothing where the week lies outside it."""
    padded: list[Day | None] = [*[None] * found[0].day.weekday(), *found]
    padded += [None] * (-len(padded) % 7)
    return [padded[n : n + 7] for n in range(0, len(padded), 7)]


def months(found: Sequence[Day]) -> list[dict[str, Any]]:
    """Return a year's days as months: each with its name, its weeks, and its blocked days."""
    return [
        {
            "first": of_month[0].day, "name": month_name(of_month[0].day), "weeks": weeks(of_month),
            "blocked": sum(1 for day in of_month if day.blocked),
        }
        for month in range(1, 13) if (of_month := [day for day in found if day.day.month == month])
    ]  # fmt: skip


def figures(place: Looked, year: int) -> dict[str, Any]:
    """Return the year's figures: how many days are blocked, what is not announced and not over."""
    blocked = commercial_calendar.blocked_days(place.country, year, place.department)
    return {
        "blocked": blocked, "length": 366 if calendar.isleap(year) else 365,
        "missing": _missing(place, year),
    }  # fmt: skip


def _missing(place: Looked, year: int) -> list[dict[str, Any]]:
    """Return the periods whose dates nobody announced for the year, with the likely one that stands in where there is one."""
    likely = {period.name: period for period in _periods(place, year) if period.likely}
    return [
        {"name": name, "label": label(name), "likely": likely.get(name)}
        for name in commercial_calendar.missing(place.country, year)
        if not _over(place, name, year, likely.get(name))
    ]


def _over(place: Looked, name: str, year: int, likely: Period | None) -> bool:
    """Tell whether a period is past, by its likely days, or by those it had the last time that is known."""
    if year != place.today.year:
        return year < place.today.year
    if likely is not None:
        return likely.last_day < place.today
    known = (one for before in range(1, LOOKED_BACK + 1) for one in _periods(place, year - before) if one.name == name)
    last = next(known, None)
    return last is not None and (last.last_day.month, last.last_day.day) < (place.today.month, place.today.day)


def standing(place: Looked, now: datetime) -> dict[str, Any]:
    """Return what holds now: the blackout on, or the next one; what waits for its end."""
    ahead = commercial_calendar.blackouts(place.country, now, now + timedelta(days=366), place.department)
    on = ahead[0] if ahead and ahead[0].starts_at <= now else None
    then = next((one for one in ahead if one.starts_at > now), None)
    waiting, first, last = volumes.held_back()
    return {
        "on": on, "blamed": on.blamed(now).label(current()) if on else "", "waiting": waiting, "back_first": first,
        "back_last": last, "free_until": then.starts_at.date() - DAY if then else None,
    }  # fmt: skip


def windows(now: datetime) -> list[dict[str, Any]]:
    """Return each reactivation with how it stands to the calendar now and the window it is to begin in."""
    return [
        {
            "title": titles.of(one.version), "name": one.version.journey.name, "days": round(one.days), "ramp": one.ramp, "fits": one.fits(now),
            "window": one.windows[0] if one.windows else None, "then": _then(one.windows[0].period) if one.windows else "",
        }
        for one in proposals.reactivations(now)
    ]  # fmt: skip


def label(name: str) -> str:
    """Return what a period of the tables is called."""
    return LABELS.get(name, (name, name))[current() == "fr"]


def month_name(first: date) -> str:
    """Return a month with its year, in the language in force."""
    return str(MONTHS[first.month - 1]) % {"year": first.year}


def _periods(place: Looked, year: int) -> list[Period]:
    return place.book.of_year(year, place.department)


def _holds(period: Period, day: date) -> bool:
    return period.starts_at.date() <= day and midnight(day, period.ends_at.tzinfo) < period.ends_at  # type: ignore[arg-type]


def _at(blackouts: Sequence[Blackout], day: date) -> Blackout | None:
    return next((one for one in blackouts if one.starts_at.date() <= day < one.ends_at.date()), None)


def _then(period: Period | None) -> str:
    return period.label(current()) if period else ""


def _launches(place: Looked, start: datetime, end: datetime) -> Mapping[date, list[str]]:
    """Return the journeys that somebody approved to begin on a day in view."""
    found: dict[date, list[str]] = {}
    for one in Launch.objects.filter(start_at__gte=start, start_at__lt=end).select_related("version__journey"):
        names = found.setdefault(one.start_at.astimezone(place.zone).date(), [])
        if (title := titles.of(one.version)) not in names:
            names.append(title)
    return found
