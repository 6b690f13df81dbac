"""People of a file become contacts: created, merged into those known, or left out where an opt-out says so.

Everything here happens in the caller's transaction; nothing of it is seen, or kept, unless that ends.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import duckdb

from relance.core import database, ids
from relance.events import engine
from relance.intake import consent_ledger, loading, people
from relance.intake.table import Table, literal
from relance.intake.updating import NAME_KEY, TEXTS, add_points, default, update

CONTACT = (
    "id, uuid, external_id, first_name, last_name, name_key, language, time_zone, street, postcode, city, country, kind, company, site, "
    "attributes, source_id, first_seen_at, created_at, updated_at"
)


@dataclass(frozen=True)
class Settling:
    """How the people of a file are settled: by whom, when, and what is done with those already known."""

    source: int
    now: datetime
    mode: str = "skip"
    create: bool = True
    write: bool = True
    given: tuple[str, ...] = ()  # fields the file has, which overwriting may empty


@dataclass(frozen=True)
class Settled:
    """What became of the rows (they add up to all of them), and of what they brought besides."""

    loaded: int  # first row of a contact created
    known: int  # first row of a contact known before
    merged: int  # further rows of either
    suppressed: int  # rows that had nothing but an address nobody may write to
    unknown: int  # rows of people nobody knows, where none are created
    updated: int = 0  # known contacts that changed
    addresses_added: int = 0  # addresses that known contacts gained
    addresses_suppressed: int = 0  # addresses left out because of an opt-out
    addresses_elsewhere: int = 0  # addresses that stay with another contact
    addresses_shared: int = 0  # rows whose e-mail too many customers share
    consents: int = 0
    opt_outs: int = 0


def lock() -> None:
    """Let one import at a time match and create people, until the transaction ends."""
    database.execute("SELECT pg_advisory_xact_lock(hashtext('relance import'))")


def settle(table: Table, how: Settling) -> Settled:
    """Settle the rows of table `person`; `settled (line, contact_id)` tells whose each is, NULL where it is nobody's."""
    con = table.con
    shared = people.drop_crowds(con)
    people.find_known(con)
    people.group(con)
    people.merge(con)
    table.progress("match", table.raw.rows, table.raw.rows)
    opt_outs = _opt_outs(table, how)
    suppressed_points = _points(con)
    _choose(con, how)
    totals = _totals(con)
    created = table.count("arrival", "fate = 'loaded'")
    base = loading.reserve("contact", created) if how.write else -created
    con.execute(
        f"""
        CREATE OR REPLACE TABLE new_id AS
        SELECT grp, {base} + row_number() OVER (ORDER BY grp) - 1 AS id FROM arrival WHERE fate = 'loaded';
        UPDATE arrival SET contact_id = id FROM new_id WHERE arrival.grp = new_id.grp;
        CREATE OR REPLACE TABLE settled AS
        SELECT line, CASE WHEN fate IN ('loaded', 'known') THEN a.contact_id END AS contact_id FROM member JOIN arrival AS a USING (grp)
        """
    )
    updated, added, elsewhere, consents = _write(table, how) if how.write else (0, 0, 0, 0)
    return Settled(
        **totals, updated=updated, addresses_added=added, consents=consents, opt_outs=opt_outs,
        addresses_suppressed=suppressed_points, addresses_elsewhere=elsewhere, addresses_shared=shared,
    )  # fmt: skip


def _points(con: duckdb.DuckDBPyConnection) -> int:
    """Make `point (grp, channel, value)` without the suppressed addresses and return how many those are."""
    con.execute(
        """
        CREATE OR REPLACE TABLE point AS
        SELECT grp, 'email' AS channel, p.email AS value, min(line) AS line FROM member JOIN person AS p USING (line)
        WHERE p.email IS NOT NULL GROUP BY ALL
        """
    )
    for channel in ("sms", "phone", "postal"):
        con.execute(
            f"INSERT INTO point SELECT grp, '{channel}', {channel}, grp FROM arrival WHERE {channel} IS NOT NULL"
        )
    stopped = con.execute("SELECT count(*) FROM stopped").fetchone()
    if not (stopped and stopped[0]):
        return 0
    digest = ids.duckdb_digest("value")
    gone = con.execute(
        f"DELETE FROM point USING stopped WHERE point.channel = stopped.channel AND {digest} = stopped.digest"
    ).fetchone()
    return int(gone[0]) if gone else 0


def fetch_stopped(con: duckdb.DuckDBPyConnection) -> None:
    """Make `stopped (channel, digest)` of all suppressions."""
    con.register("found", engine.from_postgresql("SELECT channel, digest FROM suppression"))
    con.execute(
        "CREATE OR REPLACE TABLE stopped AS SELECT channel::VARCHAR AS channel, digest::BLOB AS digest FROM found"
    )
    con.unregister("found")


