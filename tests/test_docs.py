"""The docs say what the code has: settings, commands, event types, steps, stages, layers, errors; and their links lead somewhere."""

import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

from relance.core import errors
from relance.events.schemas import STANDARD
from relance.journeys.steps import KINDS
from relance.settings import Settings
from relance.workers.stages import STAGES
from tests.command_line import app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SAID_ONCE = {"--json", "--help", "--as-of"}  # options of many commands, explained above the tables
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])


def row(page: str, code: str) -> str:
    """Return the table row of a page that begins with `code`; empty where there is none."""
    found = re.search(rf"^\| `{re.escape(code)}[` ].*$", (DOCS / page).read_text(), re.MULTILINE)
    return found[0] if found else ""


def commands(group: click.Command, path: str = "relance") -> Iterator[tuple[str, click.Command]]:
    """Yield every command of the tree with the words that call it."""
    for name, command in getattr(group, "commands", {}).items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def error_classes() -> list[str]:
    return [name for name, found in inspect.getmembers(errors, inspect.isclass) if found.__module__ == errors.__name__]


@pytest.mark.parametrize("page", ["en/settings.md", "fr/reglages.md"])
def test_every_setting_is_told_with_its_default(page: str) -> None:
    for name, field in Settings.model_fields.items():
        told = row(page, f"RELANCE_{name.upper()}")
        assert told, f"{name} is not in {page}"
        assert not str(field.default) or f"`{field.default}`" in told, f"{page} tells another default of {name}"


def test_settings_are_told_in_their_own_sentence() -> None:
    page = (DOCS / "en/settings.md").read_text()
    assert not [name for name, field in Settings.model_fields.items() if str(field.description) not in page]


@pytest.mark.parametrize("page", ["en/settings.md", "fr/reglages.md"])
def test_no_setting_is_told_that_is_gone(page: str) -> None:
    told = set(re.findall(r"^\| `RELANCE_(\w+)`", (DOCS / page).read_text(), re.MULTILINE))
    assert told == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("page", ["en/commands.md", "fr/commandes.md"])
def test_every_command_is_told_with_its_options(page: str) -> None:
    tree = dict(commands(typer.main.get_command(app)))
    assert "relance import contacts" in tree
    for words, command in tree.items():
        told = row(page, words)
        assert told, f"`{words}` is not in {page}"
        long = {name for option in command.params for name in option.opts if name.startswith("--")} - SAID_ONCE
        assert not {name for name in long if name not in told}, f"options of `{words}` are not in {page}"


@pytest.mark.parametrize("page", ["en/commands.md", "fr/commandes.md"])
def test_no_command_is_told_that_is_gone(page: str) -> None:
    known = dict(commands(typer.main.get_command(app)))
    rows = re.findall(r"^\| `(relance [^`]+)`", (DOCS / page).read_text(), re.MULTILINE)
    assert {re.sub(r" [^a-z\s].*$", "", words) for words in rows} == set(known)


@pytest.mark.parametrize("page", ["en/events.md", "fr/evenements.md"])
def test_every_event_type_is_told(page: str) -> None:
    assert not [name for name in STANDARD if not row(page, name)]


@pytest.mark.parametrize(("page", "clocks"), [
    ("en/events.md", ("purchase", "engagement", "legal")), ("fr/evenements.md", ("achat", "engagement", "légale")),
])  # fmt: skip
def test_every_event_type_is_told_with_its_clocks(page: str, clocks: tuple[str, str, str]) -> None:
    for name, schema in STANDARD.items():
        moved = [
            c for c, moves in zip(clocks, (schema.purchase, schema.engagement, schema.legal), strict=True) if moves
        ]
        told = row(page, name).split("|")[3].strip()
        assert told == (", ".join(moved) or told), name
        assert bool(moved) == (told not in {"none", "aucune"}), name


@pytest.mark.parametrize("page", ["en/journeys.md", "fr/parcours.md"])
def test_every_step_is_told(page: str) -> None:
    assert not [kind for kind in KINDS if not row(page, kind)]


def test_every_error_and_stage_is_on_the_map() -> None:
    named = [*error_classes(), *(stage.name for stage in STAGES)]
    assert "RelanceError" in named
    assert not [name for name in named if not row("architecture.md", name)]


def test_the_layers_drawn_are_those_held() -> None:
    drawn = re.search(r"```layers\n(.*?)```", (DOCS / "architecture.md").read_text(), re.DOTALL)
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    assert drawn is not None
    assert drawn[1].split("\n")[:-1] == contract["layers"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", page.read_text())  # an example of a link is none
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    inside = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert not [link for link in inside if not (page.parent / link).exists()]


def test_the_two_languages_are_twins() -> None:
    """Each page of one table of contents has its place in the other."""
    numbered = [
        re.findall(r"^\d+\. \[", (DOCS / f"{lang}/index.md").read_text(), re.MULTILINE) for lang in ("en", "fr")
    ]
    assert len(numbered[0]) == len(numbered[1])
    assert len(list((DOCS / "en").glob("*.md"))) == len(list((DOCS / "fr").glob("*.md")))
    for lang in ("en", "fr"):
        contents = (DOCS / f"{lang}/index.md").read_text()
        pages = {page.name for page in (DOCS / lang).glob("*.md")} - {"index.md"}
        assert not {name for name in pages if f"({name})" not in contents}
