"""What pages call journeys and their messages: titles in the reader's language, apart where they repeat."""

from datetime import datetime

import pytest
from django.utils import translation

from relance.core.definitions import parse
from relance.journeys import definition
from relance.journeys.models import Journey, Version
from relance.segments.models import Segment
from relance.web import step_titles, titles
from relance.web.segments import people
from tests.delivery.sending import published
from tests.measurement.conftest import definition_of

STEPS = [
    {"send": {"id": "hello", "title": {"en": "First hello", "fr": "Premier bonjour"}, "channel": "email", "template": "hello"}},
    {"wait": "7 days"},
    {"send": {"id": "again", "channel": "email", "template": "hello"}},
    {"wait": "7 days"},
    {"send": {"id": "last", "channel": "email", "template": "not-there"}},
    {"sunset": {}},
]  # fmt: skip


def made(now: datetime, name: str, **changes: object) -> Version:
    """Publish a version of a new journey."""
    journey = Journey.objects.create(name=name)
    return Version.objects.create(
        journey=journey, number=1, definition=definition_of(journey=name, **changes), published_at=now
    )


@pytest.mark.parametrize(("language", "first"), [("en", "First hello"), ("fr", "Premier bonjour")])
def test_a_message_is_called_by_its_title_else_its_subject_else_its_template(
    db: None, now: datetime, language: str, first: str
) -> None:
    published(now)
    version = made(now, "autumn", steps=STEPS)
    with translation.override(language):
        found = step_titles.of(definition.of(version))
        subject = step_titles.plain(step_titles.subjects({"hello"})["hello"][language]["a"])
        assert found == {"hello": first, "again": subject, "last": "not-there"}
        assert step_titles.of_journeys([version.journey_id])[version.journey_id, "hello"] == first
        assert step_titles.of_named(["autumn"])["autumn", "again"] == subject


def test_messages_called_alike_have_their_keys_beside(db: None, now: datetime) -> None:
    assert step_titles.apart({"a": "Hello", "b": "hello", "c": "Bye"}) == {
        "a": "Hello (a)",
        "b": "hello (b)",
        "c": "Bye",
    }


def test_journeys_called_alike_have_their_names_beside(db: None, now: datetime) -> None:
    one, two = made(now, "autumn", title={"en": "Wake up", "fr": "Réveil"}), made(now, "winter", title="wake up")
    other = made(now, "spring")
    assert titles.all_journeys() == {"spring": "spring", "autumn": "Wake up (autumn)", "winter": "wake up (winter)"}
    assert titles.of(one) == titles.journey("autumn") == "Wake up (autumn)"
    with translation.override("fr"):
        assert titles.journeys([one.journey_id, two.journey_id]) == {
            one.journey_id: "Réveil",
            two.journey_id: "wake up",
        }
    assert (titles.of(other), titles.journey("nobody")) == ("spring", "nobody")


def test_titles_have_the_apostrophes_of_print_and_are_found_as_keyboards_write_them(db: None, now: datetime) -> None:
    made(now, "autumn", title={"en": "Anna's", "fr": "Fête d'été"})
    Segment.objects.create(name="cooling", definition={"title": {"fr": "Ceux qui s'éloignent"}})
    with translation.override("fr"):
        assert titles.journey("autumn") == "Fête d’été"
        assert titles.segment("cooling") == titles.segments()["cooling"] == "Ceux qui s’éloignent"
        for asked in ("s'éloi", "S’éloi"):
            assert [row.segment.name for row in people.rows(asked, now)] == ["cooling"]


def test_a_title_is_a_text_or_one_per_language() -> None:
    lines = (
        "journey: a\npurpose: relationship\ngoal: {event: order_placed, within: 30 days}\nentry: {segment: s}\nsteps:\n"
    )
    text = lines + "  - send: {id: hello, title: Hello, channel: email, template: hello}\n"
    (send,) = definition.read(parse(text, "a.yaml")).steps
    assert send.title == "Hello"  # type: ignore[attr-defined]
