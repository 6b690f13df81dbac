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

IGNORE, MACHINE, REFERENCE = "ignore", "machine", "reference"
CLIENT, PERSON = "client", ("external_id", "email")  # a column merely called “client” may hold names as well as numbers
FREE = {"contacts": "attribute:", "events": "property:"}  # prefix of a field named by the person
KINDS = ("contacts", "events", "consents", "suppressions")
SEND = "message_"  # beginning of the fields that are an event of a mail each, where a line is a mail to a person
SENT, DATED = "message_sent", "occurred_at"
# Fields of purchases, and of lines that are one event: none of them goes with columns that are an event each.
BOUGHT = ("amount", "order_total", "quantity", "unit_price", "product", "product_name", "currency")
NOT_OF_SENDS = ("type", *BOUGHT)
# What no purchase and no survey has a column for: beside a purchase, these alone tell that a file is one of sends.
OF_MAILS_ONLY = ("message_opened", "message_clicked", "message_bounced", "message_bounced_hard", "message_bounced_soft")
# Plain headers of the send that are a yes or a count, and so date nothing, and that may be an hour whose day stands beside it.
UNDATED = ("sent", "envoye", "envoyee", "issent", "wassent", "emailsent", "sends", "envois", "nbenvois")
HOURS, DAY = ("sendtime", "senttime", "heuredenvoi", "time"), "date"


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

    @property
    def sends(self) -> tuple[str, ...]:
        """Return the fields that are an event of a mail each; none where a line is one event."""
        return tuple(name for name in self.fields if name.startswith(SEND))


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
def headers_of_sends() -> Mapping[str, str]:
    """Return for each plain header the field it names where columns are an event of a mail each."""
    words = definitions.read(Path(__file__).parent / "headers" / "sends.yaml").data
    further = {plain(word): name for name, headers in words.items() for word in headers}
    known = {
        word: name
        for word, name in known_headers("events").items()
        if name not in (*NOT_OF_SENDS, REFERENCE) and word != CLIENT
    }  # what an order calls its number may be a yes here
    return further | known


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
    left = {word: number for number, word in reversed([*enumerate(plain_headers)]) if number not in settled}
    if kind == "events" and _of_sends(left, fields, options, export):
        _refuse_mixture(headers, fields, options)
        _name_sends(left, fields)
    else:
        _name(kind, left, fields)
    return _outcome(headers, fields, free, tool, export)


def _name(kind: str, left: Mapping[str, int], fields: dict[str, int]) -> None:
    """Give the columns left, by plain header, the fields they name."""
    words = known_headers(kind)
    known = [(number, word) for word, number in left.items() if not words.get(word, SEND).startswith(SEND)]
    for number, word in sorted(known, key=lambda one: (one[1] in (REFERENCE, CLIENT), one[0])):
        name = words[word]
        if kind == "events" and word == CLIENT and fields.keys() & set(PERSON):
            continue  # another column says who it is
        # Beside an order's number, a column merely called “reference” is the product's.
        taken = word == REFERENCE and name in fields and "product" in fields_of(kind)
        fields.setdefault("product" if taken else name, number)


def _name_sends(left: Mapping[str, int], fields: dict[str, int]) -> None:
    """Give the columns left the fields they name in a file of sends; of several of one event, the word listed first wins.

    Beside a column that says yes or no to “sent”, one with the date of the send dates the line.
    """
    words, said, hours = headers_of_sends(), set(fields), _hours(left, fields)
    rank = {word: place for place, word in enumerate(words)}
    for word in sorted(
        (left.keys() & words.keys()) - hours,
        key=lambda word: (rank[word] if words[word].startswith(SEND) else -1, left[word]),
    ):
        name, number = words[word], left[word]
        if name == SENT and SENT in fields and DATED not in said and word not in UNDATED:
            fields[DATED] = number
            said.add(DATED)
        fields.setdefault(name, number)
    if SENT not in fields and any(words[word] == SENT for word in hours):  # “date” is the day of that hour
        fields[SENT] = left[DAY]
        if fields[DATED] == left[DAY]:
            del fields[DATED]


def _hours(left: Mapping[str, int], fields: Mapping[str, int]) -> set[str]:
    """Return the plain headers of hours to leave out: another column has the day of the send, or its whole date.

    Alone such a column holds whole dates, or the file has none.
    """
    words = headers_of_sends()
    whole = any(words.get(word) == SENT and word not in (*UNDATED, *HOURS) for word in left)
    return {*HOURS} & left.keys() if whole or SENT in fields or (DAY in left and DATED not in fields) else set()


def _of_sends(left: Mapping[str, int], fields: Mapping[str, int], options: Options, export: Export | None) -> bool:
    """Tell whether columns are an event of a mail each: the person says so, or no column says a type or a purchase.

    A single one may be a parcel that is delivered, or the reply to a survey.
    """
    if any(name.startswith(SEND) for name in fields):
        return True
    words = known_headers("events")
    found = {words[word] for word in left if word in words} | set(fields)
    if export or options.type or "type" in found:
        return False
    mails = {name for name in found if name.startswith(SEND)}
    numbered = any(words.get(word) == REFERENCE != headers_of_sends().get(word) for word in left)
    if mails & set(OF_MAILS_ONLY):
        return True
    return not (numbered or found & set(BOUGHT)) and (SENT in mails or len(mails) > 1)


def _refuse_mixture(headers: tuple[str, ...], fields: Mapping[str, int], options: Options) -> None:
    """Refuse what the person says of lines that are one event, where columns are an event each."""
    if options.type:
        raise InputError(
            f"--type {options.type}: columns of the file are an event each, so that no line is of one type. Leave --type out."
        )
    for name in NOT_OF_SENDS:
        if name in fields:
            raise InputError(
                f"--map {headers[fields[name]]}={name}: other columns are an event of a mail each, which has no {name}. "
                "Leave that column out, or map no column to an event."
            )


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
    kinds = tuple(among) or KINDS
    for kind in kinds:
        if recognise(kind, headers)[0]:
            return kind
    fields = {kind: {name for header in headers if (name := known_headers(kind).get(plain(header)))} for kind in KINDS}
    mails = {name for name in fields["events"] if name.startswith(SEND)}
    if "events" in kinds and len(mails) > 1 and {SENT, "message_delivered", "campaign"} & fields["events"]:
        return "events"
    told = {"amount", "order_total", "unit_price", "type", "product", "reference"} & fields["events"]
    if "events" in kinds and "occurred_at" in fields["events"] and told:
        return "events"
    alone = "contacts" not in kinds  # a file of people may say who agreed, too
    if (
        "consents" in kinds
        and "given" in fields["consents"]
        and (alone or fields["consents"] & {"channel", "topic", "basis", "proof"})
    ):
        return "consents"
    if "suppressions" in kinds and fields["suppressions"] >= {"email", "reason"} and len(headers) <= 4:
        return "suppressions"
    return "contacts" if "contacts" in kinds else kinds[0]
