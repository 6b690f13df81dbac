"""What the importer says of files and rows, in the reader's language and without the command line's words.

The importer speaks English to the command line. Each entry knows one of its sentences and says the same for the pages;
a sentence nobody foresaw is shown as it is, which is better than hiding it.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.measurement import formats
from relance.web import wording
from relance.web.language import current
from relance.web.setup import fields

# Why a row is not taken, word for word.
REASONS: dict[str, Any] = {
    "neither external id nor e-mail": gettext_lazy("neither customer number nor e-mail address"),
    "the e-mail has no @ and there is no external id": gettext_lazy(
        "the e-mail address has no @, and there is no customer number"
    ),
    "the e-mail has no @ and there is no telephone number": gettext_lazy(
        "the e-mail address has no @, and there is no telephone number"
    ),
    "the e-mail is longer than 320 characters": gettext_lazy("the e-mail address is longer than 320 characters"),
    "the external id is longer than 200 characters": gettext_lazy("the customer number is longer than 200 characters"),
    "the attributes are not a JSON object": gettext_lazy("the properties are not a JSON object"),
    "the date is empty": gettext_lazy("the date is empty"),
    "the date is none, or not written as the others of its column": gettext_lazy(
        "the date is none, or is written unlike the others"
    ),
    "the date is none, or is written unlike the others": gettext_lazy(
        "the date is none, or is written unlike the others"
    ),
    "the date is in the future": gettext_lazy("the date is in the future"),
    "the date is before 1970": gettext_lazy("the date is before 1970"),
    "the date of expiry is none, or is written unlike the others": gettext_lazy(
        "the date of expiry is none, or is written unlike the others"
    ),
    "the type is empty": gettext_lazy("the type of event is empty"),
    "the amount is no number": gettext_lazy("the amount is no number"),
    "the total of the order is no number": gettext_lazy("the total of the order is no number"),
    "the quantity is no number": gettext_lazy("the quantity is no number"),
    "the unit price is no number": gettext_lazy("the unit price is no number"),
    "nobody has this external id or e-mail": gettext_lazy("nobody has this customer number or e-mail address"),
    "the channel is none of email, sms, postal, phone, push": gettext_lazy(
        "the channel is none of e-mail, SMS, post, telephone, push"
    ),
    "the consent is neither yes nor no": gettext_lazy("the consent is neither yes nor no"),
    "no event: each column of events is empty or says no": gettext_lazy(
        "no event: every column of events is empty or says no"
    ),
    "a yes or a count takes the date of the send, which is empty": gettext_lazy(
        "a yes or a count takes the date of the send, which is empty"
    ),
    "neither an e-mail nor a telephone number": gettext_lazy("neither an e-mail address nor a telephone number"),
}

# How a date is written, as the importer names it.
DATES: dict[str, Any] = {
    "year-month-day": gettext_lazy("year-month-day"),
    "year/month/day": gettext_lazy("year/month/day"),
    "yyyymmdd": gettext_lazy("yyyymmdd"),
    "day-first or month-first": gettext_lazy("day first or month first"),
    "day-first": gettext_lazy("day first"),
    "month-first": gettext_lazy("month first"),
    "Unix seconds": gettext_lazy("Unix seconds"),
    "Unix milliseconds": gettext_lazy("Unix milliseconds"),
    "month by name": gettext_lazy("month by its name"),
    "no date": gettext_lazy("no date at all"),
}
WRITTEN = re.compile(rf"({'|'.join(map(re.escape, DATES))}) on line (\d+) \(“(.*?)”\)(?:; |$)")

# Sentences with names and numbers in them: what they look like, and what the page says.
PATTERNS: tuple[tuple[str, Any], ...] = (
    (
        r"1 fields where the header has (?P<expected>\d+); .*",
        gettext_lazy("1 column where the header has %(expected)s: a separator or a quote is missing or too many"),
    ),
    (
        r"(?P<found>\d+) fields where the header has (?P<expected>\d+); .*",
        gettext_lazy(
            "%(found)s columns where the header has %(expected)s: a separator or a quote is missing or too many"
        ),
    ),
    (
        r"the amount is in (?P<one>\S+), not in (?P<other>\S+)",
        gettext_lazy("the amount is in %(one)s, not in %(other)s"),
    ),
    (
        r"“(?P<word>.*)” holds neither a date written as the others of its column, nor yes, no or a count",
        gettext_lazy("“%(word)s” holds neither a date written as the others, nor yes, no or a count"),
    ),
    (
        r"--type (?P<word>\w+): columns of the file are an event each.*",
        gettext_lazy(
            "Columns of this file are an event each: its lines have no one type. Choose “what its columns say”."
        ),
    ),
    (
        r"--map (?P<word>.*)=(?P<field>\w+): other columns are an event of a mail each, .*",
        gettext_lazy(
            "“%(word)s” is said to be: %(fields)s. Other columns are an event of a mail each, and such a line has no %(fields)s. "
            "Leave it out, or say of no column that it is an event."
        ),
    ),
    (
        r"(?P<file>.*): no column is the (?P<field>[\w ]+)\. The columns are: .*",
        gettext_lazy("No column is said to be: %(fields)s. Choose it among the columns below."),
    ),
    (
        r"(?P<file>.*): none of its (?P<total>\d+) rows can be used\. Line (?P<line>\d+): (?P<reason>.*)\. Check the columns.*",
        gettext_lazy("None of the %(total)s lines can be used. Line %(line)s: %(reason)s. Check what the columns are."),
    ),
    (
        r"(?P<file>.*): no column says what happened\..*",
        gettext_lazy("No column says what happened. Choose the type of event, or the column that holds it."),
    ),
    (
        r"(?P<where>.*), line (?P<line>\d+): “(?P<word>.*)” may be day-first or month-first, .*",
        gettext_lazy(
            "Line %(line)s: is “%(word)s” written day first or month first? No date read so far tells. Choose below."
        ),
    ),
    (
        r"(?P<where>.*), line (?P<line>\d+): “(?P<word>.*)” may have thousands or decimals after its comma.*",
        gettext_lazy(
            "Line %(line)s: does the comma in “%(word)s” part thousands or decimals? No other amount of the file tells. "
            "Choose below."
        ),
    ),
    (
        r"(?P<where>.*) writes decimals with a comma on line (?P<line>\d+) and with a point on line (?P<other>\d+), so “(?P<word>.*)” .*",
        gettext_lazy(
            "Decimals are written with a comma on line %(line)s and with a point on line %(other)s, so “%(word)s” may be "
            "either. Choose below."
        ),
    ),
    (
        r"(?:.*, column “(?P<word>.*)”|.*) mixes (?P<count>\d+) date formats: (?P<named>.*)\. Write every date.*",
        gettext_lazy(
            "The dates of the column “%(word)s” are written in %(count)s ways: %(named)s. Write them all in one, and bring the "
            "file again.%(aside)s"
        ),
    ),
    (
        r"(?P<where>.*): “(?P<word>.*)” is no event type\. Known are .*",
        gettext_lazy(
            "“%(word)s” is no type of event known here. Correct the word in the file, or leave that column out and choose "
            "one type for all lines."
        ),
    ),
    (
        r".*: two columns are mapped to (?P<field>\w+)\..*",
        gettext_lazy("Two columns are said to be: %(fields)s. Keep one of them."),
    ),
    (
        r".* is (?P<what>an Excel workbook|an Excel workbook or a ZIP archive)\..*",
        gettext_lazy(
            "This is an Excel workbook. Save it as CSV (in Excel: File, Save as, CSV UTF-8), and bring that file."
        ),
    ),
    (
        r".* is (?P<what>a PDF document|a bzip2 archive|a Zstandard archive|a 7-Zip archive)\..*",
        gettext_lazy("This is no text file. Export it as CSV, and bring that file."),
    ),
    (
        r".* is empty\. Export it again\.|.* is empty once unpacked\..*",
        gettext_lazy("The file is empty. Export it again."),
    ),
    (r".* holds only empty lines\..*", gettext_lazy("The file holds only empty lines. Export it again.")),
    (
        r".* has a header and no line below it\..*|.* holds no line of data\..*|.* holds no row\..*",
        gettext_lazy("The file has a header and no line below it. Export it again."),
    ),
    (
        r".*, line (?P<line>\d+): the header “(?P<word>.*)” stands twice \(column (?P<column>\d+)\)\..*",
        gettext_lazy("The header “%(word)s” stands twice (column %(column)s). Rename one of the two in the file."),
    ),
    (
        r".*, line (?P<line>\d+): a quote opened there is never closed\..*",
        gettext_lazy(
            "Line %(line)s: a quote opened there is never closed. Close it, or double it if it belongs to the text."
        ),
    ),
    (
        r".*, line (?P<line>\d+): byte 0x(?P<byte>\w+) is .*",
        gettext_lazy(
            "Line %(line)s: a character is written in another encoding than the rest (byte %(byte)s). Save the whole file as "
            "UTF-8."
        ),
    ),
    (
        r".*, line (?P<line>\d+): UTF-8, while line (?P<other>\d+) is Windows-1252.*",
        gettext_lazy("Lines %(other)s and %(line)s are written in two encodings. Save the whole file as UTF-8."),
    ),
    (
        r".*, line (?P<line>\d+): a NUL byte; .*",
        gettext_lazy("Line %(line)s: this is no text. Save the file as CSV in UTF-8."),
    ),
    (
        r".*, line (?P<line>\d+): longer than 2 MB\..*",
        gettext_lazy(
            "Line %(line)s is longer than 2 MB: line ends are missing, or this is no CSV file. Export it again."
        ),
    ),
    (
        r".* ends too early: the gzip file was cut\..*|.* is a damaged gzip file.*",
        gettext_lazy("The compressed file is cut or damaged. Copy or download it again, and bring it once more."),
    ),
    (r".* is a damaged Parquet file.*", gettext_lazy("The Parquet file is damaged. Write it again.")),
    (
        r"--zone (?P<word>.*): no such time zone\..*",
        gettext_lazy("“%(word)s” is no time zone. Write it as Europe/Paris or America/Montreal."),
    ),
    (r"“(?P<word>.*)” is no day\..*", gettext_lazy("“%(word)s” is no day. Write it as 2024-01-31.")),
    (
        r"The file of this import is not here any more\. Bring it again\.",
        gettext_lazy("This file is not here any more. Bring it again."),
    ),
    (
        r"(?P<word>.*) is not here any more\. Bring it again\.",
        gettext_lazy("%(word)s is not here any more. Bring it again."),
    ),
    (
        r"fault: .*",
        gettext_lazy(
            "Something went wrong on our side; it is written in the log. Start it again, and tell the person who runs Relance."
        ),
    ),
)
_COMPILED = tuple((re.compile(pattern, re.DOTALL), said) for pattern, said in PATTERNS)


def say(sentence: str, kind: str = "contacts") -> str:
    """Return what the importer said, for the page; `kind` of the file names its fields."""
    if sentence in REASONS:
        return formats.typography(str(REASONS[sentence]), current())
    for pattern, said in _COMPILED:
        if match := pattern.fullmatch(sentence):
            return formats.typography(str(said) % _parts(match.groupdict(), kind), current())
    return wording.say(sentence)


def known(sentence: str) -> bool:
    """Tell whether a sentence of the importer has words of its own here."""
    return sentence in REASONS or any(pattern.fullmatch(sentence) for pattern, _said in _COMPILED)


def _parts(found: dict[str, str], kind: str) -> dict[str, str]:
    """Return the names and numbers of a sentence, the fields among them by the pages' words."""
    parts = {name: value or "" for name, value in found.items()}
    if "reason" in parts:
        parts["reason"] = say(parts["reason"], kind)
    if "named" in parts:
        parts["named"] = _ways(parts["named"])
        parts["aside"] = (
            "" if kind == "events" else " " + _("Or leave the column out: the rest is imported without it.")
        )
    if "field" in parts:
        names = [str(fields.FIELDS[kind].get(name, name)) for name in parts["field"].split(" or ")]
        parts["fields"] = (" " + _("or") + " ").join(names)
    return parts


def _ways(named: str) -> str:
    """Return how the dates of a column are written, each way with a line and an example."""
    said = _("%(way)s on line %(line)s (“%(example)s”)")
    return _("; ").join(
        said % {"way": DATES[way], "line": line, "example": example} for way, line, example in WRITTEN.findall(named)
    )
