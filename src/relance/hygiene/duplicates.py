"""People who stand twice: the same address written differently, or the same telephone and name; the oldest stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from relance.contacts.models import Contact
from relance.core import database
from relance.hygiene.addresses import copy

BATCH = 5_000  # contacts deleted at once
# Lower case, no spaces (visible or not), no trailing dots, no `mailto:`; a quoted local part keeps its spaces.
CLEAN = r"""
    rtrim(regexp_replace(CASE WHEN value LIKE '"%' THEN lower(btrim(value))
                              ELSE lower(regexp_replace(value, '[[:space:]\u00a0\u200b\ufeff]+', '', 'g')) END,
                         '^mailto:', ''), '.')
"""
CLEANED = f"""
    CREATE TEMP TABLE cleaned ON COMMIT DROP AS
    SELECT id, contact_id, clean FROM (SELECT id, contact_id, value, {CLEAN} AS clean FROM contact_point
                                       WHERE channel = 'email' AND valid IS NULL) AS unjudged
    WHERE value <> clean AND clean <> ''
"""
SAME_ADDRESS = """
    WITH written AS (
        SELECT clean, contact_id FROM cleaned
        UNION SELECT point.value, point.contact_id
        FROM contact_point AS point JOIN cleaned ON cleaned.clean = point.value
        WHERE point.channel = 'email'
    ), counted AS (SELECT clean, contact_id, count(*) OVER (PARTITION BY clean) AS people FROM written)
    SELECT clean, contact.id, contact.first_seen_at FROM counted JOIN contact ON contact.id = contact_id WHERE people > 1
"""
DROP_SECOND_SPELLINGS = """
    DELETE FROM contact_point AS point USING cleaned WHERE point.id = cleaned.id AND (
        EXISTS (SELECT 1 FROM contact_point AS kept WHERE kept.channel = 'email' AND kept.value = cleaned.clean)
        OR EXISTS (SELECT 1 FROM cleaned AS earlier WHERE earlier.clean = cleaned.clean AND earlier.id < cleaned.id))
"""
USE_CLEAN_SPELLING = "UPDATE contact_point AS point SET value = cleaned.clean FROM cleaned WHERE point.id = cleaned.id"
# One pass over the sorted keys; a subquery of the keys met twice makes PostgreSQL guess a nested loop.
SAME_PHONE_AND_NAME = """
    WITH person AS (
        SELECT DISTINCT point.value || ' ' || contact.name_key AS key, contact.id, contact.first_seen_at
        FROM contact_point AS point JOIN contact ON contact.id = point.contact_id
        WHERE point.channel IN ('sms', 'phone') AND point.valid AND contact.name_key <> ''
    ), counted AS (SELECT key, id, first_seen_at, count(*) OVER (PARTITION BY key) AS people FROM person)
    SELECT key, id, first_seen_at FROM counted WHERE people > 1
"""
MERGE = (
    # The losers, as they were.
    """
    CREATE TEMP TABLE gone ON COMMIT DROP AS
    SELECT contact.*, merging.survivor FROM contact JOIN merging ON merging.loser = contact.id
    """,
    # Their points, but for what the survivor, or an earlier loser, has already.
    """
    DELETE FROM contact_point WHERE id IN (
        SELECT id FROM (
            SELECT point.id, point.contact_id, row_number() OVER (
                PARTITION BY coalesce(merging.survivor, point.contact_id), point.channel, point.value
                ORDER BY merging.loser IS NOT NULL, point.id) AS place
            FROM contact_point AS point LEFT JOIN merging ON merging.loser = point.contact_id
            WHERE point.contact_id IN (SELECT loser FROM merging UNION SELECT survivor FROM merging)
        ) AS placed WHERE place > 1 AND contact_id IN (SELECT loser FROM merging))
    """,
    "UPDATE contact_point SET contact_id = survivor FROM merging WHERE contact_id = loser",
    # Their consents: the ledger is kept whole, identical entries once.
    """
    INSERT INTO consent (contact_id, channel, topic, given, basis, proof, at, expires_at, source_id)
    SELECT merging.survivor, channel, topic, given, basis, proof, at, expires_at, source_id
    FROM consent JOIN merging ON merging.loser = consent.contact_id ORDER BY consent.id
    ON CONFLICT DO NOTHING
    """,
    "DELETE FROM consent USING merging WHERE contact_id = loser",
    # Who was merged into them before is merged into the survivor now.
    "UPDATE contact_alias SET survivor_id = survivor FROM merging WHERE survivor_id = loser",
)
# What the survivor lacks comes from the losers, the oldest first; an objection, a pause and a wish for fewer messages are kept.
COMPLETE = """
    UPDATE contact SET
        external_id = coalesce(contact.external_id, lost.external_id),
        first_name = coalesce(nullif(contact.first_name, ''), lost.first_name, ''),
        last_name = coalesce(nullif(contact.last_name, ''), lost.last_name, ''),
        name_key = coalesce(nullif(contact.name_key, ''), lost.name_key, ''),
        street = coalesce(nullif(contact.street, ''), lost.street, ''),
        postcode = coalesce(nullif(contact.postcode, ''), lost.postcode, ''),
        city = coalesce(nullif(contact.city, ''), lost.city, ''),
        country = coalesce(nullif(contact.country, ''), lost.country, ''),
        company = coalesce(nullif(contact.company, ''), lost.company, ''),
        attributes = lost.attributes || contact.attributes,
        first_seen_at = least(contact.first_seen_at, lost.first_seen_at),
        objected_at = least(contact.objected_at, lost.objected_at),
        paused_until = greatest(contact.paused_until, lost.paused_until),
        fewer_since = least(contact.fewer_since, lost.fewer_since),
        updated_at = %s
    FROM (
        SELECT survivor, min(first_seen_at) AS first_seen_at, min(objected_at) AS objected_at,
               max(paused_until) AS paused_until, min(fewer_since) AS fewer_since,
               (array_agg(external_id ORDER BY first_seen_at, id) FILTER (WHERE external_id IS NOT NULL))[1] AS external_id,
               (array_agg(first_name ORDER BY first_seen_at, id) FILTER (WHERE first_name <> ''))[1] AS first_name,
               (array_agg(last_name ORDER BY first_seen_at, id) FILTER (WHERE last_name <> ''))[1] AS last_name,
               (array_agg(name_key ORDER BY first_seen_at, id) FILTER (WHERE name_key <> ''))[1] AS name_key,
               (array_agg(street ORDER BY first_seen_at, id) FILTER (WHERE street <> ''))[1] AS street,
               (array_agg(postcode ORDER BY first_seen_at, id) FILTER (WHERE postcode <> ''))[1] AS postcode,
               (array_agg(city ORDER BY first_seen_at, id) FILTER (WHERE city <> ''))[1] AS city,
               (array_agg(country ORDER BY first_seen_at, id) FILTER (WHERE country <> ''))[1] AS country,
               (array_agg(company ORDER BY first_seen_at, id) FILTER (WHERE company <> ''))[1] AS company,
               (array_agg(attributes ORDER BY first_seen_at, id))[1] AS attributes
        FROM gone GROUP BY survivor
    ) AS lost
    WHERE contact.id = lost.survivor
