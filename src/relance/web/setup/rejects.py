"""The lines an import did not take, as a file for spreadsheets: in the reader's language, and safe to open."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext as _

from relance.core import place
from relance.intake.models import ImportRun
from relance.web.language import current
from relance.web.people.spreadsheet import BOM, DELIMITERS, Line, safe
from relance.web.setup import sentences

LONGEST_CELL = 1 << 30  # a lost quote makes a cell of many lines


def path(run: ImportRun) -> Path:
    """Return where the importer left the lines it did not take."""
    return place.folder("imports") / f"{run.id}-rejects.csv"


def lines(run: ImportRun) -> Iterator[str]:
    """Return the lines anew, with head and reasons in the language in force; they are written after the view has ended."""
    return _written(path(run), run.kind, current(), [_("line"), _("reason")])


def _written(path: Path, kind: str, language: str, head: list[str]) -> Iterator[str]:
    """Yield the file: the first two cells of a line are ours, the others are the file's own."""

    @cache
    def reason(said: str) -> str:
        with translation.override(language):
            return sentences.say(said, kind)

    csv.field_size_limit(LONGEST_CELL)
    out = csv.writer(Line(), delimiter=DELIMITERS[language])
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        own = next(rows, [])[len(head) :]
        yield BOM + str(out.writerow([*head, *map(safe, own)]))
        for line, said, *cells in rows:
            yield str(out.writerow([line, reason(said), *map(safe, cells)]))
