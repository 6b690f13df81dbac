"""Who a row speaks of: rows that name one person are one group, and a group may be a contact already known.

The keys are exact: the external id, then the e-mail. A contact found by e-mail under another external id keeps its own
and remembers the other in the attribute `other_external_ids`, so that orders that name it still find their person.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from relance.core import database
from relance.events import engine

FEW_KEYS = 20_000
CROWD = 3  # distinct external ids that may share an e-mail; beyond, it is a placeholder and names nobody

PERSON = {
    "line": "BIGINT", "external_id": "VARCHAR", "email": "VARCHAR", "sms": "VARCHAR", "phone": "VARCHAR", "postal": "VARCHAR",
    "first_name": "VARCHAR", "last_name": "VARCHAR", "language": "VARCHAR", "time_zone": "VARCHAR", "street": "VARCHAR",
    "postcode": "VARCHAR", "city": "VARCHAR", "country": "VARCHAR", "kind": "VARCHAR", "company": "VARCHAR", "site": "VARCHAR",
    "attributes": "VARCHAR", "first_seen": "TIMESTAMPTZ", "stop": "VARCHAR", "stop_at": "TIMESTAMPTZ",
    "consent_email": "BOOLEAN", "consent_sms": "BOOLEAN", "consent_postal": "BOOLEAN", "consent_phone": "BOOLEAN",
    "consent_at": "TIMESTAMPTZ", "consent_basis": "VARCHAR", "consent_proof": "VARCHAR",
}  # fmt: skip
DETAILS = tuple(name for name in PERSON if name not in {"line", "external_id", "email", "attributes"})

KNOWN_IDS = """
    SELECT external_id, id AS contact_id FROM contact WHERE external_id {these}
    UNION ALL
    SELECT other, id FROM contact, jsonb_array_elements_text(attributes -> 'other_external_ids') AS other
    WHERE attributes ? 'other_external_ids' AND other {these}
