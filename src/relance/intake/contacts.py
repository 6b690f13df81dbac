"""Import of contacts: people, their addresses, their consents and opt-outs, in one transaction."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path

import duckdb
from django.conf import settings
from django.db import transaction

from relance.core import definitions
from relance.intake import consent_ledger, people, phones, runs, settling, unusable
from relance.intake.mapping import plain
from relance.intake.models import ImportRun
from relance.intake.options import Options, Progress, silent
from relance.intake.settling import Settled, Settling
from relance.intake.table import Table, literal, opened
from relance.intake.words import opt_out_reason, yes_or_no

NUMBERS = ("mobile", "phone", "landline")

# What is no name of a person and no key: too long, or without the sign every address has.
REASON = """
    CASE
        WHEN len(external_id) > 200 THEN 'the external id is longer than 200 characters'
        WHEN email IS NOT NULL AND NOT contains(email, '@') AND external_id IS NULL THEN 'the e-mail has no @ and there is no external id'
        WHEN len(email) > 320 AND external_id IS NULL THEN 'the e-mail is longer than 320 characters'
        WHEN email IS NULL AND external_id IS NULL THEN 'neither external id nor e-mail'
        WHEN attributes IS NOT NULL AND (NOT json_valid(attributes) OR json_type(attributes) <> 'OBJECT')
            THEN 'the attributes are not a JSON object'
    END
"""


def load(path: Path, options: Options, now: datetime, progress: Progress = silent) -> ImportRun:
    """Import the contacts of a file and return the run with its totals; all of it is written, or nothing."""
    with opened(path, "contacts", options, progress) as table:
        table.require("external_id", "email")
        read_people(table)
        runs.refuse_all_rejected(table)
        with transaction.atomic():
            settling.lock()
            run = runs.begin(table, now)
            how = Settling(
                source=run.source.id or 0,
                now=now,
                mode=options.mode,
                write=not options.dry_run,
                given=tuple(table.columns.fields),
            )
            settled = settling.settle(table, how)
            return runs.finish(table, run, _totals(table, settled), now)


def _totals(table: Table, settled: Settled) -> dict[str, object]:
    parts = {
        "loaded": settled.loaded, "known": settled.known, "merged": settled.merged, "suppressed": settled.suppressed,
        "rejected": runs.rejected(table),
    }  # fmt: skip
    rest = {name: value for name, value in asdict(settled).items() if name not in {*parts, "unknown"}}
    return {**runs.add_up(table, parts), **rest, "numbers_dropped": _numbers_dropped(table), **unusable.counted(table)}


def _numbers_dropped(table: Table) -> int:
    """Return how many rows had a telephone number that is none."""
    given = table.count("given SEMI JOIN person USING (line)", "coalesce(mobile, phone, landline) IS NOT NULL")
    return given - table.count("person", "sms IS NOT NULL OR phone IS NOT NULL") if given else 0


def read_people(table: Table) -> None:
    """Make `person` of the usable rows of `given`, and note the others as rejected."""
    runs.reject(
        table, f"SELECT line, reason FROM (SELECT line, {REASON} AS reason FROM given) WHERE reason IS NOT NULL"
    )
    name_regions(table.con)
    rows = "given" if not table.count("reject") else "(FROM given ANTI JOIN reject USING (line))"
    bare = ", ".join(f"{phones.bare(f'given.{name}')} AS bare_{name}" for name in NUMBERS)
    whole = ", ".join(f"{phones.whole(f'bare_{name}')} AS whole_{name}" for name in NUMBERS)
    table.con.execute(
        f"""
        CREATE TABLE person AS
        WITH placed AS (
            SELECT given.*, code, calling, trunk, {bare} FROM {rows} AS given LEFT JOIN region ON written = coalesce(given.country, '')
        ), given AS (SELECT *, {whole} FROM placed)
        SELECT {people.columns(_expressions(table))} FROM given
        """
    )
    table.con.execute("SET TimeZone = 'UTC'")
    table.progress("clean", table.raw.rows, table.raw.rows)


def name_regions(con: duckdb.DuckDBPyConnection) -> None:
    """Make `region (written, code, calling, trunk)`: what each country written in `given` is, the setting's where none is."""
    con.execute("CREATE TABLE region (written VARCHAR, code VARCHAR, calling VARCHAR, trunk VARCHAR)")
    for (written,) in con.execute("SELECT DISTINCT coalesce(country, '') FROM given").fetchall():
        code = country_code(written)
        con.execute(
            "INSERT INTO region VALUES (?, ?, ?, ?)",
            [written, code, *phones.calling_code(code or str(settings.RELANCE.country))],
        )


