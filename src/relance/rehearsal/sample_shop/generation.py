"""Writes the sample shop into a folder."""

import shutil
from datetime import date
from importlib import resources
from pathlib import Path

from relance.core.errors import InputError
from relance.rehearsal.sample_shop import files, tables
from relance.rehearsal.sample_shop.scope import Scope
from relance.rehearsal.sample_shop.shop import draw
from relance.rehearsal.sample_shop.summary import Summary, summarise

FILES = {
    "contacts.csv": (tables.contacts, files.SHOP),
    "orders.csv": (tables.orders, files.BACK_OFFICE),
    "store_purchases.csv": (tables.store_purchases, files.TILL),
    "refunds.csv": (tables.refunds, files.BACK_OFFICE),
    "visits.csv": (tables.site_visits, files.WEB),
    "mailings.csv": (tables.sent_mails, files.MAILING_TOOL),
    "consents.csv": (tables.consents, files.SHOP),
    "optouts.csv": (tables.optouts, files.MAILING_TOOL),
    "products.csv": (tables.products, files.MAILING_TOOL),
}


def generate(
    folder: Path, *, contacts: int = 20_000, seed: int = 1, today: date = date(2026, 7, 27), months: int = 24
) -> Summary:
    """Write the files of a sample shop of `contacts` lines whose history ends on the eve of `today`.

    The same arguments give the same bytes.
    """
    shop = draw(Scope(contacts=contacts, seed=seed, today=today, months=months))
    _make(folder)
    lines = {name: files.write(folder / name, columns(shop), dialect) for name, (columns, dialect) in FILES.items()}
    readme = resources.files(__package__).joinpath("README.txt").read_text(encoding="utf-8")
    (folder / "README.txt").write_text(readme, encoding="utf-8", newline="\n")
    return summarise(shop, lines)


def write_definitions(folder: Path, *, definitions: Path) -> list[Path]:
    """Copy every file under `definitions` into `folder`, keeping sub-folders; return the copies."""
    copies = []
    for source in sorted(path for path in definitions.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        copy = folder / source.relative_to(definitions)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copies.append(Path(shutil.copyfile(source, copy)))
    return copies


def _make(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; name a folder for the sample shop.")
    folder.mkdir(parents=True, exist_ok=True)
