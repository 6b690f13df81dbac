"""The list of people over 200,000: no page reads the whole table of contacts."""

from contextlib import nullcontext

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from relance.core import database
from relance.web.people import filters, listing

PEOPLE = 200_000
BASE = (
    """
    INSERT INTO contact (id, external_id, first_name, last_name, name_key, language, first_seen_at)
    SELECT n, 'C' || n, first, last, lower(last || ' ' || first), CASE WHEN n % 50 = 0 THEN 'de' WHEN n % 3 = 0 THEN 'en' ELSE 'fr' END,
           now() - (n * 7919 % 2300) * interval '1 day'
    FROM (SELECT n, (ARRAY['Anna', 'Boris', 'Chloe', 'David', 'Emma', 'Farid', 'Gina'])[1 + n % 7] AS first,
                 substr(md5((n % 20000)::text), 1, 7) AS last
          FROM generate_series(1, 200000) AS n) AS person
    """,
    """
    INSERT INTO contact_point (contact_id, channel, value, valid)
    SELECT id, 'email', lower(first_name) || id || '@example.org', id % 40 <> 0 FROM contact
    UNION ALL SELECT id, 'sms', '+336' || id, true FROM contact WHERE id % 4 = 0
    """,
    """
    INSERT INTO profile (contact_id, policy, state, state_since, value_band, last_purchase_at, last_legal_contact_at, false_inactive,
                         out_of_target, unreachable, scored_at)
    SELECT id, CASE WHEN id % 9 = 0 THEN 'b2b' ELSE 'ecommerce' END,
           (ARRAY['active', 'dormant', 'very_dormant', 'cooling', 'undetermined', 'never_active', 'new'])[1 + id * 31 % 11 % 7],
           now() - (id * 13 % 900) * interval '1 day', (ARRAY['none', 'low', 'low', 'medium', 'high'])[1 + id * 17 % 23 % 5],
           CASE WHEN id % 6 <> 0 THEN now() - (id * 7 % 1500) * interval '1 day' END,
           CASE WHEN id % 8 <> 0 THEN now() - (id * 7 % 1500) * interval '1 day' END,
           id % 1000 = 0, id % 700 = 0, id % 40 = 0, now()
    FROM contact
    """,
    """
    INSERT INTO consent (contact_id, channel, given, basis, at)
    SELECT id, 'email', true, 'opt_in', now() - interval '30 days' FROM contact WHERE id % 5 < 3
    """,
    # what the night counted: many may be written to by e-mail, so the list asks one person after the other
    """
    INSERT INTO health_snapshot (day, at, figures)
    VALUES (current_date, now(), '{"health": {"people": 200000}, "channels": [{"channel": "email", "permitted": 100000}]}')
    """,
    "INSERT INTO segment (name, definition) VALUES ('many', '{}'), ('few', '{}')",
    """
    INSERT INTO membership (segment_id, contact_id, since)
    SELECT s.id, c.id, now() FROM contact c JOIN segment s ON c.id % CASE s.name WHEN 'many' THEN 10 ELSE 20000 END = 3
    """,
    "INSERT INTO journey (name, running) VALUES ('back', true)",
    """
    INSERT INTO message (contact_id, channel, purpose, journey_id, template_version_id, send_key, step, variant, not_before, expires_at,
                         created_at)
    SELECT c.id, 'email', 'reactivation', j.id, 1, '1/hello/1', 'hello', 'a', now(), now(), now()
    FROM contact c, journey j WHERE c.id % 10 = 3
    """,
    """
    INSERT INTO verdict (message_id, contact_id, at, decision, code)
    SELECT id, contact_id, now(), 'block', CASE WHEN id % 100 = 0 THEN 'suppressed' ELSE 'commercial_period' END FROM message
    """,
)
ASKED = (
    "", "state=dormant", "state=dormant,very_dormant", "band=high", "reachable=email", "reachable=sms&state=new",
    "permitted=email", "permitted=email&band=high",
    "language=de", "language=fr", "segment=many", "segment=few", "segment=none", "flag=false_inactive",
    "flag=unreachable", "flag=out_of_target", "flag=mistyped", "due=1", "policy=b2b", "policy=none", "reachable=push",
    "entered=back&verdict=suppressed", "entered=back&verdict=commercial_period", "q=anna", "q=anna12", "q=boris77@",
    "q=C777", "q=d+c81e", "q=chloe&segment=few", "state=dormant&band=high&reachable=email&due=1&language=de",
)  # fmt: skip


@pytest.fixture
def many(db: None) -> None:
    """Two hundred thousand people of every kind, with statistics."""
    for statement in BASE:
        database.execute(statement)
    database.execute("VACUUM ANALYZE")


@pytest.mark.long
@pytest.mark.usefixtures("many")
def test_no_page_of_the_list_reads_every_contact() -> None:
    guilty = []
    for query in ASKED:
        for order in listing.ORDERS:
            with CaptureQueriesContext(connection) as captured:
                found = listing.asked(filters.read(QueryDict(query)), order, timezone.now())
                page = listing.page(found, "")
                listing.page(found, page.following)
            guilty += [
                (query, order, plan) for one in captured if "Seq Scan on contact " in (plan := _plan(one["sql"]))
            ]
    assert not guilty, "\n".join(f"{query} {order}\n{plan}" for query, order, plan in guilty)


@pytest.mark.long
@pytest.mark.usefixtures("many")
def test_paging_goes_through_everybody_once() -> None:
    found = listing.asked(filters.read(QueryDict("language=de")), "purchase", timezone.now())
    seen = [row.contact.pk for row in listing.everybody(found, size=300)]
    assert len(seen) == len(set(seen)) == PEOPLE // 50 == found.count


def _plan(sql: str) -> str:
    """Return the plan of a query of the page, made under the settings it ran with."""
    if "contact" not in sql or not sql.lstrip(" (\n").startswith("SELECT"):
        return ""
    with listing.hurried() if f"LIMIT {listing.COUNTED + 1}" in sql else nullcontext():
        return "\n".join(line for (line,) in database.rows(f"EXPLAIN {sql}".replace("%", "%%"), {"none": ""}))
