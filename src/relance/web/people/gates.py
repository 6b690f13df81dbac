"""What keeps everybody out of a journey for now: it rests, waits for its hour or its release, or for the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.contacts.models import Contact, ContactPoint
from relance.eligibility.breaker import providers
from relance.eligibility.ramp import opening
from relance.journeys import definition, launches
from relance.journeys.models import Journey, Launch, LaunchPerson, Version
from relance.measurement import launch_hours
from relance.web import tags
from relance.web.language import current
from relance.web.people import words
from relance.workers import stages


def closed(journey: Journey, version: Version, launch: Launch | None, now: datetime) -> Iterator[str]:
    """Say why nobody enters at present, whoever they are."""
    if not journey.running:
        yield _resting(journey, launch)
    elif launch is not None and launch.start_at > now:
        known = {
            "by": _name(launch.approved_by),
            "at": tags.moment(launch.approved_at),
            "start": tags.moment(launch.start_at),
        }
        yield _("Nobody enters yet: approved by %(by)s on %(at)s, the journey starts on %(start)s.") % known
    elif not stages.may_start(version, now):
        yield _waiting(version, now)


def _resting(journey: Journey, launch: Launch | None) -> str:
    act = launches.stopped([journey.name]).get(journey.name)
    if act is not None:
        known = {"by": _name(act.actor), "at": tags.moment(act.at)}
        return _("Nobody enters any more: the journey was stopped by %(by)s on %(at)s.") % known
    if launch is None and launches.never_started(journey):
        return _("Nobody enters yet: the journey is published and waits for the approval of its launch.")
    return _("Nobody enters at present: the journey is paused until somebody resumes it.")


def _waiting(version: Version, now: datetime) -> str:
    """Say what makes entries wait that the stage of entries looks at."""
    if stages.fits_the_calendar(version, now):
        return _("Nobody enters: the opt-outs of the former tool are not known yet.")
    seen = launch_hours.window(definition.of(version), now)
    if seen.never:
        return _(
            "Nobody enters: no stretch between two commercial periods holds all the messages. The journey has to be shorter."
        )
    known = {"period": seen.period.label(current()) if seen.period else "", "next": tags.day(seen.next_at)}
    return (
        _(
            "Nobody enters at present: the messages would meet a commercial period (%(period)s). Entries open again on %(next)s."
        )
        % known
    )


def canary(contact: Contact, launch: Launch | None) -> Iterator[str]:
    """Say that the person waits behind the canary for a named person to let the others follow."""
    if launch is None or launch.canary is None:
        return
    counts = launch.figures.get("counts", {})
    drawn = LaunchPerson.objects.filter(plan_id=launch.plan_id, code__in=list(counts), contact_id=contact.pk)
    code, step = drawn.values_list("code", "step").first() or (None, 0)
    if code in launches.CANARY or step:
        return
    size = counts.get("canary", launch.canary)
    known = {
        "by": _name(launch.approved_by), "at": tags.moment(launch.approved_at), "start": tags.moment(launch.start_at),
        "people": tags.number(size),
    }  # fmt: skip
    said = ngettext(
        "Is not in the canary (%(people)s person, approved by %(by)s on %(at)s, from %(start)s): waits until a named person lets the others follow.",
        "Is not in the canary (%(people)s people, approved by %(by)s on %(at)s, from %(start)s): waits until a named person lets the others follow.",
        size,
    )
    yield said % known
    if code is None:
        yield _("Was not in the segment when the canary was drawn.")
    elif code in words.VERDICTS:
        yield _("When the canary was drawn, the gate would have held the message back: %s.") % words.word(
            words.VERDICTS, code
        )


def allowance(contact: Contact, version: Version, launch: Launch | None, now: datetime) -> Iterator[str]:
    """Say that the person waits for a place, since their mailbox provider may get no more of an opened journey today."""
    room = opening.room(version, launch, now)
    if room is None:
        return
    points = ContactPoint.objects.filter(contact=contact, channel="email").exclude(valid=False).order_by("id")
    address = points.values_list("value", flat=True).first() or ""
    provider = providers.of(address.partition("@")[2])
    if not room.left[provider]:
        said = _(
            "Waits for a place: %(provider)s gets in a day at most half as much again as on its largest day of late, and that "
            "is used up today."
        )
        yield said % {"provider": providers.name(provider, current())}


def _name(actor: str) -> str:
    """Return the name in `Anna <anna@example.org>`."""
    return actor.partition(" <")[0]
