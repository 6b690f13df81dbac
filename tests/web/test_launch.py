"""The launch pages: what they show, what they refuse, who may approve."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client

from relance.accounts.models import User
from relance.core import database
from relance.core.definitions import parse
from relance.core.errors import RefusedError
from relance.core.models import AuditEntry
from relance.eligibility.ramp import foreseeing
from relance.intake.models import OptOutDeclaration, Work
from relance.journeys import definition, drafts, launches, library, publishing
from relance.journeys.drafts import By
from relance.journeys.models import Journey, Launch, LaunchPerson, LaunchPlan, LaunchRehearsal
from relance.measurement import checklist, launch_hours, launching, trials
from relance.rehearsal import rates
from relance.settings import Settings
from relance.web import tags
from tests.emptied import taken_back
from tests.web import launched
from tests.web.conftest import SignIn
from tests.web.launched import JOURNEY, said

PAGE = f"/launch/{JOURNEY}/"


@pytest.fixture
def db(published: None) -> Iterator[None]:
    """A journey published, nothing approved yet: as it was before each test."""
    with taken_back():
        yield


def test_an_empty_installation_is_told_where_to_begin(sign_in: SignIn) -> None:
    database.execute("DELETE FROM journey_version")
    assert "No journey is published yet" in said(sign_in(), "/launch/")


def test_a_published_journey_is_listed(page: Client) -> None:
    assert PAGE in said(page, "/launch/")


def test_working_it_out_draws_the_bars(page: Client, now: datetime) -> None:
    assert page.post(f"{PAGE}plan", {"day": "2026-07-28", "hour": "10:00", "canary": "20"}).status_code == 302
    text = said(page, PAGE)
    assert "No permission" in text
    assert "Approve a canary of 20" in text
    plan = LaunchPlan.objects.get()
    assert plan.start_at == now + timedelta(days=1)
    assert "Anna10" in said(page, f"{PAGE}people/{plan.pk}/permission")
    assert page.get(f"{PAGE}people/999/permission").status_code == 404


def test_the_canary_proposed_is_a_trial_and_a_larger_one_is_told_to_be_none(page: Client) -> None:
    assert 'name="canary" min="1" value="30"' in said(page, PAGE), "half of the sixty members"
    page.post(f"{PAGE}plan", {"day": "2026-07-28", "hour": "10:00", "canary": "20"})
    assert "no longer a trial" not in said(page, PAGE)
    page.post(f"{PAGE}plan", {"day": "2026-07-28", "hour": "10:00", "canary": "800"})
    text = said(page, PAGE)
    assert "is more than half: it is no longer a trial" in text
    assert "nobody waits behind them" in text


@pytest.mark.parametrize(("people", "canary"), [(1, 1), (10, 5), (778, 100), (3_000, 300), (900_000, 800)])
def test_a_canary_is_a_tenth_within_bounds(people: int, canary: int) -> None:
    assert trials.proposed(people) == canary


def test_the_form_says_which_periods_lie_before_its_start(page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    november = SimpleNamespace(now=lambda: datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    monkeypatch.setattr("relance.web.launch.views.timezone", november)
    assert "Before: commercial periods (Black Friday" in said(page, PAGE)


def test_a_large_segment_is_worked_out_by_a_worker(page: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relance.web.launch.views.AT_ONCE", 10)
    page.post(f"{PAGE}plan", {"day": "2026-07-28", "hour": "10:00", "canary": "20"})
    work = Work.objects.get()
    assert (LaunchPlan.objects.get().made_at, work.state) == (None, "waiting")
    assert str(work.id) in said(page, PAGE)
    assert "Waiting to begin" in said(page, f"/launch/works/{work.id}")
    stopped = page.post(f"/launch/works/{work.id}/stop", headers={"Referer": "https://elsewhere.example.org/"})
    assert stopped.headers["Location"] == PAGE
    assert page.get(f"/launch/works/{work.id}").headers["HX-Refresh"] == "true"


def test_hours_and_numbers_that_are_none_are_refused(page: Client) -> None:
    assert page.post(f"{PAGE}plan", {"day": "soon", "hour": "10:00", "canary": "20"}).status_code == 422
    assert page.post(f"{PAGE}plan", {"day": "2026-07-28", "hour": "10:00", "canary": "-3"}).status_code == 422
    assert page.post(f"{PAGE}plan", {"day": "2020-07-28", "hour": "10:00", "canary": "20"}).status_code == 422
    assert not LaunchPlan.objects.exists()


def test_a_commercial_period_is_named(page: Client) -> None:
    page.post(f"{PAGE}plan", {"day": "2026-11-24", "hour": "10:00", "canary": "20"})
    text = said(page, PAGE)
    assert "Black Friday" in text
    assert "2 points block" in text
    written, start = definition.of(publishing.latest(JOURNEY)), LaunchPlan.objects.get().start_at
    proposed = tags.moment(launch_hours.good_hour(written, start))
    assert (
        f"The next good start, from which no period falls on them, is on {proposed}; the form above proposes it."
        in text
    )
    assert f'value="{launch_hours.good_hour(written, start):%Y-%m-%d}"' in text
    assert f"The next good start is on {proposed}, as the launch page proposes." in said(page, f"{PAGE}preflight")


def longer(page: Client, days: int) -> None:
    """Publish the journey anew, with a wait of so many days."""
    version = publishing.latest(JOURNEY)
    steps = list(version.definition["steps"])
    first = next(place for place, step in enumerate(steps) if "wait" in step)
    steps[first] = {"wait": f"{days} days"}
    version.definition = {**version.definition, "steps": steps}
    version.save()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_journey_no_window_holds_is_judged_and_blocked(page: Client, sign_in: SignIn, language: str) -> None:
    longer(page, 120)
    assert said(page, PAGE), "before anybody worked it out"
    page.post(f"{PAGE}plan", {"day": "2026-07-28", "hour": "10:00", "canary": "20"})
    reader = sign_in("approver", language=language)
    words = {
        "en": (
            "nobody would ever enter.", "The longest of the next 12 months holds 102 days", "Not now", "The ramp, day by day",
        ),
        "fr": (
            "personne n’entrerait jamais", "Le plus long des 12 prochains mois contient 102 jours", "Pas maintenant",
            "La montée, jour par jour",
        ),
    }[language]  # fmt: skip
    plan, flight = said(reader, PAGE), said(reader, f"{PAGE}preflight")
    assert words[0] in plan
    assert words[1] in plan
    assert words[2] in flight
    assert words[3] in flight
    assert 'name="reason"' not in flight, "nobody overrides it"
    assert 'class="btn btn-primary w-100"' not in plan, "nor approves it"
    assert reader.post(f"{PAGE}preflight/override", {"reason": "Head office decided so."}).status_code == 422


def test_a_start_that_cuts_the_ramp_off_names_the_one_that_holds_it(page: Client, now: datetime) -> None:
    page.post(f"{PAGE}plan", {"day": "2026-10-12", "hour": "10:00", "canary": "5"})
    found = LaunchPlan.objects.get()
    ramp = found.figures["preflight"]["ramp"]["days"] - 1
    better = launch_hours.better(definition.of(found.version), found.start_at, now, ramp)
    assert better is not None
    text = said(page, PAGE)
    assert f"The ramp goes on for {ramp} days after that" in text
    assert f'value="{better:%Y-%m-%d}"' in text
    flight = said(page, f"{PAGE}preflight")
    assert f"A start on {tags.moment(better)} holds the whole ramp" in flight
    assert "come after" in flight


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_pre_flight_shows_results_or_why_there_are_none(
    page: Client, now: datetime, sign_in: SignIn, language: str
) -> None:
    plan = launched.plan(now)
    reader = sign_in("reader", language=language)
    unknown = {"en": "no source says since when", "fr": "aucune source ne dit depuis quand"}[language]
    assert unknown in said(reader, f"{PAGE}preflight")
    figure = {"value": 12.4, "low": 5.0, "high": 21.0, "source": "history", "simulated": False}
    told = plan.figures["preflight"]["expected"]["results"]
    told["figures"] = [
        {"code": "people_alone", "unit": "people", **figure},
        {
            "code": "revenue_simulated",
            "unit": "money",
            **figure,
            "source": "simulated",
            "simulated": True,
            "value": 1240.0,
        },
    ]
    plan.save()
    text = said(reader, f"{PAGE}preflight")
    assert {"en": "People who ordered, without the journey", "fr": "Personnes qui auront commandé, sans le parcours"}[
        language
    ] in text
    assert {"en": "€1,240", "fr": "1\u202f240\u202f€"}[language] in text
    assert {"en": "simulated</span>", "fr": "simulé</span>"}[language] in text
    del plan.figures["preflight"]["expected"]["results"]
    plan.save()
    assert 'id="results"' not in said(reader, f"{PAGE}preflight"), "of a plan from before"


def test_a_journey_that_sends_nothing_has_no_ramp(page: Client, now: datetime) -> None:
    version = publishing.latest(JOURNEY)
    version.definition = {**version.definition, "steps": [{"wait": "7 days"}, {"sunset": {}}]}
    version.save()
    plan = launched.plan(now)
    assert not LaunchPerson.objects.filter(plan=plan, step__gt=0).exists()
    assert plan.figures["counts"]["canary"] == 20, "whoever consents or not: nobody is written to"
    assert foreseeing.days(version, now) == 0
    flight = said(page, f"{PAGE}preflight")
    assert "No step of this journey sends a message, so there is no ramp." in flight
    assert "No message would leave." in flight
    assert "within the day in which the messages leave" in said(page, PAGE)


def test_a_good_start_is_the_only_date_named(page: Client, now: datetime) -> None:
    page.post(f"{PAGE}plan", {"day": "2026-07-28", "hour": "10:00", "canary": "20"})
    assert "next good start" not in said(page, PAGE) + said(page, f"{PAGE}preflight")
    assert f"They enter on {tags.moment(now + timedelta(days=1))}." in said(page, PAGE)


def test_a_start_months_away_is_to_be_known_before_it_is_approved(page: Client, now: datetime) -> None:
    page.post(f"{PAGE}plan", {"day": "2026-08-18", "hour": "10:00", "canary": "20"})
    assert "counted anew" not in said(page, PAGE)
    page.post(f"{PAGE}plan", {"day": "2026-09-22", "hour": "10:00", "canary": "20"})
    assert "The start on 22 September 2026 is 57 days away. On that day the audience is counted anew" in said(
        page, PAGE
    )


def test_whoever_starts_in_a_commercial_period_is_told_when_people_really_enter(page: Client, now: datetime) -> None:
    page.post(f"{PAGE}plan", {"day": "2026-11-17", "hour": "10:00", "canary": "20"})
    page.post(f"{PAGE}preflight/override", {"reason": "Head office decided so."})
    text = said(page, PAGE)
    assert f"The plan was made for {tags.moment(LaunchPlan.objects.get().start_at)}" in text
    opens = launch_hours.departure(definition.of(publishing.latest(JOURNEY)), LaunchPlan.objects.get().start_at)
    assert f"They enter on {tags.moment(opens)}." in text
    answer = page.post(
        f"{PAGE}approve", {"plan": LaunchPlan.objects.get().pk, "known": "yes", "offer": "RETOUR10"}, follow=True
    )
    assert f"the canary enters on {tags.moment(opens)}." in answer.content.decode()
    assert f"people enter on {tags.moment(opens)}." in said(page, f"/watch/journeys/{JOURNEY}/")


def test_an_approval_starts_the_journey(page: Client, now: datetime) -> None:
    plan = launched.plan(now)
    assert page.post(f"{PAGE}approve", {"plan": plan.pk}).status_code == 422, "what is to be known must be ticked"
    answer = page.post(f"{PAGE}approve", {"plan": plan.pk, "known": "yes", "offer": "RETOUR10"})
    assert answer.headers["Location"] == f"/watch/journeys/{JOURNEY}/"
    launch = Launch.objects.get()
    assert (launch.approved_by, launch.canary, launch.figures["counts"]["canary"]) == (
        "Anna <administrator@example.org>",
        20,
        20,
    )
    assert {check["subject"] for check in launch.checklist} >= {"plan", "opt_outs", "sending", "rehearsal"}
    assert Journey.objects.get().running
    assert AuditEntry.objects.filter(action="launch approved", actor=launch.approved_by).exists()


def test_the_page_speaks_of_titles_and_of_points(page: Client, now: datetime, sign_in: SignIn) -> None:
    plan = launched.plan(now)
    plan.figures["first"] = {"treated": 20, "control": 3, "effect": 0.05}
    plan.save()
    page = sign_in("approver", language="fr")
    text = said(page, PAGE)
    assert "5,00\u202fpt" in text
    assert "5,0\u202f%" not in text
    assert "dormant-buyers" not in text
    assert "Faire entrer 20 personnes le" in text, "asked before it is approved"
    assert "dormant-buyers" not in said(page, "/launch/")


def test_figures_nobody_saw_are_not_approved(page: Client, now: datetime) -> None:
    seen = launched.plan(now)
    launched.plan(now)
    assert page.post(f"{PAGE}approve", {"plan": seen.pk, "known": "yes", "offer": "RETOUR10"}).status_code == 422


def test_the_checklist_says_what_the_pre_flight_advises(page: Client, now: datetime) -> None:
    plan = launched.plan(now)
    for advice, words in (("go", "speaks for this start"), ("slower", "go slower"), ("not_now", "not to start now")):
        plan.figures["preflight"] |= {"advice": advice, "findings": []}
        plan.save()
        assert words in said(page, PAGE)


def test_a_finding_leads_where_it_says_to_go(page: Client, now: datetime) -> None:
    launched.plan(now)
    assert '<a href="/sender/outside/">Examine it on its page.</a>' in said(page, f"{PAGE}preflight")


def test_what_the_sender_lacks_blocks_mails_that_leave_and_leads_to_its_form(
    page: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = {"smtp_url": "smtp://127.0.0.1:2525", "base_url": "https://relance.example", "postal_address": ""}
    monkeypatch.setattr(settings, "RELANCE", Settings(**settings.RELANCE.model_dump() | leaving))
    found = launched.plan(now)
    lacking = {one.code: one.level for one in checklist.review(found.version, found, now)}
    assert lacking["no_postal_address"] == lacking["sender_example"] == "blocking"
    assert (
        '<a class="btn btn-sm" href="/sender/senders/default/?next=/launch/reactivation-ecommerce/">'
        in page.get(PAGE).text
    )
    written = {
        "name": "L’Atelier", "address": "hello@atelier.example", "shop_url": "https://www.atelier.example",
        "postal_address": "1 rue du Lac, Annecy",
    }  # fmt: skip
    page.post("/sender/senders/default/", written)
    assert "/sender/senders/" not in page.get(PAGE).text.partition('id="checklist"')[2]
    settled = [one.code for one in checklist.review(found.version, found, now) if one.subject == "sending"]
    assert settled == ["sending_ok"]


def test_an_editor_plans_but_does_not_approve(page: Client, now: datetime, sign_in: SignIn) -> None:
    plan, editor = launched.plan(now), sign_in("editor")
    assert editor.post(f"{PAGE}plan", {"day": "2026-07-28", "hour": "10:00", "canary": "20"}).status_code == 302
    assert editor.post(f"{PAGE}approve", {"plan": plan.pk, "known": "yes", "offer": "RETOUR10"}).status_code == 403
    assert sign_in("reader").post(f"{PAGE}plan", {}).status_code == 403


def test_whoever_wrote_it_asks_somebody_else(page: Client, now: datetime) -> None:
    plan = launched.plan(now)
    AuditEntry.objects.create(
        at=now, actor="Anna <administrator@example.org>", action="publish journey", subject=f"{JOURNEY} 1"
    )
    assert "you approve your own work" in said(page, PAGE)
    User.objects.create(email="denis@example.org", name="Denis", role="approver")
    assert "Denis" in said(page, PAGE)
    assert page.post(f"{PAGE}approve", {"plan": plan.pk, "known": "yes", "offer": "RETOUR10"}).status_code == 422
    assert not Launch.objects.exists()


def test_all_who_changed_a_version_are_its_authors_and_nobody_else(db: None, now: datetime) -> None:
    begun = library.recipe(JOURNEY).text
    texts = [begun.replace("holdout: 10%", f"holdout: {share}%") for share in (11, 12, 13)]
    drafts.start(JOURNEY, begun, By("Boris", now + timedelta(minutes=1)), base=1)
    for number, (who, text) in enumerate(zip(("Camille", "Denis"), texts, strict=False), start=1):
        assert drafts.change(JOURNEY, text, By(who, now + timedelta(minutes=1 + number)), seen=number, act="yaml")
    version = drafts.publish(JOURNEY, By("Emma", now + timedelta(minutes=4)), seen=3)
    assert version is not None
    drafts.change(JOURNEY, texts[2], By("Farid", now + timedelta(minutes=5)), seen=3, act="yaml")
    drafts.discard(JOURNEY, By("Boris", now + timedelta(minutes=6)), seen=4)
    assert launching.authors(version) == ["Emma", "Denis", "Camille"]
    publishing.publish(parse(texts[2], "journey.yaml"), now + timedelta(minutes=7))
    assert launching.authors(publishing.latest(JOURNEY)) == [], "the draft that was thrown away went into nothing"


def test_an_earlier_author_does_not_approve_either(page: Client, now: datetime) -> None:
    plan, anna = launched.plan(now), "Anna <administrator@example.org>"
    drafts.start(JOURNEY, "text", By("Denis", now))
    drafts.change(JOURNEY, "other", By(anna, now), seen=1, act="yaml")
    AuditEntry.objects.create(at=now, actor="Denis", action="publish journey", subject=f"{JOURNEY} 1")
    User.objects.create(email="emma@example.org", name="Emma", role="approver")
    assert "You changed or published this version" in said(page, PAGE)
    assert page.post(f"{PAGE}approve", {"plan": plan.pk, "known": "yes", "offer": "RETOUR10"}).status_code == 422
    assert not Launch.objects.exists()


def test_a_plan_is_approved_once(page: Client, now: datetime) -> None:
    plan = launched.plan(now)
    page.post(f"{PAGE}approve", {"plan": plan.pk, "known": "yes", "offer": "RETOUR10"})
    answer = page.post(f"{PAGE}approve", {"plan": plan.pk, "known": "yes", "offer": "RETOUR10"})
    assert "approved already" in answer.content.decode()
    assert "Approved by Anna on" in said(page, PAGE)
    assert Launch.objects.count() == 1
    with pytest.raises(RefusedError, match="approved already"):
        launching.approve(plan, by="Camille", now=now)
    again = launched.plan(now)
    assert page.post(f"{PAGE}approve", {"plan": again.pk, "known": "yes", "offer": "RETOUR10"}).status_code == 302


def test_what_never_began_is_not_resumed(page: Client, now: datetime) -> None:
    watch = f"/watch/journeys/{JOURNEY}/"
    text = said(page, watch)
    assert "approve a launch first" in text
    assert 'value="resume"' not in text
    assert "outside these pages" not in text
    assert "never started" in page.post(f"{watch}act", {"act": "resume"}).content.decode()
    with pytest.raises(RefusedError, match="Approve a launch first"):
        launches.resume(Journey.objects.get(), by="Camille", now=now)
    assert not Journey.objects.get().running
    AuditEntry.objects.create(at=now, actor="root", action="start journey", subject=JOURNEY)
    assert "started outside these pages" in said(page, watch)
    page.post(f"{watch}act", {"act": "resume"})
    assert Journey.objects.get().running


def test_reading_the_source_begins_no_draft(page: Client, sign_in: SignIn) -> None:
    reader, before = sign_in("reader"), AuditEntry.objects.count()
    text = said(reader, f"/journeys/{JOURNEY}/yaml")
    assert "Version 1 as it was published" in text
    assert "Wakes dormant buyers" in text
    assert reader.get(f"/journeys/{JOURNEY}/").status_code == 302
    assert reader.post(f"/journeys/{JOURNEY}/yaml", {"text": "", "revision": 0}).status_code == 403
    assert drafts.find(JOURNEY) is None
    assert AuditEntry.objects.filter(action="start journey draft").count() == 0
    assert AuditEntry.objects.count() == before


def test_a_named_person_declares_that_there_are_no_opt_outs(page: Client) -> None:
    OptOutDeclaration.objects.all().delete()
    assert "are not in" in said(page, PAGE)
    assert page.post(f"{PAGE}declare", {"note": ""}).status_code == 422
    page.post(f"{PAGE}declare", {"note": "no tool before"})
    assert OptOutDeclaration.objects.get().by == "Anna <administrator@example.org>"


def test_a_rehearsal_is_asked_with_the_rates_of_the_form(page: Client) -> None:
    page.post(f"{PAGE}rehearse", {"days": "70", "dormant-click": "5,5", "basket": "60"})
    asked = LaunchRehearsal.objects.get()
    assert (asked.days, asked.rates["states"]["dormant"]["click"], asked.rates["basket"]) == (70, 0.055, 60)
    assert asked.rates["states"]["active"]["click"] == rates.load().states["active"].click
    assert asked.work is not None
    assert page.post(f"{PAGE}rehearse", {"days": "70", "dormant-click": "550"}).status_code == 422


def test_a_rehearsal_is_marked_simulated_and_says_what_it_assumes(page: Client, now: datetime, sign_in: SignIn) -> None:
    found = {
        "treated": 50,
        "control": 5,
        "conclusion": {"en": "All went well."},
        "signals": [{"name": "clicked", "count": 4, "of": 40}],
    }
    LaunchRehearsal.objects.create(
        journey=Journey.objects.get(), version=publishing.latest(JOURNEY), start_at=now, days=70,
        rates=rates.load().model_dump(mode="json"), asked_at=now, by="Camille", made_at=now, result=found,
    )  # fmt: skip
    text = said(page, PAGE)
    assert text.count("simulated") > 4
    assert "All went well." in text
    assert page.get(f"{PAGE}rehearsal/1").status_code == 404, "no file, no report"
    read = said(sign_in("reader"), PAGE)
    assert "What is assumed of people" in read
    assert 'type="number"' not in read


def test_the_french_page_is_french(page: Client, now: datetime, sign_in: SignIn) -> None:
    launched.plan(now)
    text = said(sign_in("approver", language="fr"), PAGE)
    assert "Groupe témoin" in text
    assert not [
        word for word in ("Control group", "Rehearse", "Approve", "Work it out", "waits", "Bounced") if word in text
    ]
