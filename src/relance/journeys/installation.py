"""The linter's other half: whether what a journey refers to exists in this installation."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from relance.contacts.matrix import AUDIENCE, MARKETING, TRACKING
from relance.content.models import TemplateVersion
from relance.core import database
from relance.events.schemas import known_types
from relance.journeys import tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.findings import Finding, found
from relance.journeys.steps import Node, Send
from relance.outbox.models import OWED
from relance.segments.models import Segment
from relance.senders import register

# One person whose latest word on the channel is a yes still in force is enough.
CONSENTED = """
SELECT EXISTS (
    SELECT FROM consent c
    WHERE c.channel = %(channel)s AND c.given AND (c.expires_at IS NULL OR c.expires_at > %(now)s)
      AND NOT EXISTS (
        SELECT FROM consent later
        WHERE later.contact_id = c.contact_id AND later.channel = c.channel AND later.topic = c.topic
          AND later.at > c.at AND NOT later.given
      )
)
"""


def review(journey: JourneyDefinition, now: datetime) -> list[Finding]:
    """Return what the journey needs and this installation lacks."""
    return [*_names(journey), *_templates(journey, now), *_consents(journey, now), *_topics(journey)]


def latest_templates(journey: JourneyDefinition) -> dict[str, TemplateVersion]:
    """Return the latest published version of each template of a message that can leave."""
    names = {send.template_for(channel) for _, send in tree.sends(journey.nodes) for channel in send.leaving}
    versions = TemplateVersion.objects.filter(template__name__in=names).select_related("template")
    return {version.template.name: version for version in versions.order_by("number")}


def _names(journey: JourneyDefinition) -> Iterator[Finding]:
    """The entry segment, the sender and the events exist."""
    if not Segment.objects.filter(name=journey.entry.segment).exists():
        yield found("unknown_segment", location=("entry", "segment"), name=journey.entry.segment)
    if journey.sender not in (senders := register.in_force()):
        yield found("unknown_sender", location=("sender",), name=journey.sender, known=", ".join(senders))
    types = known_types()
    if journey.goal.event not in types:
        yield found("unknown_event", location=("goal", "event"), name=journey.goal.event)
    for index, name in enumerate(journey.exit_when):
        if name not in types:
            yield found("unknown_event", location=("exit_when", index), name=name)


def _templates(journey: JourneyDefinition, now: datetime) -> Iterator[Finding]:
    """The templates are published, with the subjects to compare."""
    latest = latest_templates(journey)
    for node, send in tree.sends(journey.nodes):
        for template in dict.fromkeys(map(send.template_for, send.leaving)):
            if template not in latest:
                yield found("unknown_template", node, ("send", "template"), name=template)
                continue
            compiled = latest[template].compiled
            if missing := _offer_values(compiled) - _given(send, now):
                listed = ", ".join(sorted(missing))
                yield found("offer_missing", node, ("send", "offer"), template=template, missing=listed)
            if template == send.headline:
                yield from _unknown_subjects(node, send, _subjects(compiled))


def _unknown_subjects(node: Node, send: Send, subjects: set[str]) -> Iterator[Finding]:
    """The subjects to compare are among those of the template."""
    known = ", ".join(sorted(subjects))
    for name in send.subjects:
        if name not in subjects:
            yield found("unknown_subject", node, ("send", "subjects"), template=send.headline, name=name, known=known)


def _offer_values(compiled: Mapping[str, Any]) -> set[str]:
    """Return the values of the offer that the template speaks of."""
    return set(re.findall(r"\boffer\.[a-z_]+", json.dumps(compiled)))


def _given(send: Send, now: datetime) -> set[str]:
    """Return the values of the offer that the step gives."""
    given = send.offer.values(now) if send.offer else {}
    return {f"offer.{name}" for name, value in given.items() if value is not None}


def _subjects(compiled: Mapping[str, Mapping[str, Mapping[str, str]]]) -> set[str]:
    """Return the names of the subjects that every language has."""
    return set.intersection(*(set(part["subjects"]) for part in compiled.values())) if compiled else set()


def _consents(journey: JourneyDefinition, now: datetime) -> Iterator[Finding]:
    """Somebody consented to a channel of each message; transactional messages and notices need no consent.

    Of several channels those nobody consented to are told alone.
    """
    if journey.purpose in OWED:
        return
    silent = {
        channel
        for channel in {channel for _, send in tree.sends(journey.nodes) for channel in send.leaving}
        if not database.rows(CONSENTED, {"channel": channel, "now": now})[0][0]
    }
    for node, send in tree.sends(journey.nodes):
        if lacking := [channel for channel in send.leaving if channel in silent]:
            code = "no_consent" if len(lacking) == len(send.leaving) else "no_consent_there"
            yield found(code, node, ("send", "channel"), channel=", ".join(lacking))


def _topics(journey: JourneyDefinition) -> Iterator[Finding]:
    """Somebody said yes or no to each topic named."""
    if not journey.commercial:
        return
    for node, send in tree.sends(journey.nodes):
        named = send.topic not in {MARKETING, AUDIENCE, TRACKING}
        if named and not database.rows("SELECT EXISTS (SELECT FROM consent WHERE topic = %s)", [send.topic])[0][0]:
            yield found("topic_unknown", node, ("send", "topic"), name=send.topic)
