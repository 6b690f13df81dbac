"""Contacts: who is created, merged, updated, left out; what is kept of their addresses and consents."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from relance.contacts.models import Consent, Contact, ContactPoint, Suppression
from relance.core.errors import InputError
from relance.intake import contacts, runs, suppressions
from relance.intake.models import ImportRun, Source
from relance.intake.options import Options

from .conftest import Write

pytestmark = pytest.mark.usefixtures("db")


def totals(path: Path, now: datetime, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = contacts.load(path, Options(**options), now).totals
    return found


def points(contact: str) -> list[tuple[str, str]]:
    return list(
        ContactPoint.objects.filter(contact__external_id=contact)
        .order_by("channel", "id")
        .values_list("channel", "value")
    )


def test_a_contact_comes_with_names_address_and_numbers(write: Write, now: datetime) -> None:
    path = write(
        "N° client;Adresse e-mail;Prénom;Nom;Adresse;Code postal;Ville;Pays;Téléphone;Langue;Date d'inscription\n"
        "7; Anna@Example.org ;Anna;Lévêque;3 rue Haute;75001;Paris;France;06 12 34 56 78;Français;25/12/2024\n"
    )
    run = contacts.load(path, Options(), now)
    anna = Contact.objects.get(external_id="7")
    assert (anna.name_key, anna.country, anna.language) == ("leveque anna", "FR", "fr")
    assert anna.first_seen_at == datetime(2024, 12, 24, 23, 0, tzinfo=UTC)
    assert points("7") == [
        ("email", "anna@example.org"),
        ("postal", "3 rue Haute\n75001 Paris\nFR"),
        ("sms", "+33612345678"),
    ]
    assert ImportRun.objects.get(id=run.id).totals["loaded"] == 1


def test_the_same_file_twice_adds_nothing(write: Write, now: datetime) -> None:
    path = write("id,email,newsletter,street,city\n1,anna@x.fr,yes,3 rue Haute,Paris\n2,boris@x.fr,no,,\n")
    totals(path, now)
    before = (Contact.objects.count(), ContactPoint.objects.count(), Consent.objects.count())
    again = totals(path, now)
    assert (again["known"], again["loaded"], again["updated"], again["consents"]) == (2, 0, 0, 0)
    assert (Contact.objects.count(), ContactPoint.objects.count(), Consent.objects.count()) == before == (2, 3, 2)


def test_rows_that_name_one_person_are_merged_in_order(write: Write, now: datetime) -> None:
    path = write("id,email,first name,city\n7,anna@x.fr,Ana,Lyon\n,anna@x.fr,Anna,\n7,anna@y.fr,,\n")
    found = totals(path, now)
    anna = Contact.objects.get()
    assert (found["loaded"], found["merged"]) == (1, 2)
    assert (anna.first_name, anna.city) == ("Anna", "Lyon")
    assert points("7") == [("email", "anna@x.fr"), ("email", "anna@y.fr")]


def test_a_second_external_id_of_one_mailbox_is_remembered(write: Write, now: datetime) -> None:
    totals(write("id,email\n7,anna@x.fr\n"), now)
    totals(write("id,email\n8,anna@x.fr\n9,anna@x.fr\n"), now)
    assert Contact.objects.get().attributes == {"other_external_ids": ["8", "9"]}
    assert totals(write("id,city\n9,Lyon\n"), now)["known"] == 1
    assert Contact.objects.get().city == "Lyon"


def test_a_mailbox_that_many_customers_share_names_nobody(write: Write, now: datetime) -> None:
    found = totals(write("id,email\n" + "".join(f"{n},till@shop.fr\n" for n in range(5))), now)
    assert (found["loaded"], found["addresses_shared"]) == (5, 5)
    assert not ContactPoint.objects.exists()


def test_a_contact_known_by_email_takes_the_external_id(write: Write, now: datetime) -> None:
    totals(write("email\nanna@x.fr\n"), now)
    totals(write("email,id\nanna@x.fr,7\n"), now)
    assert Contact.objects.get().external_id == "7"


@pytest.mark.parametrize(
    ("mode", "expected"), [("merge", ("Anna", "Lyon")), ("skip", ("Ana", "Paris")), ("overwrite", ("Anna", "Lyon"))]
)
def test_modes_on_given_values(write: Write, now: datetime, mode: str, expected: tuple[str, str]) -> None:
    totals(write("id,first name,city\n7,Ana,Paris\n"), now)
    totals(write("id,first name,city\n7,Anna,Lyon\n"), now, mode=mode)
    anna = Contact.objects.get()
    assert (anna.first_name, anna.city) == expected


@pytest.mark.parametrize(("mode", "city"), [("merge", "Paris"), ("overwrite", "")])
def test_modes_on_empty_values(write: Write, now: datetime, mode: str, city: str) -> None:
    totals(write("id,first name,city\n7,Ana,Paris\n"), now)
    totals(write("id,first name,city\n7,Élise,\n"), now, mode=mode)
    anna = Contact.objects.get()
    assert (anna.name_key, anna.city) == ("elise", city)


def test_a_suppressed_address_is_not_reachable_again(write: Write, now: datetime) -> None:
    suppressions.load(write("email\nBoris@x.fr\n"), Options(), now)
    found = totals(write("id,email\n1,boris@x.fr\n,boris@x.fr\n2,anna@x.fr\n"), now)
    assert (found["loaded"], found["addresses_suppressed"]) == (2, 1)
    assert points("1") == []


def test_a_row_with_nothing_but_a_suppressed_address_is_left_out(write: Write, now: datetime) -> None:
    suppressions.load(write("email\nboris@x.fr\n"), Options(), now)
    found = totals(write("email\nboris@x.fr\nanna@x.fr\n"), now)
    assert (found["loaded"], found["suppressed"]) == (1, 1)
    assert Contact.objects.count() == 1


def test_a_status_of_unsubscribed_suppresses(write: Write, now: datetime) -> None:
    found = totals(
        write("id,email,status\n1,anna@x.fr,subscribed\n2,boris@x.fr,unsubscribed\n3,chloe@x.fr,cleaned\n"), now
    )
    assert found["opt_outs"] == 2
    assert sorted(Suppression.objects.values_list("reason", flat=True)) == ["bounced", "unsubscribed"]
    assert dict(Consent.objects.values_list("contact__external_id", "given")) == {"1": True, "2": False}


def test_an_old_file_does_not_undo_a_withdrawal(write: Write, now: datetime) -> None:
    path = write("id,email,newsletter\n1,anna@x.fr,oui\n")
    totals(path, now)
    Consent.objects.create(contact=Contact.objects.get(), channel="email", given=False, at=now)
    totals(path, now)
    assert list(Consent.objects.order_by("id").values_list("given", flat=True)) == [True, False]


def test_named_attributes_and_birthdays_are_kept(write: Write, now: datetime) -> None:
    path = write("id,Taille,Date de naissance\n1,M,25/12/1980\n2,,\n")
    totals(path, now, columns={"Taille": "attribute:size"})
    assert dict(Contact.objects.values_list("external_id", "attributes")) == {
        "1": {"size": "M", "birthday": "1980-12-25"},
        "2": {},
    }


def test_rejected_rows_are_written_with_line_and_reason(write: Write, now: datetime) -> None:
    found = totals(write("id,email\n1,anna@x.fr\n,nobody\n,\n4,d@x.fr,more\n"), now)
    with Path(found["rejects_file"]).open(newline="") as file:
        rows = list(csv.reader(file))
    assert found["read"] == found["loaded"] + found["rejected"] == 4
    assert rows[0] == ["line", "reason", "id", "email"]
    assert [(row[0], row[2:]) for row in rows[1:]] == [
        ("3", ["", "nobody"]),
        ("4", ["", ""]),
        ("5", ["4", "d@x.fr", "more"]),
    ]


def test_a_dry_run_counts_and_writes_nothing(write: Write, now: datetime) -> None:
    found = totals(write("id,email\n1,anna@x.fr\n,nobody\n"), now, dry_run=True)
    assert (found["loaded"], found["rejected"], found["rejects_file"]) == (1, 1, "")
    assert not Contact.objects.exists()
    assert not ImportRun.objects.exists()
    assert not Source.objects.exists()


def test_a_failure_half_way_leaves_nothing(write: Write, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(runs, "_write_rejects", fail)
    with pytest.raises(OSError, match="disk full"):
        totals(write("id,email\n1,anna@x.fr\n"), now)
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Colour,Size\nred,M\n", "no column is the external_id or email. The columns are: Colour, Size"),
        ("email,name\n,Foo\n", "none of its 1 rows can be used. Line 2: neither external id nor e-mail"),
    ],
)
def test_a_file_without_people_is_refused(write: Write, now: datetime, text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        totals(write(text), now)
    assert not ImportRun.objects.exists()


def test_parquet(tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "people.parquet"
    duckdb.execute(f"COPY (SELECT 7 AS id, 'anna@x.fr' AS email, DATE '2024-02-01' AS created) TO '{path}'")
    totals(path, now)
    assert Contact.objects.get(external_id="7").first_seen_at == datetime(2024, 1, 31, 23, 0, tzinfo=UTC)


def test_a_no_of_somebody_who_never_said_yes_is_no_withdrawal(write: Write, now: datetime) -> None:
    contacts.load(write("id,email,newsletter\n1,a@x.fr,no\n2,b@x.fr,yes\n"), Options(), now)
    assert sorted(Consent.objects.values_list("contact__external_id", "given", "basis")) == [
        ("1", False, ""),
        ("2", True, "opt_in"),
    ]


def test_a_no_of_somebody_who_said_yes_is_a_withdrawal(write: Write, now: datetime) -> None:
    contacts.load(write("id,email,newsletter\n2,b@x.fr,yes\n"), Options(), now)
    contacts.load(write("id,email,newsletter\n2,b@x.fr,no\n", "later.csv"), Options(), now + timedelta(days=1))
    assert list(Consent.objects.order_by("id").values_list("given", "basis")) == [(True, "opt_in"), (False, "opt_in")]
