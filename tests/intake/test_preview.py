"""The first rows of a file, and what each would become."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from relance.contacts.models import Contact
from relance.intake import mapping
from relance.intake.options import Options
from relance.intake.preview import preview


def test_the_importer_says_what_each_row_becomes(db: None, now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "clients.csv"
    path.write_bytes("N° client;E-mail;Tél portable\n7;ANNA@EXAMPLE.ORG;06 12 34 56 78\n;boris;\n".encode("cp1252"))
    found = preview(path, "contacts", Options(), now)
    assert (found.encoding, found.separator) == ("windows-1252", "semicolon")
    assert found.rows[0].became == {"external_id": "7", "email": "anna@example.org", "mobile": "+33612345678"}
    assert found.rows[1].refusal == "the e-mail has no @ and there is no external id"
    assert not Contact.objects.exists()


def test_only_the_start_of_a_large_packed_file_is_read(db: None, now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv.gz"
    lines = "".join(f'{n};2026-01-{n % 28 + 1:02};"a ""long""\nname {n}";12,50\n' for n in range(20_000))
    path.write_bytes(gzip.compress(("client id;date;product name;amount\n" + lines).encode()))
    found = preview(path, "events", Options(), now)
    assert [row.line for row in found.rows] == list(range(2, 22, 2))
    assert (found.rows[0].what, found.rows[0].became["occurred_at"]) == (
        "order_placed",
        datetime(2025, 12, 31, 23, tzinfo=UTC),
    )


def test_what_is_missing_is_told_beside_the_rows(db: None, now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("who,where\nanna,Paris\n")
    found = preview(path, "contacts", Options(), now)
    assert "no column is the external_id or email" in found.problem
    assert (found.headers, found.rows[0].cells) == (("who", "where"), ("anna", "Paris"))


def test_a_column_said_twice_is_told_beside_the_rows(db: None, now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("a,b\nanna@example.org,x\n")
    found = preview(path, "contacts", Options(columns={"a": "email", "b": "email"}), now)
    assert "two columns are mapped to email" in found.problem
    assert found.headers == ("a", "b")


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        (("InvoiceNo", "StockCode", "InvoiceDate", "UnitPrice", "CustomerID"), "events"),
        (("Adresse e-mail", "Motif", "Date"), "suppressions"),
        (("email", "canal", "consentement", "date"), "consents"),
        (("Email", "Prénom", "Nom", "Newsletter"), "contacts"),
        (("Email", "Date", "Type d'évènement"), "events"),
        (("Email", "Campagne", "Envoyé le", "Ouvert", "Cliqué"), "events"),
        (("Email", "First name", "Created at", "Opens", "Clicks"), "contacts"),
        (("Email", "Date de désabonnement"), "contacts"),
    ],
)
def test_headers_tell_the_kind_of_file(headers: tuple[str, ...], kind: str) -> None:
    assert mapping.guess_kind(headers) == kind


@pytest.mark.parametrize(("headers", "among", "kind"), [
    (("email", "consent", "created at", "type"), ("suppressions", "consents"), "consents"),
    (("order number", "date", "amount"), ("contacts", "suppressions"), "contacts"),
    (("who", "where"), ("suppressions", "consents"), "suppressions"),
])  # fmt: skip
def test_only_a_kind_that_may_come_is_guessed(headers: tuple[str, ...], among: tuple[str, ...], kind: str) -> None:
    assert mapping.guess_kind(headers, among) == kind


def test_rows_of_a_wrong_width_are_shown_wherever_they_stand(db: None, now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email;town\nanna@example.org;Oslo\nboris@example.org\n")
    found = preview(path, "contacts", Options(), now)
    assert [(row.line, bool(row.refusal)) for row in found.rows] == [(2, False), (3, True)]
