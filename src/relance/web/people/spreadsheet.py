"""The list as a file for spreadsheets: streamed, and safe to open."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator

from django.utils.translation import gettext as _

from relance.web import tags
from relance.web.language import current
from relance.web.people import words
from relance.web.people.listing import Row

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"  # spreadsheets read UTF-8 only if told
DELIMITERS = {"fr": ";", "en": ","}  # what each language's spreadsheets expect


class Line:
    """A file of one line: what the writer writes is what is streamed."""

    def write(self, text: str) -> str:
        """Return the line."""
        return text


def safe(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text


def lines(rows: Iterable[Row], done: Callable[[int, bool], None]) -> Iterator[str]:
    """Write the rows as lines of CSV, in the words of the language in force; tell how many at the end, and if that was all."""
    writer = csv.writer(Line(), delimiter=DELIMITERS[current()])
    states = {code: str(name) for code, (name, _colour) in tags.STATES.items()}
    bands = {code: str(name) for code, name in words.BANDS.items()}
    heads = writer.writerow(_heads())
    return _stream(rows, writer, (str(heads), states, bands), done)


def _stream(
    rows: Iterable[Row],
    writer: object,
    said: tuple[str, dict[str, str], dict[str, str]],
    done: Callable[[int, bool], None],
) -> Iterator[str]:
    heads, states, bands = said
    count, whole = 0, False
    try:
        yield BOM + heads
        for row in rows:
            yield writer.writerow(_cells(row, states, bands))  # type: ignore[attr-defined]
            count += 1
        whole = True
    finally:
        done(count, whole)


def _heads() -> list[str]:
    return [
        _("Customer number"), _("First name"), _("Last name"), _("E-mail"), _("Telephone"), _("Language"), _("State"), _("Since"),
        _("Last purchase"), _("Value"), _("Reachable on"),
    ]  # fmt: skip


def _cells(row: Row, states: dict[str, str], bands: dict[str, str]) -> list[str]:
    person, profile = row.contact, row.profile
    phone = next((a.value for a in row.channels if a.channel in ("sms", "phone")), "")
    bought = profile.last_purchase_at if profile else None
    texts = [
        person.external_id or "", person.first_name, person.last_name, row.email, phone, person.language,
        states.get(profile.state, profile.state) if profile else "", f"{profile.state_since:%Y-%m-%d}" if profile else "",
        f"{bought:%Y-%m-%d}" if bought else "", bands.get(profile.value_band, "") if profile else "",
        " ".join(address.channel for address in row.channels if address.good),
    ]  # fmt: skip
    return [safe(text) for text in texts]
