"""Seed lists: where mails to mailboxes of one's own ended, inbox, spam or nowhere, brought by a file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Max, Sum

from relance.core import audit
from relance.core.errors import InputError
from relance.eligibility.breaker import providers
from relance.measurement.models import SeedResult

PLACES = ("inbox", "spam", "missing")
LARGEST_FILE = 20_000_000
# What a file calls its columns and its places, in English and French.
_COLUMNS = {
    "day": ("date", "day", "jour"),
    "provider": ("provider", "mailbox provider", "domain", "fournisseur", "domaine"),
    "campaign": ("campaign", "campagne"),
    "place": ("placement", "place", "folder", "result", "résultat", "dossier"),
    **{place: (place,) for place in PLACES},
}
_PLACES = {
    "inbox": ("inbox", "primary", "promotions", "boîte de réception", "boite de reception", "réception"),
    "spam": ("spam", "junk", "bulk", "indésirables", "indesirables", "courrier indésirable"),
    "missing": ("missing", "not received", "none", "absent", "manquant", "non reçu"),
}
Key = tuple[date, str, str]  # day, provider, campaign


@dataclass(frozen=True)
class Placement:
    """Where the seeds of a provider ended over a while."""

    provider: str
    inbox: int
    spam: int
    missing: int
    last: date

    @property
    def seeds(self) -> int:
        return self.inbox + self.spam + self.missing


def bring(path: Path, *, by: str, now: datetime) -> int:
    """Keep the results of a CSV file and return how many seeds it tells of.

    Columns: date, provider (a name or a mail domain), campaign, and either `placement` (a line for each seed) or the
    counts `inbox`, `spam`, `missing`. A day of a campaign at a provider brought again takes the place of the one before.
    """
    found = _read(path)
    with transaction.atomic():
        for (day, provider, campaign), counts in sorted(found.items()):
            values = {place: counts[place] for place in PLACES} | {"at": now}
            SeedResult.objects.update_or_create(day=day, provider=provider, campaign=campaign, defaults=values)
        seeds = sum(counts.total() for counts in found.values())
        audit.record("seed results brought", path.name, now=now, actor=by, details={"seeds": seeds})
    return seeds


def placements(days: int, now: datetime) -> list[Placement]:
    """Return where seeds ended in the last `days` days, the provider with the smallest share in the inbox first."""
    told = SeedResult.objects.filter(day__gt=(now - timedelta(days=days)).date(), day__lte=now.date())
    summed = told.values("provider").annotate(*(Sum(place, default=0) for place in PLACES), last=Max("day"))
    rows = [Placement(*row) for row in summed.values_list("provider", *(f"{one}__sum" for one in PLACES), "last")]
    return sorted((row for row in rows if row.seeds), key=lambda row: (row.inbox / row.seeds, row.provider))


def _read(path: Path) -> Mapping[Key, Counter[str]]:
    if not path.is_file() or path.stat().st_size > LARGEST_FILE:
        raise InputError(f"{path} is no file of seed results, or larger than 20 MB. Nothing was changed.")
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not text in UTF-8. Save it as CSV in UTF-8. Nothing was changed.") from error
    try:
        return _counts(path, text)
    except csv.Error as error:
        raise InputError(f"{path} is no CSV file: {error}. Nothing was changed.") from error


def _counts(path: Path, text: str) -> Mapping[Key, Counter[str]]:
    first = text.partition("\n")[0]
    lines = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ",")
    names = _names(path, lines.fieldnames or ())
    found: dict[Key, Counter[str]] = {}
    for number, line in enumerate(lines, start=2):
        known = {field: (line.get(name) or "").strip() for field, name in names.items()}
        key = (_day(path, number, known["day"]), _provider(known["provider"]), known.get("campaign", ""))
        found.setdefault(key, Counter()).update(dict(_counted(path, number, known)))
    if not found:
        raise InputError(f"{path} has no line below its header. Nothing was changed.")
    return found


def _names(path: Path, header: Sequence[str]) -> dict[str, str]:
    """Return the file's own name of each column we know."""
    given = {name.strip().lower(): name for name in header}
    names = {field: given[one] for field, ours in _COLUMNS.items() for one in ours if one in given}
    if not {"day", "provider"} <= names.keys() or not {"place", *PLACES} & names.keys():
        wanted = "date, provider, campaign and placement (or inbox, spam, missing)"
        raise InputError(f"{path}, line 1: the columns are not those of seed results: {wanted}. Nothing was changed.")
    return names


def _day(path: Path, number: int, text: str) -> date:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text[:10], form).date()
        except ValueError:
            continue
    raise InputError(f"{path}, line {number}: `{text}` is no date. Write it as 2026-07-27. Nothing was changed.")


def _provider(text: str) -> str:
    """Return the provider a file names by our name, by people's, or by a mail domain."""
    name = text.lower()
    labels = {label.lower(): code for code, label in providers.NAMES.items()}
    return name if name in providers.PROVIDERS else labels.get(name) or providers.of(name.rpartition("@")[2])


def _counted(path: Path, number: int, known: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    if "place" in known:
        place = next((one for one, words in _PLACES.items() if known["place"].lower() in words), "")
        if not place:
            raise InputError(
                f"{path}, line {number}: `{known['place']}` is no placement. Write inbox, spam or missing. Nothing was changed."
            )
        yield place, 1
        return
    for place in PLACES:
        count = known.get(place) or "0"
        if not count.isascii() or not count.isdigit() or len(count) > 6:
            raise InputError(f"{path}, line {number}: `{count}` is no count of seeds. Nothing was changed.")
        yield place, int(count)
