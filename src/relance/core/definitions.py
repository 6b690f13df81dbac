"""Definitions people write in YAML: read with their lines, validated with errors that name file, line and field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.tokens import (
    AliasToken,
    BlockEndToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
)

from relance.core import misfits
from relance.core.errors import DefinitionError

Model = TypeVar("Model", bound=BaseModel)
MAXIMUM_BYTES = 1_000_000
NUL = "a text holds the character U+0000 (\\0), which no database keeps; take it out"
NAME = "\0"  # stands for what a text is called while it is read, for it may be known under several names
SHORT = 64_000  # characters of a text that is kept
DEEPEST = 100  # levels; a journey of ten nested branches has some fifty
_OPENING = (BlockMappingStartToken, BlockSequenceStartToken, FlowMappingStartToken, FlowSequenceStartToken)
_TRAPS = re.compile(r"[*&!]")  # aliases, and what may stand between the marks that open levels on one line
_BEGIN = re.compile(r"[\s?:-]*")  # of a line: its indent, and the marks that open levels
_CLOSING = (BlockEndToken, FlowMappingEndToken, FlowSequenceEndToken)


class Definition(BaseModel):
    """Base of every definition: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


@dataclass(frozen=True)
class Document:
    """A YAML document: its plain data, and where each part of it stands."""

    name: str
    data: Any
    source: Any = None

    def line(self, location: Sequence[int | str]) -> int:
        """Return the line (from 1) of the part at `location`, or of the nearest part around it."""
        node, line = self.source, 1
        for key in location:
            if isinstance(node, CommentedMap) and key in node:
                line = node.lc.key(key)[0] + 1
            elif isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node):
                line = node.lc.item(key)[0] + 1
            else:
                continue  # a step pydantic adds by itself, such as the name of a union's member
            node = node[key]
        return line

    def problem(self, location: Sequence[int | str], sentence: str) -> str:
        """Return `sentence` preceded by file, line and field."""
        field = ".".join(map(str, location)) or "the whole"
        return f"{self.name}, line {self.line(location)}, {field}: {sentence}"


def read(path: Path) -> Document:
    """Return the document in the file `path`."""
    if path.is_dir():
        raise DefinitionError([f"{path} is a folder; name the YAML file in it."])
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DefinitionError(
            [f"{path} cannot be read: {error.strerror}. Check the name and the permissions."]
        ) from error
    if len(raw) > MAXIMUM_BYTES:
        raise DefinitionError([f"{path} is larger than 1 MB; a definition is a short text. Is it the right file?"])
    try:
        return parse(raw.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        raise DefinitionError([f"{path}, byte {error.start}: not UTF-8. Save the file as UTF-8."]) from error


def parse(text: str, name: str) -> Document:
    """Return the document in `text`; `name` is what errors call it."""
    try:
        source = _kept(text) if len(text) <= SHORT else _loaded(text)
    except DefinitionError as error:
        raise DefinitionError([problem.replace(NAME, name, 1) for problem in error.problems]) from error
    return Document(name, _plain(source), source)


def _loaded(text: str) -> CommentedMap:
    """Return the document of a text, with lines and comments; errors call it NAME."""
    _refuse_traps(text)
    reader = YAML(typ="rt")
    reader.version = (1, 2)
    reader.Constructor = _Constructor
    try:
        source = reader.load(text)
    except _NoSuchDateError as error:
        raise DefinitionError(
            [f"{NAME}, line {error.line}, {error.written}: this date does not exist. Correct its month or its day."]
        ) from error
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1
        key = str(error.problem).split('"')[1] if '"' in str(error.problem) else "a key"
        raise DefinitionError([f"{NAME}, line {line}, {key}: this key stands twice. Keep one of the two."]) from error
    except RecursionError:
        _refuse_depth()
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        why = str(getattr(error, "problem", error)).partition("\n")[0]
        raise DefinitionError([f"{NAME}, line {line}: not YAML ({why}). Check indents and quotes."]) from error
    if not isinstance(source, CommentedMap):
        raise DefinitionError(
            [f"{NAME}, line 1: a definition is a list of `field: value` lines; this is something else."]
        )
    return source


_kept = lru_cache(maxsize=64)(_loaded)  # nobody changes what was read; a page asks for one text several times


class _NoSuchDateError(ValueError):
    """A date or an instant is written that no calendar has, such as 2027-02-29."""

    def __init__(self, node: ScalarNode) -> None:
        self.line, self.written = node.start_mark.line + 1, str(node.value)
        super().__init__(self.written)


class _Constructor(RoundTripConstructor):
    """Makes what is written, and tells where a date stands that does not exist."""

    def construct_yaml_timestamp(self, node: Any, values: Any = None) -> Any:
        """Return the date or the instant."""
        try:
            return super().construct_yaml_timestamp(node, values)
        except ValueError as error:
            raise _NoSuchDateError(node) from error


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _Constructor.construct_yaml_timestamp)


