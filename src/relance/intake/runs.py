"""What an import did: totals that add up, the rejects file, the ImportRun."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from relance.core import database, place
from relance.core.errors import InputError
from relance.intake import sources
from relance.intake.models import ImportRun, Source
from relance.intake.table import Table

EXAMPLES = 10
EXAMPLES_EACH = 3
SOURCE = "files"
NOBODYS = "nobody has this external id or e-mail"  # why rows are rejected where no people are created
_ALL = "SELECT line, reason, NULL AS fields FROM reject UNION ALL SELECT line, reason, fields FROM ragged"


def begin(table: Table, now: datetime) -> ImportRun:
    """Return the run of this file, not yet saved; a dry run never is."""
    name = table.options.source or table.columns.tool or SOURCE
    if table.options.dry_run:
        source = Source.objects.filter(name=name).first() or Source(name=name, created_at=now)
    else:
        source = Source.objects.get(id=sources.source_id(name, now))
    return ImportRun(
        id=uuid4(), source=source, kind=table.kind, file_name=table.name, sha256=table.file.sha256, mode=table.options.mode,
        mapping={
            "tool": table.columns.tool, "columns": dict(table.columns.shown),
            "unused": list(table.columns.unused), "type": table.options.type,
        },
        started_at=now,
        state="dry run" if table.options.dry_run else "running",
    )  # fmt: skip


def reject(table: Table, query: str) -> int:
    """Note the rows of a query (line, reason) as rejected and return how many that is."""
    found = table.con.execute(f"INSERT INTO reject {query}").fetchone()
    return int(found[0]) if found else 0


def rejected(table: Table) -> int:
    """Return how many rows are rejected, those of a wrong width included."""
    return table.count("reject") + table.raw.ragged


def add_up(table: Table, parts: Mapping[str, int]) -> dict[str, Any]:
    """Return the totals with `read` in front; what the file held and what became of it must be the same number."""
    read = table.raw.rows + table.raw.ragged
    if sum(parts.values()) != read:
        raise AssertionError(f"{table.name}: {read} rows read, but {dict(parts)} add up to {sum(parts.values())}")
    return {"read": read, **parts}


def finish(table: Table, run: ImportRun, totals: Mapping[str, Any], now: datetime) -> ImportRun:
    """Write the rejects file and the run with its totals; a dry run writes neither."""
    reasons = table.con.execute(
        f"SELECT reason, count(*) FROM ({_ALL}) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20"
    ).fetchall()
    run.totals = {
        **totals, "reasons": dict(reasons), "examples": _examples(table), "lines": _lines(table),
        "rejects_file": "" if run.state == "dry run" else _write_rejects(table, run),
        "imported_before": _imported_before(run),
    }  # fmt: skip
    if run.state != "dry run":
        run.state, run.finished_at = "done", now
        run.save()
    return run


def _imported_before(run: ImportRun) -> str:
    """Return when the same content was last imported as the same kind, if it was."""
    earlier = (
        ImportRun.objects.filter(sha256=run.sha256, kind=run.kind, state="done")
        .exclude(id=run.id)
        .order_by("-started_at")
        .first()
    )
    return earlier.started_at.isoformat() if earlier else ""


def _examples(table: Table) -> list[dict[str, Any]]:
    """Return the first rejected lines with their reasons."""
    rows = table.con.execute(f"SELECT line, reason FROM ({_ALL}) ORDER BY line LIMIT {EXAMPLES}").fetchall()
    return [{"line": line, "reason": reason} for line, reason in rows]


def _lines(table: Table) -> dict[str, list[int]]:
    """Return the first lines rejected for each reason."""
    return dict(
        table.con.execute(
            f"""
            SELECT reason, list(line ORDER BY line)[:{EXAMPLES_EACH}] FROM ({_ALL}) GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 20
            """
        ).fetchall()
    )


def _write_rejects(table: Table, run: ImportRun) -> str:
    """Write line, reason and raw fields of each rejected row to the data folder and return the file's path."""
    if not rejected(table):
        return ""
    path = place.folder("imports") / f"{run.id}-rejects.csv"
    cells = ", ".join(f"c{number}" for number in range(len(table.raw.headers)))
    rows = table.con.execute(
        f"""
        SELECT line, reason, coalesce(fields, own) FROM ({_ALL})
        LEFT JOIN (SELECT line, [{cells}] AS own FROM raw SEMI JOIN reject USING (line)) USING (line) ORDER BY line
        """
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["line", "reason", *table.raw.headers])
        while batch := rows.fetchmany(10_000):
            out.writerows([line, reason, *(fields or ())] for line, reason, fields in batch)
    return str(path)


def same_before(run: ImportRun) -> bool:
    """Tell whether the same content came in from the same source, said to be the same: whatever it told is known.

    An import that left out rows of unknown people did not tell all: these may be created now, or be known by now.
    """
    earlier = ImportRun.objects.filter(sha256=run.sha256, kind=run.kind, state="done", source_id=run.source.id)
    said = [
        (one.mapping.get("columns"), one.mapping.get("type", ""))
        for one in earlier.exclude(id=run.id)
        if NOBODYS not in one.totals.get("reasons", {})
    ]
    return (run.mapping["columns"], run.mapping["type"]) in said


def telling(source: str, event_type: str, since: datetime) -> ImportRun | None:
    """Return the last file of a source that came in since, and told of events of a type."""
    came = ImportRun.objects.filter(source__name=source, kind="events", state="done", started_at__gte=since)
    return came.filter(totals__events__has_key=event_type).order_by("-started_at").first()


def refuse_all_rejected(table: Table) -> None:
    """Raise a sentence where not one row is usable: nothing is written, not even a run."""
    total = table.raw.rows + table.raw.ragged
    if rejected(table) == total:
        first = _examples(table)[0]
        raise InputError(
            f"{table.name}: none of its {total} rows can be used. Line {first['line']}: {first['reason']}. "
            "Check the columns' meaning, and name them with --map where needed."
        )


def renew_statistics() -> None:
    """Let PostgreSQL plan what follows an import for these many rows, not for yesterday's: it can be minutes apart."""
    database.execute("ANALYZE contact, contact_point, consent, suppression, event")
