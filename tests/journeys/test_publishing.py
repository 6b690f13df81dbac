"""A published version never changes; the linter's errors keep a journey from being published."""

from datetime import datetime, timedelta

import pytest

from relance.content.models import Template, TemplateVersion
from relance.core.definitions import parse
from relance.core.errors import DefinitionError, NotFoundError
from relance.journeys import definition, publishing
from relance.journeys.models import Journey, Version
from tests.journeys.people import BRANCHED, SIMPLE, shop


@pytest.fixture
def stocked(shared: None, now: datetime) -> None:
    shop(now)


def publish(text: str, now: datetime) -> Version:
    return publishing.publish(parse(text, "j.yaml"), now)


def test_a_version_fixes_the_definition_and_the_templates(stocked: None, now: datetime) -> None:
    version = publish(SIMPLE, now)
    ids = {v.template.name: v.pk for v in TemplateVersion.objects.select_related("template")}
    assert (version.number, version.journey.name, version.published_at) == (1, "wake", now)
    assert version.templates == {name: ids[name] for name in ("hello-no-offer", "last-call")}
    assert definition.of(Version.objects.get()) == definition.read(parse(SIMPLE, "j.yaml"))


def test_the_same_definition_makes_no_new_version(stocked: None, now: datetime) -> None:
    assert publish(SIMPLE, now) == publish("# a comment\n" + SIMPLE, now + timedelta(days=1))


def test_a_changed_definition_or_template_makes_the_next_version(stocked: None, now: datetime) -> None:
    publish(SIMPLE, now)
    assert publish(SIMPLE.replace("7 days", "8 days"), now).number == 2
    template = Template.objects.get(name="last-call")
    newer = TemplateVersion.objects.create(
        template=template, number=2, definition={}, compiled={"fr": {"subjects": {}}}, published_at=now
    )
    third = publish(SIMPLE.replace("7 days", "8 days"), now)
    assert (third.number, third.templates["last-call"]) == (3, newer.pk)
    assert Version.objects.get(number=1).templates["last-call"] != newer.pk


def test_errors_of_the_linter_refuse_with_file_line_and_code(stocked: None, now: datetime) -> None:
    with pytest.raises(
        DefinitionError, match=r"j.yaml, line 11, steps.2.send.template: No published template .* \[unknown_template\]"
    ):
        publish(SIMPLE.replace("template: last-call", "template: lost"), now)
    assert not Journey.objects.exists()


def test_a_new_journey_stands_still_until_started(stocked: None, now: datetime) -> None:
    publish(SIMPLE, now)
    assert Journey.objects.get().running is False
    assert publishing.start("wake").running is True
    assert publishing.pause("wake").running is False


def test_publishing_again_leaves_a_running_journey_running(stocked: None, now: datetime) -> None:
    publish(SIMPLE, now)
    publishing.start("wake")
    publish(BRANCHED, now)
    assert Journey.objects.get().running is True


def test_starting_what_does_not_exist_is_answered_with_a_sentence(shared: None) -> None:
    with pytest.raises(NotFoundError, match="No journey is called dream"):
        publishing.start("dream")


def test_an_offer_that_lasts_ends_after_each_message(stocked: None, now: datetime) -> None:
    offer = "{code: BACK10, amount: 10, minimum: 50, lasts: 14 days}"
    version = publish(BRANCHED.replace("template: offer}", f"template: offer, offer: {offer}}}"), now)
    values = definition.offer_values(version, "present", now)
    assert {name: str(value) for name, value in values.items()} == {
        "code": "BACK10",
        "amount": "10",
        "minimum": "50",
        "ends_on": "2026-08-10",
    }
    assert definition.offer_values(version, "hello", now) == {}
