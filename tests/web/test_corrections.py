"""After a correction the mistyped address stays beside the one meant: what names it later still finds the person."""

from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone

from relance.contacts import reach
from relance.contacts.models import Consent, Contact, ContactPoint
from relance.core import database
from relance.feedback import bounces
from relance.hygiene import addresses
from relance.intake import contacts, suppressions
from relance.intake.options import Options
from tests.delivery.sending import message
from tests.eligibility.people import person
from tests.web.conftest import SignIn


@pytest.fixture
def now() -> datetime:
    """The pages read the clock, so these people live today."""
    return timezone.now()


def mistyped(now: datetime) -> ContactPoint:
    """Boris, whose address looks mistyped."""
    point = ContactPoint.objects.get(contact=person("boris", now))
    point.value, point.valid, point.reason, point.suggestion = "boris@gmial.com", False, "mistyped", "boris@gmail.com"
    point.save()
    return point


def corrected(sign_in: SignIn, now: datetime) -> ContactPoint:
    """Boris's mistyped address after somebody took the one meant."""
    point = mistyped(now)
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
    point = mistyped(now)
    ContactPoint.objects.create(contact=point.contact, channel="email", value="boris@gmail.com", valid=True)
    sign_in("editor").post("/people/correct", {"point": str(point.pk)})
    assert list(ContactPoint.objects.order_by("pk").values_list("valid", "suggestion")) == [(False, ""), (True, "")]
