"""Periods of one's own: brought by a file, or added, changed and removed one by one; each act is in the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from relance.core import audit
from relance.core.definitions import as_text, read, validate
from relance.core.errors import InputError, NotFoundError
from relance.eligibility.calendar import tables
from relance.eligibility.calendar.days import DAY, midnight
from relance.eligibility.calendar.definition import LONGEST, CalendarFile, PeriodEntry
from relance.eligibility.calendar.labels import LABELS
from relance.eligibility.commercial_calendar import zone_of
from relance.eligibility.models import CommercialPeriod, CommercialRule


@dataclass(frozen=True)
class Wanted:
    """A period of the shop's own as a person fills it in: its name, its first and last day, both whole."""

    name: str
    first: date
    last: date
    weight: int
    blackout: bool = True


def apply(path: Path, now: datetime, *, by: str = "") -> dict[str, object]:
    """Put the file's periods in the place of those an earlier version of it brought, and return what was done."""
    definition = validate(CalendarFile, read(path))
    rows = [_row(definition, entry) for entry in definition.periods if entry.day is None]
    rules = [_rule(definition, entry) for entry in definition.periods if entry.day is not None]
    with transaction.atomic():
        removed = sum(
            model.objects.filter(calendar=definition.calendar).delete()[0]
            for model in (CommercialPeriod, CommercialRule)
        )
        CommercialPeriod.objects.bulk_create(rows)
        CommercialRule.objects.bulk_create(rules)
        done: dict[str, object] = {
            "calendar": definition.calendar, "country": definition.country, "periods": len(rows) + len(rules),
            "replaced": removed,
        }  # fmt: skip
        audit.record("calendar applied", definition.calendar, now=now, actor=by, details=done)
    return done


@transaction.atomic
def add(country: str, wanted: Wanted, *, by: str, now: datetime) -> CommercialPeriod:
    """Add a period of the shop's own; InputError says what is wrong with it."""
    check(country, wanted, now)
    row = CommercialPeriod.objects.create(country=country, source=f"added by {by}", **_columns(country, wanted))
    audit.record("period added", wanted.name, now=now, actor=by, details=_told(country, row))
    return row


@transaction.atomic
def change(period_id: int, wanted: Wanted, *, by: str, now: datetime) -> CommercialPeriod:
    """Give a period of the shop's own another name, other days or another weight."""
    row = found(period_id)
    check(row.country, wanted, now, besides=row.pk)
    before = _told(row.country, row)
    for name, value in _columns(row.country, wanted).items():
        setattr(row, name, value)
    row.save()
    details: dict[str, object] = {"before": before, "after": _told(row.country, row)}
    audit.record("period changed", wanted.name, now=now, actor=by, details=details)
    return row


@transaction.atomic
def remove(period_id: int, *, by: str, now: datetime) -> str:
    """Take a period of the shop's own out of the calendar, and return its name."""
    row = found(period_id)
    audit.record("period removed", row.name, now=now, actor=by, details=_told(row.country, row))
    row.delete()
    return row.name


def found(period_id: int) -> CommercialPeriod:
    """Return a period of the shop's own; those a file brought are changed in the file."""
    row = CommercialPeriod.objects.select_for_update().filter(pk=period_id).first()
    if row is None:
        raise NotFoundError("This period is not in the calendar any more. Reload the calendar.")
    if row.calendar:
        raise InputError(
            f"{row.name} comes from the file {row.calendar}. Change it there and apply the file again: "
            "the next time it is applied, a change made here would be lost."
        )
    return row


