"""The condition language: parsed once into a frozen tree, compiled to Ibis, run on PostgreSQL, DuckDB and beyond.

Whoever owns fields passes them in a Vocabulary; the language itself knows contacts and events only.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from relance.rules.grammar import All, Compare, Condition, Either, Happened, Not, Silent, Test, event_types
from relance.rules.parsing import parse
from relance.rules.vocabulary import CONTACTS, Field, Vocabulary

__all__ = [
    "CONTACTS", "All", "Compare", "Condition", "Context", "Either", "Field", "Happened", "Not", "Silent", "Test", "Vocabulary",
    "compile_condition", "contacts_sql", "duckdb_sql", "engine_for", "event_types", "parse",
]  # fmt: skip

if TYPE_CHECKING:
    from relance.rules.compiling import Context, compile_condition
    from relance.rules.engines import contacts_sql, duckdb_sql, engine_for

# What compiles needs Ibis, which takes a second and 100 MB: who only reads conditions, as the dispatch does, goes without.
_COMPILING = {"Context": "compiling", "compile_condition": "compiling", "contacts_sql": "engines", "duckdb_sql": "engines",
              "engine_for": "engines"}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what compiles when it is first asked for (PEP 562)."""
    if name not in _COMPILING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_COMPILING[name]}"), name)