"""
# The losers' customer numbers, and those they were known by before: files go on naming them, and imports look here.
REMEMBER = """
    UPDATE contact SET attributes = contact.attributes || jsonb_build_object('other_external_ids', further.ids)
    FROM (
        SELECT survivor, jsonb_agg(DISTINCT named) AS ids
        FROM (
            SELECT survivor, external_id AS named FROM gone
            UNION SELECT survivor, jsonb_array_elements_text(attributes -> 'other_external_ids') FROM gone
            UNION SELECT survivor, jsonb_array_elements_text(contact.attributes -> 'other_external_ids')
            FROM merging JOIN contact ON contact.id = survivor
        ) AS every JOIN contact ON contact.id = survivor
        WHERE named IS NOT NULL AND named IS DISTINCT FROM contact.external_id
        GROUP BY survivor
    ) AS further
    WHERE contact.id = further.survivor
"""
Row = tuple[str, int, datetime]  # what they share, contact, first seen


def merge_addresses(now: datetime) -> int:
    """Write unjudged addresses in their clean spelling; merge the contacts who then share one. Return the losers."""
    with transaction.atomic():
        if database.execute(CLEANED) == 0:
            return 0
        database.execute("CREATE INDEX ON cleaned (clean)")
        database.execute("ANALYZE cleaned")
        merged = merge(database.rows(SAME_ADDRESS), now)
        database.execute(DROP_SECOND_SPELLINGS)
        database.execute(USE_CLEAN_SPELLING)
        return merged


def merge_phones(now: datetime) -> int:
    """Merge contacts who share a telephone number and a name; return the losers."""
    with transaction.atomic():
        return merge(database.rows(SAME_PHONE_AND_NAME), now)


def merge(rows: Sequence[Row], now: datetime) -> int:
    """Merge the contacts that share something, through others too; return how many went."""
    pairs = _losers(rows)
    if not pairs:
        return 0
    copy("merging", "loser bigint primary key, survivor bigint", pairs.items())
    for statement in MERGE:
        database.execute(statement)
    losers = list(pairs)
    for start in range(0, len(losers), BATCH):  # through the ORM, so that rows of later stages go too
        Contact.objects.filter(pk__in=losers[start : start + BATCH]).delete()
    database.execute(COMPLETE, [now])
    database.execute(REMEMBER)
    database.execute(
        "INSERT INTO contact_alias (loser_id, survivor_id, at) SELECT loser, survivor, %s FROM merging", [now]
    )
    database.execute("DROP TABLE merging, gone")
    return len(losers)


def _losers(rows: Sequence[Row]) -> dict[int, int]:
    """Return for each contact to go the one it is merged into: the oldest of all connected with it."""
    parent: dict[int, int] = {}
    age = {contact: (first_seen, contact) for _, contact, first_seen in rows}

    def root(contact: int) -> int:
        while parent.setdefault(contact, contact) != contact:
            parent[contact] = parent[parent[contact]]
            contact = parent[contact]
        return contact

    holder: dict[str, int] = {}
    for shared, contact, _ in rows:
        older, younger = sorted((root(holder.setdefault(shared, contact)), root(contact)), key=age.__getitem__)
        parent[younger] = older
    return {contact: root(contact) for contact in parent if root(contact) != contact}
