"""What the launch pages show: the bars, the calendar, the checklist, who may approve."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from relance.accounts.roles import Capability
from relance.contacts.models import Contact
from relance.eligibility import permission
from relance.eligibility.ramp import foreseeing
from relance.intake.models import Work
from relance.journeys import definition, launches, senders
from relance.journeys.models import LaunchPerson, LaunchPlan, LaunchRehearsal, Version
from relance.measurement import checklist, launch_hours, launching, limits, trials, waterfall
from relance.measurement.checklist import Check
from relance.rehearsal import rates, rehearse
from relance.web import departures, keyset, standings, tags, titles, underway
from relance.web.doors import actor, member
from relance.web.language import current
from relance.web.launch import course, outcome, rehearsing, words
from relance.web.people import words as people_words

GRAVITY = ("ok", "warning", "blocking")


@dataclass(frozen=True)
class Line:
    """A bar as it is drawn: where it begins and how long it is, of a hundred."""

    name: str
    label: Any
    meaning: Any
    people: int
    begins: str
    width: str
    colour: str
    codes: Sequence[tuple[Any, int]]


def title(version: Version) -> str:
    """Return what the journey is called in the language in force."""
    return titles.of(version)


def journeys(now: datetime) -> list[dict[str, Any]]:
    """Return the published journeys with their latest version, the approval in force and how far each is."""
    versions = Version.objects.select_related("journey").order_by("journey_id", "-number").distinct("journey_id")
    states = standings.of([version.journey for version in versions], now)
    found = [_journey(version) | {"standing": states[version.journey_id]} for version in versions]
    return sorted(found, key=lambda one: one["title"])


def _journey(version: Version) -> dict[str, Any]:
    written, launch = definition.of(version), launches.in_force(version.journey_id)
    return {
        "journey": version.journey, "version": version, "title": titles.of(version), "segment": titles.segment(written.entry.segment),
        "about": definition.said(written.description, current()), "launch": launch,
        "newer": launch is not None and launch.version_id != version.pk,
    }  # fmt: skip


def plan(request: HttpRequest, version: Version, now: datetime) -> dict[str, Any]:
    """Return everything the page of one journey shows."""
    written, found = definition.of(version), launching.latest_plan(version)
    asked = LaunchPlan.objects.filter(journey=version.journey).select_related("work").order_by("-pk").first()
    ramp = foreseeing.days(version, now)
    start = found.start_at if found and found.start_at > now else launch_hours.good_hour(written, now, ramp)
    approval = course.approval(found, now)
    hidden = {checklist.NO_TRIAL, *(course.OVER if approval else ())}  # the first stands beside the bars
    checks = [one for one in checklist.review(version, found, now) if one.code not in hidden]
    seen, sender = _points(checks, approval["offers"] if approval else ()), senders.of_version(version).name
    edits = member(request).may(Capability.EDIT)
    todo = course.steps(version.journey.name, sender, seen["points"], approved=approval is not None, edits=edits)
    return {
        "version": version, "journey": version.journey, "title": titles.of(version), "written": written, "plan": found,
        "sender": sender, "approval": approval, "mails": course.mails(written),
        "todo": todo, "still_open": [one for one in todo if not one["done"]],
        "segment": titles.segment(written.entry.segment), "standing": standings.of_one(version.journey, now),
        "lines": lines(found) if found else [],
        "canary": asked.canary if asked else launching.proposed_for(version), **_size(found), **_hours(written, start, now, ramp),
        "departs": launch_hours.departure(written, found.start_at) if found else None,
        "work": _going(asked.work if asked else None, now), "launch": launches.in_force(version.journey_id),
        "opt_outs_missing": not permission.opt_outs_known(), **_showable(found, written), **seen,
        **_rehearsals(version, start, now), **_approval(request, version, found),
    }  # fmt: skip


def _hours(written: definition.JourneyDefinition, start: datetime, now: datetime, ramp: int) -> dict[str, Any]:
    """Return what the calendar says of the start, when people would really enter, and the start that the form proposes."""
    seen, better = launch_hours.window(written, start), launch_hours.better(written, start, now, ramp)
    local = (better or start).astimezone(ZoneInfo(settings.RELANCE.time_zone))
    return {
        "start": start, "window": seen, "period": seen.period.label(current()) if seen.period else "",
        "better": better, "ramp_days": ramp, "longest": launch_hours.longest(start) if seen.never else None,
        "start_day": f"{local:%Y-%m-%d}", "start_hour": f"{local:%H:%M}", **_kept_back(written, better or start, now, ramp),
    }  # fmt: skip


def _kept_back(written: definition.JourneyDefinition, start: datetime, now: datetime, ramp: int) -> dict[str, Any]:
    """Return which commercial periods keep the start that the form proposes from being earlier."""
    if start != launch_hours.good_hour(written, now, ramp):
        return {}
    return departures.kept_back(written, start, now, ramp)


def _size(found: LaunchPlan | None) -> dict[str, Any]:
    """Return how many people the plan's canary is drawn from, and whether it is too large a part of them to be a trial."""
    if found is None:
        return {}
    eligible = trials.eligible(found)
    return {"eligible": eligible, "no_trial": trials.no_trial(found), "trial": trials.proposed(eligible)}


