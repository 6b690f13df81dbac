"""Import of suppressions: addresses nobody may write to again, kept as keyed hashes only."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from relance.core import database, ids
from relance.intake import loading, phones, runs, settling
from relance.intake.models import ImportRun
from relance.intake.options import Options, Progress, silent
from relance.intake.settling import Settling
from relance.intake.table import Table, opened
from relance.intake.words import opt_out_reason

# Why a row is nobody's address.
REFUSAL = """
    CASE WHEN written THEN 'the e-mail has no @ and there is no telephone number' ELSE 'neither an e-mail nor a telephone number' END
"""


def load(path: Path, options: Options, now: datetime, progress: Progress = silent) -> ImportRun:
    """Import the suppressions of a file and return the run with its totals; all of it is written, or nothing."""
    with opened(path, "suppressions", options, progress) as table:
        table.require("email", "mobile")
        read_addresses(table, now)
        runs.refuse_all_rejected(table)
        with transaction.atomic():
            settling.lock()
            run = runs.begin(table, now)
            how = Settling(source=run.source.id or 0, now=now, write=not options.dry_run)
            added = _write(table, how)
            withdrawn = _withdraw(table, how) if how.write else 0
            distinct = table.count("stop")
            parts = {
                "loaded": added, "known": distinct - added, "merged": table.count("address") - distinct, "rejected": runs.rejected(table),
            }  # fmt: skip
            return runs.finish(
                table, run, {**runs.add_up(table, parts), "consents_withdrawn": withdrawn, **_reasons(table)}, now
            )


def read_addresses(table: Table, now: datetime) -> None:
    """Make `address` of the usable rows (the e-mail, else the number) and `stop` of the distinct ones."""
    con = table.con
    code, trunk = phones.calling_code(str(settings.RELANCE.country))
    con.execute(
        f"""
        CREATE TABLE checked AS
        WITH bare AS (
            SELECT *, '{code}' AS calling, '{trunk}' AS trunk, {phones.bare("mobile")} AS digits, {table.date("dated")} AS moment FROM given
        )
        SELECT line, CASE WHEN contains(email, '@') THEN 'email' ELSE 'sms' END AS channel,
            CASE WHEN contains(email, '@') THEN lower(email) ELSE {phones.whole("digits")} END AS value,
            email IS NOT NULL AND mobile IS NULL AS written, {opt_out_reason("reason", unknown="'former_tool'")} AS reason,
            least(moment, '{now.isoformat()}'::TIMESTAMPTZ) AS moment
        FROM bare
        """
    )
    con.execute("SET TimeZone = 'UTC'")
    runs.reject(table, f"SELECT line, {REFUSAL} FROM checked WHERE value IS NULL")
    con.execute("CREATE TABLE address AS FROM checked WHERE value IS NOT NULL")
    con.execute(
        f"""
        CREATE TABLE stop AS SELECT *, {ids.duckdb_digest("value")} AS digest
        FROM (SELECT channel, value, arg_min(reason, line) AS reason, min(moment) AS moment FROM address GROUP BY channel, value)
        """
    )
    table.progress("clean", table.raw.rows, table.raw.rows)


def _write(table: Table, how: Settling) -> int:
    """Keep the suppressions and return how many are new; a dry run counts them only."""
    if how.write:
        return settling.write_suppressions(table, "SELECT channel, digest, reason, moment AS dated FROM stop", how)
    settling.fetch_stopped(table.con)
    return table.count("stop ANTI JOIN stopped USING (channel, digest)")


def _withdraw(table: Table, how: Settling) -> int:
    """Tell known contacts' ledger and addresses of it: an opt-out withdraws consent, a bounce makes the address invalid."""
    loading.temporary(
        table.con, "SELECT channel, value, reason, moment FROM stop", "arriving_stop",
        "channel text, value text, reason text, moment timestamptz",
    )  # fmt: skip
    database.execute(
        """
        UPDATE contact_point AS p SET valid = false, reason = 'bounced', checked_at = %s FROM arriving_stop AS s
        WHERE p.channel = s.channel AND p.value = s.value AND s.reason = 'bounced' AND p.valid IS NOT FALSE
        """,
        [how.now],
    )
    return database.execute(
        """
        INSERT INTO consent (contact_id, channel, given, proof, at, source_id)
        SELECT p.contact_id, s.channel, false, %s, coalesce(s.moment, %s), %s
        FROM arriving_stop AS s JOIN contact_point AS p ON p.channel = s.channel AND p.value = s.value
            LEFT JOIN LATERAL (
                SELECT given FROM consent AS c WHERE c.contact_id = p.contact_id AND c.channel = s.channel AND c.topic = 'marketing'
                ORDER BY at DESC, id DESC LIMIT 1
            ) AS latest ON true
        WHERE s.reason <> 'bounced' AND latest.given IS NOT FALSE
        ON CONFLICT DO NOTHING
        """,
        [f"suppression list {table.name}", how.now, how.source],
    )


def _reasons(table: Table) -> dict[str, object]:
    return {"by_reason": dict(table.con.execute("SELECT reason, count(*) FROM stop GROUP BY 1 ORDER BY 1").fetchall())}
