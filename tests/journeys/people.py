"""A small shop for the tests of journeys: people, their consents, segments and templates, written straight into the tables."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from relance.content.models import Template, TemplateVersion
from relance.core import database
from relance.core.definitions import parse
from relance.intake import sources
from relance.journeys import publishing
from relance.journeys.models import Enrolment, Version
from relance.segments.models import Segment

TEMPLATES = ("hello-no-offer", "from-your-history", "offer", "last-call")

HEAD = """
journey: wake
purpose: reactivation
goal: {event: order_placed, within: 30 days}
entry: {segment: dormant-buyers, again_after: 180 days}
holdout: none
steps:
"""

SIMPLE = (
    HEAD
    + """
  - send: {id: hello, channel: email, template: hello-no-offer, subjects: [a, b]}
  - wait: 7 days
  - send: {id: bye, channel: email, template: last-call}
  - wait: 10 days
  - sunset: {}
"""
)

BRANCHED = (
    HEAD
    + """
  - send: {id: hello, channel: email, template: hello-no-offer}
  - wait: 7 days
  - branch:
      - when: {clicked: hello}
        steps:
          - send: {id: present, channel: email, template: offer}
          - wait: 5 days
      - otherwise:
          - wait: 14 days
  - send: {id: bye, channel: email, template: last-call}
  - wait: 10 days
  - sunset: {}
"""
)


def shop(now: datetime) -> None:
    """An entry segment, four published templates and somebody's consent."""
    Segment.objects.create(name="dormant-buyers", definition={}, refreshed_at=now)
    for name in TEMPLATES:
        template = Template.objects.create(name=name)
        part = {"subjects": {"a": "A", "b": "B"}, "values": []}
        TemplateVersion.objects.create(
            template=template, number=1, definition={}, compiled={"fr": part, "en": part}, published_at=now
        )
    database.execute("INSERT INTO contact (id, first_seen_at) VALUES (999999, %s)", [now])
    database.execute("INSERT INTO consent (contact_id, channel, given, at) VALUES (999999, 'email', TRUE, %s)", [now])


def dormant(ids: Iterable[int], now: datetime) -> None:
    """People with an address who are in the segment `dormant-buyers`."""
    for statement in (
        "INSERT INTO contact (id, first_seen_at) SELECT id, %(now)s FROM unnest(%(ids)s) AS id",
        "INSERT INTO contact_point (contact_id, channel, value) SELECT id, 'email', id || '@example.org' FROM unnest(%(ids)s) AS id",
        "INSERT INTO membership (segment_id, contact_id, since) SELECT s.id, c, %(now)s FROM segment s, unnest(%(ids)s) AS c",
    ):
        database.execute(statement, {"ids": list(ids), "now": now - timedelta(days=400)})


def running(text: str, now: datetime) -> Version:
    """Publish a journey and start it."""
    version = publishing.publish(parse(text, "journey.yaml"), now)
    publishing.start(version.journey.name)
    return version


def did(contact: int, event: str, at: datetime, properties: str = "{}") -> None:
    """Record one event of a person."""
    database.execute(
        "INSERT INTO event (contact_id, source_id, type, occurred_at, reference, properties) VALUES (%s, %s, %s, %s, %s, %s)",
        [contact, sources.own_id(at), event, at, f"{event} {at}", properties],
    )


def clicked(contact: int, step: str, version: Version, at: datetime) -> None:
    """Record a click in a message of the journey."""
    did(contact, "message_clicked", at, f'{{"journey": {version.journey_id}, "step": "{step}"}}')


def left(contact: int, at: datetime) -> None:
    """Let the waiting messages of a person leave at an instant."""
    database.execute(
        "UPDATE message SET state = 'sent', sent_at = %s WHERE contact_id = %s AND state = 'ready'", [at, contact]
    )


def steps_sent(contact: int) -> list[str]:
    """Return the steps of the person's messages in the order written."""
    return [step for (step,) in database.rows("SELECT step FROM message WHERE contact_id = %s ORDER BY id", [contact])]


def passage(contact: int) -> Enrolment:
    """Return the person's latest enrolment."""
    found = Enrolment.objects.filter(contact_id=contact).order_by("-occasion").first()
    assert found is not None
    return found
