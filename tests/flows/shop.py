"""A small shop in the files it would bring: named people, French and English, and sixty who have simply gone quiet."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from relance.intake import contacts, events, suppressions
from relance.intake.options import Options

QUIET = 60
Day = Callable[[int], str]

# Name, language, mailbox, newsletter: what the shop's own export says of them.
PEOPLE = (
    ("Anna", "fr", "anna@example.org", "oui"),  # will click
    ("Boris", "fr", "boris@example.org", "oui"),  # opted out with the former tool
    ("Chloe", "fr", "chloe@example.org", "oui"),  # buys in the store
    ("David", "en", "david@example.org", "oui"),  # will order
    ("Emma", "en", "emma@example.org", "oui"),  # will unsubscribe
    ("Farid", "fr", "farid@example.org", "oui"),  # ordered last month
    ("Gina", "fr", "gina@gmial.com", "oui"),  # mistyped
    ("Hugo", "fr", "hugo@example.org", ""),  # never said yes
    ("Igor", "en", "dead@example.org", "oui"),  # the mailbox is gone
)  # fmt: skip


def named() -> dict[str, str]:
    """Return the customer number of each name."""
    return {name: f"C{number}" for number, (name, *_) in enumerate(PEOPLE)}


def bring(folder: Path, now: datetime) -> None:
    """Write the shop's files and bring them in through the importer, the former tool's opt-outs last."""
    day = partial(_day, now)
    told = now + timedelta(days=400)  # the shop goes on telling: an order missing from its files was not placed
    boutique = Options(source="boutique", dates="day-first", covered_until=told)
    former = Options(source="ancien outil", dates="day-first", covered_until=told)
    contacts.load(_written(folder, "clients.csv", _people()), boutique, now)
    events.load(_written(folder, "commandes.csv", _orders(day)), replace(boutique, type="order_placed"), now)
    events.load(_written(folder, "caisse.csv", _tickets(day)), replace(boutique, type="store_purchase"), now)
    events.load(_written(folder, "site.csv", _visits(day)), boutique, now)
    events.load(_written(folder, "mails.csv", _mails(day)), former, now)
    stopped = ["e-mail;motif;date", f"boris@example.org;désabonné;{day(700)}"]
    suppressions.load(_written(folder, "désinscrits.csv", stopped), former, now)


def order(folder: Path, now: datetime, *names: str) -> None:
    """Bring the orders these people placed two hours ago."""
    at = (now - timedelta(hours=2)).isoformat()
    rows = ["id client;date;montant;n° commande", *(f"{name};{at};64,90;N{name}{now:%m%d}" for name in names)]
    events.load(
        _written(folder, f"commandes-{now:%m%d}.csv", rows), Options(source="boutique", type="order_placed"), now
    )


def _day(now: datetime, ago: int) -> str:
    """Return the day so many days ago as the files write it."""
    return f"{now - timedelta(days=ago):%d/%m/%Y}"


def _people() -> Iterable[str]:
    yield "id client;prénom;e-mail;langue;pays;newsletter;date d'opt-in;créé le"
    quiet = ((f"Quiet {n}", "fr" if n % 2 else "en", f"quiet{n}@example.org", "oui") for n in range(QUIET))
    for number, (name, language, address, newsletter) in enumerate([*PEOPLE, *quiet]):
        identifier = f"C{number}" if number < len(PEOPLE) else f"Q{number - len(PEOPLE)}"
        country = "FR" if language == "fr" else "GB"
        yield f"{identifier};{name};{address};{language};{country};{newsletter};15/01/2024;15/01/2024"


def _everybody() -> list[str]:
    return [*named().values(), *(f"Q{n}" for n in range(QUIET))]


def _orders(day: Day) -> Iterable[str]:
    yield "id client;date;montant;n° commande"
    yield from (f"{who};{day(540 + n)};{40 + n},50;W{n}" for n, who in enumerate(_everybody()))
    yield f"{named()['Farid']};{day(25)};80,00;W900"


def _tickets(day: Day) -> Iterable[str]:
    yield "id client;date;montant;n° ticket"
    yield from (f"{named()['Chloe']};{day(ago)};35,00;T{ago}" for ago in (620, 8))


def _visits(day: Day) -> Iterable[str]:
    yield "id client;type;date"
    yield from (f"{who};connexion;{day(540)}" for who in _everybody())
    yield from (f"{who};visite;{day(541)}" for who in _everybody())


def _mails(day: Day) -> Iterable[str]:
    yield "id client;type;date"
    yield from (f"{who};remis;{day(500 - 60 * n)}" for who in _everybody() for n in range(4))
    yield from (f"{named()['Chloe']};remis;{day(10 + 20 * n)}" for n in range(6))  # enough to say that she ignores them
    yield f"{named()['Farid']};clic;{day(500)}"


def _written(folder: Path, name: str, rows: Iterable[str]) -> Path:
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path
