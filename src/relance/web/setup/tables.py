"""What the pages show of a file: its columns with their first rows, and the totals of a check or an import."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from relance.core import dates
from relance.events.schemas import STANDARD
from relance.intake import mapping
from relance.intake.models import Upload
from relance.intake.preview import Preview, Row, Told
from relance.measurement import formats
from relance.web import tags
from relance.web.language import current
from relance.web.setup import fields, sentences

NAMED = 8  # columns left aside that a sentence names

# Parts that add up to the lines read, in the order they are shown: word, definition.
PARTS: Mapping[str, tuple[Any, Any]] = {
    "taken": (_("Lines taken"), _("Each is a mail to a person; the events they became are counted below.")),
    "loaded": (_("New lines"), _("Lines that bring something the base does not have.")),
    "known": (
        _("Known already"),
        _("Lines about what is in the base already; for contacts, your choice says what happens to them."),
    ),
    "merged": (
        _("Part of another line"),
        _("Further lines of the same person in this file, or of the same order: nothing is lost, they become one."),
    ),
    "stock_adjustment": (
        _("Stock adjustments"),
        _("A negative quantity that is no credit note, or a price of 0: it says nothing of a customer."),
    ),
    "anonymous": (_("Naming nobody"), _("Purchases without customer: they cannot be held against anybody’s silence.")),
    "machine": (
        _("Done by machines"),
        _("Clicks, opens and visits that the file marks as a program’s, such as a mail scanner’s: nobody did them."),
    ),
    "suppressed": (
        _("Lines of opted-out addresses"),
        _("Lines with nothing but an address that may not be written to: nobody is made of them."),
    ),
    "rejected": (
        _("Rejected lines"),
        _("Lines that cannot be used; each is listed with its reason, and can be corrected and brought again."),
    ),
}
EXTRAS: Mapping[str, Any] = {
    "events_new": _("All new events"),
    "events_known": _("Events known already, which are not added again"),
    "events_merged": _("Events told twice under one reference, which are one"),
    "events_by_machines": _("Events of these lines that a machine made, left aside"),
    "events_assumed": _("Of the events: those that took the date of their send, for want of their own"),
    "updated": _("Contacts that gain or change something"),
    "addresses_added": _("Addresses added to people known already"),
    "addresses_suppressed": _("Addresses left out because of an opt-out"),
    "addresses_elsewhere": _("Addresses that stay with another contact"),
    "addresses_shared": _("Lines whose e-mail address is shared by too many customers, which come without it"),
    "consents": _("Consents for the register"),
    "opt_outs": _("Opt-outs"),
    "people_without_email": _("People without a usable e-mail address"),
    "people_disposable": _("People whose only e-mail address is a disposable one"),
    "numbers_dropped": _("Lines whose telephone number cannot be used, and is left out"),
    "rows_repeated": _("Lines that repeat another one exactly, and are counted all the same"),
    "contacts_created": _("People made from these lines, unknown until now"),
    "contacts_known": _("People known already"),
    "consents_withdrawn": _("Consents withdrawn by these opt-outs"),
}
# What is said of a cell that the importer leaves out, by its field.
LOST: Mapping[str, Any] = {
    "email": _("dropped: invalid address"),
    "mobile": _("dropped: not a mobile number"),
    "phone": _("dropped: invalid number"),
    "landline": _("dropped: invalid number"),
}


def columns(found: Preview, upload: Upload) -> list[dict[str, Any]]:
    """Return each column: its header, and what it is said to be."""
    known, prefix = found.columns, mapping.FREE.get(upload.kind, "")
    said: Mapping[str, str] = upload.options.get("columns") or {}
    meaning = dict(
        enumerate(said.get(header, "") for header in found.headers)
    )  # where the importer refused the whole of it
    if known is not None:
        meaning = {number: name for name, number in known.fields.items()} | {
            number: prefix + name for name, number in known.free.items()
        }
    return [_column(number, header, meaning.get(number, ""), prefix) for number, header in enumerate(found.headers)]


def _column(number: int, header: str, field: str, prefix: str) -> dict[str, Any]:
    custom = bool(prefix) and field.startswith(prefix)
    return {
        "number": number, "header": header, "field": "" if custom or field == mapping.IGNORE else field, "custom": custom,
        "name": field.removeprefix(prefix) if custom else header, "left_out": not field or field == mapping.IGNORE,
    }  # fmt: skip


def recognised(columns: list[dict[str, Any]]) -> str:
    """Return how many columns are recognised and which are left aside, in one sentence."""
    left = [column["header"] for column in columns if column["left_out"]]
    known = len(columns) - len(left)
    if not left:
        said = ngettext("The column of the file is recognised.", "All is recognised: %(count)s columns.", known)
        return formats.typography(said % {"count": tags.number(known)}, current())
    first = ngettext("%(known)s column of %(count)s recognised", "%(known)s columns of %(count)s recognised", known)
    named = ", ".join(left[:NAMED]) + (", …" if len(left) > NAMED else "")
    then = ngettext("left aside: %(named)s", "left aside (%(left)s): %(named)s", len(left))
    figures = {
        "known": tags.number(known),
        "count": tags.number(len(columns)),
        "left": tags.number(len(left)),
        "named": named,
    }
    return formats.typography(gettext("; ").join((first % figures, then % figures)), current())


def settled(columns: list[dict[str, Any]], rows: list[dict[str, Any]]) -> bool:
    """Tell whether nothing is left to say: every column is recognised, and none of the first rows is refused."""
    refused = any(row["refusal"] for row in rows)
    return bool(columns) and not refused and not any(column["left_out"] for column in columns)


def rows(found: Preview, columns: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return the first rows: each cell beside what it becomes, and what becomes of the whole."""
    return [
        {
            "line": row.line, "refusal": sentences.say(row.refusal, kind) if row.refusal else "",
            "what": fields.type_name(row.what) if row.what else "", "events": [fields.type_name(one.what) for one in row.events], "cells": [_cell(row, column, kind) for column in columns],
        }
        for row in found.rows
    ]  # fmt: skip


