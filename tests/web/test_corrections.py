"""Mistyped addresses are corrected where they may be, and stay beside the one meant: what names them later still finds the person."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone

from relance.contacts import reach
from relance.contacts.models import Consent, Contact, ContactPoint, Suppression
from relance.core import database
from relance.core.ids import digest
from relance.core.models import AuditEntry
from relance.feedback import bounces
from relance.hygiene import addresses
from relance.intake import contacts, suppressions
from relance.intake.options import Options
from tests.delivery.sending import message
from tests.eligibility.people import anna, person
from tests.web.conftest import SignIn


@pytest.fixture
def now() -> datetime:
    """The pages read the clock, so these people live today."""
    return timezone.now()


def mistyped(name: str, now: datetime, meant: str = "") -> ContactPoint:
    """Somebody whose address looks mistyped."""
    point = ContactPoint.objects.get(contact=person(name, now))
    point.value, point.valid, point.reason = f"{name}@gmial.com", False, "mistyped"
    point.suggestion = meant or f"{name}@gmail.com"
    point.save()
    return point


def corrected(sign_in: SignIn, now: datetime) -> ContactPoint:
    """Boris's mistyped address after somebody took the one meant."""
    point = mistyped("boris", now)
    sign_in("editor").post("/people/correct", {"point": str(point.pk)})
    return ContactPoint.objects.get(pk=point.pk)


def test_an_opt_out_that_names_the_mistyped_address_later_stops_the_person(
    sign_in: SignIn, now: datetime, tmp_path: Path
) -> None:
    point = corrected(sign_in, now)
    file = tmp_path / "optouts.csv"
    file.write_text("email\nboris@gmial.com\n")
    suppressions.load(file, Options(source="tool"), now)
    assert Consent.objects.filter(contact=point.contact_id, channel="email", given=False).exists()
    asked = database.rows(f"SELECT contact_id FROM ({reach.points(now)}) AS point WHERE channel = 'email'")
    assert (point.contact_id,) not in asked


def test_a_file_that_still_has_the_mistyped_address_finds_the_person_and_leaves_the_correction(
    sign_in: SignIn, now: datetime, tmp_path: Path
) -> None:
    point = corrected(sign_in, now)
    file = tmp_path / "contacts.csv"
    file.write_text("email,first name\nboris@gmial.com,Boris\n")
    contacts.load(file, Options(source="shop", mode="overwrite"), now)
    assert Contact.objects.count() == 1
    assert set(ContactPoint.objects.values_list("value", flat=True)) == {"boris@gmial.com", "boris@gmail.com"}
    ContactPoint.objects.filter(pk=point.pk).update(valid=None, reason="")
    addresses.judge(now)
    point.refresh_from_db()
    assert (point.valid, point.reason, point.suggestion) == (False, "mistyped", "")


def test_what_comes_back_from_the_mistyped_address_leaves_the_corrected_one(sign_in: SignIn, now: datetime) -> None:
    point = corrected(sign_in, now)
    sent = message(point.contact, now, state="sent", sent_at=now, contact_point_id=point.pk)
    bounces.record(sent.pk, "hard", "5.1.1", now)
    assert ContactPoint.objects.get(pk=point.pk).reason == "bounced"
    assert ContactPoint.objects.get(value="boris@gmail.com").valid is None


def test_who_has_both_spellings_is_only_told_no_correction_any_more(sign_in: SignIn, now: datetime) -> None:
    point = mistyped("boris", now)
    ContactPoint.objects.create(contact=point.contact, channel="email", value="boris@gmail.com", valid=True)
    sign_in("editor").post("/people/correct", {"point": str(point.pk)})
    assert list(ContactPoint.objects.order_by("pk").values_list("valid", "suggestion")) == [(False, ""), (True, "")]