def _opt_outs(table: Table, how: Settling) -> int:
    """Make `stopped (channel, digest)` of all suppressions, those the rows bring included, and keep the latter; return how many are new."""
    con = table.con
    fetch_stopped(con)
    con.execute(
        f"""
        CREATE OR REPLACE TABLE opt_out AS
        SELECT 'email' AS channel, {ids.duckdb_digest("email")} AS digest, arg_max(stop, line) AS reason, max(stop_at) AS dated
        FROM person WHERE stop IS NOT NULL AND email IS NOT NULL GROUP BY ALL
        """
    )
    new = table.count("opt_out ANTI JOIN stopped USING (channel, digest)")
    con.execute("INSERT INTO stopped SELECT channel, digest FROM opt_out ANTI JOIN stopped USING (channel, digest)")
    if new and how.write:
        write_suppressions(table, "SELECT channel, digest, reason, dated FROM opt_out", how)
    return new


def write_suppressions(table: Table, query: str, how: Settling) -> int:
    """Keep the suppressions of a query (channel, digest, reason, dated) and return how many are new."""
    loading.temporary(
        table.con, f"SELECT channel, '\\x' || lower(hex(digest)), reason, dated FROM ({query})", "arriving_suppression",
        "channel text, digest bytea, reason text, at timestamptz",
    )  # fmt: skip
    return database.execute(
        """
        INSERT INTO suppression (channel, digest, reason, at, source_id)
        SELECT channel, digest, reason, coalesce(at, %s), %s FROM arriving_suppression ON CONFLICT DO NOTHING
        """,
        [how.now, how.source],
    )


def _choose(con: duckdb.DuckDBPyConnection, how: Settling) -> None:
    """Say of each group whether it is known, loaded, suppressed (no key is left of it) or unknown (and none are created)."""
    con.execute(
        f"""
        ALTER TABLE arrival ADD COLUMN fate VARCHAR;
        UPDATE arrival SET fate = CASE
            WHEN contact_id IS NOT NULL THEN 'known'
            WHEN external_id IS NULL AND grp NOT IN (SELECT grp FROM point WHERE channel = 'email') THEN 'suppressed'
            WHEN {"true" if how.create else "false"} THEN 'loaded'
            ELSE 'unknown' END;
        DELETE FROM point WHERE grp IN (SELECT grp FROM arrival WHERE fate IN ('suppressed', 'unknown'))
        """
    )


def _totals(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the rows by what becomes of them."""
    rows = con.execute("SELECT fate, count(*), sum(lines)::BIGINT FROM arrival GROUP BY fate").fetchall()
    groups, lines = {fate: count for fate, count, _ in rows}, {fate: total for fate, _, total in rows}
    kept = [fate for fate in ("loaded", "known") if fate in groups]
    return {
        "loaded": groups.get("loaded", 0), "known": groups.get("known", 0),
        "merged": sum(lines[fate] - groups[fate] for fate in kept),
        "suppressed": lines.get("suppressed", 0), "unknown": lines.get("unknown", 0),
    }  # fmt: skip


def _write(table: Table, how: Settling) -> tuple[int, int, int, int]:
    """Write new contacts, then what known ones gain; return contacts updated, addresses added to them, addresses that stay
    elsewhere, consents added."""
    con, rows = table.con, table.count("arrival", "fate = 'loaded'")
    now = literal(how.now.isoformat())
    texts = ", ".join(f"coalesce({name}, {default(name)})" for name in TEXTS[2:])
    loading.copy(
        con,
        f"""
        SELECT contact_id, {_uuid()}, external_id, coalesce(first_name, ''), coalesce(last_name, ''), {NAME_KEY}, {texts}, {_attributes()},
            {how.source}, coalesce(first_seen, {now}::TIMESTAMPTZ), {now}, {now}
        FROM arrival WHERE fate = 'loaded' ORDER BY grp
        """,
        "contact", CONTACT,
    )  # fmt: skip
    table.progress("load", rows, rows)
    loading.copy(
        con,
        # In the order of the contacts: sorted by address, the unique index fills faster and the foreign keys check slower.
        "SELECT a.contact_id, channel, value FROM point JOIN arrival AS a USING (grp) WHERE fate = 'loaded' ORDER BY line, a.contact_id",
        "contact_point", "contact_id, channel, value",
    )  # fmt: skip
    consents = consent_ledger.write_new(table, how.now, how.source)
    consents += consent_ledger.write_known(table, how.now, how.source, withdrawn_only=how.mode == "skip")
    if how.mode == "skip":
        return 0, 0, 0, consents
    overwriting = how.mode == "overwrite"
    renamed = bool({"first_name", "last_name"} & set(how.given))
    updated = update(table, emptied=how.given if overwriting else (), renamed=renamed, now=how.now)
    return updated, *add_points(table, replacing=overwriting), consents


def _uuid() -> str:
    """Return the SQL of a new contact's public id: as hard to guess as a random one, and not drawn a million times."""
    return f"sha256('{secrets.token_hex(32)}' || contact_id)[:32]"


def _attributes() -> str:
    """Return the SQL of a new contact's attributes, its further external ids included."""
    further = "list_filter(other_ids, lambda other : other <> external_id)"
    return (
        "CASE WHEN len(other_ids) > 1 THEN "
        f"json_merge_patch(coalesce(attributes, '{{}}'), json_object('other_external_ids', {further}))::VARCHAR "
        "ELSE coalesce(attributes, '{}') END"
    )
