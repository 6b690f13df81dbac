"""A page of docs/ whose commands are run and whose numbers are held: what the tests of the walk-throughs share."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from rich.console import Console
from typer.testing import CliRunner

from relance.cli import face
from relance.core import database, place
from relance.settings import read
from tests.command_line import app

ANSWER = face.answer
ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])")
BLOCK = re.compile(r"^```(\w[^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Pages:
    """One walk-through in both languages."""

    en: str
    fr: str

    def text(self, language: str, part: str = "") -> str:
        """Return a page, or what stands under its headings that begin with `part`."""
        text = (ROOT / "docs" / language / {"en": self.en, "fr": self.fr}[language]).read_text("utf-8")
        if not part:
            return text
        found = [section for section in re.split(r"^## ", text, flags=re.MULTILINE) if section.startswith(part)]
        assert found, f"no heading of the page in {language} begins with {part}"
        return "".join(found)

    def blocks(self, language: str, part: str = "") -> list[tuple[str, str]]:
        """Return the code: what stands after the fence, and the text."""
        return BLOCK.findall(self.text(language, part))

    def tables(self, part: str = "") -> list[list[list[float]]]:
        """Return the numbers of each table, row by row: those of the English page, which the French one must give too."""
        en, fr = (_tables(self.text(language, part), language) for language in ("en", "fr"))
        assert en == fr
        return en

    def say(self, *numbers: int | Decimal | str, part: str = "") -> bool:
        """Tell whether both pages say these numbers; those written as text keep their digits."""
        return all(
            re.search(rf"(?<![\d.,]){re.escape(said(n, name))}(?!\d)", self.text(name, part))
            for name in ("en", "fr")
            for n in numbers
        )


def said(number: int | Decimal | str, language: str) -> str:
    """Return a number as a page of the language writes it."""
    text = number if isinstance(number, str) else f"{number:,}"
    return text if language == "en" else text.replace(",", "\u202f").replace(".", ",")


def _tables(text: str, language: str) -> list[list[list[float]]]:
    """Return the numbers of the tables of a text, without those within code."""
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        rows = table.splitlines()[2:]
        found.append([[float(n) for n in NUMBER.findall(_plain(row, language))] for row in rows])
    return found


def _plain(text: str, language: str) -> str:
    """Return a text with its numbers written as programs write them."""
    text = re.sub(r"`[^`]*`", "", text).replace("\u2212", "-")
    return text.replace(",", "") if language == "en" else re.sub(r"(?<=\d)\u202f(?=\d)", "", text).replace(",", ".")


SILENCE = Pages("walkthrough-dormancy.md", "visite-inactivite.md")


@dataclass
class Walk:
    """Follows a page in a folder of its own, and keeps what each command answered."""

    pages: Pages
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)  # what each command says to people

    def follow(self, until: str = "", part: str = "") -> None:
        """Do what the page says, up to the command that begins with `until`, which is left out."""
        for kind, text in self.pages.blocks("en", part):
            language, _, name = kind.partition(" ")
            if name:
                (self.folder / name).write_text(text, encoding="utf-8")
            for line in text.splitlines() if language == "sh" else ():
                if until and line.startswith(until):
                    return
                self.run(line)

    def run(self, line: str) -> dict[str, Any]:
        """Run a line of the page's shell; return what the command answered as JSON."""
        words = shlex.split(line)
        if words[0] == "export":
            self.set(dict(word.split("=", 1) for word in words[1:]))
        elif words[0] == "python":
            done = subprocess.run([sys.executable, *words[1:]], check=True, capture_output=True, text=True)
            self.told.append(done.stdout)
        elif words[0] == "relance":
            files = [
                found
                for word in words[1:]
                for found in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
            ]
            answer = CliRunner().invoke(app, [*files, "--json"])
            assert answer.exit_code == 0, f"{line}: {answer.output} {answer.exception}"
            self.answers[line] = json.loads(answer.stdout)
        return self.answers.get(line, {})

    def tell(self, data: Mapping[str, Any], *, json: bool, text: Callable[[Console], None]) -> None:
        """Keep what people read, and answer as asked."""
        shown = StringIO()
        text(Console(file=shown, width=500))
        self.told.append(shown.getvalue())
        ANSWER(data, json=json, text=text)

    def unsaid(self, part: str = "") -> list[str]:
        """Return the lines of output on the page that no command printed."""
        told = " ".join(" ".join(self.told).split())
        lines = [line for kind, text in self.pages.blocks("en", part) if kind == "text" for line in text.splitlines()]
        return [line for line in lines if line not in told]

    def set(self, variables: dict[str, str]) -> None:
        """Put the settings in force as their environment variables would; where data lies is the test's affair."""
        variables = {name: value for name, value in variables.items() if name != "RELANCE_DATA"}
        kept = {f"RELANCE_{name.upper()}": str(value) for name, value in settings.RELANCE.model_dump().items()}
        self.monkeypatch.setattr(settings, "RELANCE", read(kept | variables))

    def answer(self, start: str, number: int = 0) -> dict[str, Any]:
        """Return what the nth command that begins so answered."""
        return [found for line, found in self.answers.items() if line.startswith(start)][number]


@contextmanager
def walking(pages: Pages, folder: Path, **files: Path) -> Iterator[Walk]:
    """Give a walk in a folder that holds the shipped recipes and the files, each in a folder of its name, with a base of its own."""
    (folder / "src").symlink_to(ROOT / "src")
    for name, file in files.items():
        (folder / name.replace("_", "-")).mkdir()
        (folder / name.replace("_", "-") / file.name).symlink_to(file.resolve())
    with (
        database.scratch(), place.elsewhere(data=folder / "relance-data", lake=str(folder / "lake")),
        pytest.MonkeyPatch.context() as monkeypatch,
    ):  # fmt: skip
        walk = Walk(pages, folder, monkeypatch)
        monkeypatch.chdir(folder)
        monkeypatch.setattr(face, "answer", walk.tell)
        yield walk


def spread(figure: dict[str, float]) -> list[float]:
    return [figure["value"], figure["low"], figure["high"]]


def chances(told: dict[str, Any], days: list[int]) -> list[list[float]]:
    """Return days of silence, chance to buy within 90 days and interval, in percent, from the curve."""
    curve = told["curve"]
    return [[day, *(100 * curve[name][day] for name in ("share", "low", "high"))] for day in days]


def held(shown: list[list[float]], found: list[list[float]], digits: int) -> bool:
    """Tell whether a table's numbers are these, rounded so."""
    return shown == [pytest.approx(row, abs=0.500001 * 10**-digits) for row in found]
