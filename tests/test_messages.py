"""The words of the pages: every one has its French; and templates hold nothing the pages' policy forbids."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from tools import messages

WEB = Path(settings.STATIC_ROOT).parent
TEMPLATES = sorted(WEB.rglob("templates/**/*.html"))
SCRIPTS = [path for path in sorted((WEB / "static/relance").iterdir()) if path.suffix in {".js", ".css", ".svg"}]
HANDLER = re.compile(r"<[^>{%]*\son[a-z]+\s*=", re.IGNORECASE)
STANDALONE = {
    "nothing.html",
    "archive.html",
}  # a mail's frame and a file to keep: shown without our style sheets, nor under their policy
SOURCES = WEB.parent
# What is written as somebody else writes it: the sample shop's files, the headers and places that files are recognised by.
FOREIGN = ("rehearsal/sample_shop", "intake/headers", "intake/countries.yaml", "web/setup/samples", "web/static")
ELIDED = re.compile(
    r"(?<![\w’'])(?:[ldnsjtmc]|(?:jus|lors|puis|quoi|quel)?qu|d?.?aujourd)'(?=[\w«{%<`])", re.IGNORECASE
)
NAMESPACE = "http://www.w3.org/"


@pytest.mark.parametrize("area", ["", *settings.AREAS], ids=lambda area: area or "frame")
def test_every_word_has_its_french_and_the_catalog_is_up_to_date(area: str) -> None:
    assert messages.problems([area]) == []


def test_french_words_keep_the_places_that_are_filled_in() -> None:
    for area in ("", *settings.AREAS):
        for message in messages.written(area):
            if isinstance(message.id, str) and isinstance(message.string, str) and message.id:
                places = r"%\(\w+\)[sd]|\{\w*\}"
                assert set(re.findall(places, message.string)) == set(re.findall(places, message.id)), (
                    area,
                    message.id,
                )


def test_the_same_word_has_the_same_french_on_every_page() -> None:
    known: dict[tuple[str, str], dict[str, str]] = {}
    for area in ("", *settings.AREAS):
        for message in messages.written(area):
            if isinstance(message.id, str) and message.id and message.string:
                known.setdefault((message.context or "", message.id), {}).setdefault(str(message.string), area)
    assert {key[1]: found for key, found in known.items() if len(found) > 1} == {}


def french(path: Path) -> Iterator[str]:
    """Yield what a file may say in French: its lines, of code its words alone, without what tells of the code."""
    if path.suffix != ".py":
        yield from path.read_text("utf-8").splitlines()
        return
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    told = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    yield from (
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    )


def test_french_outside_the_catalogs_has_its_apostrophes_too() -> None:
    kinds = {".py", ".yaml", ".mjml", ".html", ".txt"}
    files = [path for path in sorted(SOURCES.rglob("*")) if path.suffix in kinds and path.is_file()]
    ours = [path for path in files if not str(path.relative_to(SOURCES)).startswith(FOREIGN)]
    wrong = [
        f"{path.relative_to(SOURCES)}: {text[:80]}" for path in ours for text in french(path) if ELIDED.search(text)
    ]
    assert wrong == [], "write ’ in French"


def test_french_documentation_has_its_apostrophes_too() -> None:
    root = SOURCES.parent.parent
    wrong = []
    for path in [*sorted((root / "docs/fr").glob("*.md")), root / "README.fr.md"]:
        words = re.sub(
            r"^```.*?^```|^ {4}[^\n]*$|`[^`\n]*`", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE
        )
        wrong += [f"{path.name}: {line[:80]}" for line in words.splitlines() if ELIDED.search(line)]
    assert wrong == [], "write ’ in French"


def test_a_straight_apostrophe_in_a_catalog_is_found() -> None:
    assert messages.spaced("L'objet d'hier : 5 % de 'plus' ?") == "L’objet d’hier\u00a0: 5\u202f% de 'plus'\u202f?"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_a_template_holds_no_style_no_handler_no_script_and_no_other_host(path: Path) -> None:
    text = re.sub(r"{#.*?#}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=", text)
    assert "<style" not in text or path.name in STANDALONE
    assert not HANDLER.search(text)
    assert "hx-on" not in text
    assert "js:" not in text
    assert not [
        tag for tag in re.findall(r"<script[^>]*>", text) if " src=" not in tag and 'type="application/json"' not in tag
    ]
    addresses = re.findall(r"(?:src|href|action|hx-get|hx-post)=[\"'](?:https?:)?//[^\"']*", text)
    assert addresses == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_our_scripts_and_styles_name_no_other_host_and_run_no_text(path: Path) -> None:
    text = path.read_text("utf-8").replace(NAMESPACE, "")
    assert re.findall(r"https?://\S+|url\([\"']?//", text) == []
    assert not re.search(r"\beval\(|new Function\(|@import", text)
