"""`relance clean`: judge addresses, numbers and twins, then say what was found."""

from __future__ import annotations

from rich.console import Console

from relance.cli import face
from relance.cli.clock import AsOf, instant
from relance.cli.tables import Grid
from relance.hygiene import report as hygiene_report
from relance.hygiene import stages

REASONS = {
    "syntax": "not an address",
    "mistyped": "mistyped domain",
    "disposable": "disposable domain",
    "dead_mailbox": "dead mailbox",
    "role": "role address (kept)",
    "suppressed": "suppressed",
    "number": "not a number",
    "landline": "landline, no text messages",
}


def run(as_of: AsOf = None, json: face.Json = False) -> None:
    """Clean the base: addresses, telephone numbers, duplicates, dead mailboxes."""
    now = instant(as_of)
    done = stages.run(now, everything=True)
    data = hygiene_report.report(now) | {"done": done}

    def show(console: Console) -> None:
        rows = [(name, f"{line['count']:,}", f"{line['of']:,}", _share(line["share"])) for name, line in _lines(data)]
        console.print(Grid(("", "count", "of", "share"), rows, title="Hygiene of the base"))

    face.answer(data, json=json, text=show)


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.2%}"


def _lines(data: dict[str, object]) -> list[tuple[str, dict[str, float]]]:
    """Return the rows of the table."""
    lines: list[tuple[str, object]] = [("merged people", data["merged"])]
    lines.append(("without a valid e-mail", data["without_valid_email"]))
    for channel in ("email", "phone"):
        part = data[channel]
        assert isinstance(part, dict)
        lines += [(f"{channel}: judged", part["judged"]), (f"{channel}: usable", part["usable"])]
        lines += [(f"{channel}: {REASONS[reason]}", line) for reason, line in part["reasons"].items()]
    return [(name, line) for name, line in lines if isinstance(line, dict)]
