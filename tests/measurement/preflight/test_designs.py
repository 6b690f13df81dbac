"""What the judgement says of a journey's make: its control group, its purpose, and how many messages it sends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from relance.journeys import publishing
from relance.journeys.models import Version
from relance.measurement import checklist
from relance.measurement.base_rate import Base
from relance.measurement.preflight import judging, overriding, words
from relance.measurement.preflight.audience import Audience
from relance.measurement.preflight.judging import Finding, Judgement
from relance.rehearsal import demonstration
from tests.conftest import NOW

JOURNEY = demonstration.JOURNEY
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)  # of Black Friday week
FREE = datetime(2026, 9, 8, 8, tzinfo=UTC)


def judged(start: datetime, **changes: Any) -> Judgement:
    """Return the judgement of the sample shop's journey with its definition changed."""
    before = publishing.latest(JOURNEY)
    with transaction.atomic():
        version = Version.objects.create(
            journey=before.journey, number=99, templates=before.templates, published_at=NOW,
            definition={**before.definition, **changes},
        )  # fmt: skip
        found = judging.judge(version, start, NOW)
        transaction.set_rollback(True)
    return found


def told(found: Judgement, language: str = "en") -> dict[str, str]:
    return {one.code: words.sentence(one, language) for one in found.findings}


def first_send() -> dict[str, Any]:
    steps = publishing.latest(JOURNEY).definition["steps"]
    return next(step for step in steps if "send" in step)


@pytest.mark.parametrize(("people", "english", "french"), [
    (1, "The 1 person who would enter is drawn for the control group", "La seule personne qui entrerait est tirée au sort"),
    (3, "All 3 people who would enter are drawn for the control group", "Les 3 personnes qui entreraient sont toutes tirées"),
])  # fmt: skip
def test_where_everybody_is_in_the_control_group_the_gate_is_not_blamed(people: int, english: str, french: str) -> None:
    (found,) = judging._audience(Audience(people, people, 0, {}, 0, 0, 0, 0, 0, 0))
    assert (found.level, found.code) == ("blocking", "all_control")
    assert words.sentence(found, "en").startswith(english)
    assert words.sentence(found, "fr").startswith(french)
    assert found.code in overriding.FINAL
    assert found.code in checklist.OWN_POINTS
    (nobody,) = judging._audience(Audience(people + 1, people, 0, {}, 0, 0, 0, 0, 0, 0))
    assert nobody.code == "nobody"


def test_one_person_is_no_people() -> None:
    said = words.sentence(Finding("weakness", "blocking", "nobody", {"entrants": 1}), "en")
    assert said.startswith("Of the 1 person who would enter")
    for code in (one.removesuffix("_one") for one in words.WORDS if one.endswith("_one")):
        details = dict.fromkeys(("people", "entrants", "limit", "proof", "effect", "share"), 1) | {
            "journeys": {"en": "a", "fr": "b"}, "assumed": {"en": "", "fr": ""},
        }  # fmt: skip
        assert "1 people" not in words.sentence(Finding("weakness", "note", code, details), "en")
        assert "1 personnes" not in words.sentence(Finding("weakness", "note", code, details), "fr")


def test_a_control_group_that_shows_little_is_a_weakness_told_in_points() -> None:
    found = judging._shown_by(21, 0.255, Base())
    assert (found.side, found.code) == ("weakness", "control_group_small")
    assert "it shows +25.5\u202fpts or more, while 2.0% come back by themselves (assumed)" in words.sentence(
        found, "en"
    )
    assert "il montre +25,5\u202fpt ou plus" in words.sentence(found, "fr")
    good = judging._shown_by(900, 0.015, Base(rate=0.05, until=NOW, silent_days=100, returned=50, of=1000))
    assert (good.side, good.code) == ("strength", "control_group")
    assert words.sentence(good, "en").endswith("if it brings +1.5\u202fpts or more.")


def test_a_journey_that_sends_nothing_has_no_ramp_and_nothing_to_prove(shop: None) -> None:
    found = judged(FREE, steps=[{"wait": "7 days"}, {"sunset": {}}])
    assert (found.ramp.steps, found.messages) == ((), 0)
    codes = set(told(found))
    assert "no_send" in codes
    assert not codes & {"calendar_free", "provable", "too_small_to_prove", "few_old", "never_sent", "blind", "nobody"}
    assert "no ramp" in told(found)["no_send"]


def test_a_single_send_takes_a_day(shop: None) -> None:
    steps = [first_send(), {"wait": "7 days"}, {"sunset": {}}]
    free, met = judged(FREE, steps=steps), judged(TUESDAY, steps=steps)
    assert told(free)["calendar_free"] == "No commercial period falls on the day that the sends take."
    assert "sur la journée que durent les envois" in told(met, "fr")["commercial_period"]
    assert free.ramp.people == free.messages == free.audience.reachable


def test_dormant_people_in_a_commercial_period_are_told_whatever_the_purpose(shop: None) -> None:
    changes: dict[str, Any] = {"purpose": "relationship", "steps": [first_send()]}
    found = judged(TUESDAY, **changes)
    assert found.audience.dormant > found.audience.reachable / 2
    (period,) = [one for one in found.findings if one.code == "period_not_held_back"]
    assert (period.side, period.level) == ("threat", "warning")
    assert "are dormant, and a commercial period (Black Friday week) falls on the sends" in told(found)[period.code]
    assert "dont la finalité est autre" in told(found, "fr")[period.code]
    assert "period_not_held_back" not in told(judged(FREE, **changes))
    awake = Audience(10, 0, 10, {}, 0, 0, 0, 0, 0, 0, dormant=4)
    written = judging.definition.of(publishing.latest(JOURNEY)).model_copy(update={"purpose": "relationship"})
    assert list(judging._calendar(written, TUESDAY, awake)) == []