def _expressions(table: Table) -> dict[str, str]:
    """Return the SQL of each column of `person`."""
    same = ("line", "external_id", "time_zone", "company", "site", "consent_proof", "postcode", "city")
    street = "concat_ws(', ', street, street2)" if table.columns.has("street2") else "street"
    first, last = _names(table)
    return {
        **{name: f"given.{name}" for name in same},
        "email": "CASE WHEN contains(email, '@') AND len(email) <= 320 THEN lower(email) END",
        "first_name": first,
        "last_name": last,
        "language": read_language("language"),
        "country": "code",
        "kind": "CASE WHEN regexp_matches(lower(strip_accents(kind)), '^(b2b|pro|societe|entreprise|company|business)') THEN 'b2b' "
        "WHEN kind IS NOT NULL THEN 'b2c' END",
        "street": f"nullif({street}, '')",
        "postal": "CASE WHEN street IS NOT NULL AND coalesce(postcode, city) IS NOT NULL "
        f"THEN concat_ws(chr(10), {street}, concat_ws(' ', postcode, city), code) END",
        "first_seen": table.date("first_seen"),
        **_numbers(),
        **_permissions(table),
        "attributes": _attributes(table),
    }  # fmt: skip


def _names(table: Table) -> tuple[str, str]:
    """Return the SQL of first and last name; a full name is cut after its first word where nothing else names the person."""
    if not table.columns.has("full_name"):
        return "first_name", "last_name"
    alone = "coalesce(first_name, last_name) IS NULL"
    return (
        f"CASE WHEN {alone} THEN split_part(full_name, ' ', 1) ELSE first_name END",
        f"CASE WHEN {alone} THEN nullif(trim(full_name[instr(full_name, ' '):]), full_name) ELSE last_name END",
    )


def _numbers() -> dict[str, str]:
    """Return the SQL of the numbers: a mobile one, by its column or by its look, takes SMS."""
    look = f"regexp_matches(whole_phone, '{phones.MOBILE}')"
    return {
        "sms": f"coalesce(whole_mobile, CASE WHEN {look} THEN whole_phone END)",
        "phone": f"coalesce(whole_landline, CASE WHEN NOT {look} THEN whole_phone END)",
    }


def _permissions(table: Table) -> dict[str, str]:
    """Return the SQL of consents and opt-outs; a dated consent without a word on it counts as given for e-mail."""
    columns = {f"consent_{channel}": yes_or_no(f"consent_{channel}") for channel in ("sms", "postal", "phone")}
    at, email = table.date("consent_at"), yes_or_no("consent_email")
    status = "lower(strip_accents(status))"
    email = f"coalesce({email}, CASE WHEN {status} IN ('subscribed', 'abonne', 'inscrit') THEN true END)"
    if table.columns.has("consent_at") and not table.columns.has(
        "status", *(f"consent_{channel}" for channel in consent_ledger.CHANNELS)
    ):
        email = f"({at}) IS NOT NULL OR NULL"
    proof = f"coalesce(given.consent_proof, {literal(f'{table.name}, line ')} || line)"
    return {
        **columns, "consent_email": email, "consent_at": at, "consent_proof": proof,
        "consent_basis": read_basis("consent_basis"),
        "stop": opt_out_reason("status", unknown="NULL"), "stop_at": f"CASE WHEN status IS NOT NULL THEN {at} END",
    }  # fmt: skip


def _attributes(table: Table) -> str:
    """Return the SQL of the attributes as JSON: those the person named, the birthday, a column of JSON."""
    named = [f"{literal(name)}, a{number}" for number, name in enumerate(table.columns.free)]
    if table.columns.has("birthday"):
        named.append(f"'birthday', strftime({table.date('birthday')}, '%Y-%m-%d')")
    own = f"json_merge_patch('{{}}', json_object({', '.join(named)}))::VARCHAR" if named else "NULL"
    if not table.columns.has("attributes"):
        return f"nullif({own}, '{{}}')" if named else "NULL"
    return f"json_merge_patch(coalesce(given.attributes, '{{}}'), {own})::VARCHAR" if named else "given.attributes"


@cache
def _countries() -> dict[str, str]:
    """Return the two-letter code of each name of a country."""
    names = definitions.read(Path(__file__).parent / "countries.yaml").data
    return {plain(name): code for code, known in names.items() for name in known}


def country_code(written: str) -> str | None:
    """Return the two-letter code of a country as a file writes it, or None."""
    known = _countries().get(plain(written))
    return known or (written.upper() if len(written) == 2 and written.isalpha() else None)


def read_basis(column: str) -> str:
    """Return the SQL that reads the legal basis of a consent; NULL where it is not known."""
    word = f"lower(strip_accents({column}))"
    return (
        f"CASE WHEN {word} IN ('opt_in', 'opt-in', 'consent', 'consentement') THEN 'opt_in' "
        f"WHEN {word} IN ('existing_customer', 'existing customer', 'client', 'client existant') THEN 'existing_customer' "
        f"WHEN {word} IN ('contract', 'contrat') THEN 'contract' "
        f"WHEN {word} IN ('business', 'b2b', 'interet legitime', 'legitimate interest') THEN 'business' END"
    )


def read_language(column: str) -> str:
    """Return the SQL that reads a language as its two-letter code; NULL where it is not known."""
    word = f"lower(strip_accents({column}))"
    return (
        f"CASE WHEN regexp_matches({word}, '^[a-z]{{2}}([-_]|$)') THEN {word}[:2] "
        f"WHEN {word} IN ('francais', 'french') THEN 'fr' WHEN {word} IN ('anglais', 'english') THEN 'en' END"
    )
