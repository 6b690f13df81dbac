"""The written judgement of a start: its findings, its advice, and that only a named person with a reason gets past what blocks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction
from typer.testing import CliRunner

from relance.contacts.models import Contact
from relance.core import database
from relance.core.errors import RefusedError
from relance.core.models import AuditEntry
from relance.journeys import definition, publishing
from relance.journeys.models import Enrolment, Journey, Version
from relance.measurement import launch_hours
from relance.measurement.models import SenderExamination
from relance.measurement.preflight import judging, overriding, plain, words
from relance.measurement.preflight.audience import Audience
from relance.measurement.preflight.judging import Finding, Judgement
from relance.rehearsal import demonstration
from tests.command_line import app
from tests.conftest import NOW

JOURNEY = demonstration.JOURNEY
BLACK_FRIDAY = datetime(2026, 11, 27, 9, tzinfo=UTC)


@pytest.fixture
def clean(shop: None) -> Iterator[None]:
    """That shop; what a test writes is gone after it."""
    yield
    AuditEntry.objects.filter(action=overriding.ACTION).delete()
    SenderExamination.objects.all().delete()
    database.execute("TRUNCATE breaker_cohort, breaker_count")


def judged(start: datetime | None = None) -> Judgement:
    version = publishing.latest(JOURNEY)
    return judging.judge(version, start or launch_hours.good_hour(definition.of(version), NOW), NOW)


def codes(found: Judgement) -> set[str]:
    return {one.code for one in found.findings}


def sent(sends: int, bounces: int) -> None:
    sender = settings.RELANCE.mail_from.rpartition("@")[2]
    database.execute(
        """
        INSERT INTO breaker_cohort (journey_id, sender, provider, cohort, sends, told, hard_bounce, complaint, unsubscribe, block, trap)
        VALUES (0, %s, 'gmail', %s, %s, 0, %s, 0, 0, 0, 0)
        """,
        [sender, NOW - timedelta(days=3), sends, bounces],
    )


def test_a_good_tuesday_is_judged_with_the_base_s_own_numbers(clean: None) -> None:
    found = judged()
    assert {"calendar_free", "never_sent", "sender_unexamined"} <= codes(found)
    assert "commercial_period" not in codes(found)
    assert found.advice != "not_now"
    assert found.ramp.people == found.audience.reachable > 0
    assert found.audience.reachable <= found.audience.entrants - found.audience.control
    assert sum(sum(counts.values()) for counts in found.audience.people.values()) == found.audience.reachable
    assert found.messages >= found.audience.reachable
    assert found.cost > 0


def test_black_friday_is_blocked_and_a_better_start_proposed(clean: None) -> None:
    found = judged(BLACK_FRIDAY)
    (period,) = [one for one in found.findings if one.code == "commercial_period"]
    assert (period.side, period.level, found.advice, found.risk) == ("threat", "blocking", "not_now", "high")
    assert found.next_start is not None
    assert "commercial_period" not in codes(judged(found.next_start))


def test_a_start_that_is_over_blocks_and_nobody_overrides_it(clean: None) -> None:
    found = judged(NOW - timedelta(days=8))
    assert ("start_past", found.advice) in {(one.code, "not_now") for one in found.blocking}
    assert found.next_start is not None
    assert found.next_start > NOW
    with pytest.raises(RefusedError, match="in the past"):
        overriding.override(found, by="Camille", reason="The board asked for it in writing.", now=NOW)
    assert "start_past" not in codes(judged(NOW - timedelta(hours=1)))


def test_a_ramp_longer_than_the_window_is_told_with_the_start_that_holds_it(clean: None) -> None:
    version = publishing.latest(JOURNEY)
    written = definition.of(version)
    holding = launch_hours.holding(written, launch_hours.good_hour(written, NOW))
    assert holding is not None
    assert holding.period is not None
    last = holding.latest_start - timedelta(hours=1)
    found = judging.judge(version, last, NOW, canary=30)
    assert "calendar_free" in codes(found)
    (late,) = [one for one in found.findings if one.code == "ramp_after_window"]
    first_day = sum(step.people for step in found.ramp.steps if step.day == found.start.date())
    assert (late.level, late.details["people"]) == ("warning", found.ramp.people - first_day)
    assert late.details["start"] == found.next_start
    assert found.next_start is not None
    again = judging.judge(version, found.next_start, NOW, canary=30)
    assert not {"ramp_after_window", "ramp_after_every_window"} & codes(again)
    assert launch_hours.holding(written, BLACK_FRIDAY) is None
    endless = judging.judge(version, last, NOW, canary=1)
    assert "ramp_after_every_window" in codes(endless)
    assert endless.next_start is None


def test_the_ramp_joins_bands_smaller_than_its_canary_as_it_will_when_it_begins(clean: None) -> None:
    version = publishing.latest(JOURNEY)
    start = launch_hours.good_hour(definition.of(version), NOW)
    small = judging.judge(version, start, NOW, canary=5).ramp
    large = judging.judge(version, start, NOW, canary=10_000).ramp
    assert small.people == large.people
    assert len({step.band for step in small.steps}) > 1
    assert [step.people for step in large.steps] == [large.people]


def test_a_journey_longer_than_any_window_is_judged_and_cannot_start(clean: None) -> None:
    version = publishing.latest(JOURNEY)
    steps = [*version.definition["steps"]]
    first = next(place for place, step in enumerate(steps) if "wait" in step)
    waits = [{"wait": "90 days"}, *steps[first + 1 :]]
    with transaction.atomic():
        longer = Version.objects.create(
            journey=version.journey, number=99, templates=version.templates, published_at=NOW,
            definition={**version.definition, "steps": [*steps[:first], *waits]},
        )  # fmt: skip
        start = launch_hours.good_hour(definition.of(longer), NOW)
        assert start == NOW + timedelta(days=1), "the next Tuesday, so that all the rest can be judged"
        found = judging.judge(longer, start, NOW)
        transaction.set_rollback(True)
    (never,) = [one for one in found.findings if one.code == "no_window"]
    assert (never.level, found.advice, found.next_start) == ("blocking", "not_now", None)
    assert never.details["over"] == never.details["days"] - never.details["longest"] > 0
    assert never.details["last"] - never.details["first"] == timedelta(days=never.details["longest"])
    assert "holds 102, from 28 July 2026 to 7 November 2026. Shorten the journey by 7 days" in words.sentence(
        never, "en"
    )
    assert "du 28 juillet 2026 au 7 novembre 2026" in words.sentence(never, "fr")
    assert found.ramp.people > 0
    assert found.cost > 0
    with pytest.raises(RefusedError, match="nobody would ever enter"):
        overriding.override(found, by="Camille", reason="The board asked for it in writing.", now=NOW)


def test_most_people_who_never_clicked_are_told_with_their_share() -> None:
    details = {"people": 90, "written_to": 100, "share": 0.9, "days": 90}
    said = words.sentence(Finding("weakness", "note", "never_clicked", details), "en")
    assert said == (
        "Of the 100 people written to in the last 90 days, by Relance or by another tool whose history was imported, "
        "90 (90.0%) clicked nothing in that time."
    )
    seen = Audience(100, 0, 100, {}, 0, 0, 0, 0, never_clicked=90, delivered_before=100)
    (one,) = [one for one in judging._audience(seen) if one.code == "never_clicked"]
    assert one.details == details
    assert "never_clicked" not in {one.code for one in judging._audience(replace(seen, never_clicked=40))}


def test_people_on_their_way_in_another_running_journey_are_told(clean: None) -> None:
    version = publishing.latest(JOURNEY)
    assert "in_other_journeys" not in codes(judged())
    before = judged().audience.reachable
    with transaction.atomic():
        other = Journey.objects.create(name="other", running=True)
        told = {**version.definition, "journey": "other", "title": {"en": "Another", "fr": "Un autre"}}
        theirs = Version.objects.create(journey=other, number=1, definition=told, templates={}, published_at=NOW)
        who = Contact.objects.filter(erased_at=None)
        Enrolment.objects.bulk_create(
            Enrolment(
                contact=one, journey=other, version=theirs, occasion=1, control=False, entered_at=NOW, position="0"
            )
            for one in who
        )
        found = [one for one in judged().findings if one.code == "in_other_journeys"]
        assert [one.details["people"] for one in found] == [before]
        assert "dans d’autres parcours en cours («\u202fUn autre\u202f»)" in words.sentence(found[0], "fr")
        other.running = False
        other.save()
        assert "in_other_journeys" not in codes(judged())
        transaction.set_rollback(True)


def test_bounces_of_late_decide(clean: None) -> None:
    sent(1000, 30)
    assert "bounces_over" in codes(judged())
    database.execute("UPDATE breaker_cohort SET hard_bounce = 0, sends = 5000")
    assert "bounces_under" in codes(judged())
    database.execute("UPDATE breaker_cohort SET hard_bounce = 0, sends = 50")
    assert "bounces_unsure" in codes(judged())


def test_a_listed_sender_waits(clean: None) -> None:
    domain = settings.RELANCE.mail_from.rpartition("@")[2]
    listed = {"code": "listed", "level": "fault", "values": {"subject": "192.0.2.1", "zone": "bl.test", "reason": ""}}
    SenderExamination.objects.create(domain=domain, at=NOW, findings=[listed])
    assert [one.level for one in judged().findings if one.code == "listed"] == ["blocking"]


@pytest.mark.parametrize(
    ("by", "reason"), [("", "the board asked for it"), ("Camille", " too short")], ids=["nobody", "no reason"]
)
def test_an_override_needs_a_name_and_a_reason(clean: None, by: str, reason: str) -> None:
    with pytest.raises(RefusedError):
        overriding.override(judged(BLACK_FRIDAY), by=by, reason=reason, now=NOW)
    assert not AuditEntry.objects.filter(action=overriding.ACTION).exists()


def test_an_override_holds_for_this_start_alone(clean: None) -> None:
    found = judged(BLACK_FRIDAY)
    overriding.override(found, by="Camille", reason="The board asked for it in writing.", now=NOW)
    entry = overriding.overridden(found)
    assert entry is not None
    assert (entry.actor, entry.details["reason"]) == ("Camille", "The board asked for it in writing.")
    assert overriding.overridden(judged(BLACK_FRIDAY + timedelta(hours=1))) is None


def test_nothing_to_override_is_said(clean: None) -> None:
    found = judged()
    if not found.blocking:
        with pytest.raises(RefusedError, match="nothing to override"):
            overriding.override(found, by="Camille", reason="Because I would like to.", now=NOW)


def test_every_finding_has_its_words_in_both_languages(clean: None) -> None:
    for found in (judged(), judged(BLACK_FRIDAY)):
        for one in found.findings:
            for language in ("en", "fr"):
                assert "{" not in words.sentence(one, language)
    assert all(len(pair) == 2 and all(pair) for pair in words.WORDS.values())


def test_nobody_entering_is_told_from_nobody_let_through() -> None:
    said = [words.sentence(Finding("weakness", "blocking", "nobody", {"entrants": n}), "en") for n in (0, 12)]
    assert said[0].startswith("Nobody would enter now: ")
    assert said[1].startswith("Of 12 people who would enter")


def test_the_command_answers_json_and_exits_with_1_where_something_blocks(clean: None) -> None:
    result = CliRunner().invoke(app, ["journey", "preflight", JOURNEY, "--at", "2026-11-27T10:00", "--json"])
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["advice"] == "not_now"
    assert told["ramp"]["steps"][0]["canary"]
    assert {"en", "fr"} == set(told["findings"][0]["sentences"])


def test_a_judgement_is_plain_data(clean: None) -> None:
    told = plain.data(judged())["expected"]
    assert told["messages"] > 0
    assert {one["code"] for one in told["results"]["figures"]} >= {"people_alone", "orders_alone", "revenue_alone"}
    assert json.loads(json.dumps(told, default=str))["results"]["treated"] > 0


def test_the_usual_day_counts_each_mail_once(clean: None) -> None:
    sent(1000, 0)
    database.execute(
        "INSERT INTO breaker_cohort (journey_id, sender, provider, cohort, sends, told, hard_bounce, complaint, unsubscribe, block, trap) "
        "SELECT 7, sender, provider, cohort, sends, told, hard_bounce, complaint, unsubscribe, block, trap FROM breaker_cohort"
    )
    found = judged()
    assert (found.sender.usual_day, found.sender.largest_days) == (1000, {"gmail": 1000})


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_command_tells_the_results_with_their_intervals(clean: None, language: str) -> None:
    told = CliRunner().invoke(app, ["journey", "preflight", JOURNEY, "--language", language]).stdout
    assert {"en": "Without the journey, about", "fr": "Sans le parcours, environ"}[language] in told
    assert {"en": "was never measured", "fr": "n’a jamais été mesuré"}[language] in " ".join(told.split())


def test_the_command_speaks_english_whatever_the_customers_speak(clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update={"language": "fr"}))
    told = CliRunner().invoke(app, ["journey", "preflight", JOURNEY]).stdout
    assert "At most" in told
    assert "Au plus" not in told
