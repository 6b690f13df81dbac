"""The health of the base: figures equal what the tables say, definitions, links to the people, refusals."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from relance.contacts.models import Consent, Contact, ContactPoint, Suppression
from relance.core import database
from relance.core.ids import digest
from relance.dormancy.models import Profile
from relance.eligibility import permission
from relance.events import hot
from relance.events.hot import NewEvent
from relance.intake import sources
from relance.intake.models import Work
from relance.measurement import overview
from relance.measurement.models import HealthSnapshot
from relance.web import tags
from relance.web.base import story
from tests.web.conftest import SignIn

STATES = ["active"] * 4 + ["dormant"] * 3 + ["very_dormant"] * 2 + ["undetermined"]


@pytest.fixture
def people(db: None, now: datetime) -> list[Contact]:
    """Ten judged people: four active, five dormant of both kinds, one nobody can tell of; two past the legal years."""
    long_ago = now - timedelta(days=4 * 365)
    found = Contact.objects.bulk_create(Contact(first_seen_at=long_ago) for _ in STATES)
    Profile.objects.bulk_create(
        Profile(
            contact=contact, state=state, state_since=now, scored_at=now, unreachable=number == 0, false_inactive=number in {4, 5},
            last_legal_contact_at=None if number < 2 else now,
        )
        for number, (contact, state) in enumerate(zip(found, STATES, strict=True))
    )  # fmt: skip
    return found


def shown(page: str, label: str) -> str:
    """Return the figure under a label of the page, digits only."""
    found = re.search(rf'figure-label">{label}</div>\s*<div class="figure-value">(.*?)</div>', page, re.DOTALL)
    assert found is not None, label
    return re.sub(r"<[^>]+>|\D", "", found[1])


@pytest.fixture
def page(people: list[Contact], now: datetime, sign_in: SignIn) -> str:
    """The page of a reader, with the snapshot of now."""
    overview.keep(now)
    return sign_in("reader").get("/").text


def test_each_state_shows_the_count_of_the_table_and_opens_its_people(page: str) -> None:
    counts = dict(database.rows("SELECT state, count(*) FROM profile GROUP BY 1"))
    for name in story.ORDER:
        line = re.search(rf'<a href="/people/\?state={name}">.*?state-count"><strong>(\d+)</strong>', page, re.DOTALL)
        assert line is not None
        assert int(line[1]) == counts.get(name, 0)
    assert "5 silent, 50.0%" in page


def test_the_figures_are_those_of_the_tables(page: str) -> None:
    assert shown(page, "Due for erasure") == "2"
    assert shown(page, "Buy in the store, ignore messages") == "2"
    assert shown(page, "Out of reach") == "1"


def test_every_figure_tells_its_definition_and_its_denominator(page: str) -> None:
    figures = re.findall(r'<div class="card figure.*?</div>\s*</div></div>', page, re.DOTALL)
    assert len(figures) == 5
    for figure in figures:
        assert re.search(
            r"<details class=\"definition\"><summary>.*?</summary><p>.{25,}<strong>.+</strong></p>", figure, re.DOTALL
        )


def test_every_link_of_the_page_leads_to_a_page(page: str) -> None:
    inner = re.search(r"<main.*</main>", page, re.DOTALL)
    assert inner is not None
    for address in set(re.findall(r'href="(/(?!static/)[^"#?]*)', inner[0])):
        resolve(address)


def test_reach_counts_people_with_a_usable_address_that_nobody_opposed(people: list[Contact], now: datetime) -> None:
    for number, contact in enumerate(people[:5]):
        valid = {0: False, 1: None}.get(number, True)
        ContactPoint.objects.create(contact=contact, channel="email", value=f"{number}@example.org", valid=valid)
    Suppression.objects.create(channel="email", digest=digest("4@example.org"), reason="unsubscribed", at=now)
    consent(people[2], now, given=True)
    consent(people[3], now - timedelta(days=9), given=True)
    consent(people[3], now, given=False)
    (email,) = [one for one in overview.read(now).channels if one.channel == "email"]
    assert (email.addressed, email.permitted) == (3, 1)  # 0 is dead, 4 opposed; 3 withdrew, 1 never said


def consent(contact: Contact, at: datetime, *, given: bool) -> None:
    Consent.objects.create(
        contact=contact,
        channel="email",
        topic="marketing",
        basis="opt_in",
        given=given,
        at=at,
        source_id=sources.own_id(at),
    )


def test_both_numbers_of_the_reach_open_their_people(people: list[Contact], now: datetime, sign_in: SignIn) -> None:
    for number, contact in enumerate(people[:3]):
        ContactPoint.objects.create(contact=contact, channel="email", value=f"{number}@example.org", valid=True)
    overview.keep(now)
    client = sign_in("reader")
    page = client.get("/").text
    assert re.search(r'<a href="/people/\?permitted=email"[^>]*><strong>0</strong></a>', page)
    assert re.search(r'<a href="/people/\?reachable=email"[^>]*>3</a>', page)
    assert "0 of 3" in page, "a sign of risk says of how many"


def test_beside_the_reach_stands_that_opt_outs_of_the_former_tool_are_missing(
    people: list[Contact], now: datetime, sign_in: SignIn
) -> None:
    ContactPoint.objects.create(contact=people[0], channel="email", value="anna@example.org", valid=True)
    overview.keep(now)
    client, said = sign_in("reader"), "The opt-outs of your former tool are not here"
    assert f"{said}: these figures count whoever opted out there." in client.get("/").text
    assert client.get("/start/?step=optouts").status_code == 200
    assert 'href="/start/?step=optouts"' in client.get("/").text
    permission.declare_no_opt_outs("Camille", "new shop", now)
    assert said not in client.get("/").text


def test_where_nothing_tells_of_bounces_their_rate_is_unknown(
    people: list[Contact], now: datetime, sign_in: SignIn
) -> None:
    overview.keep(now)
    snapshot = HealthSnapshot.objects.get()
    snapshot.figures["mails"] |= {"answered_lately": 524, "bounces_told": False}
    snapshot.save()
    page = sign_in("reader").get("/").text
    assert "their absence proves nothing" in page
    assert "0 of 524" not in page


def test_the_money_asleep_is_one_figure(people: list[Contact], now: datetime) -> None:
    found = overview.read(now)
    assert found.health["money_asleep"] == found.sleepers.yearly


def test_without_judged_people_the_page_says_what_to_do(sign_in: SignIn, now: datetime) -> None:
    Contact.objects.create(first_seen_at=now)
    answer = sign_in("reader").get("/")
    assert "judged" in answer.text or answer["Location"] == "/start/"


def test_one_day_is_told_as_one_and_two_days_are_drawn(people: list[Contact], now: datetime, sign_in: SignIn) -> None:
    client = sign_in("reader")
    today = overview.keep(now)
    assert "One day is known so far" in client.get("/").text
    HealthSnapshot.objects.create(day=today.day - timedelta(days=1), at=now - timedelta(days=1), figures=today.figures)
    page = client.get("/").text
    assert "data-chart" in page
    assert "One day is known so far" not in page


def test_the_snapshot_of_a_day_is_its_last(people: list[Contact], now: datetime) -> None:
    overview.keep(now)
    Profile.objects.filter(contact=people[0]).update(state="dormant")
    overview.keep(now + timedelta(hours=3))
    (kept,) = HealthSnapshot.objects.all()
    assert (kept.day, kept.figures["health"]["states"]["dormant"]) == (date(2026, 7, 27), 4)


def test_what_is_kept_is_what_was_computed(people: list[Contact], now: datetime) -> None:
    assert overview.of(overview.keep(now)).sleepers == overview.read(now).sleepers
    assert overview.of(HealthSnapshot.objects.get()).channels == overview.read(now).channels


@pytest.mark.parametrize(("role", "status"), [("reader", 403), ("data_protection_officer", 403), ("editor", 302)])
def test_only_who_may_edit_computes_anew(people: list[Contact], sign_in: SignIn, role: str, status: int) -> None:
    client: Client = sign_in(role)
    assert client.post("/start/finish").status_code == status
    assert Work.objects.filter(kind="refresh").exists() is (status == 302)
    assert client.get("/start/finish").status_code == 405


@pytest.mark.parametrize("language", ["en", "fr"])
def test_mails_nobody_told_of_cost_an_unknown_sum_and_not_nothing(
    people: list[Contact], now: datetime, sign_in: SignIn, language: str
) -> None:
    overview.keep(now)
    page = sign_in("reader", language).get("/").text
    assert ("inconnu" if language == "fr" else "unknown") in page
    words: Any = re.sub(r"<[^>]+>", " ", page)
    assert language == "en" or not re.search(r"\b(people|dormant|the|risk|unknown|who)\b", words)
    assert str(tags.state_name("dormant"))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_where_nobody_can_tell_no_silence_is_shown_as_none(
    people: list[Contact], now: datetime, sign_in: SignIn, language: str
) -> None:
    Profile.objects.exclude(state="active").update(state="undetermined")
    overview.keep(now)
    snapshot = HealthSnapshot.objects.get()
    snapshot.figures["mails"] |= {"delivered": 26592}
    snapshot.figures["addresses"] |= {"all": 10}
    snapshot.save()
    page = sign_in("reader", language).get("/").text
    words = {
        "en": (
            "Nobody can be said dormant yet: of 6 people nobody can tell.",
            "how many are silent: unknown",
            "See what is missing",
        ),
        "fr": (
            "Nul ne peut être dit en sommeil pour l’instant",
            "combien sont inactifs\u00a0: inconnu",
            "Voir ce qui manque",
        ),
    }[language]
    for said in words:
        assert said in page
    risk = page[page.rindex("Risk for" if language == "en" else "Risque pour") :]
    assert "bg-green-lt" not in risk[: risk.index("</span>")]
    for gone in ("26,592", "0 silent", "0 inactif", "0\u202f€</", "€0<"):
        assert gone not in page


def test_corrections_are_promised_to_nobody_who_opted_out_and_are_counted_live(
    people: list[Contact], now: datetime, sign_in: SignIn
) -> None:
    for number in range(3):
        ContactPoint.objects.create(
            contact=people[number],
            channel="email",
            value=f"{number}@gmial.com",
            valid=False,
            suggestion=f"{number}@gmail.com",
        )
    Suppression.objects.create(channel="email", digest=digest("0@gmial.com"), reason="unsubscribed", at=now)
    consent(people[1], now, given=False)
    overview.keep(now)
    client = sign_in("reader")
    page = client.get("/").text
    assert "3 addresses look mistyped" in page
    assert "up to 1 people reachable again. 2 others opted out, and stay out of reach." in page
    assert "The figures are recalculated after the correction." in page
    ContactPoint.objects.filter(contact=people[2]).update(suggestion="")
    assert "addresses look mistyped" not in client.get("/").text


def test_dormant_people_who_click_are_told_apart_from_those_who_do_not_react(
    people: list[Contact], now: datetime, sign_in: SignIn
) -> None:
    quiet = [one.pk for one in people if one.profile.state == "dormant"][:2]
    source = sources.source_id("mailer", now)
    hot.insert(NewEvent(who, source, "message_delivered", now, channel="email", reference=f"m{who}") for who in quiet)
    hot.insert([NewEvent(quiet[0], source, "message_clicked", now, channel="email", reference="c")])
    overview.keep(now)
    page = sign_in("reader").get("/").text
    assert "1 dormant people still get your mails. 1 other buys nothing any more but clicked in a mail" in page
    assert "Expected: 1 mails fewer a year" in page
    assert "no longer react" not in page
