"""The sample shop's files, as somebody who knows nothing of their making reads them."""

import csv
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email

from relance.rehearsal.sample_shop import Summary, generate
from relance.rehearsal.sample_shop.words import MISTYPED_DOMAINS, ROLES

SIZE = 2_000
TODAY = datetime(2026, 7, 27, tzinfo=UTC)
DIALECTS = {
    "contacts.csv": ("utf-8-sig", ";"),
    "orders.csv": ("cp1252", ";"),
    "store_purchases.csv": ("utf-8", "\t"),
    "refunds.csv": ("cp1252", ";"),
    "visits.csv": ("utf-8", ","),
    "mailings.csv": ("utf-8", ","),
    "consents.csv": ("utf-8-sig", ";"),
    "optouts.csv": ("utf-8", ","),
    "products.csv": ("utf-8", ","),
}
Rows = list[dict[str, str]]


class Brought:
    """The files as somebody who knows nothing of their making reads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.summary: Summary = generate(folder, contacts=SIZE)
        self.rows = {name: self._read(name) for name in DIALECTS}

    def __getitem__(self, name: str) -> Rows:
        return self.rows[name]

    def _read(self, name: str) -> Rows:
        encoding, delimiter = DIALECTS[name]
        with (self.folder / name).open(encoding=encoding, newline="") as file:
            return list(csv.DictReader(file, delimiter=delimiter, strict=True))


def local(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def amount(text: str) -> Decimal | None:
    return Decimal(text.replace(",", ".")) if re.fullmatch(r"\d+[,.]\d\d", text) else None


def readable(rows: Rows, when: str) -> Rows:
    return [row for row in rows if local(row[when]) and amount(row["Montant TTC"]) is not None]


def of_known_customers(shop: Brought) -> dict[str, Rows]:
    known = {row["N° client"] for row in shop["contacts.csv"]}
    files = {"orders.csv": "Date de commande", "store_purchases.csv": "Date"}
    return {name: [r for r in readable(shop[name], when) if r["N° client"] in known] for name, when in files.items()}


def kind_of(email: str) -> str:
    if not email:
        return "without_email"
    try:
        address = validate_email(email.strip(), check_deliverability=False)
    except EmailNotValidError:
        return "broken"
    domain = address.domain.lower()
    if domain in MISTYPED_DOMAINS:
        return "mistyped"
    if domain in blocklist:
        return "disposable"
    return "role" if address.local_part.lower() in ROLES else "clean"


def duplicates(shop: Brought) -> set[str]:
    """Second accounts: their consent was given with the first."""
    return {row["N° client"] for row in shop["contacts.csv"] if int(row["N° client"][1:]) > shop.summary.people}
