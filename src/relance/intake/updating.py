"""Contacts already known gain what a file tells of them: fields, external ids, addresses.

Reads the table `arrival` that settling makes, in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import pyarrow as pa
from django.conf import settings

from relance.core import database
from relance.intake import loading
from relance.intake.table import Table, literal

NAME_KEY = "trim(lower(strip_accents(concat_ws(' ', last_name, first_name))))"
TEXTS = (
    "first_name",
    "last_name",
    "language",
    "time_zone",
    "street",
    "postcode",
    "city",
    "country",
    "kind",
    "company",
    "site",
)
DEFAULTS = {"kind": "'b2c'"}


def default(name: str) -> str:
    """Return the SQL of what a field is where nobody told."""
    return literal(str(settings.RELANCE.language)) if name == "language" else DEFAULTS.get(name, "''")


def update(table: Table, *, emptied: Collection[str], renamed: bool, now: datetime) -> int:
    """Bring known contacts up to date, those only that change.

    What the file says replaces what was there; what it leaves empty stays, but for the fields that may be `emptied`.
    `renamed` tells that the file has names.
    """
    names = ", ".join(TEXTS)
    arrived = loading.temporary(
        table.con,
        f"SELECT contact_id, external_id, to_json(coalesce(other_ids, [external_id])), {names}, coalesce(attributes, '{{}}'), first_seen "
        "FROM arrival WHERE fate = 'known'",
        "arriving", "contact_id bigint, external_id text, ids jsonb, " + ", ".join(f"{name} text" for name in TEXTS)
        + ", attributes jsonb, first_seen timestamptz",
    )  # fmt: skip
    if not arrived:
        return 0
    values = {name: _new_value(name, emptied) for name in TEXTS}
    changes = ", ".join(f"{name} = {value}" for name, value in values.items())
    differs = " OR ".join(f"c.{name} <> {value}" for name, value in values.items())
    database.execute(_ADOPT)
    changed = database.execute(
        f"""
        UPDATE contact AS c SET {changes}, attributes = c.attributes || a.attributes,
            first_seen_at = least(c.first_seen_at, a.first_seen), updated_at = %s
        FROM arriving AS a
        WHERE c.id = a.contact_id AND c.erased_at IS NULL
            AND ({differs} OR c.attributes || a.attributes <> c.attributes OR a.first_seen < c.first_seen_at)
        """,
        [now],
    )
    if changed and renamed:
        _rekey(table, now)
    return changed


# The external id of a contact known so far by e-mail only becomes its own; further ones are remembered.
_ADOPT = """
    WITH own AS (
        UPDATE contact AS c SET external_id = a.external_id FROM arriving AS a
        WHERE c.id = a.contact_id AND c.external_id IS NULL AND a.external_id IS NOT NULL AND c.erased_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM contact AS other WHERE other.external_id = a.external_id)
        RETURNING c.id, c.external_id
    )
    UPDATE arriving AS a SET attributes = a.attributes || jsonb_build_object('other_external_ids', further.ids)
    FROM (
        SELECT contact_id, jsonb_agg(DISTINCT named) AS ids
        FROM (
            SELECT a.contact_id, named, coalesce(own.external_id, c.external_id) AS kept
            FROM arriving AS a JOIN contact AS c ON c.id = a.contact_id LEFT JOIN own ON own.id = c.id
                CROSS JOIN LATERAL jsonb_array_elements_text(a.ids || coalesce(c.attributes -> 'other_external_ids', '[]')) AS named
        ) AS every WHERE named IS NOT NULL AND named <> kept GROUP BY contact_id
    ) AS further
    WHERE further.contact_id = a.contact_id
"""


def _new_value(name: str, emptied: Collection[str]) -> str:
    """Return what a column of a known contact becomes."""
    if name in emptied:
        return f"coalesce(a.{name}, {default(name)})"
    return f"coalesce(nullif(a.{name}, ''), c.{name})"


def _rekey(table: Table, now: datetime) -> None:
    """Compute the name keys of the contacts just changed, in DuckDB, whose unaccenting PostgreSQL lacks."""
    table.con.register("found", _changed_names(now))
    loading.temporary(table.con, f"SELECT id, {NAME_KEY} FROM found", "arriving_name", "id bigint, name_key text")
    table.con.unregister("found")
    database.execute(
        "UPDATE contact AS c SET name_key = n.name_key FROM arriving_name AS n WHERE c.id = n.id AND c.name_key <> n.name_key"
    )


def _changed_names(now: datetime) -> pa.Table:
    """Return id and names of the contacts changed at `now`, read within this transaction."""
    rows = database.rows(
        "SELECT c.id, c.first_name, c.last_name FROM contact AS c JOIN arriving AS a ON a.contact_id = c.id WHERE c.updated_at = %s",
        [now],
    )
    return pa.table({name: [row[n] for row in rows] for n, name in enumerate(("id", "first_name", "last_name"))})


def add_points(table: Table, *, replacing: bool) -> tuple[int, int]:
    """Give known contacts the addresses they lack; return how many, and how many belong to somebody else and stay there.

    A postal address replaces the former one; `replacing`, e-mails and numbers do too, but for the correction of an address
    that the file still spells wrongly: the same before the @, added after the wrong one.
    """
    arrived = loading.temporary(
        table.con, "SELECT a.contact_id, channel, value, point.line FROM point JOIN arrival AS a USING (grp) WHERE fate = 'known'",
        "arriving_point", "contact_id bigint, channel text, value text, line bigint",
    )  # fmt: skip
    if not arrived:
        return 0, 0
    replaced = "true" if replacing else "p.channel = 'postal'"
    database.execute(
        f"""
        DELETE FROM contact_point AS p USING (SELECT DISTINCT contact_id, channel FROM arriving_point) AS a
        WHERE p.contact_id = a.contact_id AND p.channel = a.channel AND {replaced}
            AND NOT EXISTS (SELECT 1 FROM arriving_point AS same
                            WHERE same.contact_id = p.contact_id AND same.channel = p.channel AND same.value = p.value)
            AND NOT EXISTS (SELECT 1 FROM arriving_point AS named JOIN contact_point AS wrong USING (contact_id, channel, value)
                            WHERE wrong.contact_id = p.contact_id AND p.channel = 'email' AND wrong.channel = 'email'
                                AND wrong.valid IS FALSE AND wrong.id < p.id
                                AND split_part(wrong.value, '@', 1) = split_part(p.value, '@', 1))
        """
    )
    added = database.execute(
        """
        INSERT INTO contact_point (contact_id, channel, value)
        SELECT contact_id, channel, value FROM arriving_point AS a
        WHERE NOT EXISTS (SELECT 1 FROM contact_point AS p
                          WHERE p.contact_id = a.contact_id AND p.channel = a.channel AND p.value = a.value)
            AND EXISTS (SELECT 1 FROM contact AS c WHERE c.id = a.contact_id AND c.erased_at IS NULL)
        ORDER BY line ON CONFLICT DO NOTHING
        """
    )
    ((elsewhere,),) = database.rows(
        """
        SELECT count(*) FROM arriving_point AS a JOIN contact_point AS p ON p.channel = a.channel AND p.value = a.value
        WHERE a.channel = 'email' AND p.contact_id <> a.contact_id
        """
    )
    return added, int(elsewhere)
