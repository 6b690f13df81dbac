"""Which calendar is looked at: the country, the department, the month or year; from the address, with sane defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.core.errors import InputError
from relance.eligibility import commercial_calendar
from relance.eligibility.calendar import places, tables
from relance.eligibility.calendar.book import Book
from relance.eligibility.commercial_calendar import zone_of
from relance.eligibility.models import CommercialPeriod, CommercialRule

FIRST_YEAR, LAST_YEAR = 2000, 2100
NAMES = {
    "BE": gettext_lazy("Belgium"), "CH": gettext_lazy("Switzerland"), "DE": gettext_lazy("Germany"), "ES": gettext_lazy("Spain"),
    "FR": gettext_lazy("France"), "GB": gettext_lazy("United Kingdom"), "IT": gettext_lazy("Italy"), "US": gettext_lazy("United States"),
}  # fmt: skip


@dataclass(frozen=True)
class Looked:
    """The country and department whose calendar is shown, and the day it is there."""

    country: str
    department: str
    today: date

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the zone the country's periods are meant in."""
        return zone_of(self.country)

    @cached_property
    def book(self) -> Book:
        """Return what is known of the country's periods, read once."""
        return commercial_calendar.books([self.country])[self.country]

    @cached_property
    def departments(self) -> list[str]:
        """Return the departments of the country that have dates of their own."""
        return sorted(self.book.departments())

    @property
    def query(self) -> str:
        """Return what other pages of the calendar need to show the same place."""
        home = self.country == settings.RELANCE.country and not self.department
        return (
            "" if home else f"&country={self.country}" + (f"&department={self.department}" if self.department else "")
        )


def looked(request: HttpRequest, now: datetime) -> Looked:
    """Return the place asked for; an unknown one is refused."""
    country = request.GET.get("country", "").upper() or str(settings.RELANCE.country)
    if country not in countries():
        raise InputError(
            _("No calendar of this country is known here. Choose one of the list, or bring a file for it.")
        )
    found = Looked(country, "", now.astimezone(zone_of(country)).date())
    department = request.GET.get("department", "").upper()
    if department:
        places.check(country, department)
    if department and department not in found.departments:
        raise InputError(_("This department has no dates of its own. Choose one of the list, or the whole country."))
    return Looked(country, department, found.today)


def countries() -> list[str]:
    """Return the countries whose periods are known: by a table, or by what people brought; our own always."""
    own = {
        *CommercialPeriod.objects.values_list("country", flat=True),
        *CommercialRule.objects.values_list("country", flat=True),
    }
    return sorted({*tables.countries(), *own, str(settings.RELANCE.country)})


def named() -> list[tuple[str, str]]:
    """Return the countries with their names, by name; one without a name here shows its code."""
    return sorted(((code, str(NAMES.get(code, code))) for code in countries()), key=lambda one: one[1])


def month(request: HttpRequest, today: date) -> date:
    """Return the first day of the month asked for."""
    asked = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", request.GET.get("month", ""))
    return date(_within(int(asked[1])), int(asked[2]), 1) if asked else today.replace(day=1)


def year(request: HttpRequest, today: date) -> int:
    """Return the year asked for."""
    asked = request.GET.get("year", "")
    return _within(int(asked)) if re.fullmatch(r"\d{4}", asked) else today.year


def _within(number: int) -> int:
    return min(max(number, FIRST_YEAR), LAST_YEAR)
