"""Import of consents: entries for the ledger, one per row, each for a channel and a topic."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction

from relance.intake import consent_ledger, contacts, people, runs, settling
from relance.intake.models import ImportRun
from relance.intake.options import Options, Progress, silent
from relance.intake.settling import Settled, Settling
from relance.intake.table import Table, literal, opened
from relance.intake.words import yes_or_no

CHANNEL = """
    CASE WHEN channel IS NULL OR lower(strip_accents(channel)) IN ('email', 'e-mail', 'mail', 'courriel') THEN 'email'
         WHEN lower(strip_accents(channel)) IN ('sms', 'mobile', 'texto') THEN 'sms'
         WHEN lower(strip_accents(channel)) IN ('postal', 'post', 'courrier') THEN 'postal'
         WHEN lower(strip_accents(channel)) IN ('phone', 'telephone', 'tel') THEN 'phone'
         WHEN lower(channel) = 'push' THEN 'push' END
"""
REASON = f"""
    CASE WHEN external_id IS NULL AND email IS NULL THEN 'neither external id nor e-mail'
         WHEN external_id IS NULL AND NOT contains(email, '@') THEN 'the e-mail has no @ and there is no external id'
         WHEN {CHANNEL} IS NULL THEN 'the channel is none of email, sms, postal, phone, push'
         WHEN read_given IS NULL THEN 'the consent is neither yes nor no'
         WHEN given.dated IS NOT NULL AND moment IS NULL THEN 'the date is none, or is written unlike the others'
         WHEN moment > {{now}} THEN 'the date is in the future'
         WHEN given.expires_at IS NOT NULL AND until IS NULL THEN 'the date of expiry is none, or is written unlike the others' END
"""


def load(path: Path, options: Options, now: datetime, progress: Progress = silent) -> ImportRun:
    """Import the consents of a file and return the run with its totals; all of it is written, or nothing."""
    with opened(path, "consents", options, progress) as table:
        table.require("external_id", "email")
        table.require("given")
        read_entries(table, now)
        runs.refuse_all_rejected(table)
        with transaction.atomic():
            settling.lock()
            run = runs.begin(table, now)
            settled = settling.settle(
                table,
                Settling(
                    source=run.source.id or 0, now=now, create=options.unknown == "create", write=not options.dry_run
                ),
            )
            return runs.finish(table, run, _totals(table, settled, _write(table, run, now)), now)


def read_entries(table: Table, now: datetime) -> None:
    """Make `entry` of the usable rows, and `person` of those they speak of."""
    con = table.con
    con.execute(
        f"""
        CREATE TABLE checked AS
        WITH valued AS (SELECT given.*, {yes_or_no("given.given")} AS read_given, {table.date("dated")} AS moment,
                            {table.date("expires_at")} AS until FROM given)
        SELECT *, {REASON.format(now=f"'{now.isoformat()}'::TIMESTAMPTZ + INTERVAL 1 DAY")} AS reason FROM valued AS given
        """
    )
    con.execute("SET TimeZone = 'UTC'")
    runs.reject(table, "SELECT line, reason FROM checked WHERE reason IS NOT NULL")
    con.execute(
        f"""
        CREATE TABLE entry AS
        SELECT line, external_id, CASE WHEN contains(email, '@') THEN lower(email) END AS email, {CHANNEL} AS channel,
            coalesce(topic, 'marketing') AS topic, read_given AS given, {contacts.read_basis("basis")} AS basis,
            coalesce(proof, {literal(f"{table.name}, line ")} || line) AS proof, moment, until
        FROM checked WHERE reason IS NULL
        """
    )
    same = {name: name for name in ("line", "external_id", "email")}
    con.execute(f"CREATE TABLE person AS SELECT {people.columns(same)} FROM entry")


def _write(table: Table, run: ImportRun, now: datetime) -> int:
    """Write the entries of people who are known by now and return how many are new."""
    query = """
        SELECT contact_id, channel, topic, given, coalesce(basis, 'opt_in'), proof, moment, until, line
        FROM entry JOIN settled USING (line) WHERE contact_id IS NOT NULL
    """
    if table.options.unknown == "reject":
        runs.reject(table, f"SELECT line, '{runs.NOBODYS}' FROM settled WHERE contact_id IS NULL")
    if table.options.dry_run:
        return table.count(f"({query})")
    return consent_ledger.add(table, query, now, run.source.id)


def _totals(table: Table, settled: Settled, added: int) -> dict[str, object]:
    """Return the totals: rows read = loaded + known + suppressed + rejected; known ones tell nothing the ledger lacks."""
    used = table.count("settled", "contact_id IS NOT NULL")
    parts = {"loaded": added, "known": used - added, "suppressed": settled.suppressed, "rejected": runs.rejected(table)}
    people_ = {"contacts_created": settled.loaded, "contacts_known": settled.known}
    return {**runs.add_up(table, parts), **people_, **({} if table.options.dry_run else consent_ledger.held())}