"""
KNOWN_EMAILS = "SELECT value AS email, contact_id FROM contact_point WHERE channel = 'email' AND value {these}"


def columns(expressions: Mapping[str, str]) -> str:
    """Return the select list of a `person` table: the expressions given, NULL for the rest."""
    return ", ".join(f"({expressions.get(name, 'NULL')})::{kind} AS {name}" for name, kind in PERSON.items())


def drop_crowds(con: duckdb.DuckDBPyConnection) -> int:
    """Take off the e-mails that many external ids share, which would make one person of strangers; return the rows touched."""
    found = con.execute(
        f"""
        CREATE TEMP TABLE crowd AS SELECT email FROM person WHERE email IS NOT NULL
        GROUP BY email HAVING count(*) > {CROWD} AND count(DISTINCT external_id) > {CROWD}
        """
    ).fetchone()
    if not (found and found[0]):
        return 0
    touched = con.execute(
        "UPDATE person SET email = NULL, consent_email = NULL WHERE external_id IS NOT NULL AND email IN (FROM crowd)"
    ).fetchone()
    return int(touched[0]) if touched else 0


def find_known(con: duckdb.DuckDBPyConnection) -> None:
    """Make `known_id (external_id, contact_id)` and `known_email (email, contact_id)` for the keys of table `person`."""
    _find(con, "known_id", "external_id", KNOWN_IDS)
    _find(con, "known_email", "email", KNOWN_EMAILS)


def _find(con: duckdb.DuckDBPyConnection, table: str, key: str, query: str) -> None:
    """Fetch known keys: those asked for where they are few, else all of them as Arrow columns."""
    con.execute(f"CREATE OR REPLACE TABLE {table} ({key} VARCHAR, contact_id BIGINT)")
    keys = [
        row[0]
        for row in con.execute(f"SELECT DISTINCT {key} FROM person WHERE {key} IS NOT NULL LIMIT {FEW_KEYS}").fetchall()
    ]
    if not keys:
        return
    if len(keys) < FEW_KEYS:
        rows = database.rows(query.format(these="= ANY(%(keys)s)"), {"keys": keys})
        found = pa.table(
            {
                key: pa.array([row[0] for row in rows], pa.string()),
                "contact_id": pa.array([row[1] for row in rows], pa.int64()),
            }
        )
    else:
        found = engine.from_postgresql(query.format(these="IS NOT NULL"))
    con.register("found", found)
    con.execute(
        f"INSERT INTO {table} SELECT {key}, min(contact_id) FROM found SEMI JOIN person USING ({key}) GROUP BY 1"
    )
    con.unregister("found")


def group(con: duckdb.DuckDBPyConnection) -> None:
    """Make `member (line, grp, contact_id, by_id)`: rows linked by external id, e-mail or known contact share `grp`.

    `grp` is the least line of the group; links are followed until nothing changes, over rows that share a key only.
    """
    con.execute(
        """
        CREATE OR REPLACE TABLE member AS
        SELECT line, external_id, email, line AS grp, coalesce(i.contact_id, e.contact_id) AS contact_id, i.contact_id IS NOT NULL AS by_id
        FROM person LEFT JOIN known_id AS i USING (external_id) LEFT JOIN known_email AS e USING (email)
        """
    )
    keys = ("external_id", "email", "contact_id")
    con.execute("CREATE OR REPLACE TABLE linked (line BIGINT)")
    if not any(_repeated(con, key) for key in keys):
        return
    often = " OR ".join(f"{key} IN (SELECT {key} FROM member GROUP BY 1 HAVING count(*) > 1)" for key in keys)
    con.execute(f"CREATE OR REPLACE TABLE linked AS SELECT * FROM member WHERE {often}")
    con.execute("DELETE FROM member WHERE line IN (SELECT line FROM linked)")
    least = ", ".join(f"CASE WHEN {key} IS NOT NULL THEN min(grp) OVER (PARTITION BY {key}) END" for key in keys)
    before = -1
    while (now := _sum(con, "linked", "grp")) != before:
        before = now
        con.execute(f"CREATE OR REPLACE TABLE linked AS SELECT * REPLACE (least(grp, {least}) AS grp) FROM linked")
    con.execute(
        """
        INSERT INTO member SELECT line, external_id, email, grp,
            arg_min(contact_id, (NOT by_id, line)) FILTER (contact_id IS NOT NULL) OVER (PARTITION BY grp), by_id
        FROM linked
        """
    )


def _repeated(con: duckdb.DuckDBPyConnection, key: str) -> bool:
    found = con.execute(f"SELECT count({key}) > count(DISTINCT {key}) FROM member").fetchone()
    return bool(found and found[0])


def _sum(con: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    found = con.execute(f"SELECT coalesce(sum({column}), 0) FROM {table}").fetchone()
    return int(found[0]) if found else 0


def merge(con: duckdb.DuckDBPyConnection) -> None:
    """Make `arrival`: one row per group, each detail from the last row that gives it, the external id from the first.

    `other_ids` holds the further external ids of the group, `lines` its number of rows.
    """
    details = ", ".join(DETAILS)
    con.execute(
        f"""
        CREATE OR REPLACE TABLE arrival AS
        SELECT grp, m.contact_id, 1 AS lines, p.external_id, p.email, NULL::VARCHAR[] AS other_ids, attributes, {details}
        FROM member AS m JOIN person AS p USING (line) {"ANTI JOIN linked USING (line)" if _sum(con, "linked", "line") else ""}
        """
    )
    if not _sum(con, "linked", "line"):
        return
    last = ", ".join(f"arg_max({name}, line) AS {name}" for name in DETAILS)
    con.execute(
        f"""
        INSERT INTO arrival
        SELECT grp, any_value(m.contact_id), count(*), arg_min(p.external_id, line), arg_min(p.email, line),
            nullif(list_distinct(list(p.external_id ORDER BY line) FILTER (p.external_id IS NOT NULL)), []),
            list_reduce(list(attributes ORDER BY line) FILTER (attributes IS NOT NULL), lambda a, b : json_merge_patch(a, b)::VARCHAR),
            {last}
        FROM (FROM member SEMI JOIN linked USING (line)) AS m JOIN person AS p USING (line)
        GROUP BY grp
        """
    )
