"""People: the list, and each person's page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from relance.accounts.roles import Capability
from relance.contacts.models import Channel, Contact
from relance.core import database
from relance.dormancy import explanation, kinds
from relance.dormancy.models import State
from relance.journeys.models import Enrolment
from relance.segments import definitions as segments
from relance.segments.models import Membership
from relance.web import titles
from relance.web.doors import needs
from relance.web.language import current
from relance.web.people import absence, corrections, filters, listing, person, reasons, silences, timeline, words
from relance.web.tags import state_name


@needs(Capability.READ)
def show_list(request: HttpRequest) -> HttpResponse:
    """Show the people the filters of the address leave."""
    wanted, now = filters.read(request.GET), timezone.now()
    order = request.GET.get("sort", "")
    order = order if order in listing.ORDERS else "name"
    found = listing.asked(wanted, order, now)
    page = listing.page(found, request.GET.get("after", ""))
    rows = listing.rows(page.rows)
    context = {
        "page": page, "rows": rows, "silences": silences.distinct(row.silence for row in rows), "mistyped": [one for row in rows for one in row.mistyped] if filters.MISTYPED in wanted.flag else [],
        "all_mistyped": corrections.suggested(found.people).count() if filters.MISTYPED in wanted.flag and found.count else 0,
        "count": found.count, "wanted": wanted,
        "chips": [(chip, _without(request, chip)) for chip in filters.chips(wanted)],
        "orders": listing.ORDERS, "order": order, "fields": _fields(wanted), "known": bool(page.rows) or Contact.objects.exists(),
    }  # fmt: skip
    return render(request, "people/list.html", context)


def _without(request: HttpRequest, chip: filters.Chip) -> str:
    """Return the address of the page without a filter."""
    fields = request.GET.copy()
    fields.pop("after", None)
    left = [v for text in fields.getlist(chip.name) for v in text.split(",") if chip.value and v != chip.value]
    fields.pop(chip.name, None)
    if left:
        fields[chip.name] = ",".join(left)
    return f"?{fields.urlencode()}"


def _fields(wanted: filters.Filters) -> list[dict[str, Any]]:
    """Return the choices of the filters; several values that came with a link stay together as one choice."""
    languages = [code for (code,) in database.rows(LANGUAGES) if code]
    return [
        _field("state", _("State"), {s: state_name(s) for s in State.values}, wanted.state),
        _field("band", _("Value"), words.BANDS, wanted.band),
        _field("reachable", _("Reachable by"), {c: words.channel(c) for c in Channel.values}, wanted.reachable),
        _field("permitted", _("May be written to by"), {c: words.channel(c) for c in Channel.values}, wanted.permitted),
        _field("segment", _("Segment"), titles.segments(), (wanted.segment,)),
        _field("flag", _("Flag"), words.FLAGS, wanted.flag),
        _field("language", _("Language"), {c: words.word(words.LANGUAGES, c) for c in languages}, (wanted.language,)),
        _field("policy", _("Policy"), titles.policies(), (wanted.policy,)),
        _field("due", _("Erasure"), {"1": _("Due for erasure")}, ("1" if wanted.due else "",)),
    ]


# The languages people have, by hops over the index: as many steps as languages, not as people.
LANGUAGES = """
    WITH RECURSIVE spoken AS (
        (SELECT language FROM contact ORDER BY language LIMIT 1)
        UNION ALL
        SELECT (SELECT language FROM contact WHERE language > spoken.language ORDER BY language LIMIT 1)
        FROM spoken WHERE spoken.language IS NOT NULL
    ) SELECT language FROM spoken WHERE language IS NOT NULL
