"""Finding people by what one has of them: an address, a name, a customer number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, Value

from relance.contacts.models import ContactPoint
from relance.core import database

MOST = 50_000  # found at once; what finds more is asked of each person of the list in turn

# Any word of a name, an address from its beginning, a customer number whole: each by its own index.
FOUND = """
    (SELECT id FROM contact WHERE to_tsvector('simple'::regconfig, name_key) @@ to_tsquery('simple', %(words)s) LIMIT %(most)s)
    UNION (SELECT contact_id FROM contact_point WHERE channel = 'email' AND value LIKE %(address)s LIMIT %(most)s)
    UNION (SELECT id FROM contact WHERE external_id = %(text)s)
"""
BY_ADDRESS = "SELECT contact_id FROM contact_point WHERE channel = 'email' AND value LIKE %(address)s LIMIT %(most)s"


def condition(text: str) -> Q:
    """Return what a search asks of a contact: to be one of those found, or, where they are many, to match."""
    words = _words(text)
    given = {"words": words, "address": f"{_literal(text.lower())}%", "text": text, "most": MOST + 1}
    found = [contact for (contact,) in database.rows(FOUND if words else BY_ADDRESS, given)]
    return Q(among(found)) if len(found) <= MOST else _matches(text, words)


def among(contacts: Sequence[int]) -> Func:
    """Return whether a contact is one of these, as one array and not as thousands of parameters."""
    return Func(
        F("id"),
        Value(list(contacts)),
        arg_joiner=" = ANY(",
        template="(%(expressions)s::bigint[]))",
        output_field=BooleanField(),
    )


def _matches(text: str, words: str) -> Q:
    address = ContactPoint.objects.filter(contact=OuterRef("pk"), channel="email", value__startswith=text.lower())
    if not words:
        return Q(Exists(address))
    named = Func(
        F("name_key"), Value(words), arg_joiner=") @@ to_tsquery('simple', ",
        template="(to_tsvector('simple'::regconfig, %(expressions)s))", output_field=BooleanField(),
    )  # fmt: skip
    return Q(named) | Q(Exists(address)) | Q(external_id=text)


def _words(text: str) -> str:
    """Return the words of the search as PostgreSQL asks for their beginnings; none where it is an address."""
    return "" if "@" in text else " & ".join(f"{word}:*" for word in re.findall(r"\w+", unaccented(text)))


def unaccented(text: str) -> str:
    """Return the text as names are kept for searching: lower case, without accents."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _literal(text: str) -> str:
    """Return the text so that LIKE takes it word for word."""
    return re.sub(r"([\\%_])", r"\\\1", text)
