"""The calendar's pages: what they show, and an own period from the form through what it would change to the log."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from relance.core.models import AuditEntry
from relance.eligibility.models import CommercialPeriod
from relance.outbox.models import Message
from tests.delivery.sending import message, person
from tests.web.conftest import SignIn

PARIS = ZoneInfo("Europe/Paris")
FORM = {"name": "Vente privée", "first": "2026-09-10", "last": "2026-09-12", "weight": "60", "blackout": "on"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now)


def test_a_month_shows_periods_levels_and_what_is_to_be_sent(sign_in: SignIn, now: datetime) -> None:
    anna = person("Anna", now)
    for n in range(3):
        message(anna, now, not_before=now + timedelta(days=1), send_key=f"k{n}")
    text = sign_in("reader").get("/calendar/?month=2026-07").text
    assert 'aria-label="28 July 2026, 3 messages"' in text
    assert "summer sales" in text
    assert "reactivations wait, inboxes 70 of 100 full" in text
    assert "Add a period" not in text  # readers change nothing


def test_a_day_is_shown_closer_in_french(sign_in: SignIn) -> None:
    text = sign_in("editor", language="fr").get("/calendar/?month=2026-11&day=2026-11-27").text
    assert "semaine du Black Friday" in text
    assert "attendent jusqu’au 29 décembre 2026" in text
    assert "Novembre 2026" in text or "novembre 2026" in text


def test_a_year_shows_its_blocked_days_and_what_is_not_announced(sign_in: SignIn) -> None:
    text = sign_in("editor").get("/calendar/year/?year=2027").text
    assert ">177<" in text.replace("\n", "")
    assert (
        "French Days, spring: dates not announced yet. Reactivations wait over the likely days, 27 April 2027 to 4 May 2027"
        in text
    )
    assert "/calendar/periods/add?name=french_days_spring&amp;year=2027" in text
    assert ">147<" not in text


def test_the_days_around_a_period_say_which_one_they_wait_for(sign_in: SignIn) -> None:
    client = sign_in("reader", language="fr")
    text = client.get("/calendar/?month=2026-07&day=2026-07-22").text
    assert "après\u00a0: soldes d’été" in text
    assert "avant\u00a0: Singles’ Day" in client.get("/calendar/?month=2026-11").text


def test_the_last_free_day_is_the_one_before_reactivations_wait(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 10, 1, 12, tzinfo=PARIS))
    client = sign_in("reader")
    assert "7 November 2026" in client.get("/calendar/").text  # Singles’ Day is the 11th, three days before it wait
    assert "8 November 2026, reactivations wait, before: Singles’ Day" in client.get("/calendar/?month=2026-11").text


def test_editions_that_are_past_are_not_asked_for(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 7, 1, 12, tzinfo=PARIS))
    text = sign_in("reader").get("/calendar/year/?year=2026").text
    assert "French Days, autumn: no dates are known for 2026, so reactivations do not wait." in text
    assert "French Days, spring" not in text


def test_countries_and_months_are_named(sign_in: SignIn) -> None:
    text = sign_in("reader", language="fr").get("/calendar/year/?year=2026").text
    assert '<option value="BE">Belgique</option>' in text
    assert "aucun jour bloqué" in text


@pytest.mark.parametrize(("query", "found"), [
    ("country=BE", "Saint Nicholas"), ("department=974", "winter sales"), ("country=ZZ", "No calendar of this country"),
    ("department=75", "no dates of its own"), ("department=999", "is no French department"),
    ("country=BE&department=57", "BE has none"),
])  # fmt: skip
def test_other_places_have_other_periods(sign_in: SignIn, query: str, found: str) -> None:
    answer = sign_in("reader").get(f"/calendar/periods/?year=2026&{query}")
    assert found in answer.text
    assert answer.status_code == (200 if found in {"Saint Nicholas", "winter sales"} else 422)


def test_a_period_is_kept_only_once_what_it_changes_was_seen(sign_in: SignIn) -> None:
    client = sign_in("editor")
    seen = client.post("/calendar/periods/add", FORM)
    assert "Over the next twelve months" in seen.text
    assert "instead of" in seen.text
    assert "Add “Vente privée”?" in seen.text
    assert "Add the period" in seen.text
    assert not CommercialPeriod.objects.exists()
    assert not AuditEntry.objects.filter(action="period added").exists()
    answer = client.post("/calendar/periods/add", FORM | {"confirmed": "yes"}, follow=True)
    assert "Vente privée is in the calendar." in answer.text
    row = CommercialPeriod.objects.get()
    assert row.starts_at == datetime(2026, 9, 10, tzinfo=PARIS)
    assert AuditEntry.objects.get(action="period added").actor == "Anna <editor@example.org>"
    client.post(f"/calendar/periods/{row.pk}/", FORM | {"last": "2026-09-15", "confirmed": "yes"})
    row.refresh_from_db()
    assert row.ends_at == datetime(2026, 9, 16, tzinfo=PARIS)
    assert "Remove “Vente privée”?" in client.post(f"/calendar/periods/{row.pk}/remove").text
    assert CommercialPeriod.objects.exists()
    client.post(f"/calendar/periods/{row.pk}/remove", {"confirmed": "yes"})
    assert not CommercialPeriod.objects.exists()
    log = sign_in.__call__("administrator").get("/team/log").text
    assert "commercial period removed" in log


@pytest.mark.parametrize(("changed", "said"), [
    ({"last": "2026-09-01"}, "Le dernier jour précède le premier"), ({"first": "2026-07-01", "last": "2026-07-02"}, "est déjà terminée"),
    ({"name": "black_friday"}, "une période calculée"), ({"last": "2027-09-01"}, "180 jours au plus"), ({"first": "soon"}, "valide"),
])  # fmt: skip
def test_a_wrong_period_is_refused_in_the_form_and_says_why(
    sign_in: SignIn, changed: dict[str, str], said: str
) -> None:
    answer = sign_in("editor", language="fr").post("/calendar/periods/add", FORM | changed)
    assert answer.status_code == 422
    assert said in answer.text
    assert not CommercialPeriod.objects.exists()


def test_the_dates_of_french_days_can_be_entered(sign_in: SignIn) -> None:
    client = sign_in("editor")
    empty = client.get("/calendar/periods/add?name=french_days_spring&year=2027").text
    assert "French Days, spring" in empty
    assert 'value="2027-04-27"' in empty  # the likely days, to start from
    form = FORM | {"name": "french_days_spring", "first": "2027-04-28", "last": "2027-05-04", "confirmed": "yes"}
    client.post("/calendar/periods/add?name=french_days_spring", form)
    text = client.get("/calendar/periods/?year=2027").text
    assert "/calendar/periods/add?name=french_days_spring" not in text
    assert "28 April 2027" in text


def test_readers_may_not_change_the_calendar(sign_in: SignIn) -> None:
    client = sign_in("reader")
    assert client.get("/calendar/periods/add").status_code == 403
    assert client.post("/calendar/periods/1/remove", {"confirmed": "yes"}).status_code == 403


def test_what_a_file_brought_is_not_changed_in_the_pages(sign_in: SignIn, now: datetime) -> None:
    row = CommercialPeriod.objects.create(
        country="FR", name="Fair", starts_at=now, ends_at=now + timedelta(days=3), calendar="shop"
    )
    client = sign_in("editor", language="fr")
    assert f"/calendar/periods/{row.pk}/" not in client.get("/calendar/periods/?year=2026").text
    answer = client.get(f"/calendar/periods/{row.pk}/")
    assert answer.status_code == 422
    assert "vient du fichier shop" in answer.text


def test_messages_held_back_are_counted_with_the_days_they_come_back(sign_in: SignIn, now: datetime) -> None:
    one = message(person("Anna", now), now, purpose="reactivation", not_before=now + timedelta(days=3))
    Message.objects.filter(pk=one.pk).update(state="deferred", reason="commercial_period")
    assert "They come back from 30 July 2026 to 30 July 2026." in sign_in("reader").get("/calendar/").text
