"""Every command of the tree: `--json` and nothing else on stdout, exit codes 0 and 1, a sentence for whatever file it is given."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer

from relance.contacts.models import Contact
from relance.dormancy.models import Policy
from relance.eligibility.models import CommercialPeriod
from relance.events import lake
from relance.intake.models import ImportRun
from relance.journeys.models import Journey
from relance.segments.models import Segment
from tests.cli.running import Runner
from tests.command_line import app

SERVERS = {("up",), ("worker",), ("bounces", "serve")}  # run until stopped, and answer with nothing
# tests/flows runs the first; the second asks the world's name servers; the third speaks to mail servers, which know 75 (test_bounces)
ELSEWHERE = {("demo",), ("sender", "examine"), ("bounces", "take")}
GIVEN = {"role": "reader", "email": "nobody@example.org", "starts": "2026-11-24"}


def tree(group: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from tree(command, *words, name)
        else:
            yield (*words, name), command


COMMANDS = {words: command for words, command in tree(typer.main.get_command(app)) if words not in SERVERS}
RUN = [words for words in COMMANDS if words not in ELSEWHERE]


def arguments(command: Any, file: Path) -> list[str]:
    """Return what the command cannot do without: `file` where it asks for one, else a word that means nothing here."""
    found: list[str] = []
    for option in (option for option in command.params if option.required):
        value = str(file) if _is_path(option) else GIVEN.get(option.name) or _meaningless(option)
        found += [value] if option.param_type_name == "argument" else [option.opts[0], value]
    return found


def _meaningless(option: Any) -> str:
    """Return a value that is right in form."""
    kind = option.type_descriptor.annotation
    choices = [choice for choice in get_args(kind) if isinstance(choice, str)]
    return choices[0] if choices else "1" if "int" in str(kind) else "nothing"


def _is_path(option: Any) -> bool:
    return "Path" in str(option.type_descriptor.annotation)


def reads_a_file(command: Any) -> bool:
    return any(option.required and _is_path(option) and option.name != "out" for option in command.params)


def test_every_command_has_json() -> None:
    assert [words for words, command in COMMANDS.items() if not any("--json" in p.opts for p in command.params)] == []


@pytest.mark.parametrize("words", RUN, ids=" ".join)
def test_json_is_all_there_is_on_stdout(relance: Runner, tmp_path: Path, words: tuple[str, ...]) -> None:
    done = relance(*words, *arguments(COMMANDS[words], tmp_path / "out.html"), "--json")
    assert done.code in {0, 1}, done.err
    assert isinstance(done.data, dict)
    assert ("error" in done.data) == (done.code == 1) or words == ("check",)
    assert "Traceback" not in done.err


def test_text_is_for_people(relance: Runner, tmp_path: Path) -> None:
    for words in RUN:
        done = relance(*words, *arguments(COMMANDS[words], tmp_path / "out.html"))
        assert done.code in {0, 1}, (words, done.err)
        assert done.out or done.err, words
        assert "Traceback" not in done.err, words
        assert not done.out.startswith("{"), words


BAD = {
    "empty": b"",
    "blank": b"\n\n\n",
    "header alone": b"email,date\n",
    "binary": bytes(range(256)) * 40,
    "not UTF-8": "policy: \xe9t\xe9\nname: \x81\n".encode("latin-1"),
    "a cut gzip": gzip.compress(b"email\n" + b"anna@example.org\n" * 9000)[:60],
    "NaN": b"frequency,recency,T\nNaN,1,2\n1,inf,3\n",
    "a deep YAML": b"[" * 5000,
    "a list": b"- a\n- b\n",
    "a NUL": b"policy: a\x00b\n",
}
READERS = [words for words in RUN if reads_a_file(COMMANDS[words])]


def bad(kind: str, folder: Path) -> Path:
    """Make what no command can read."""
    path = folder / ("bad.yaml" if "YAML" in kind else "bad.csv")
    if kind == "a folder":
        path.mkdir()
    elif kind == "a link to nothing":
        path.symlink_to(folder / "gone")
    elif kind == "a large file":
        with path.open("wb") as file:
            file.truncate(3_000_000)
    elif kind in BAD:
        path.write_bytes(BAD[kind])
    return path


def kept() -> dict[str, int]:
    """Return how much is kept of all that files bring."""
    tables = (Contact, Policy, Segment, Journey, CommercialPeriod, ImportRun)
    return {model.__name__: model._default_manager.count() for model in tables} | {"lake": lake.snapshot().version}


@pytest.mark.parametrize(
    "kind", ["missing", "a folder", "a link to nothing", "a large file", *BAD], ids=lambda kind: kind
)
def test_a_bad_file_is_a_sentence_and_nothing_is_written(relance: Runner, tmp_path: Path, kind: str) -> None:
    path, before = bad(kind, tmp_path), kept()
    for words in READERS:
        done = relance(*words, *arguments(COMMANDS[words], path), "--json")
        assert done.code == 1, (words, done.out, done.err)
        assert done.data["error"].rstrip().endswith((".", "?", ")")), (words, done.data)
        assert "Traceback" not in done.err, words
    assert kept() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads whatever it likes")
def test_a_file_that_may_not_be_read_is_a_sentence(relance: Runner, tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("email\nanna@example.org\n")
    path.chmod(0)
    for words in READERS:
        done = relance(*words, *arguments(COMMANDS[words], path), "--json")
        assert (done.code, "permission" in done.data["error"].lower()) == (1, True), (words, done.data)
