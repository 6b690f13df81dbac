"""The condition language: parsed once into a frozen tree, compiled to Ibis, run on PostgreSQL, DuckDB and beyond.

Whoever owns fields passes them in a Vocabulary; the language itself knows contacts and events only.
"""

from relance.rules.compiling import Context, compile_condition
from relance.rules.engines import contacts_sql, duckdb_sql, engine_for
from relance.rules.grammar import All, Compare, Condition, Either, Happened, Not, Silent, Test
from relance.rules.parsing import parse
from relance.rules.vocabulary import CONTACTS, Field, Vocabulary

__all__ = [
    "CONTACTS", "All", "Compare", "Condition", "Context", "Either", "Field", "Happened", "Not", "Silent", "Test", "Vocabulary",
    "compile_condition", "contacts_sql", "duckdb_sql", "engine_for", "parse",
]  # fmt: skip
