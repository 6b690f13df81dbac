"""E-mail addresses judged: domains once each in Python, local parts by one SQL expression, the odd ones one by one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from email_validator import EmailNotValidError, validate_email

from relance.core import database, ids
from relance.hygiene import domains

ROLES = (  # noqa: SIM905
    "abuse accueil achats admin administrateur administration administrator billing bonjour commercial compta comptabilite "
    "contact direction facturation hello help helpdesk hostmaster hr info infos information informations jobs mail mailer-daemon "
    "marketing newsletter no-reply noc noreply ne-pas-repondre nepasrepondre office postmaster presse press privacy "
    "recrutement rh root sales sav secretariat security service-client serviceclient spam staff subscribe support team "
    "unsubscribe vente ventes webmaster www"
).split()
# What a local part is made of nearly always (RFC 5322 dot-atom, RFC 5321 length); others go to email-validator.
PLAIN_LOCAL = r"^(?=.{1,64}$)[a-z0-9!#$%&''*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&''*+/=?^_`{|}~-]+)*$"
DOMAIN = r"substring(value FROM '[^@]*$')"
LOCAL = r"regexp_replace(value, '@[^@]*$', '')"

SPLIT = f"""
    CREATE TEMP TABLE address ON COMMIT DROP AS
    SELECT id, value, {LOCAL} AS local, {DOMAIN} AS domain, position('@' IN value) > 0 AS has_at
    FROM contact_point WHERE channel = 'email' AND valid IS NULL
"""
# An address is wrong for the first reason that holds; `role` and `suppressed` are noticed, not wrong.
# What the person has already is not suggested.
VERDICT = """
    UPDATE contact_point AS point SET
        valid = verdict.reason IN ('', 'role', 'suppressed'),
        reason = verdict.reason,
        suggestion = CASE WHEN verdict.reason = 'mistyped' AND NOT EXISTS (
                SELECT FROM contact_point AS there WHERE there.channel = 'email' AND there.contact_id = point.contact_id
                    AND there.value = verdict.local || '@' || verdict.meant
            ) THEN verdict.local || '@' || verdict.meant ELSE '' END,
        checked_at = %(now)s
    FROM (
        SELECT address.id, address.local, domain.meant,
               CASE WHEN odd.wrong OR NOT address.has_at THEN 'syntax'
                    WHEN domain.reason <> '' THEN domain.reason
                    WHEN suppression.reason = 'bounced' THEN 'dead_mailbox'
                    WHEN suppression.reason = 'not_theirs' THEN 'not_theirs'
                    WHEN suppression.reason IS NOT NULL THEN 'suppressed'
                    WHEN split_part(address.local, '+', 1) = ANY(%(roles)s) THEN 'role'
                    ELSE '' END AS reason
        FROM address
        JOIN judged_domain AS domain ON domain.name = address.domain
        LEFT JOIN odd_local AS odd ON odd.id = address.id
        LEFT JOIN suppression ON suppression.channel = 'email' AND suppression.digest = {digest}
    ) AS verdict
    WHERE point.id = verdict.id
"""


def judge(now: datetime) -> int:
    """Judge the e-mail addresses not yet judged and return how many there were."""
    with transaction.atomic():
        if database.execute(SPLIT) == 0:
            return 0
        database.execute("ANALYZE address")
        names = [row[0] for row in database.rows("SELECT DISTINCT domain FROM address")]
        verdicts = [domains.judge(name) for name in names]
        copy("judged_domain", "name text, reason text, meant text", ((d.name, d.reason, d.meant) for d in verdicts))
        copy("odd_local", "id bigint, wrong boolean", _odd())
        return database.execute(VERDICT.format(digest=_digest()), {"now": now, "roles": ROLES})


def copy(table: str, columns: str, rows: Iterable[tuple[object, ...]]) -> None:
    """Make a temporary table of these rows, gone at the end of the transaction."""
    database.execute(f"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DROP")
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as stream:
        for row in rows:
            stream.write_row(row)
    database.execute(f"ANALYZE {table}")


def _odd() -> list[tuple[int, bool]]:
    """Return the addresses whose local part is out of the ordinary, and whether it is wrong."""
    found = database.rows(f"SELECT id, value FROM address WHERE local !~ '{PLAIN_LOCAL}' OR length(value) > 254")
    return [(point, not is_well_formed(value)) for point, value in found]


def is_well_formed(value: str) -> bool:
    """Tell whether mail could be addressed to `value`; quoted local parts and other alphabets included."""
    try:
        validate_email(value, check_deliverability=False, allow_quoted_local=True, strict=True)
    except EmailNotValidError:
        return False
    return True


def _digest() -> str:
    """Return the keyed hash of an address in SQL; a constant where nothing is suppressed, which costs nothing."""
    if not database.rows("SELECT 1 FROM suppression WHERE channel = 'email' LIMIT 1"):
        return "NULL::bytea"
    return ids.postgresql_digest("address.value")
