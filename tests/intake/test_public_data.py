"""Real files, read where they lie: Online Retail (UCI 352), the CDNOW sample, other tools' contact files."""

import csv
import gzip
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from relance.contacts.models import Contact
from relance.core.errors import InputError
from relance.events import engine
from relance.intake import contacts, events
from relance.intake.options import Options

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.data]

CDNOW = {"2-6": "external_id", "13-20": "occurred_at", "21-23": "quantity", "24-31": "amount"}


def told_apart(path: Path) -> dict[str, tuple[int, Decimal]]:
    """Count lines and sum money by class, row by row and without any of our code."""
    classes: dict[str, tuple[int, Decimal]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            quantity, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
            credit = row["InvoiceNo"].startswith("C")
            if price <= 0 or (quantity < 0 and not credit):
                name = "stock_adjustment"
            elif not row["CustomerID"]:
                name = "anonymous"
            else:
                name = "refund" if credit else "order_placed"
            count, money = classes.get(name, (0, Decimal(0)))
            classes[name] = (count + 1, money + quantity * price)
    return classes


def test_online_retail_adds_up_by_class(public_data: Path, now: datetime) -> None:
    path = public_data / "online_retail" / "online_retail_until_2011-06-09.csv.gz"
    found = events.load(path, Options(zone="Europe/London"), now).totals
    expected = told_apart(path)
    assert {name: (figures["rows"], Decimal(figures["money"])) for name, figures in found["classes"].items()} == {
        name: (rows, money.quantize(Decimal("0.01"))) for name, (rows, money) in expected.items()
    }
    assert {name: rows for name, (rows, _) in expected.items()} == {
        "order_placed": 154_744, "refund": 3_808, "stock_adjustment": 1_331, "anonymous": 61_941,
    }  # fmt: skip
    assert (
        found["read"] == 221_824 == found["loaded"] + found["merged"] + found["stock_adjustment"] + found["anonymous"]
    )
    with engine.reading() as con:
        ((kept,),) = con.execute(
            "SELECT sum(CASE type WHEN 'refund' THEN -amount ELSE amount END) FROM events"
        ).fetchall()
    assert kept == (expected["order_placed"][1] + expected["refund"][1]).quantize(Decimal("0.0001"))


def test_cdnow_is_read_by_positions_and_its_identical_rows_count(public_data: Path, now: datetime) -> None:
    path = public_data / "cdnow" / "CDNOW_sample.txt"
    found = events.load(path, Options(columns=CDNOW, type="order_placed", zone="UTC"), now).totals
    assert (found["read"], found["loaded"], found["contacts_created"]) == (6_919, 6_919, 2_357)
    assert events.load(path, Options(columns=CDNOW, type="order_placed", zone="UTC"), now).totals["known"] == 6_919
    with engine.reading() as con:
        twice = con.execute(
            "SELECT sum(n - 1) FROM (SELECT count(*) AS n FROM events GROUP BY contact_id, occurred_at, amount, properties)"
        ).fetchall()
    assert twice == [(21,)]


@pytest.mark.parametrize(
    ("name", "created", "rejected"),
    [
        ("import_excel.csv", 201, 0),
        ("import_external_ids.csv", 2, 0),
        ("import_external_ids_duplicate.csv", 1, 1),
        ("import_libreoffice.csv", 201, 0),
        ("import_malformed1.csv", 3, 0),
        ("import_rfc_4180.csv", 201, 0),
        ("import_rfc_4180_upsert.csv", 4, 0),
        ("import_rfc_4180_with_status.csv", 2, 0),
        ("import_with_data.csv", 2, 0),
        ("subs-domain-blocklist.csv", 4, 0),
        ("subs.csv", 100, 0),
    ],
)
def test_other_tools_contact_files_are_imported(
    public_data: Path, now: datetime, name: str, created: int, rejected: int
) -> None:
    found = contacts.load(public_data / "contact_csv" / name, Options(), now).totals
    assert (Contact.objects.count(), found["rejected"]) == (created, rejected)


def test_a_file_without_usable_row_is_answered_with_a_sentence(public_data: Path, now: datetime) -> None:
    with pytest.raises(InputError, match="Line 2: neither external id nor e-mail"):
        contacts.load(public_data / "contact_csv" / "import_malformed2.csv", Options(), now)
