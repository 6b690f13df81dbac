"""Adding, changing and removing a period of the shop's own: first what it would change, then, confirmed, the act."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from relance.accounts.roles import Capability
from relance.core.errors import RelanceError
from relance.eligibility import commercial_calendar, proposals
from relance.eligibility.calendar import keeping, tables
from relance.eligibility.calendar.days import DAY
from relance.eligibility.calendar.keeping import Wanted
from relance.eligibility.commercial_calendar import zone_of
from relance.web import titles, wording
from relance.web.calendar import story
from relance.web.calendar.forms import PeriodForm
from relance.web.doors import actor, needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT)
def add(request: HttpRequest) -> HttpResponse:
    """Add a period; one whose dates are announced each year by its name."""
    country = str(settings.RELANCE.country)
    announced = request.GET.get("name", "")
    named = announced if announced in tables.announced(country) else ""
    initial = {"name": named, "first": request.GET.get("first", "")} | _likely(named, request.GET.get("year", ""))
    form = PeriodForm(request.POST or None, initial=initial)
    now = timezone.now()

    def act() -> str:
        return keeping.add(country, form.wanted(), by=actor(request), now=now).name

    context = {"known": story.label(named) if named else "", "cancel": reverse("calendar:periods"), "adding": True}
    return _filled(request, form, act, context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.EDIT)
def change(request: HttpRequest, period_id: int) -> HttpResponse:
    """Change a period."""
    with transaction.atomic():
        row = keeping.found(period_id)
    zone = zone_of(row.country)
    initial = {
        "name": row.name, "first": row.starts_at.astimezone(zone).date(), "last": (row.ends_at.astimezone(zone) - DAY).date(),
        "weight": row.weight if row.weight is not None else 60, "blackout": row.blackout is not False,
    }  # fmt: skip
    form = PeriodForm(request.POST or None, initial=initial)
    now = timezone.now()

    def act() -> str:
        return keeping.change(period_id, form.wanted(), by=actor(request), now=now).name

    known = story.label(row.name) if row.name in tables.announced(row.country) else ""
    return _filled(request, form, act, {"known": known, "cancel": reverse("calendar:periods"), "row": row})


@require_http_methods(["POST"])
@needs(Capability.EDIT)
def remove(request: HttpRequest, period_id: int) -> HttpResponse:
    """Take a period out, once the person has seen what that changes."""
    now = timezone.now()

    def act() -> str:
        return keeping.remove(period_id, by=actor(request), now=now)

    if "confirmed" in request.POST:
        messages.success(request, _("%(name)s is out of the calendar.") % {"name": story.label(act())})
        return redirect("calendar:periods")
    changes = _foreseen(act, now)
    context = {"changes": changes, "removing": True, "action": request.path, "cancel": reverse("calendar:periods")}
    return render(request, "calendar/confirm.html", context)


def _likely(name: str, year: str) -> dict[str, Any]:
    """Return the likely days of a period that nobody has announced yet, to start from."""
    if not name or not re.fullmatch(r"(19[7-9]|[2-8]\d\d)\d", year):
        return {}
    found = commercial_calendar.periods(str(settings.RELANCE.country), int(year))
    return next(({"first": p.starts_at.date(), "last": p.last_day} for p in found if p.name == name and p.likely), {})


def _filled(request: HttpRequest, form: PeriodForm, act: Callable[[], str], context: dict[str, Any]) -> HttpResponse:
    """Show the form; what it would change once it is filled in; and do it once that is confirmed."""
    if request.method != "POST" or not form.is_valid():
        return render(request, "calendar/period.html", {"form": form, **context}, status=422 if form.errors else 200)
    try:
        if "confirmed" in request.POST:
            messages.success(request, _("%(name)s is in the calendar.") % {"name": story.label(act())})
            return redirect("calendar:periods")
        changes = _foreseen(act, timezone.now())
    except RelanceError as refusal:
        form.add_error(None, wording.say(str(refusal)))
        return render(request, "calendar/period.html", {"form": form, **context}, status=422)
    changes |= _days(form.wanted())
    return render(
        request,
        "calendar/confirm.html",
        {"changes": changes, "form": form, "action": request.get_full_path(), **context},
    )


def _days(wanted: Wanted) -> dict[str, Any]:
    """Return the days of a period, and those on which reactivations wait for it."""
    ours = settings.RELANCE
    waits = (wanted.first - ours.blackout_lead_days * DAY, wanted.last + ours.blackout_tail_days * DAY)
    known = {"first": wanted.first, "last": wanted.last}
    return known | ({"waits_from": waits[0], "waits_to": waits[1]} if wanted.blackout else {})


def _foreseen(act: Callable[[], str], now: datetime) -> dict[str, Any]:
    """Do it, look at the calendar, and take it back: so that what is shown is what would be."""
    before = _seen(now)
    with transaction.atomic():
        name = act()
        after = _seen(now)
        transaction.set_rollback(True)
    moved = [
        {"title": title, "before": before["windows"][key][1], "after": start}
        for key, (title, start) in after["windows"].items()
        if start != before["windows"][key][1]
    ]
    return {
        "name": story.label(name),
        "moved": moved,
        "blocked_before": before["blocked"],
        "blocked_after": after["blocked"],
    }


def _seen(now: datetime) -> dict[str, Any]:
    """Return the days blocked in the next twelve months, and when each reactivation may begin."""
    country = str(settings.RELANCE.country)
    end = now + 365 * DAY
    found = commercial_calendar.blackouts(country, now, end)
    blocked = sum((min(one.ends_at, end) - max(one.starts_at, now)) // DAY for one in found)
    windows = {
        one.version.journey_id: (titles.of(one.version), one.windows[0].starts_at if one.windows else None)
        for one in proposals.reactivations(now)
    }
    return {"blocked": blocked, "windows": windows}
