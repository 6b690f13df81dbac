"""The calendar people write: periods moved, cancelled or added, in a YAML file; applying it again changes nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction
from pydantic import Field, model_validator

from relance.core import audit
from relance.core.definitions import Definition, read, validate
from relance.eligibility.commercial_calendar import zone_of
from relance.eligibility.french_periods import midnight
from relance.eligibility.models import CommercialPeriod


class PeriodEntry(Definition):
    """One period: first and last day (or local instants), or the year of a computed one that is cancelled."""

    name: str = Field(min_length=1)
    starts: datetime | date | None = None
    ends: datetime | date | None = None
    cancelled: bool = False
    year: int | None = Field(None, ge=1970, le=9998)
    source: str = ""

    @model_validator(mode="after")
    def _whole(self) -> PeriodEntry:
        """Hold that the entry either cancels a computed period or says when its own runs."""
        if self.cancelled and (self.year is None or self.starts or self.ends):
            raise ValueError("a cancelled period has a `year` and neither `starts` nor `ends`")
        if not self.cancelled and (self.starts is None or self.ends is None or self.year is not None):
            raise ValueError("a period has `starts` and `ends`, or `cancelled: true` and a `year`")
        first, last = self.instants(ZoneInfo("UTC"))
        if not self.cancelled and first >= last:
            raise ValueError("`ends` comes before `starts`; a day given as `ends` is the last one, whole")
        return self

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the instants it starts at and ends before; a cancelled one stands at the start of its year."""
        if self.starts is None or self.ends is None:
            return (midnight(date(self.year or 1970, 1, 1), zone),) * 2
        return _instant(self.starts, zone, 0), _instant(self.ends, zone, 1)


class CalendarFile(Definition):
    """A calendar: its name, its country, its periods."""

    calendar: str = Field(min_length=1)
    country: str = Field("FR", pattern="^[A-Z]{2}$")
    periods: list[PeriodEntry]

    @model_validator(mode="after")
    def _once(self) -> CalendarFile:
        """Hold that no period stands twice."""
        zone = ZoneInfo("UTC")
        keys = [(entry.name, entry.instants(zone)[0]) for entry in self.periods]
        twice = sorted({name for name, start in keys if keys.count((name, start)) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands twice with the same start; keep one of the two")
        return self


def apply(path: Path, now: datetime) -> dict[str, object]:
    """Put the file's periods in the place of those an earlier version of it brought, and return what was done."""
    definition = validate(CalendarFile, read(path))
    rows = [_row(definition, entry) for entry in definition.periods]
    with transaction.atomic():
        removed, _ = CommercialPeriod.objects.filter(calendar=definition.calendar).delete()
        CommercialPeriod.objects.bulk_create(rows)
        done: dict[str, object] = {
            "calendar": definition.calendar, "country": definition.country, "periods": len(rows), "replaced": removed,
        }  # fmt: skip
        audit.record("calendar applied", definition.calendar, now=now, details=done)
    return done


def _row(definition: CalendarFile, entry: PeriodEntry) -> CommercialPeriod:
    starts_at, ends_at = entry.instants(zone_of(definition.country))
    return CommercialPeriod(
        calendar=definition.calendar, country=definition.country, name=entry.name, starts_at=starts_at, ends_at=ends_at,
        cancelled=entry.cancelled, source=entry.source or f"calendar {definition.calendar}",
    )  # fmt: skip


def _instant(written: datetime | date, zone: ZoneInfo, days: int) -> datetime:
    """Return a written instant as it is, a local one in the zone, a day at its midnight `days` later."""
    if isinstance(written, datetime):
        return written if written.tzinfo else written.replace(tzinfo=zone)
    return midnight(written + timedelta(days=days), zone)
