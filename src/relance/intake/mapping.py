"""Which column is which field: what the person says, else the tool recognised, else the headers' own words."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from relance.core import definitions
from relance.core.definitions import Definition
from relance.core.errors import InputError
from relance.intake.options import Options

IGNORE, MACHINE = "ignore", "machine"
FREE = {"contacts": "attribute:", "events": "property:"}  # prefix of a field named by the person
KINDS = ("contacts", "events", "consents", "suppressions")


class Export(Definition):
    """One file a tool exports: the headers it is known by, and which field each is; the first present header wins."""

    kind: str
    has: list[str]
    fields: dict[str, str]
    values: dict[str, str] = {}  # fields that are the same on every line
    type: str = ""  # event type of every line


class Tool(Definition):
    """A tool whose exports are recognised by their headers."""

    tool: str
    exports: list[Export]


@dataclass(frozen=True)
class Columns:
    """The outcome: the column number of each field, fields with one value everywhere, and what was not used."""

    fields: Mapping[str, int]
    values: Mapping[str, str]
    free: Mapping[str, int]  # attributes or properties named by the person
    unused: tuple[str, ...]
    tool: str = ""
    type: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)  # header -> field, for people

    def has(self, *names: str) -> bool:
        """Tell whether the file gives one of these fields."""
        return any(name in self.fields or name in self.values for name in names)


def plain(header: str) -> str:
    """Return the header without accents, case, spaces and punctuation."""
    letters = unicodedata.normalize("NFKD", header.replace("°", "o")).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


@cache
def known_headers(kind: str) -> Mapping[str, str]:
    """Return for each plain header the field it names."""
    words = definitions.read(Path(__file__).parent / "headers" / f"{kind}.yaml").data
    return {plain(word): name for name, headers in words.items() for word in [name, *headers]}


@cache
def fields_of(kind: str) -> tuple[str, ...]:
    """Return the fields a file of this kind may have."""
    return tuple(definitions.read(Path(__file__).parent / "headers" / f"{kind}.yaml").data)


@cache
def tools() -> tuple[Tool, ...]:
    """Return the tools whose exports are recognised."""
    folder = Path(__file__).parent / "tools"
    return tuple(definitions.validate(Tool, definitions.read(path)) for path in sorted(folder.glob("*.yaml")))


def recognise(kind: str, headers: tuple[str, ...]) -> tuple[str, Export | None]:
    """Return the tool and export whose headers are all there."""
    present = {plain(header) for header in headers}
    for tool in tools():
        for export in tool.exports:
            if export.kind == kind and all(plain(header) in present for header in export.has):
                return tool.tool, export
    return "", None


REFERENCE = "reference"


def map_columns(kind: str, headers: tuple[str, ...], options: Options) -> Columns:
    """Return which column is which field."""
    tool, export = recognise(kind, headers)
    plain_headers = [plain(header) for header in headers]
    fields: dict[str, int] = {}
    free: dict[str, int] = {}
    settled: set[int] = set()
    for column, name in options.columns.items():
        number = _column(column, headers, plain_headers)
        settled.add(number)
        _say(kind, column, name, number, fields, free)
    for header, name in (export.fields if export else {}).items():
        number = plain_headers.index(plain(header)) if plain(header) in plain_headers else -1
        if number >= 0 and number not in settled:
            settled.add(number)
            if name != IGNORE:
                fields.setdefault(name, number)
    words = known_headers(kind)
    left = [(number, word) for number, word in enumerate(plain_headers) if number not in settled and word in words]
    for number, word in sorted(left, key=lambda one: one[1] == REFERENCE):
        name = words[word]
        # Beside an order's number, a column merely called “reference” is the product's.
        taken = word == REFERENCE and name in fields and "product" in fields_of(kind)
        fields.setdefault("product" if taken else name, number)
    return _outcome(headers, fields, free, tool, export)


def _outcome(
    headers: tuple[str, ...], fields: dict[str, int], free: dict[str, int], tool: str, export: Export | None
) -> Columns:
    shown = {headers[number]: name for name, number in {**fields, **free}.items()}
    return Columns(
        fields=fields, free=free, tool=tool, shown=shown,
        values={name: value for name, value in (export.values if export else {}).items() if name not in fields},
        unused=tuple(header for header in headers if header not in shown), type=export.type if export else "",
    )  # fmt: skip


def _column(column: str, headers: tuple[str, ...], plain_headers: list[str]) -> int:
    """Return the number of the column the person named."""
    if column in headers:
        return headers.index(column)
    if plain(column) in plain_headers:
        return plain_headers.index(plain(column))
    raise InputError(f"--map {column}: the file has no such column. It has: {', '.join(headers)}.")


def _say(kind: str, column: str, name: str, number: int, fields: dict[str, int], free: dict[str, int]) -> None:
    """Note what the person said of a column; a field may be named by any word known for it."""
    prefix = FREE.get(kind, "")
    if name not in fields_of(kind):
        name = known_headers(kind).get(plain(name), name)
    if name == IGNORE:
        return
    if kind == "events" and name == FREE["events"] + MACHINE:
        name = MACHINE  # what a machine did is no property: it makes no event
    if prefix and name.startswith(prefix) and len(name) > len(prefix):
        free[name.removeprefix(prefix)] = number
    elif name not in fields_of(kind):
        rest = f", {prefix}NAME" if prefix else ""
        raise InputError(
            f"--map {column}={name}: no such field. Fields of {kind}: {', '.join(fields_of(kind))}{rest}, ignore."
        )
    elif name in fields:
        raise InputError(f"--map {column}={name}: two columns are mapped to {name}. Keep one of them.")
    else:
        fields[name] = number


def require(file: str, kind: str, mapping: Columns, headers: tuple[str, ...], *names: str) -> None:
    """Raise a sentence unless the file has one of the fields named."""
    if not mapping.has(*names):
        wanted = " or ".join(names)
        raise InputError(
            f"{file}: no column is the {wanted}. The columns are: {', '.join(headers)}. "
            f'Name it with --map "COLUMN={names[0]}"; docs/en/importing.md lists the headers known for {kind}.'
        )


def guess_kind(headers: tuple[str, ...], among: Collection[str] = ()) -> str:
    """Return what kind of file these headers speak of, of some kinds or of all; people, where nothing says otherwise."""
    for kind in among or KINDS:
        if recognise(kind, headers)[0]:
            return kind
    fields = {kind: {known_headers(kind).get(plain(header)) for header in headers} - {None} for kind in KINDS}
    if "occurred_at" in fields["events"] and fields["events"] & {
        "amount",
        "order_total",
        "unit_price",
        "type",
        "product",
        "reference",
    }:
        return "events"
    people = not among or "contacts" in among  # a file of people may say who agreed, too
    if "given" in fields["consents"] and (not people or fields["consents"] & {"channel", "topic", "basis", "proof"}):
        return "consents"
    if fields["suppressions"] >= {"email", "reason"} and len(headers) <= 4:
        return "suppressions"
    return "contacts"
