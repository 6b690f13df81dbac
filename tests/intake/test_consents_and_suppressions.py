"""The ledger's entries, and the addresses nobody may write to."""

from datetime import UTC, datetime

import pytest

from relance.contacts.models import Consent, ContactPoint, Suppression
from relance.core import ids
from relance.core.errors import InputError
from relance.intake import consents, contacts, suppressions
from relance.intake.options import Options

from .conftest import Write

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def anna(db: None, write: Write, now: datetime) -> None:
    contacts.load(write("id,email,mobile\n1,anna@x.fr,0612345678\n"), Options(), now)


@pytest.mark.usefixtures("anna")
def test_each_row_is_an_entry_once(write: Write, now: datetime) -> None:
    path = write("email,canal,date,consentement\nanna@x.fr,email,2024-01-05,oui\nanna@x.fr,SMS,2024-01-05,non\n")
    assert consents.load(path, Options(), now).totals["loaded"] == 2
    assert consents.load(path, Options(), now).totals["known"] == 2
    assert sorted(Consent.objects.values_list("channel", "given")) == [("email", True), ("sms", False)]
    assert Consent.objects.get(channel="sms").at == datetime(2024, 1, 4, 23, 0, tzinfo=UTC)


@pytest.mark.usefixtures("anna")
def test_an_undated_permission_does_not_overrule_a_withdrawal(write: Write, now: datetime) -> None:
    consents.load(write("email,date,given\nanna@x.fr,2024-01-05,no\n"), Options(), now)
    assert consents.load(write("email,given\nanna@x.fr,yes\n"), Options(), now).totals["known"] == 1


@pytest.mark.usefixtures("anna")
def test_rows_that_say_neither_yes_nor_no_are_rejected(write: Write, now: datetime) -> None:
    found = consents.load(write("email,given\nanna@x.fr,yes\nanna@x.fr,perhaps\n"), Options(), now).totals
    assert found["examples"] == [{"line": 3, "reason": "the consent is neither yes nor no"}]


def test_people_nobody_knows_are_created_or_rejected(write: Write, now: datetime) -> None:
    path = write("email,given\nchloe@x.fr,yes\n")
    assert consents.load(path, Options(unknown="reject"), now).totals["rejected"] == 1
    assert consents.load(path, Options(), now).totals["contacts_created"] == 1


def test_addresses_are_kept_as_keyed_hashes(write: Write, now: datetime) -> None:
    path = write("email,motif,date\n Boris@x.fr ,hard bounce,2024-01-05\nboris@x.fr,,\nanna@x.fr,Désinscrit,\nnone,,\n")
    found = suppressions.load(path, Options(), now).totals
    assert (found["read"], found["loaded"], found["merged"], found["rejected"]) == (4, 2, 1, 1)
    assert found["examples"] == [{"line": 5, "reason": "the e-mail has no @ and there is no telephone number"}]
    boris = Suppression.objects.get(digest=ids.digest("boris@x.fr"))
    assert (boris.reason, boris.at) == ("bounced", datetime(2024, 1, 4, 23, 0, tzinfo=UTC))
    assert suppressions.load(path, Options(), now).totals["known"] == 2


@pytest.mark.usefixtures("anna")
def test_an_opt_out_withdraws_a_known_contacts_consent(write: Write, now: datetime) -> None:
    consents.load(write("email,given\nanna@x.fr,yes\n"), Options(), now)
    found = suppressions.load(write("email,reason\nanna@x.fr,unsubscribed\n"), Options(), now).totals
    assert found["consents_withdrawn"] == 1
    assert list(Consent.objects.order_by("id").values_list("given", flat=True)) == [True, False]


@pytest.mark.usefixtures("anna")
def test_a_bounce_makes_a_known_address_invalid(write: Write, now: datetime) -> None:
    suppressions.load(write("email,reason\nanna@x.fr,NPAI\n"), Options(), now)
    assert ContactPoint.objects.get(channel="email").valid is False
    assert not Consent.objects.exists()


@pytest.mark.usefixtures("anna")
def test_numbers_are_suppressed_too(write: Write, now: datetime) -> None:
    suppressions.load(write("mobile\n06.12.34.56.78\n"), Options(), now)
    assert Suppression.objects.get().channel == "sms"
    assert bytes(Suppression.objects.get().digest) == ids.digest("+33612345678")


def test_a_dry_run_keeps_nothing(write: Write, now: datetime) -> None:
    assert suppressions.load(write("email\nanna@x.fr\n"), Options(dry_run=True), now).totals["loaded"] == 1
    assert not Suppression.objects.exists()


def test_a_file_without_addresses_is_refused(write: Write, now: datetime) -> None:
    with pytest.raises(InputError, match="no column is the email or mobile"):
        suppressions.load(write("colour\nred\n"), Options(), now)