def lines(found: LaunchPlan) -> list[Line]:
    """Return the bars: each takes away where the one before left off."""
    bars = launching.groups(found)
    whole = bars[0].people or 1
    drawn = [bar for bar in bars if bar.people or bar.name in {"segment", "control", "canary"}]
    return [_line(bar, whole) for bar in drawn]


def _line(bar: waterfall.Bar, whole: int) -> Line:
    first, last = bar.name == "segment", bar.name == waterfall.LAST
    label, meaning = words.BARS.get(bar.name, (word(bar.name), ""))
    colour = "primary" if first else "green" if last else "azure" if bar.name in {"control", "waiting"} else "orange"
    begins = 0.0 if first or last else 100 * bar.left / whole
    codes = (
        [(words.GROUPS.get(code) or word(code), count) for code, count in bar.codes.items()]
        if len(bar.codes) > 1
        else []
    )
    width = max(100 * bar.people / whole, 0.4 if bar.people else 0.0)
    return Line(bar.name, label, meaning, bar.people, f"{begins:.3f}", f"{width:.3f}", colour, codes)


def word(code: str) -> Any:
    """Return what a code of a plan is called."""
    return words.CODES.get(code) or people_words.VERDICTS.get(code, code)


def people(request: HttpRequest, found: LaunchPlan, bar: str) -> dict[str, Any]:
    """Return a page of the people of a bar, each with the reason."""
    codes = _codes(found, bar)
    rows = LaunchPerson.objects.filter(plan_id=found.pk, code__in=codes)
    page = keyset.page(rows, request.GET.get("after", ""), fields=("code", "contact_id"), size=50)
    known = Contact.objects.in_bulk([row.contact_id for row in page.rows])
    counts = found.figures.get("counts", {})
    shown = [{"contact": known[row.contact_id], "why": word(row.code)} for row in page.rows if row.contact_id in known]
    return {"page": page, "people": shown, "count": sum(counts.get(code, 0) for code in codes)}


def _codes(found: LaunchPlan, bar: str) -> list[str]:
    """Return the codes a bar stands for; the first bar's are all of them."""
    if bar == "segment":
        return list(found.figures.get("counts", {}))
    return list(waterfall.codes_by_bar(found.figures.get("counts", {})).get(bar, (bar,)))


def _showable(found: LaunchPlan | None, written: definition.JourneyDefinition) -> dict[str, Any]:
    if found is None:
        return {}
    whole, first = found.figures.get("whole", {}), found.figures.get("first", {})
    return {
        "whole": whole,
        "first": first,
        "sentence": whole.get("sentences", {}).get(current(), ""),
        "base": found.figures.get("base", {}),
        "plain": course.showable(whole),
        "groups": course.groups(found),
        "silence": _silence(found) if written.reactivates else "",
    }


def _silence(found: LaunchPlan) -> str:
    """Return how long the people of a ramp's first step have been silent; empty where no ramp was worked out."""
    steps = found.figures.get("preflight", {}).get("ramp", {}).get("steps", [])
    return str(steps[0].get("silence", {}).get(current(), "")) if steps else ""


