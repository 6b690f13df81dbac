"""Letting a journey begin: the hour, the plan, the approval by a named person who is not the one who wrote it."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from relance.accounts.models import User
from relance.accounts.roles import Capability
from relance.core import database
from relance.core.errors import RefusedError
from relance.core.models import AuditEntry
from relance.eligibility.ramp import foreseeing
from relance.journeys import definition, launches
from relance.journeys.models import Launch, LaunchPlan, Version
from relance.measurement import checklist, launch_hours, trials, waterfall


def latest_plan(version: Version) -> LaunchPlan | None:
    """Return the latest plan that was worked out for a version."""
    plans = LaunchPlan.objects.filter(version=version, made_at__isnull=False).select_related("journey", "version")
    return plans.order_by("-pk").first()


def proposed_for(version: Version, plan: LaunchPlan | None = None) -> int:
    """Return the canary to propose for a version: from its plan, else from the members of its entry segment."""
    if people := trials.eligible(plan):
        return trials.proposed(people)
    segment = definition.of(version).entry.segment
    ((members,),) = database.rows(
        "SELECT count(*) FROM membership m JOIN segment s ON s.id = m.segment_id WHERE s.name = %s", [segment]
    )
    return trials.proposed(members)


def good_start(version: Version, now: datetime, canary: int | None = None) -> datetime:
    """Return the start that pages and commands propose: a Tuesday whose window holds the whole ramp, where there is one."""
    return launch_hours.good_hour(definition.of(version), now, foreseeing.days(version, now, canary))


def ask(version: Version, *, start: datetime, canary: int, by: str, now: datetime) -> LaunchPlan:
    """Write down that somebody wants to know who would get the first message at `start`."""
    if canary < 1:
        raise RefusedError("A canary has at least one person. Give a number such as 100.")
    if start < now - timedelta(hours=1):
        raise RefusedError("The start lies in the past. Choose an hour to come.")
    return LaunchPlan.objects.create(
        journey=version.journey, version=version, start_at=start, canary=canary, asked_at=now, by=by
    )


def approve(plan: LaunchPlan, *, by: str, now: datetime, offers: Collection[str] = ()) -> Launch:
    """Let the plan's canary begin; refuse what the checklist blocks, and approval by whoever wrote the journey.

    `offers` are the codes of which the approver says that the shop knows them; it is kept with the approval.
    """
    checks = checklist.review(plan.version, plan, now)
    wrong = [check for check in checks if check.level == "blocking"]
    if wrong:
        raise RefusedError(" ".join(check.sentence("en") for check in wrong))
    if not alone() and wrote(plan.version, by):
        raise RefusedError(
            f"{by} changed or published version {plan.version.number} of {plan.journey.name}, so somebody else approves it. "
            "Ask a person of the team who may approve."
        )
    return launches.approve(plan, by=by, now=now, checklist=[_kept(check, offers) for check in checks])


def _kept(check: checklist.Check, offers: Collection[str]) -> dict[str, Any]:
    """Return a point as it is kept, with whether the approver saw to the offer it names."""
    if check.code != checklist.OFFER:
        return check.as_dict()
    code = check.details["code"]
    return check.as_dict() | {"offer": code, "ticked": code in offers}


def departs(launch: Launch, now: datetime) -> datetime:
    """Return when the people of an approval entered; before that when they will: once the calendar has room for their sends."""
    return entered(launch, now) or departure(launch, now)


def entered(launch: Launch, now: datetime) -> datetime | None:
    """Return when the people of an approval entered; None where nobody did yet."""
    return launches.first_entry(launch) if launch.start_at <= now else None


def departure(launch: Launch, now: datetime) -> datetime:
    """Return when the people of an approval will enter, where nobody did yet: once the calendar has room for their sends."""
    return launch_hours.departure(definition.of(launch.version), max(launch.start_at, now))


def authors(version: Version) -> list[str]:
    """Return everybody who changed what went into this version or published it, the latest first.

    The audit log tells it, since it outlives a draft that is thrown away. Whoever merely began the draft wrote nothing.
    """
    name = version.journey.name
    drafted = AuditEntry.objects.filter(subject=name, at__lte=version.published_at)
    earlier = Version.objects.filter(journey=version.journey_id, number__lt=version.number).order_by("-number").first()
    if earlier:
        drafted = drafted.filter(at__gt=earlier.published_at)
    discarded = drafted.filter(action="discard journey draft").order_by("-pk").values_list("pk", flat=True).first()
    changes = drafted.filter(action="change journey draft", pk__gt=discarded or 0)
    published = Q(action="publish journey", subject=f"{name} {version.number}")
    found = AuditEntry.objects.filter(Q(pk__in=changes.values("pk")) | published)
    return list(dict.fromkeys(found.order_by("-at", "-pk").values_list("actor", flat=True)))


def wrote(version: Version, person: str) -> bool:
    """Tell whether the person changed what went into this version, or published it."""
    return any(same_person(author, person) for author in authors(version))


def alone() -> bool:
    """Tell whether the installation has a single account in use: nobody else could approve."""
    return User.objects.filter(is_active=True).count() <= 1


def approvers() -> list[User]:
    """Return the people of the team who may approve."""
    return [user for user in User.objects.filter(is_active=True).order_by("name") if user.may(Capability.APPROVE)]


def same_person(one: str, other: str) -> bool:
    """Tell whether two names of the audit log are one person's: the same address, else the same name."""
    first, second = _named(one), _named(other)
    if first[1] and second[1]:
        return first[1] == second[1]
    return bool(first[0]) and first[0] == second[0]


def _named(actor: str) -> tuple[str, str]:
    """Return name and address of `Anna <anna@example.org>`."""
    found = re.fullmatch(r"(.*?)\s*<([^>]*)>", actor.strip())
    name, address = (found[1], found[2]) if found else (actor, "")
    return name.strip().casefold(), address.strip().casefold()


def groups(plan: LaunchPlan) -> list[waterfall.Bar]:
    """Return the bars of a plan that was worked out."""
    return waterfall.bars(plan.figures.get("counts", {}))
