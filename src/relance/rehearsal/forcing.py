"""A forced start: the scratch copy's own calendar lets reactivations go through commercial periods. Only there.

The gate is not gone round: it reads the same calendar as ever, in which no period of the copy holds reactivations back,
as if somebody had declared so for each. How full inboxes are stays as it was. Real sends know no such thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from relance.core import database, place
from relance.eligibility import commercial_calendar
from relance.eligibility.calendar.periods import Period
from relance.eligibility.models import CommercialPeriod


def lift_blackouts(start: datetime, end: datetime) -> int:
    """Let no period from the year before `start` to the year after `end` hold reactivations back; return how many were written.

    Raises RuntimeError outside a scratch copy: nothing but a rehearsal may call this.
    """
    if not place.current().simulated:
        raise RuntimeError("only a rehearsal's scratch copy may do without blackouts")
    countries = [country for (country,) in database.rows("SELECT DISTINCT country FROM contact WHERE country <> ''")]
    codes = {commercial_calendar.country_of(code) for code in (*countries, settings.RELANCE.country)}
    years = range(start.year - 1, end.year + 2)
    written = [row for code in sorted(codes) for row in _rows(code, years)]
    database.execute("UPDATE commercial_period SET blackout = FALSE")
    database.execute("""UPDATE commercial_rule SET definition = definition || '{"blackout": false}'""")
    CommercialPeriod.objects.bulk_create(written, ignore_conflicts=True)
    return len(written)


def _rows(country: str, years: range) -> Iterator[CommercialPeriod]:
    """Yield the shipped periods of a country as rows of its own that hold nothing back; people's own have theirs."""
    [book] = commercial_calendar.books([country]).values()
    for department in ("", *sorted(book.departments())):
        for year in years:
            everywhere = {_key(one) for one in book.of_year(year)} if department else set()
            for period in book.of_year(year, department):
                if period.own is None and not period.calendar and _key(period) not in everywhere and not period.online:
                    yield CommercialPeriod(
                        country=country, name=period.name, starts_at=period.starts_at, ends_at=period.ends_at,
                        weight=period.weight, blackout=False, calendar="rehearsal", source=period.source,
                        departments=[department] if department else [],
                    )  # fmt: skip


def _key(period: Period) -> tuple[str, datetime, datetime]:
    return period.name, period.starts_at, period.ends_at