def _points(checks: Sequence[Check], ticked: Collection[str]) -> dict[str, Any]:
    """Return the points by subject, each with its words and its gravest level; how many block or are to be known.

    `ticked` are the codes of offers that the shop knows, by whoever approved the plan.
    """
    points: dict[str, dict[str, Any]] = {}
    for one in checks:
        point = points.setdefault(one.subject, _point(one.subject))
        level = "ok" if one.code == checklist.OFFER and one.details["code"] in ticked else one.level
        point["level"] = max(point["level"], level, key=GRAVITY.index)
        point["sentences"].append(one.sentence(current()))
        point["codes"].append(one.code)
        if one.settings and one.settings not in point["settings"]:
            point["settings"].append(one.settings)
        point["sender"] |= one.code in checklist.OF_THE_SENDER and one.level != "ok"
    shown = [point | {"look": words.LEVELS[point["level"]]} for point in points.values()]
    offers = [one.details["code"] for one in checks if one.code == checklist.OFFER]
    known = [point["level"] for point in shown if point["key"] != "offers"]
    return {
        "points": shown, "blocking": known.count("blocking"), "warnings": known.count("warning"), "offers": offers,
        **course.grouped(shown),
    }  # fmt: skip


def _point(subject: str) -> dict[str, Any]:
    return {
        "key": subject, "subject": words.SUBJECTS[subject], "level": "ok", "sentences": [], "codes": [], "sender": False, "settings": [],
    }  # fmt: skip


def _rehearsals(version: Version, start: datetime, now: datetime) -> dict[str, Any]:
    """Return the latest rehearsal, one that goes on, and the assumed rates of the next one."""
    asked = (
        LaunchRehearsal.objects.filter(journey=version.journey)
        .select_related("version", "work")
        .order_by("-pk")
        .first()
    )
    done = LaunchRehearsal.objects.filter(journey=version.journey, made_at__isnull=False).select_related("version")
    last = done.order_by("-pk").first()
    assumed = rates.Rates.model_validate(last.rates) if last else rates.load()
    return {
        "rehearsal": last, "result": outcome_shown(last) if last else None,
        "rehearsing": _going(asked.work if asked and not asked.made_at else None, now), "assumed": outcome.assumptions(assumed), "rates": assumed,
        "rate_names": [words.RATES[name] for name in outcome.SHOWN], "days": rehearsal_days(definition.of(version), now),
        "fewest": rehearse.fewest_days(definition.of(version), start), "most_days": rehearsing.LONGEST,
        "failed": asked.work if asked and asked.work and asked.work.state == "failed" else None,
    }  # fmt: skip


def outcome_shown(done: LaunchRehearsal) -> dict[str, Any]:
    """Return what a rehearsal showed, with its words."""
    found: dict[str, Any] = done.result
    signals = [one | {"label": words.SIGNALS.get(one["name"], one["name"])} for one in found.get("signals", [])]
    effects = [one | {"label": words.OUTCOMES.get(one["outcome"], one["outcome"])} for one in found.get("effects", [])]
    sentence = found.get("conclusion", {}).get(current(), "")
    judged = [limits.Judged(**one) for one in found.get("limits", [])]
    told = [{"sentence": one.told(current()), "look": words.JUDGED[one.level]} for one in judged]
    return found | {"signals": signals, "effects": effects, "sentence": sentence, "judged": told} | _ran(found)


def _ran(found: dict[str, Any]) -> dict[str, int]:
    """Return how many mails a rehearsal wrote, and how many of them came back."""
    counts = {one["name"]: one["count"] for one in found.get("signals", [])}
    bounced = counts.get("bounced", 0)
    return {"mails": counts.get("delivered", 0) + bounced, "bounced": bounced}


def rehearsal_days(written: definition.JourneyDefinition, now: datetime) -> int:
    """Return how many days show the whole of a passage, and two weeks of entries."""
    return min(max(60, (definition.measured_at(written, now) - now).days + 15), rehearsing.LONGEST)


def _approval(request: HttpRequest, version: Version, found: LaunchPlan | None) -> dict[str, Any]:
    """Return who wrote the version last, whether the person looking had a part in it, and who else may approve."""
    authors, me = launching.authors(version), actor(request)
    others = [user for user in launching.approvers() if not _among(authors, f"{user.name} <{user.email}>")]
    return {
        "author": tags.named(authors[0]) if authors else "", "own": _among(authors, me), "alone": launching.alone(),
        "others": others,
    }  # fmt: skip


def _among(authors: Sequence[str], person: str) -> bool:
    return any(launching.same_person(author, person) for author in authors)


def _going(work: Work | None, now: datetime) -> dict[str, Any] | None:
    """Return how far a work is, while it is under way."""
    return progress(work, now) if work and underway.goes_on(work) else None


def progress(work: Work, now: datetime) -> dict[str, Any]:
    """Return how far a work is."""
    return {
        "work": work, "stage": words.STAGES.get(work.stage, work.stage),
        "impatient": underway.impatient(work, now),
    }  # fmt: skip