def _refuse_traps(text: str) -> None:
    """Refuse what makes a short text endless to read: aliases (`*name`), which no definition needs, and thousands of levels."""
    if not _TRAPS.search(text) and _deepest(text) <= DEEPEST:
        return
    depth = 0
    try:
        for token in YAML(typ="rt").scan(text):
            depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
            if depth > DEEPEST:
                _refuse_depth()
            if isinstance(token, AliasToken):
                line = token.start_mark.line + 1
                raise DefinitionError(
                    [f"{NAME}, line {line}: `*{token.value}` repeats another part. Write that part out here."]
                )
    except YAMLError:
        return  # the reader says it better


def _deepest(text: str) -> int:
    """Return more levels than a text without anchors and tags can have: two for each column a line may begin at, one for each bracket."""
    begins = max(len(_BEGIN.match(line)[0]) for line in text.splitlines() or [""])  # type: ignore[index]  # it always matches
    return 2 * (begins + 1) + text.count("[") + text.count("{")


def _refuse_depth() -> NoReturn:
    raise DefinitionError([f"{NAME}: nested too deeply. Write it flatter, or build on another definition."])


def validate(model: type[Model], document: Document) -> Model:
    """Return the document as `model`; raise DefinitionError listing every problem with file, line and field."""
    if nuls := [document.problem(place, NUL) for place in _with_nul(document.data)]:
        raise DefinitionError(nuls)
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise DefinitionError([_sentence(document, dict(problem)) for problem in error.errors()]) from error


def as_text(data: Any) -> str:
    """Return plain data as the YAML text of a definition, which `parse` takes back."""
    out, writer = StringIO(), YAML()
    writer.default_flow_style, writer.allow_unicode, writer.width = False, True, 120
    writer.dump(data, out)
    return out.getvalue()


def _with_nul(data: Any, place: tuple[int | str, ...] = ()) -> Iterator[tuple[int | str, ...]]:
    """Yield where texts stand that no database keeps."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from [place] if "\0" in str(key) else _with_nul(value, (*place, key))
    elif isinstance(data, list):
        for position, value in enumerate(data):
            yield from _with_nul(value, (*place, position))
    elif isinstance(data, str) and "\0" in data:
        yield place


def _sentence(document: Document, problem: dict[str, Any]) -> str:
    """Return one of pydantic's problems as a sentence."""
    said = misfits.sentence(problem)
    names_the_field = problem["type"] in {"missing", "extra_forbidden"}
    return document.problem(problem["loc"], said if names_the_field else said + _shown(problem))


def _shown(problem: dict[str, Any]) -> str:
    """Return what was written, where it is short enough to help."""
    written = problem.get("input")
    return f" (it is {written!r})" if isinstance(written, str | int | float | bool) and len(repr(written)) < 60 else ""


def _plain(node: Any) -> Any:
    """Return ruamel's node as plain Python data."""
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
