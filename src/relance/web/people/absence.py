"""Why someone did not get something: the story of a message, or of a journey, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from relance.contacts.models import Contact
from relance.core import database
from relance.core.errors import DefinitionError, NotFoundError
from relance.eligibility.models import VerdictRecord
from relance.journeys import entry, launches
from relance.journeys.definition import JourneyDefinition, of
from relance.journeys.models import Enrolment, Journey, Version
from relance.outbox.models import Message
from relance.segments.models import Membership
from relance.web import step_titles, tags, titles
from relance.web.people import gates, words
from relance.web.people.timeline import sentence

LATEST = 50


@dataclass(frozen=True)
class Given:
    """A verdict on a message, in words."""

    at: datetime
    decision: str
    tone: str
    sentence: str


@dataclass(frozen=True)
class Answer:
    """What became of a message or a journey for this person."""

    title: str
    sentences: list[str]
    verdicts: list[Given] = field(default_factory=list)
    messages: list[tuple[str, list[str], list[Given]]] = field(default_factory=list)


def choices(contact: Contact) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Return the journeys there are (titles by name) and the person's latest messages, as one may ask about them."""
    rows = list(Message.objects.filter(contact_id=contact.pk).order_by("-created_at", "-id")[:LATEST])
    return titles.all_journeys(), list(zip([row.pk for row in rows], _labels(rows), strict=True))


def _labels(rows: Sequence[Message], *, with_journey: bool = True) -> list[str]:
    """Return what each message is called: its day, journey, step and state."""
    journeys = {row.journey_id for row in rows if row.journey_id}
    called, steps = titles.journeys(journeys) if with_journey else {}, step_titles.of_journeys(journeys)
    return [
        " · ".join(filter(None, (
            tags.day(row.not_before), called.get(row.journey_id or 0, ""), steps.get((row.journey_id or 0, row.step), row.step),
            words.word(words.MESSAGE_STATES, row.state),
        )))
        for row in rows
    ]  # fmt: skip


def of_message(contact: Contact, message_id: int) -> Answer:
    """Tell what became of one of the person's messages."""
    row = Message.objects.filter(pk=message_id, contact_id=contact.pk).first()
    if row is None:
        raise NotFoundError(_("This person has no such message. Choose one of the list."))
    (label,) = _labels([row])
    return Answer(label, [fate(row)], _given(row.pk))


def fate(row: Message) -> str:
    """Return in a sentence how far a message has come."""
    if row.state in {"ready", "deferred"} and Journey.objects.filter(pk=row.journey_id or 0, running=False).exists():
        return _(
            "It has not left: its journey is paused, and holds it. Once the journey goes on, the gate judges it again; it is let go of on %s at the latest."
        ) % tags.moment(row.expires_at)
    if row.state == "deferred" and row.reason.startswith("provider_"):
        return _("It has not left yet: its mailbox provider gets no more at once; it waits until %(due)s.") % {
            "due": tags.moment(row.not_before)
        }
    known = {"day": tags.moment(row.sent_at), "due": tags.moment(row.not_before)}
    sentences = {
        "held": _(
            "It has not left: its hour passed while nothing was sent, and a person is to say whether it still may."
        ),
        "ready": _("It has not left yet: it is due on %(due)s, and passes the gate then."),
        "deferred": _("It has not left yet: the gate makes it wait until %(due)s."),
        "claimed": _("It is about to leave."),
        "sending": _("It is leaving now."),
        "sent": _("It did leave, on %(day)s; nothing has come back so far. Ask to look among the unwanted mail."),
        "delivered": _(
            "It did leave, on %(day)s, and was accepted by the mailbox’s provider. Ask to look among the unwanted mail."
        ),
        "bounced": _("It left on %(day)s and came back: the mailbox did not take it."),
        "blocked": _("It did not leave and never will: the gate held it back, for the last reason below."),
        "failed": _("It did not leave: the mail server refused it."),
        "unknown": _(
            "Nobody knows: the machine stopped while it was leaving. It is among the doubts, and is never sent again by itself."
        ),
    }
    return sentences[row.state] % known


