"""The calendar by month, by year, and as a list of periods."""

from __future__ import annotations

import calendar
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from relance.accounts.roles import Capability
from relance.eligibility import commercial_calendar
from relance.eligibility.calendar.days import DAY
from relance.web import tags
from relance.web.calendar import place, story
from relance.web.calendar.place import Looked
from relance.web.doors import needs
from relance.web.language import current


@require_safe
@needs(Capability.READ)
def show_month(request: HttpRequest) -> HttpResponse:
    """Show one month: its periods, how full inboxes are, what is to be sent; and one day of it closer."""
    now = timezone.now()
    here = place.looked(request, now)
    first = place.month(request, here.today)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    found = story.days(here, first, last, now)
    asked = request.GET.get("day", "") or (here.today.isoformat() if first <= here.today <= last else "")
    context = {
        "first": first, "name": story.month_name(first), "weeks": story.weeks(found), "previous": first - DAY,
        "following": last + DAY, "chosen": next((one for one in found if one.day.isoformat() == asked), None),
        "windows": story.windows(now), **story.standing(here, now), **_frame(here, first.year, now),
    }  # fmt: skip
    return render(request, "calendar/month.html", context)


@require_safe
@needs(Capability.READ)
def show_year(request: HttpRequest) -> HttpResponse:
    """Show a year at a glance."""
    now = timezone.now()
    here = place.looked(request, now)
    year = place.year(request, here.today)
    found = story.days(here, date(year, 1, 1), date(year, 12, 31), now)
    context = {"months": story.months(found), **story.standing(here, now), **_frame(here, year, now)}
    return render(request, "calendar/year.html", context)


@require_safe
@needs(Capability.READ)
def show_periods(request: HttpRequest) -> HttpResponse:
    """Show the periods of a year as a list, with where each comes from."""
    now = timezone.now()
    here = place.looked(request, now)
    year = place.year(request, here.today)
    found = commercial_calendar.periods(here.country, year, here.department)
    language = current()
    lines = [{"period": p, "label": p.label(language), "origin": tags.typeset(p.origin(language))} for p in found]
    return render(request, "calendar/periods.html", {"lines": lines, **_frame(here, year, now)})


def _frame(here: Looked, year: int, now: datetime) -> dict[str, Any]:
    """Return what every page of the calendar shows around its own."""
    return {
        "here": here, "year": year, "countries": place.named(), "now": now, "figures": story.figures(here, year),
        "years": range(max(year - 1, place.FIRST_YEAR), min(year + 2, place.LAST_YEAR) + 1),
    }  # fmt: skip
