"""Instants written as the files write them, and the seasons of a shop."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from relance.rehearsal.sample_shop.arrays import Flags, Numbers, Reals, Texts, drawn
from relance.rehearsal.sample_shop.scope import DAY, Scope

_EPOCH = date(1970, 1, 1)
# First and last day of a season as (month, day), and how much is bought, the usual being 1.
_SEASONS = (
    ((1, 7), (2, 3), 1.4),  # winter sales
    ((4, 1), (5, 31), 1.15),  # the garden
    ((6, 24), (7, 21), 1.35),  # summer sales
    ((8, 1), (8, 24), 0.7),
    ((11, 15), (12, 20), 1.9),  # Black Friday and Christmas
    ((12, 25), (12, 31), 0.6),
)
_SALES = (_SEASONS[0][:2], _SEASONS[2][:2])
_WEEKDAYS = (1.0, 0.95, 1.0, 0.95, 1.05, 1.25, 0.8)  # from Monday
_WEB_HOURS = (1, 2, 4, 6, 7, 7, 8, 7, 6, 6, 7, 8, 10, 12, 11, 6)  # from 6 o'clock UTC
_STORE_HOURS = (0, 0, 3, 8, 11, 7, 6, 8, 10, 11, 10, 4)


def _days(first: int, count: int) -> list[date]:
    return [_EPOCH + timedelta(days=first // DAY + number) for number in range(count)]


def busy(scope: Scope) -> Reals:
    """Return how busy each day of the history is, the usual day being 1."""
    days = _days(scope.start, (scope.end - scope.start) // DAY)
    return np.array([_season(day) * _WEEKDAYS[day.weekday()] for day in days])


def _season(day: date) -> float:
    at = (day.month, day.day)
    return next((factor for first, last, factor in _SEASONS if first <= at <= last), 1.0)


def in_sales(scope: Scope, at: Numbers) -> Flags:
    """Tell which instants of the history fall into the winter or summer sales."""
    days = _days(scope.start, (scope.end - scope.start) // DAY)
    sales = [any(first <= (day.month, day.day) <= last for first, last in _SALES) for day in days]
    return np.array(sales)[(at - scope.start) // DAY]


def hours(random: np.random.Generator, store: Flags) -> Numbers:
    """Return an instant within a day for each purchase, in seconds: the store keeps other hours than the site."""
    hour = 6 + np.where(store, drawn(random, _STORE_HOURS, len(store)), drawn(random, _WEB_HOURS, len(store)))
    return hour * 3600 + random.integers(0, 3600, len(store))


def french_date(at: Numbers) -> Texts:
    """Return the days in Paris as 27/07/2026."""
    return _strftime(_paris(at), "%d/%m/%Y")


def french_time(at: Numbers) -> Texts:
    """Return the minutes in Paris as 27/07/2026 18:05."""
    return _strftime(_paris(at), "%d/%m/%Y %H:%M")


def iso(at: Numbers) -> Texts:
    """Return the instants as 2026-07-27T16:05:00Z."""
    return _strftime(at, "%Y-%m-%dT%H:%M:%SZ")


def _strftime(at: Numbers, form: str) -> Texts:
    return pc.strftime(pa.array(at).cast(pa.timestamp("s")), format=form)


def _paris(at: Numbers) -> Numbers:
    """Return the instants moved to the wall clock of Paris: summer from the last Sunday of March to that of October."""
    if len(at) == 0:
        return at
    years = range(_EPOCH.year + int(at.min() // (366 * DAY)), _EPOCH.year + int(at.max() // (365 * DAY)) + 1)
    switches = [_last_sunday(year, month) for year in years for month in (3, 10)]
    summer = np.searchsorted(switches, at, side="right") % 2
    return at + 3600 * (1 + summer)


def _last_sunday(year: int, month: int) -> int:
    """Return the instant, 1:00 UTC, at which Europe changes its clocks."""
    day = datetime(year, month, 31, 1, tzinfo=UTC)
    return int((day - timedelta(days=(day.weekday() + 1) % 7)).timestamp())