def _given(message_id: int) -> list[Given]:
    return [
        Given(
            row.at,
            str(words.DECISIONS[row.decision][0]),
            words.DECISIONS[row.decision][1],
            sentence(row.code, row.details, row.until),
        )
        for row in VerdictRecord.objects.filter(message_id=message_id).order_by("at", "id")
    ]


def of_journey(contact: Contact, name: str, now: datetime) -> Answer:
    """Tell how the person stands to a journey: in it, in its control group, out of it, or why never let in."""
    journey = Journey.objects.filter(name=name).first()
    if journey is None:
        raise NotFoundError(_("There is no journey of this name. Choose one of the list."))
    passages = list(Enrolment.objects.filter(contact=contact, journey=journey).order_by("occasion"))
    told = [text for passage in passages for text in _passage(passage)]
    if not passages or passages[-1].ended_at is not None:
        told += _outside(contact, journey, passages[-1] if passages else None, now)
    written = list(
        Message.objects.filter(contact_id=contact.pk, journey_id=journey.pk).order_by("created_at", "id")[:LATEST]
    )
    labels = _labels(written, with_journey=False)
    messages = [(label, [fate(row)], _given(row.pk)) for label, row in zip(labels, written, strict=True)]
    return Answer(titles.journey(name), told, messages=messages)


def _passage(passage: Enrolment) -> Iterator[str]:
    known = {"day": tags.day(passage.entered_at)}
    if passage.control:
        yield (
            _(
                "Drawn for the control group on %(day)s: gets nothing from this journey on purpose, so that its effect can be measured."
            )
            % known
        )
    else:
        yield _("Entered on %(day)s.") % known
    if passage.ended_at is not None:
        yield _("That passage ended on %(day)s: %(reason)s.") % {
            "day": tags.day(passage.ended_at), "reason": words.ending(passage.end_reason)
        }  # fmt: skip
    elif not passage.control and passage.due_at is not None:
        yield _("The next step is due on %(day)s.") % {"day": tags.moment(passage.due_at)}


def _outside(contact: Contact, journey: Journey, last: Enrolment | None, now: datetime) -> Iterator[str]:
    """Say what keeps the person out of the journey."""
    launch = launches.in_force(journey.pk)
    version = launch.version if launch else Version.objects.filter(journey=journey).order_by("-number").first()
    if version is None:
        yield _("Nobody can enter: this journey was never published.")
        return
    try:
        definition = of(version)
    except (DefinitionError, ValueError):
        yield _("Nobody can enter: the published version cannot be read.")
        return
    reasons = [*gates.closed(journey, version, launch, now)]
    if not launches.stopped([journey.name]):
        reasons += gates.canary(contact, launch)
    reasons += _kept_out(contact, definition, last, now)
    if not reasons:
        reasons += gates.allowance(contact, version, launch, now)
    yield from reasons
    if not reasons:
        yield _("Nothing keeps this person out: the next pass lets them in.")


def _kept_out(contact: Contact, definition: JourneyDefinition, last: Enrolment | None, now: datetime) -> Iterator[str]:
    segment = definition.entry.segment
    if not Membership.objects.filter(contact=contact, segment__name=segment).exists():
        yield _("Not in the segment “%s”, from which this journey takes its people.") % titles.segment(segment)
    again = definition.entry.again_after
    if last is not None and again is None:
        yield _("Went through it once, and this journey takes nobody twice.")
    elif last is not None and again is not None and last.entered_at > again.before(now):
        yield _("Went through it too recently: may enter again from %s.") % tags.day(again.after(last.entered_at))
    if definition.reactivates and _asleep(contact):
        yield _(
            "Was put to sleep by an earlier journey: only an order or a reaction of their own opens reactivations again."
        )


def _asleep(contact: Contact) -> bool:
    """Tell whether entry leaves the person alone as asleep, by its own condition."""
    query = f"SELECT 1 FROM contact c WHERE c.id = %s {entry.ASLEEP}"
    return not database.rows(query, [contact.pk])
