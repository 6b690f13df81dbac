"""`relance warehouse`: a team's own tables as the place of the history."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console

from relance.cli import face
from relance.cli.tables import Grid
from relance.core.definitions import read
from relance.core.errors import ConfigurationError
from relance.events import engine, warehouse

app = typer.Typer(help="A warehouse as the place of the history.", no_args_is_help=True)

_SENTENCES = {
    "empty": (
        "{table} ({type}): no row. Look at `where:`, and at what the account may read.",
        "{table} ({type}) : aucune ligne. Vérifiez `where:` et les droits du compte.",
    ),
    "nobody": (
        "{table} ({type}): no row names a person known here. Is `contact_key:` the right one?",
        "{table} ({type}) : aucune ligne ne désigne une personne connue ici. `contact_key:` est-il le bon ?",
    ),
    "few": (
        "{table} ({type}): {rows_of_known_people} of {rows} rows name people known here; the rest is left out.",
        "{table} ({type}) : {rows_of_known_people} lignes sur {rows} désignent des personnes connues ici ; le reste est ignoré.",
    ),
    "negative": (
        "{table} ({type}): {negative_amounts} negative amounts. Returns are events of the type `refund`, with a positive amount.",
        "{table} ({type}) : {negative_amounts} montants négatifs. Les retours sont des évènements de type `refund`, au montant positif.",
    ),
    "repeated": (
        "{table} ({type}): {repeated_references} rows repeat a reference and count once. Order lines? Use a view of one row per order.",
        "{table} ({type}) : {repeated_references} lignes répètent une référence et ne comptent qu’une fois. Des lignes de commande ? "
        "Prenez une vue d’une ligne par commande.",
    ),
    "late": (
        "{table} ({type}): the last row is of {last_at:%Y-%m-%d}, which is to come. Is `time_zone:` right?",
        "{table} ({type}) : la dernière ligne est du {last_at:%d/%m/%Y}, à venir. `time_zone:` est-il juste ?",
    ),
}


@app.callback()
def tables() -> None:
    """Keep `check` a word of its own though it is the only one."""


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The mapping, a YAML file.")],
    url: Annotated[str, typer.Option("--url", help="The warehouse; default: RELANCE_WAREHOUSE.")] = "",
    json: face.Json = False,
) -> None:
    """Read every table of a mapping and say what it would bring; nothing is written."""
    found = warehouse.check(read(file))
    if not (url or settings.RELANCE.warehouse):
        raise ConfigurationError(
            "Which warehouse is not said. Set RELANCE_WAREHOUSE to its postgresql:// address, or name it with --url."
        )
    with engine.connected() as con, warehouse.connected(url) as source:
        engine.load(con, "known_key", warehouse.KEYS[found.contact_key])
        told = warehouse.report(con, found, source)
    data = {
        "warehouse": found.warehouse,
        "contact_key": found.contact_key,
        "tables": told,
        "warnings": [warning for table in told for warning in warnings(table)],
        "covered_since": warehouse.coverage(found),
        "uncovered": sorted(set(found.types) - set(warehouse.coverage(found))),
    }
    face.answer(data, json=json, text=lambda console: _print(console, data))


def warnings(told: dict[str, Any]) -> list[dict[str, str]]:
    """Return what a person should look at in a table's figures, in both languages."""
    rows, known = told["rows"], told["rows_of_known_people"]
    late = told["last_at"] is not None and told["last_at"] > datetime.now(UTC)
    codes = {
        "empty": not rows,
        "nobody": rows and not known,
        "few": known and known < rows / 2,
        "negative": told["negative_amounts"],
        "repeated": told["repeated_references"],
        "late": late,
    }
    return [
        {"code": code, "table": told["table"], "sentence": english.format(**told), "sentence_fr": french.format(**told)}
        for code, (english, french) in _SENTENCES.items()
        if codes[code]
    ]


def _print(console: Console, data: dict[str, Any]) -> None:
    rows = []
    for row in data["tables"]:
        days = [f"{row[name]:%Y-%m-%d}" if row[name] else "" for name in ("first_at", "last_at")]
        counts = [f"{row[name]:,}" for name in ("rows", "rows_of_known_people", "people")]
        rows.append((row["table"], row["type"], *counts, *days))
    headers = ("table", "type", "rows", "of people known here", "people", "from", "to")
    console.print(Grid(headers, rows, title=data["warehouse"]))
    for warning in data["warnings"]:
        console.print(warning["sentence"], markup=False)
    if data["uncovered"]:
        console.print(
            f"Without `covered_since:` silence means nothing: {', '.join(data['uncovered'])}. Say since when the tables are complete."
        )
