"""One message: what it says, what the gate said of it, what came back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from django.conf import settings

from relance.contacts.models import Contact
from relance.content import publishing
from relance.content.compiler import Rendered
from relance.core.errors import RelanceError
from relance.delivery import values
from relance.delivery.ledger import Due
from relance.eligibility import verdicts
from relance.eligibility.models import VerdictRecord
from relance.events.models import Event
from relance.journeys.models import Journey, Version
from relance.outbox.models import Message
from relance.senders import register
from relance.web import wording
from relance.web.language import current
from relance.web.people import words as people_words
from relance.web.watch import outgoing

MOST = 50


def told(message: Message) -> dict[str, Any]:
    """Return everything the page of a message shows."""
    (row,) = outgoing.shown([message])
    try:
        said: Rendered | None = rendered(message)
        fault = ""
    except RelanceError as error:
        said, fault = None, wording.say(str(error))
    return {
        **row, "sender": _sender(message), "said": said, "fault": fault, "verdicts": _verdicts(message), "events": _events(message),
        "version": Version.objects.filter(pk=message.version_id or 0).first(), "journey": Journey.objects.filter(pk=message.journey_id or 0).first(),
        "state_word": people_words.word(people_words.MESSAGE_STATES, message.state), "channel": people_words.channel(message.channel),
    }  # fmt: skip


def _sender(message: Message) -> str:
    """Return whom the message comes from; nothing to say where there is but one sender."""
    senders = register.known()
    found = senders.get(message.sender)
    return f"{found.title(current())} <{found.address}>" if found and len(senders) > 1 else ""


def rendered(message: Message) -> Rendered:
    """Return the mail, written again from the version sent and what is known of the person."""
    contact = Contact.objects.filter(pk=message.contact_id).first()
    due = Due(
        message.pk, message.uuid, message.contact_id, message.purpose, message.journey_id, message.version_id, message.step,
        message.template_version_id, message.variant, message.attempt, message.not_before, message.created_at,
        contact.language if contact else None, message.sender,
    )  # fmt: skip
    said = publishing.render(
        message.template_version_id, values.language(due), message.variant, values.of([due])[message.pk]
    )
    return replace(said, html=_TOKENS.sub("#", said.html), text=_TOKENS.sub("#", said.text))


# The person's own links: whoever looks at her mail must be able neither to click nor to unsubscribe in her name.
_TOKENS = re.compile(rf"{re.escape(settings.RELANCE.base_url.rstrip('/'))}/[cu]/[^\s\"'<>)\]]+")


def _verdicts(message: Message) -> list[dict[str, Any]]:
    found = VerdictRecord.objects.filter(message_id=message.pk).order_by("at", "id")[:MOST]
    return [_verdict(one) for one in found]


def _verdict(one: VerdictRecord) -> dict[str, Any]:
    decision, colour = people_words.DECISIONS[one.decision]
    return {
        "at": one.at,
        "decision": decision,
        "colour": colour,
        "sentence": people_words.dated(verdicts.sentence(one.code, one.details, one.until)),
    }


def _events(message: Message) -> list[dict[str, Any]]:
    """Return what happened to the message, as far as the recent events tell."""
    found = Event.objects.filter(
        contact_id=message.contact_id, type__startswith="message_", properties__message=message.pk
    )
    return [
        {"at": one.occurred_at, "label": people_words.event_label(one.type)}
        for one in found.order_by("occurred_at", "id")[:MOST]
    ]
