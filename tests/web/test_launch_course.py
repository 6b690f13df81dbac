"""The launch page as a course of things to do: one canary told alike everywhere, the offer, the approval, the mails to read."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from relance.content import values
from relance.core import database
from relance.eligibility.ramp import standing
from relance.journeys import publishing
from relance.journeys.models import Journey, Launch, LaunchRehearsal, Version
from relance.measurement import checklist, waterfall
from relance.rehearsal import rates
from relance.web.launch import course
from tests.emptied import taken_back
from tests.web import launched
from tests.web.conftest import SignIn
from tests.web.launched import JOURNEY

PAGE = f"/launch/{JOURNEY}/"
APPROVED = {"known": "yes", "offer": "RETOUR10"}
# Ten silent for some months, the others for two years: fewer than a canary, so they are taken together.
SILENCES = """
    INSERT INTO profile (contact_id, state, state_since, scored_at, last_legal_contact_at, last_purchase_at)
    SELECT id, 'dormant', %(now)s, %(now)s, %(now)s - interval '100 days',
           %(now)s - CASE WHEN row_number() OVER (ORDER BY id) <= 10 THEN interval '100 days' ELSE interval '500 days' END
    FROM contact
"""


@pytest.fixture
def db(published: None) -> Iterator[None]:
    """A journey published, nothing approved yet: as it was before each test."""
    with taken_back():
        yield


def said(client: Client, path: str) -> str:
    return re.sub(r"\s+", " ", launched.said(client, path))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_canary_is_told_alike_before_and_after_its_approval(
    page: Client, now: datetime, sign_in: SignIn, language: str
) -> None:
    database.execute(SILENCES, {"now": now})
    plan = launched.plan(now)
    silence = {"en": "silent for less than 24 months", "fr": "silence de moins de 24 mois"}[language]
    steps = plan.figures["preflight"]["ramp"]["steps"]
    assert (steps[0]["people"], steps[0]["silence"][language]) == (plan.figures["counts"]["canary"], silence)
    counted = next(one for one in checklist.review(plan.version, plan, now) if one.code == "plan_ok_steps")
    assert silence in counted.sentence(language)
    client = sign_in("approver", language=language)
    assert silence in said(client, PAGE)
    flight = said(client, f"{PAGE}preflight")
    assert silence in flight
    by_approval = {"en": "enter by the approval", "fr": "entrent par l’approbation"}[language]
    assert flight.count(by_approval) == 1, "one canary is approved, whatever begins with one"
    client.post(f"{PAGE}approve", {"plan": plan.pk, **APPROVED})
    told = standing.standing(Journey.objects.get(), now)
    assert told
    assert (told["steps"][0]["people"], told["steps"][0]["band"][language]) == (steps[0]["people"], silence)
    later = waterfall.following(plan.figures["counts"])
    assert told["next"]["left"] == later
    assert plan.figures["preflight"]["ramp"]["people"] == later + steps[0]["people"]


@pytest.mark.parametrize(("language", "words"), [("en", "Still open until then:"), ("fr", "Encore ouvert d’ici là")])
def test_an_approved_page_says_by_whom_and_when_it_leaves(
    page: Client, now: datetime, sign_in: SignIn, language: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = launched.plan(now)
    page.post(f"{PAGE}approve", {"plan": plan.pk, **APPROVED})
    Launch.objects.update(start_at=now.replace(year=now.year + 1))
    whole = said(sign_in("approver", language=language), PAGE)
    assert whole.partition('<ol class="course"')[2].partition("</ol>")[0].count('<li class="done">') >= 2
    text = whole.partition('id="approval"')[2]
    assert "Anna" in text
    assert words in text
    assert f'href="/watch/journeys/{JOURNEY}/"' in text
    assert 'name="plan"' not in text


def test_the_watch_page_says_the_same_people_and_who_approved_without_an_address(page: Client, now: datetime) -> None:
    plan = launched.plan(now)
    page.post(f"{PAGE}approve", {"plan": plan.pk, **APPROVED})
    Launch.objects.update(start_at=now.replace(year=now.year + 1))
    text = said(page, f"/watch/journeys/{JOURNEY}/")
    assert f"{plan.figures['counts']['canary']} people enter on" in text
    assert "Approved by Anna on" in text
    assert "administrator@example.org" not in text.partition("<main")[2]


def test_an_approved_journey_that_is_paused_says_so(page: Client, now: datetime) -> None:
    plan = launched.plan(now)
    page.post(f"{PAGE}approve", {"plan": plan.pk, **APPROVED})
    Launch.objects.update(start_at=now.replace(year=now.year + 1))
    Journey.objects.update(running=False)
    text = said(page, PAGE).partition('id="approval"')[2]
    assert "The journey is paused: nobody enters" in text
    assert "until then" not in text


def test_an_approved_page_with_nothing_open_says_so(
    page: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = launched.plan(now)
    page.post(f"{PAGE}approve", {"plan": plan.pk, **APPROVED})
    Launch.objects.update(start_at=now.replace(year=now.year + 1))
    monkeypatch.setattr(course, "steps", lambda *_args, **_known: [])
    text = said(page, PAGE)
    assert "There is nothing to do until then." in text
    assert "before a named person approves" not in text


def test_the_three_groups_are_told_in_people(page: Client, now: datetime) -> None:
    counts = launched.plan(now).figures["counts"]
    text = said(page, PAGE)
    control = sum(counts.get(code, 0) for code in waterfall.BARS["control"])
    assert f"{counts['canary']} people get the first message before everybody else: the canary." in text
    assert f"{waterfall.following(counts)} people follow later." in text
    assert f"{control} people whom it would have reached get nothing: the control group" in text


def test_whom_the_gate_holds_back_for_a_while_follows_too_in_a_ramp(page: Client, now: datetime) -> None:
    counts = launched.plan(now).figures["counts"]
    assert waterfall.following(counts | {"pressure": 3, "suppressed": 5}) == waterfall.following(counts) + 3


@pytest.mark.parametrize(
    ("mails", "words"),
    [(12, "ran to its end without an error and wrote 12 mails"), (0, "but wrote no mail: nobody got that far")],
)
def test_a_rehearsal_begins_with_whether_it_ran_to_its_end(page: Client, now: datetime, mails: int, words: str) -> None:
    launched.plan(now)
    version = publishing.latest(JOURNEY)
    signals = [{"name": "delivered", "count": mails, "of": mails}]
    LaunchRehearsal.objects.create(
        journey=version.journey,
        version=version,
        start_at=now,
        days=60,
        rates=rates.load().model_dump(mode="json"),
        by="Anna",
        asked_at=now,
        made_at=now,
        result={"signals": signals, "treated": mails, "control": 0, "revenue": None},
    )
    assert words in said(page, PAGE)


def test_a_journey_that_wakes_nobody_has_no_ramp(page: Client, now: datetime) -> None:
    Version.objects.update(definition=publishing.latest(JOURNEY).definition | {"purpose": "relationship"})
    plan = launched.plan(now)
    codes = {one.code for one in checklist.review(plan.version, plan, now)}
    assert "plan_ok_steps" not in codes
    assert "Only reactivations grow by steps." in said(page, f"{PAGE}preflight")
    assert "The others wait until a person lets them follow." in said(page, PAGE)


def test_the_approver_says_that_the_shop_knows_the_offer_and_it_is_kept(page: Client, now: datetime) -> None:
    plan = launched.plan(now)
    assert "make this code in your shop" in said(page, PAGE)
    refused = page.post(f"{PAGE}approve", {"plan": plan.pk, "known": "yes"})
    assert refused.status_code == 422
    assert "Say that your shop knows the code RETOUR10" in refused.content.decode()
    page.post(f"{PAGE}approve", {"plan": plan.pk, **APPROVED})
    kept = next(one for one in Launch.objects.get().checklist if one["code"] == checklist.OFFER)
    assert (kept["offer"], kept["ticked"]) == ("RETOUR10", True)
    text = said(page, PAGE)
    assert "ticked by Anna" in text
    assert "to be ticked" not in text


def test_the_things_to_do_are_numbered_and_lead_to_their_forms(page: Client, now: datetime) -> None:
    launched.plan(now)
    text = said(page, PAGE)
    for place in ('href="/sender/senders/default/?next=', 'href="#who"', 'href="#rehearsal"', 'href="#approval"'):
        assert place in text.partition('<ol class="course"')[2].partition("</ol>")[0]
    assert "Read the 4 mails" in text
    assert re.search(r'<ul class="mails"><li><a href="/messages/[^"]+">', text)


def test_a_reader_is_not_led_to_a_form(page: Client, now: datetime, sign_in: SignIn) -> None:
    launched.plan(now)
    shown = said(sign_in("reader"), PAGE).partition('<ol class="course"')[2].partition("</ol>")[0]
    assert 'href="/sender/senders/"' in shown


def test_settings_of_the_installation_are_folded(page: Client, now: datetime) -> None:
    launched.plan(now)
    text = said(page, PAGE)
    assert re.search(r"<details[^>]*><summary>For whoever installs Relance</summary><code>RELANCE_SMTP_URL", text)


@pytest.mark.parametrize(
    ("effect", "told"),
    [(0.0323, {"rise": 3, "of": 100}), (0.004, {"rise": 4, "of": 1000}), (None, None)],
)
def test_what_the_groups_can_show_is_said_in_people(effect: float | None, told: dict[str, int] | None) -> None:
    assert course.showable({"effect": effect, "control": 153}) == told


def test_going_slower_has_a_handle(page: Client, now: datetime) -> None:
    plan = launched.plan(now)
    plan.figures["preflight"] |= {"advice": "slower"}
    plan.save()
    text = said(page, f"{PAGE}preflight")
    assert "the ramp goes slowly already. 20 people get the first message" in text
    assert '<input type="hidden" name="canary" value="10">' in text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_sample_offer_ends_on_a_day_to_come(language: str) -> None:
    assert values.samples({}, language)["offer"]["ends_on"] > timezone.now().date()
    assert values.unknown_person({}, language)["offer"]["ends_on"] > timezone.now().date()
