"""The linter refuses what would go wrong and warns of what is unwise; each finding is shown by a journey that has it."""

from datetime import datetime
from pathlib import Path

import pytest

from relance.content import publishing as content
from relance.content.models import TemplateVersion
from relance.core import database, definitions
from relance.core.definitions import parse
from relance.journeys import definition, publishing
from relance.journeys.findings import KINDS, Finding
from relance.journeys.steps import KINDS as STEPS
from relance.journeys.steps import send
from relance.segments.models import Segment
from tests.journeys.people import BRANCHED, SIMPLE, shop
from tests.journeys.test_definition import FOLDER, RECIPES

DOCS = Path(__file__).parents[2] / "docs"

# Each code with a change of SIMPLE or BRANCHED that brings it about, and the step it is found at.
CASES = [
    ("dead_end", SIMPLE, ("  - wait: 10 days\n", ""), "bye"),
    ("no_sunset", SIMPLE, ("  - sunset: {}\n", ""), "3"),
    ("never_reached", SIMPLE, ("  - wait: 7 days\n", "  - exit: {}\n  - wait: 7 days\n"), "2"),
    ("wait_before_nothing", SIMPLE, ("  - sunset: {}\n", ""), "3"),
    ("wait_too_long", SIMPLE, ("wait: 10 days", "wait: 4 years"), "3"),
    ("duplicate_step", SIMPLE, ("id: bye", "id: hello"), "hello"),
    ("unknown_step", BRANCHED, ("clicked: hello", "clicked: hallo"), "2"),
    ("step_not_before", BRANCHED, ("clicked: hello", "clicked: bye"), "2"),
    ("step_not_before", BRANCHED, ("clicked: hello", "clicked: present"), "2"),
    ("looks_too_far_back", BRANCHED, ("{clicked: hello}", "{event: order_placed, within: 12 months}"), "2"),
    ("looks_too_far_back", BRANCHED, ("{clicked: hello}", "{event: order_placed}"), "2"),
    ("false_urgency", SIMPLE, ("last-call", "last-call, offer: {code: now, urgency: true}"), "bye"),
    ("offer_over", SIMPLE, ("last-call", "last-call, offer: {code: old, ends_on: 2026-07-26}"), "bye"),
    ("channel_not_built", SIMPLE, ("bye, channel: email", "bye, channel: [sms, email, push]"), "bye"),
    ("topic_reserved", SIMPLE, ("template: last-call", "template: last-call, topic: tracking"), "bye"),
    ("topic_unknown", SIMPLE, ("template: last-call", "template: last-call, topic: news"), "bye"),
    ("unknown_segment", SIMPLE, ("dormant-buyers", "sleepers"), ""),
    ("unknown_sender", SIMPLE, ("purpose:", "sender: outlet\npurpose:"), ""),
    ("unknown_template", SIMPLE, ("template: last-call", "template: last-cal"), "bye"),
    ("unknown_subject", SIMPLE, ("subjects: [a, b]", "subjects: [a, z]"), "hello"),
    ("unknown_event", SIMPLE, ("event: order_placed", "event: order_dreamt"), ""),
    ("unknown_event", SIMPLE, ("steps:", "exit_when: [order_dreamt]\nsteps:"), ""),
    ("offer_early", SIMPLE, ("last-call", "last-call, offer: basket-10"), "bye"),
    ("sends_together", SIMPLE, ("  - wait: 7 days\n", ""), "bye"),
    ("longer_than_hot", SIMPLE, ("wait: 10 days", "wait: 4 months"), ""),
    ("again_too_soon", SIMPLE, ("again_after: 180 days", "again_after: 20 days"), ""),
    ("no_holdout", SIMPLE, ("journey", "journey"), ""),
]  # fmt: skip


def review(text: str, now: datetime) -> list[Finding]:
    return publishing.findings(definition.read(parse(text, "j.yaml")), now)


@pytest.fixture
def stocked(shared: None, now: datetime) -> None:
    shop(now)


@pytest.mark.parametrize(("code", "text", "change", "step"), CASES)
def test_each_finding(stocked: None, now: datetime, code: str, text: str, change: tuple[str, str], step: str) -> None:
    found = review(text.replace(*change), now)
    assert (code, step) in {(finding.code, finding.step) for finding in found}
    assert all(finding.level == KINDS[finding.code].level for finding in found)


@pytest.mark.parametrize("text", [SIMPLE, BRANCHED])
def test_a_sound_journey_has_no_finding_but_what_it_declined(stocked: None, now: datetime, text: str) -> None:
    assert [finding.code for finding in review(text, now)] == ["no_holdout"]


def test_a_channel_nobody_consented_to_is_refused(stocked: None, now: datetime) -> None:
    database.execute("UPDATE consent SET given = FALSE")
    found = [finding for finding in review(SIMPLE, now) if finding.code == "no_consent"]
    assert [finding.step for finding in found] == ["hello", "bye"]
    assert "consented to email" in found[0].english
    assert "canal email" in found[0].french