def check(country: str, wanted: Wanted, now: datetime, *, besides: int | None = None) -> None:
    """Raise InputError where a period cannot be kept as it is filled in."""
    if not wanted.name.strip():
        raise InputError("The period has no name. Give it one such as Private sale.")
    if wanted.name in LABELS and wanted.name not in tables.announced(country):
        raise InputError(
            f"{wanted.name} is the name of a computed period. Choose another name, or move that one with a file."
        )
    if wanted.last < wanted.first:
        raise InputError("The last day comes before the first. Correct one of the two days.")
    if (wanted.last - wanted.first).days >= LONGEST:
        raise InputError(f"A period lasts {LONGEST} days at most. Shorten it, or make two of it.")
    if wanted.last < now.astimezone(zone_of(country)).date():
        raise InputError("The period is over already, so nothing would wait for it. Choose days to come.")
    if not 0 <= wanted.weight <= 100:
        raise InputError("How full it makes inboxes is a number from 0 to 100. Correct it.")
    _apart(country, wanted, besides)


def export(country: str) -> str:
    """Return the country's periods of one's own as one calendar file, which `apply` takes back."""
    zone = zone_of(country)
    rules = [one.definition for one in CommercialRule.objects.filter(country=country).order_by("id")]
    rows = [_written(row) for row in CommercialPeriod.objects.filter(country=country).order_by("starts_at", "id")]
    return as_text({"calendar": "exported", "country": country, "time_zone": zone.key, "periods": [*rules, *rows]})


def _apart(country: str, wanted: Wanted, besides: int | None) -> None:
    """Refuse a period that overlaps one of the same name."""
    columns = _columns(country, wanted)
    same = CommercialPeriod.objects.filter(country=country, name=wanted.name, cancelled=False).exclude(pk=besides or 0)
    near = same.filter(starts_at__lt=columns["ends_at"], ends_at__gt=columns["starts_at"]).first()
    if near is not None:
        day = near.starts_at.astimezone(zone_of(country)).date()
        raise InputError(
            f"{wanted.name} stands in the calendar already from {day}. Change that one, or choose another name."
        )


def _columns(country: str, wanted: Wanted) -> dict[str, Any]:
    zone = zone_of(country)
    return {
        "name": wanted.name, "starts_at": midnight(wanted.first, zone), "ends_at": midnight(wanted.last + DAY, zone),
        "weight": wanted.weight, "blackout": wanted.blackout,
    }  # fmt: skip


def _told(country: str, row: CommercialPeriod) -> dict[str, object]:
    """Return a period as the audit log keeps it."""
    zone = zone_of(country)
    first, last = row.starts_at.astimezone(zone).date(), (row.ends_at.astimezone(zone) - DAY).date()
    return {
        "country": country, "name": row.name, "first": first.isoformat(), "last": last.isoformat(), "weight": row.weight,
        "blackout": row.blackout is not False,
    }  # fmt: skip


def _row(definition: CalendarFile, entry: PeriodEntry) -> CommercialPeriod:
    starts_at, ends_at = entry.instants(zone_of(definition.country))
    return CommercialPeriod(
        calendar=definition.calendar, country=definition.country, name=entry.name, starts_at=starts_at, ends_at=ends_at,
        cancelled=entry.cancelled, source=entry.source or f"calendar {definition.calendar}", weight=entry.weight,
        blackout=entry.blackout, departments=list(entry.departments),
    )  # fmt: skip


def _rule(definition: CalendarFile, entry: PeriodEntry) -> CommercialRule:
    written = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    written.setdefault("source", f"calendar {definition.calendar}")
    return CommercialRule(calendar=definition.calendar, country=definition.country, definition=written)


def _written(row: CommercialPeriod) -> Mapping[str, object]:
    """Return a row as an entry of a file; whole days as days, other bounds as instants."""
    zone = zone_of(row.country)
    starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    known: dict[str, object] = {"name": row.name}
    if row.cancelled:
        known |= {"year": starts.year, "cancelled": True}
    else:
        known |= {"starts": _bound(starts, 0), "ends": _bound(ends, 1)}
    optional: Sequence[tuple[str, object]] = (
        ("weight", row.weight), ("blackout", row.blackout), ("departments", row.departments or None),
        ("source", row.source or None),
    )  # fmt: skip
    return known | {name: value for name, value in optional if value is not None}


def _bound(at: datetime, days: int) -> date | datetime:
    whole = (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)
    return at.date() - days * DAY if whole else at.astimezone(UTC)