"""


def _field(name: str, label: Any, choices: dict[str, Any], chosen: tuple[str, ...]) -> dict[str, Any]:
    value = ",".join(filter(None, chosen))
    options = dict(choices)
    if value and value not in options:
        options[value] = ", ".join(str(choices.get(part, part)) for part in value.split(","))
    return {"name": name, "label": label, "options": options, "value": value}


@needs(Capability.READ)
def show_person(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show one person; state and timeline follow by themselves, since they read the history."""
    contact, now = person.find(uuid), timezone.now()
    points, ledger, standing = person.points(contact), person.ledger(contact), person.profile(contact)
    journeys, written = absence.choices(contact)
    context = {
        "contact": contact, "name": listing.called(contact), "points": points, "ledger": ledger, "profile": standing,
        "permissions": person.permissions(contact, points, ledger, now), "merged": person.merged(contact),
        "source": person.source(contact), "clocks": person.clocks(contact, standing, now), "now": now,
        "silence": silences.of(standing.policy) if standing else None,
        "segments": _segments(contact), "language": words.word(words.LANGUAGES, contact.language),
        "enrolments": _enrolments(contact),
        "journeys": journeys, "written": written, "kinds": timeline.KINDS,
        "channels": {channel: words.channel(channel) for channel in Channel.values},
    }  # fmt: skip
    return render(request, "people/person.html", context)


def _segments(contact: Contact) -> list[tuple[str, str]]:
    """Return the person's segments: name and title, by title."""
    rows = Membership.objects.filter(contact=contact).select_related("segment")
    found = [(row.segment.name, segments.title(row.segment, current())) for row in rows]
    return sorted(found, key=lambda one: one[1].casefold())


def _enrolments(contact: Contact) -> list[dict[str, Any]]:
    rows = list(Enrolment.objects.filter(contact=contact).order_by("-entered_at"))
    called = titles.journeys({row.journey_id for row in rows})
    return [
        {"title": called[row.journey_id], "control": row.control, "entered_at": row.entered_at, "ended_at": row.ended_at,
         "why": words.ending(row.end_reason) if row.end_reason else ""}
        for row in rows
    ]  # fmt: skip


@needs(Capability.READ)
def show_standing(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show why the person is in this state, criterion by criterion, and what they bought: read from the history."""
    contact, now = person.find(uuid), timezone.now()
    standing = person.profile(contact)
    told = explanation.whole(contact.pk, now) if standing else None
    moved = reasons.moved(standing, told)
    context = {
        "contact": contact, "profile": standing, "told": reasons.told(told), "moved": moved,
        "policy": titles.policy(told["policy"]) if told and told["policy"] else "",
        "sorted": reasons.kinds_of(kinds.person(contact.pk, now)) if standing and not moved and person.kept() else None,
        "meaning": words.word(words.STATE_MEANINGS, told["state"] if told else standing.state) if standing else "", "value": person.value(contact),
        "flags": [words.FLAG_MEANINGS[flag] for flag in filters.FLAGS if standing and getattr(standing, flag)],
        "clocks": person.clocks(contact, standing, now, told), "band": words.word(words.BANDS, standing.value_band) if standing else "",
    }  # fmt: skip
    return render(request, "people/standing.html", context)


@needs(Capability.READ)
def show_timeline(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show a page of the person's timeline."""
    contact = person.find(uuid)
    kinds, after = frozenset(request.GET.getlist("kind")), request.GET.get("after", "")
    page = timeline.page(contact.pk, kinds, after)
    context = {"contact": contact, "page": page, "kinds": sorted(kinds & timeline.KINDS.keys()), "after": after}
    return render(request, "people/timeline.html", context)


@needs(Capability.READ)
def show_why(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Answer why the person did not get a message, or is not in a journey: `about` is `message/12` or `journey/its-name`."""
    contact = person.find(uuid)
    kind, _slash, name = request.GET.get("about", "").partition("/")
    answer = None
    if kind == "message" and name.isdecimal() and int(name) < 2**63:
        answer = absence.of_message(contact, int(name))
    elif kind == "journey":
        answer = absence.of_journey(contact, name, timezone.now())
    return render(request, "people/why.html", {"answer": answer})
