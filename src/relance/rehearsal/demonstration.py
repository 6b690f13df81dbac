"""The demonstration: a sample shop brought in through the public importer, cleaned, scored, segmented, rehearsed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import relance
from relance.contacts.models import ContactPoint
from relance.content import publishing as templates
from relance.core import place
from relance.core.definitions import read
from relance.core.errors import RefusedError
from relance.dormancy import policies, scoring
from relance.events import maintenance
from relance.hygiene import report as hygiene_report
from relance.hygiene import stages as hygiene
from relance.intake import consents, contacts, events, runs, sources, suppressions
from relance.intake.models import ImportRun
from relance.intake.options import Options, Progress
from relance.journeys import publishing
from relance.rehearsal import rates, rehearse, sample_shop
from relance.rehearsal.rehearse import Rehearsal
from relance.segments import definitions, refresh

HOUR = time(6, tzinfo=UTC)  # the morning after the sample's last day
DAY = date(2026, 7, 27)  # where nobody says which day it is, so that tests see one shop
NOW = datetime.combine(DAY, HOUR)
JOURNEY = "reactivation-ecommerce"
DAYS = 75
RECIPES = Path(relance.__file__).parent / "recipes"
SOURCE = sources.SAMPLE
MADE_FOR = "made-for.txt"  # in the folder of the files: the day after the last one they tell of

Loader = Callable[[Path, Options, datetime, Progress], ImportRun]

# The files of the sample shop in the order they are brought in, and what brings each.
FILES: tuple[tuple[str, Loader, str], ...] = (
    ("contacts.csv", contacts.load, ""),
    ("orders.csv", events.load, "order_placed"),
    ("store_purchases.csv", events.load, "store_purchase"),
    ("refunds.csv", events.load, "refund"),
    ("visits.csv", events.load, ""),
    ("mailings.csv", events.load, ""),
    ("consents.csv", consents.load, ""),
    ("optouts.csv", suppressions.load, ""),
)


@dataclass(frozen=True)
class Demonstration:
    """What the demonstration did."""

    folder: Path
    imports: dict[str, dict[str, Any]]
    hygiene: dict[str, Any]
    rehearsal: Rehearsal


def run(report: Progress, today: date = DAY) -> Demonstration:
    """Do all of it, in the installation's own data folder; running it again changes nothing that was there."""
    refuse_among_others()
    folder = files(report, today=today)
    now = datetime.combine(made_for(folder), HOUR)  # another day's demonstration goes on as of the day of its files
    imports = load(folder, report, now)
    options = rehearse.Options(JOURNEY, rehearse.good_start(JOURNEY, now), DAYS, rates.load())
    return Demonstration(folder, imports, hygiene_report.report(now), rehearse.rehearse(options, report))


def somebody() -> str:
    """Return the address of one of the invented people, for whoever wants to look at one."""
    found = ContactPoint.objects.filter(channel="email", valid=True).order_by("contact_id", "id").first()
    return found.value if found else "EMAIL"


def refuse_among_others() -> None:
    """Refuse to mix invented people with real ones."""
    found = sources.others((sources.OWN, sources.SAMPLE))
    if found:
        raise RefusedError(
            f"This installation holds people of {', '.join(found)}; the sample shop would mix invented ones with them. "
            "Give the demonstration a folder of its own: RELANCE_DATA=relance-demo relance demo."
        )


def load(folder: Path, report: Progress, now: datetime = NOW) -> dict[str, dict[str, Any]]:
    """Bring the sample's files in, clean, define, score and segment; return the totals of each file."""
    imports = {name: bring(folder / name, loader, event_type, report, now) for name, loader, event_type in FILES}
    report("clean, score, segment", 0, 3)
    hygiene.run(now)
    maintenance.run(now)
    define(now)
    report("clean, score, segment", 1, 3)
    scoring.score(now)
    report("clean, score, segment", 2, 3)
    refresh.run(now)
    report("clean, score, segment", 3, 3)
    return imports


def files(report: Progress, contacts: int = 20_000, today: date = DAY) -> Path:
    """Return the folder of the sample's files, made once; they stay as examples of what the importer takes."""
    folder = _folder()
    if not folder.exists():
        report("sample shop", 0, 0)
        draft = folder.with_name("sample-shop.new")
        shutil.rmtree(draft, ignore_errors=True)
        sample_shop.generate(draft, contacts=contacts, today=today)
        (draft / MADE_FOR).write_text(f"{today.isoformat()}\n", encoding="utf-8")
        for name in ("policies", "segments", "templates", "journeys"):
            shutil.copytree(RECIPES / name, draft / "definitions" / name)
        draft.rename(folder)
    return folder


def made_for(folder: Path) -> date:
    """Return the day the files were made for: the one after the last they tell of."""
    note = folder / MADE_FOR
    return date.fromisoformat(note.read_text("utf-8").strip()) if note.exists() else DAY


def forget_files_of_another_day(today: date) -> None:
    """Erase the sample's files that were made for another day, so that a shop that comes in anew is not an old one."""
    if _folder().exists() and made_for(_folder()) != today:
        shutil.rmtree(_folder())


def _folder() -> Path:
    return place.folder(".") / "sample-shop"


def bring(path: Path, loader: Loader, event_type: str, report: Progress, now: datetime) -> dict[str, Any]:
    """Bring one file in through the importer, unless this very file is in already; return its totals."""
    done = (
        ImportRun.objects.filter(source__name=SOURCE, file_name=path.name, state="done")
        .order_by("-finished_at")
        .first()
    )
    run = done or loader(path, Options(source=SOURCE, type=event_type, covered_until=now), now, report)
    if done is None:
        runs.renew_statistics()
    return dict(run.totals)


def define(now: datetime) -> None:
    """Keep the shipped policies, segments, templates and the journey; unchanged ones make no new version."""
    for name in ("b2b", "ecommerce", "newsletter"):
        policies.apply(read(RECIPES / "policies" / f"{name}.yaml"), now)
    for path in sorted((RECIPES / "segments").glob("*.yaml")):
        definitions.apply(read(path), now)
    for path in sorted((RECIPES / "templates").glob("*.yaml")):
        templates.publish(path, now)
    publishing.publish(read(RECIPES / "journeys" / f"{JOURNEY}.yaml"), now)