def test_a_mistyped_address_is_corrected_unless_it_is_somebodys(sign_in: SignIn, now: datetime) -> None:
    contact, boris = anna(now), person("boris", now)
    point = ContactPoint.objects.get(contact=contact)
    path = f"/people/{contact.uuid}/correct"
    ContactPoint.objects.filter(pk=point.pk).update(valid=False, reason="mistyped", suggestion="boris@example.org")
    assert sign_in("reader").post(path, {"point": point.pk}).status_code == 403
    client = sign_in("editor")
    assert client.post(path, {"point": point.pk}).status_code == 422
    ContactPoint.objects.filter(contact=boris).delete()
    assert client.post(path, {"point": point.pk}).status_code == 302
    found = ContactPoint.objects.filter(contact=contact).order_by("pk")
    assert [(one.value, one.valid, one.reason, one.suggestion) for one in found] == [
        (point.value, False, "mistyped", ""),
        ("boris@example.org", None, "", ""),
    ]


def test_the_mistyped_addresses_shown_are_corrected_at_once_but_those_that_may_not(
    sign_in: SignIn, now: datetime
) -> None:
    anna(now)
    good, taken = mistyped("boris", now), mistyped("chloe", now, "anna@example.org")
    stopped, gone = mistyped("denis", now), mistyped("emma", now)
    Suppression.objects.create(channel="all", digest=digest("denis@gmail.com"), reason="unsubscribed", at=now)
    Suppression.objects.create(channel="email", digest=digest(gone.value), reason="unsubscribed", at=now)
    points = {"point": [str(point.pk) for point in (good, taken, stopped, gone)]}
    assert sign_in("reader").post("/people/correct", points).status_code == 403
    client = sign_in("editor")
    page = client.post("/people/correct?flag=mistyped", points, follow=True)
    assert "messages" not in client.cookies, "addresses stay out of cookies"
    assert page.redirect_chain == [("/people/?flag=mistyped", 302)]
    assert (
        "1 address corrected. The next nightly calculation checks it all and brings the figures up to date" in page.text
    )
    for value, why in (
        (taken.value, "Another person has this address already"),
        (stopped.value, "The address probably meant is on the suppression list"),
        (gone.value, "its owner may not be written to under another spelling"),
    ):
        assert re.search(f"Left as it is: {value}. .*{why}", page.text), value
    assert list(ContactPoint.objects.filter(suggestion="").values_list("value", flat=True).order_by("pk")) == [
        "anna@example.org",
        good.value,
        "boris@gmail.com",
    ]
    added = ContactPoint.objects.get(value="boris@gmail.com")
    assert (added.contact_id, added.valid) == (good.contact_id, None)
    assert AuditEntry.objects.filter(action="address corrected").count() == 1


def test_all_mistyped_addresses_of_a_list_are_corrected_at_once_by_the_same_rules(
    sign_in: SignIn, now: datetime
) -> None:
    points = [mistyped(f"somebody{number}", now) for number in range(53)]
    Suppression.objects.create(channel="all", digest=digest("somebody7@gmail.com"), reason="unsubscribed", at=now)
    client = sign_in("editor")
    text = client.get("/people/?flag=mistyped").text
    assert "Correct the 50 shown" in text
    assert "Correct all 53" in text
    assert client.post("/people/correct-all").status_code == 422, "not a list of mistyped addresses"
    assert sign_in("reader").post("/people/correct-all?flag=mistyped").status_code == 403
    page = client.post("/people/correct-all?flag=mistyped", follow=True)
    assert "52 addresses corrected" in page.text
    assert "Left as it is: somebody7@gmial.com" in page.text
    assert ContactPoint.objects.filter(value__endswith="@gmail.com").count() == len(points) - 1
    assert AuditEntry.objects.filter(action="address corrected").count() == len(points) - 1


def test_the_list_of_mistyped_addresses_shows_what_was_meant(sign_in: SignIn, now: datetime) -> None:
    point = mistyped("boris", now)
    text = sign_in("editor").get("/people/?flag=mistyped").text
    assert "boris@gmail.com" in text
    assert text.count(f'name="point" value="{point.pk}"') == 2, "one button for it, one for all shown"
    reader = sign_in("reader")
    assert "boris@gmail.com" not in reader.get("/people/").text
    text = reader.get("/people/?flag=mistyped").text
    assert "boris@gmail.com" in text
    assert 'name="point"' not in text
