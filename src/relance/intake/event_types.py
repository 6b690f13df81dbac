"""The type of each row of a file of events: what the person says, its own column, or what its columns speak of."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from relance.core import definitions
from relance.core.errors import InputError
from relance.events.schemas import known_types
from relance.intake.mapping import plain
from relance.intake.table import Table, literal

MANY_TYPES = 500


@cache
def _type_words() -> dict[str, str]:
    """Return the event type each word of a file means."""
    words = definitions.read(Path(__file__).parent / "event_types.yaml").data
    return {plain(word): name for name, known in words.items() for word in known}


def words_of(name: str) -> list[str]:
    """Return the words of a file that mean an event type."""
    return list(definitions.read(Path(__file__).parent / "event_types.yaml").data.get(name, []))


def read(table: Table) -> str:
    """Return the SQL that reads a row's type; refuse a type nobody knows, with its line."""
    known = known_types()
    if table.options.type:
        return literal(_known_type("--type", table.options.type, known))
    if not table.columns.has("type"):
        return literal(_type_by_columns(table))
    found = table.con.execute(
        "SELECT type, min(line) FROM given WHERE type IS NOT NULL GROUP BY 1 ORDER BY 2"
    ).fetchall()
    if len(found) > MANY_TYPES:
        raise InputError(
            f"{table.label('type')} holds {len(found)} different words; it is no event type. Say which it is with --type."
        )
    column = table.label("type")
    named = ", ".join(
        f"{literal(word)}: {literal(_known_type(f'{column}, line {line}', word, known))}" for word, line in found
    )
    return f"MAP {{{named}}}[type]" if named else "NULL::VARCHAR"


def _known_type(where: str, word: str, known: set[str]) -> str:
    by_name = {plain(name): name for name in known}
    name = by_name.get(plain(word)) or _type_words().get(plain(word))
    if name is None or name not in known:
        raise InputError(
            f"{where}: “{word}” is no event type. Known are {', '.join(sorted(known))}. Correct the word, or declare the type."
        )
    return name


def _type_by_columns(table: Table) -> str:
    """Return the type the columns speak of: the tool's, or an order where there are amounts."""
    if table.columns.type:
        return table.columns.type
    if table.columns.has("amount", "order_total", "unit_price"):
        return "order_placed"
    raise InputError(
        f"{table.name}: no column says what happened. Say it with --type, such as --type site_visited, or --map COLUMN=type."
    )