def _cell(row: Row, column: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return a cell as the file has it, and what it becomes where that differs."""
    text, field = row.cells[column["number"]], column["field"]
    if field.startswith(mapping.SEND) or isinstance(row.became.get(field), Told):
        told = row.became.get(field)
        became = fields.event_shown(told) if field in row.became and text.strip() else ""
        return {"text": text, "became": became, "lost": False, "none": told is None, "left_out": False}
    became = fields.shown(field, row.became[field]) if field in row.became and text.strip() else ""
    lost = bool(became) and row.became[field] is None
    became = str(LOST.get(field, became)) if lost and kind != "suppressions" else became
    return {
        "text": text,
        "became": "" if became == text.strip() else became,
        "lost": lost,
        "left_out": column["left_out"],
    }


def _place(counted: tuple[str, int]) -> int:
    """Return where a type of event stands among the others: in the order of the standard ones, declared ones last."""
    names = list(STANDARD)
    return names.index(counted[0]) if counted[0] in names else len(names)


def totals(found: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the totals of a check or an import: the parts that add up, classes with their money, reasons with lines."""
    parts = [
        {"name": name, "word": word, "definition": definition, "count": found[name]}
        for name, (word, definition) in PARTS.items()
        if name in found and (found[name] or name in {"taken", "loaded", "rejected"})
    ]
    classes = [
        {"word": fields.type_name(name), "rows": figures["rows"], "money": Decimal(figures["money"])}
        for name, figures in (found.get("classes") or {}).items()
    ]
    lines = found.get("lines") or {}
    reasons = [
        {"sentence": sentences.say(reason, kind), "count": count, "lines": lines.get(reason, [])}
        for reason, count in found["reasons"].items()
    ]
    return {
        "read": found["read"], "parts": parts, "classes": classes, "money": Decimal(found["money"]) if "money" in found else None,
        "reasons": reasons, "usable": found["read"] - found["rejected"], "rejected": found["rejected"],
        "extras": [(word, found[name]) for name, word in EXTRAS.items() if found.get(name)],
        "events": [(fields.type_name(name), count) for name, count in sorted((found.get("events") or {}).items(), key=_place)],
        "before": dates.spoken(found.get("imported_before", "")[:10], current()),
    }  # fmt: skip