def test_of_several_channels_those_nobody_can_be_reached_by_are_told(
    stocked: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = SIMPLE.replace("bye, channel: email", "bye, channel: [sms, email, push]")
    [told] = [finding for finding in review(several, now) if finding.level == "error" or finding.step == "bye"]
    assert "by sms, push yet: for now this message leaves by email." in told.english
    assert "par sms, push : pour l’instant, ce message part par email." in told.french
    monkeypatch.setattr(send, "LEAVING", frozenset({"email", "sms"}))
    codes = {finding.code: finding for finding in review(several, now) if finding.step == "bye"}
    assert codes.keys() == {"channel_not_built", "no_consent_there"}
    assert "consented to sms: this message leaves by its other channels only" in codes["no_consent_there"].english
    database.execute("UPDATE consent SET given = FALSE")
    refused = [finding for finding in review(several, now) if finding.code == "no_consent" and finding.step == "bye"]
    assert "consented to sms, email." in refused[0].english
    database.execute("UPDATE consent SET given = TRUE, channel = 'sms'")
    assert "consented to email:" in next(f.english for f in review(several, now) if f.code == "no_consent_there")


def test_each_channel_needs_its_template_once_messages_leave_by_it(
    stocked: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = SIMPLE.replace(
        "bye, channel: email, template: last-call",
        "bye, channel: [sms, email], template: {sms: short, email: last-call}",
    )
    assert "unknown_template" not in {finding.code for finding in review(named, now)}
    monkeypatch.setattr(send, "LEAVING", frozenset({"email", "sms"}))
    [unknown] = [finding for finding in review(named, now) if finding.code == "unknown_template"]
    assert (unknown.step, "called `short`" in unknown.english) == ("bye", True)


def test_a_topic_is_asked_about_where_consent_is(stocked: None, now: datetime) -> None:
    named = SIMPLE.replace("template: last-call", "template: last-call, topic: news")
    database.execute("UPDATE consent SET topic = 'news' WHERE id = (SELECT min(id) FROM consent)")
    assert "topic_unknown" not in {finding.code for finding in review(named, now)}
    owed = named.replace("purpose: reactivation", "purpose: notice")
    assert [finding.step for finding in review(owed, now) if finding.code == "topic_needless"] == ["bye"]


def test_a_template_that_speaks_of_an_offer_needs_it(stocked: None, now: datetime) -> None:
    database.execute(
        """UPDATE template_version SET compiled = jsonb_set(compiled, '{fr,subjects,a}', '"{{ offer.amount }} {{ offer.code }}"')
        WHERE template_id = (SELECT id FROM template WHERE name = 'offer')"""
    )
    sends = "template: offer}"
    [missing] = [
        f
        for f in review(BRANCHED.replace(sends, "template: offer, offer: basket-10}"), now)
        if f.code == "offer_missing"
    ]
    assert "offer.amount," in missing.english
    given = BRANCHED.replace(sends, "template: offer, offer: {code: basket-10, amount: 10}}")
    assert "offer_missing" not in {finding.code for finding in review(given, now)}


def test_an_offer_behind_a_click_or_a_visit_is_not_early(stocked: None, now: datetime) -> None:
    sound = BRANCHED.replace("template: offer}", "template: offer, offer: basket-10}")
    visited = sound.replace("{clicked: hello}", "{event: product_viewed, within: 20 days}")
    language = sound.replace("{clicked: hello}", "{language: fr}")
    early = ["offer_early" in {finding.code for finding in review(text, now)} for text in (sound, visited, language)]
    assert early == [False, False, True]


def test_a_last_message_in_an_arm_is_a_dead_end_too(stocked: None, now: datetime) -> None:
    text = BRANCHED.replace("          - wait: 5 days\n", "          - exit: {}\n")
    assert ("dead_end", "present") in {(finding.code, finding.step) for finding in review(text, now)}


def test_a_welcome_may_end_with_its_last_message(stocked: None, now: datetime) -> None:
    text = SIMPLE.replace("purpose: reactivation", "purpose: relationship").replace(
        "  - wait: 10 days\n  - sunset: {}\n", ""
    )
    assert [finding.code for finding in review(text, now)] == ["no_holdout"]


@pytest.mark.parametrize("recipe", RECIPES)
def test_recipes_and_the_templates_shipped_fit_together(shared: None, now: datetime, recipe: str) -> None:
    shop(now)
    TemplateVersion.objects.all().delete()
    for template in sorted((FOLDER / "templates").glob("*.yaml")):
        content.publish(template, now)
    for segment in (FOLDER / "segments").glob("*.yaml"):
        Segment.objects.get_or_create(name=segment.stem, defaults={"definition": {}})
    found = publishing.findings(definition.read(definitions.read(FOLDER / "journeys" / recipe)), now)
    assert [(finding.code, finding.english) for finding in found] == []


def test_every_code_is_shown_by_a_case() -> None:
    assert {case[0] for case in CASES} | {"no_consent", "no_consent_there", "offer_missing", "topic_needless"} == set(
        KINDS
    )


@pytest.mark.parametrize("page", ["en/journeys.md", "fr/parcours.md"])
def test_every_finding_step_and_reason_is_documented(page: str) -> None:
    text = (DOCS / page).read_text()
    reasons = ("goal", "unsubscribed", "unreachable", "erased", "merged", "blocked:", "completed", "sunset", "exit")
    missing = [name for name in [*KINDS, *STEPS, *reasons] if f"`{name}" not in text]
    assert missing == []
