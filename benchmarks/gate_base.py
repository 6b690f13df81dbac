"""The base that the gate's benchmark judges on: people, permissions, suppressions, caps, journeys, years of history."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from relance.core import database

# Shares of people and messages, by their id: what a shop with a former tool's history looks like.
DAY = 86_400
YEARS = 2  # over which history is spread
FIRST_HISTORY = 1_000_000_000  # ids of old messages, apart from those judged


def people(count: int, now: datetime) -> None:
    """Make contacts with addresses, profiles and consents; some opted out, some complained, some bounced."""
    from relance.core.ids import postgresql_digest

    given = {"count": count, "now": now}
    with without_indexes("contact", "contact_point", "profile", "consent"):
        database.execute(
            """
            INSERT INTO contact (id, first_name, name_key, country, kind, first_seen_at)
            SELECT i, 'P' || i, 'p' || i, CASE WHEN mod(i, 20) = 0 THEN 'BE' ELSE 'FR' END, CASE WHEN mod(i, 25) = 0 THEN 'b2b' ELSE 'b2c' END,
                   %(now)s - (mod(i, 900)) * interval '1 day' FROM generate_series(1, %(count)s) i
            """,
            given,
        )
        database.execute(
            """
            INSERT INTO contact_point (contact_id, channel, value, valid, reason)
            SELECT i, 'email', 'person' || i || '@shop' || mod(i, 50) || '.example', mod(i, 40) <> 0, '' FROM generate_series(1, %(count)s) i
            UNION ALL
            SELECT i, 'sms', '+336' || lpad(i::text, 8, '0'), true, '' FROM generate_series(1, %(count)s) i WHERE mod(i, 3) = 0
            """,
            given,
        )
        database.execute(
            """
            INSERT INTO profile (contact_id, state, state_since, scored_at, last_purchase_at, last_legal_contact_at)
            SELECT i, CASE WHEN mod(i, 10) < 3 THEN 'dormant' ELSE 'active' END, %(now)s, %(now)s,
                   CASE WHEN mod(i, 4) <> 0 THEN %(now)s - (mod(i, 800)) * interval '1 day' END, %(now)s - (mod(i, 1150)) * interval '1 day'
            FROM generate_series(1, %(count)s) i
            """,
            given,
        )
        database.execute(
            """
            INSERT INTO consent (contact_id, channel, given, basis, at, expires_at, topic)
            SELECT i, channel, true, CASE WHEN mod(i, 10) = 8 THEN 'existing_customer' ELSE 'opt_in' END, %(now)s - interval '800 days',
                   CASE WHEN mod(i, 30) = 7 THEN %(now)s - interval '20 days' END, 'marketing'
            FROM generate_series(1, %(count)s) i, (VALUES ('email'), ('sms')) AS c (channel)
            WHERE mod(i, 10) <> 9 AND (channel = 'email' OR mod(i, 3) = 0)
            UNION ALL
            SELECT i, 'email', false, 'opt_in', %(now)s - interval '100 days', NULL, 'marketing' FROM generate_series(1, %(count)s) i
            WHERE mod(i, 20) = 3
            """,
            given,
        )
    database.execute(
        f"""
        INSERT INTO suppression (channel, digest, reason, at)
        SELECT 'email', {postgresql_digest("value")}, CASE mod(contact_id, 3) WHEN 0 THEN 'bounced' WHEN 1 THEN 'unsubscribed' ELSE 'complained' END, %(now)s
        FROM contact_point WHERE channel = 'email' AND mod(contact_id, 33) = 5
        """,
        given,
    )
    database.execute("INSERT INTO opt_out_declaration (by, at, note) VALUES ('benchmark', %s, '')", [now])


def journey(count: int, now: datetime) -> None:
    """Put every fifth person on their way through a running reactivation."""
    definition = json.dumps(
        {
            "journey": "back", "purpose": "reactivation", "goal": {"event": "order_placed", "within": "30 days"},
            "entry": {"segment": "dormant"}, "exit_when": ["order_placed"],
            "steps": [{"send": {"id": "hello", "channel": "email", "template": "hello"}}, {"wait": "7 days"}, {"sunset": {}}],
        }
    )  # fmt: skip
    database.execute("INSERT INTO journey (id, name, running) VALUES (1, 'back', true)")
    database.execute(
        "INSERT INTO journey_version (id, journey_id, number, definition, templates, published_at) VALUES (1, 1, 1, %s, '{}', %s)",
        [definition, now],
    )
    database.execute(
        """
        INSERT INTO enrolment (id, contact_id, journey_id, version_id, occasion, control, entered_at, position, due_at)
        SELECT i, i, 1, 1, 1, false, %(now)s - interval '20 days', '1', %(now)s + interval '6 days' FROM generate_series(5, %(count)s, 5) i
        """,
        {"count": count, "now": now},
    )


def history(first: int, last: int, people: int, now: datetime) -> None:
    """Make the messages from `first` to `last` sent over the last two years, each with its verdict, place and event."""
    given = {
        "first": first,
        "last": last,
        "people": people,
        "now": now,
        "base": FIRST_HISTORY,
        "span": YEARS * 365 * DAY,
    }
    at = "%(now)s - interval '3 days' - mod(hashint8(i * 7) & 2147483647, %(span)s) * interval '1 second'"
    with without_indexes("message", "verdict", "pressure_reservation", "event"):
        database.execute(
            f"""
            INSERT INTO message (id, contact_id, channel, purpose, template_version_id, step, variant, send_key, state, not_before,
                                 expires_at, created_at, sent_at)
            SELECT %(base)s + i, 1 + mod(hashint8(i) & 2147483647, %(people)s), 'email',
                   CASE mod(i, 3) WHEN 0 THEN 'reactivation' ELSE 'promotion' END, 1, '', '', 'old/' || i, 'delivered', {at}, {at}, {at}, {at}
            FROM generate_series(%(first)s::bigint, %(last)s::bigint) i
            """,
            given,
        )
        rows = f"message WHERE id BETWEEN {FIRST_HISTORY + first} AND {FIRST_HISTORY + last}"
        database.execute(
            f"INSERT INTO verdict (message_id, contact_id, at, decision, code) SELECT id, contact_id, sent_at, 'allow', 'allowed' FROM {rows}"
        )
        database.execute(
            f"""
            INSERT INTO pressure_reservation (contact_id, place, channel, purpose, message_id, at)
            SELECT contact_id, %s + row_number() OVER (PARTITION BY contact_id ORDER BY id), channel, purpose, id, sent_at FROM {rows}
            """,
            [first],
        )
        database.execute(
            f"""
            INSERT INTO event (contact_id, source_id, type, occurred_at, reference)
            SELECT contact_id, 1, 'message_delivered', sent_at, id::text FROM {rows} AND sent_at > %s::timestamptz - interval '90 days'
            """,
            [now],
        )
    settle("message", "verdict", "pressure_reservation", "event")


def settle(*tables: str) -> None:
    """Bring the tables to rest, so that what is measured next is not their making."""
    for table in tables:
        database.execute(f"VACUUM ANALYZE {table}")
    database.execute("CHECKPOINT")


def waiting(first: int, last: int, people: int, now: datetime, *, scattered: bool = False) -> None:
    """Make the messages that are to be judged, claimed: mostly mails, mostly promotions, one in five of the journey.

    They come in the order a step of a journey writes them, which is that of the people; or scattered over the base.
    """
    person = "mod(i * 7919, %(people)s)" if scattered else "mod(i, %(people)s)"
    database.execute(
        f"""
        INSERT INTO message (id, contact_id, channel, purpose, journey_id, version_id, enrolment_id, template_version_id, step, variant,
                             send_key, state, not_before, expires_at, created_at)
        SELECT i, person, CASE WHEN mod(person, 3) = 0 AND mod(i, 3) = 0 THEN 'sms' ELSE 'email' END,
               CASE WHEN mod(person, 5) = 0 THEN 'reactivation' WHEN mod(i, 12) = 0 THEN 'transactional' WHEN mod(i, 12) = 1 THEN 'relationship'
                    WHEN mod(i, 40) = 2 THEN 'notice' ELSE 'promotion' END,
               CASE WHEN mod(person, 5) = 0 THEN 1 END, CASE WHEN mod(person, 5) = 0 THEN 1 END, CASE WHEN mod(person, 5) = 0 THEN person END,
               1, CASE WHEN mod(person, 5) = 0 THEN 'hello' ELSE '' END, '', 'new/' || i, 'claimed', %(now)s, %(now)s + interval '3 days', %(now)s
        FROM (SELECT i, 1 + {person} AS person FROM generate_series(%(first)s::bigint, %(last)s::bigint) i) drawn
        """,
        {"first": first, "last": last, "people": people, "now": now},
    )
    lately(people, now)
    settle(
        "message", "contact", "contact_point", "profile", "consent", "suppression", "enrolment", "pressure_reservation"
    )


def lately(people: int, now: datetime) -> None:
    """Give one person in ten a message of the last days, so that caps have something to hold back; forget those before."""
    database.execute(f"DELETE FROM pressure_reservation WHERE message_id < {FIRST_HISTORY}")
    database.execute(
        """
        INSERT INTO pressure_reservation (contact_id, place, channel, purpose, message_id, at)
        SELECT i, 2000000000, 'email', 'promotion', -i, %(now)s - mod(i, 150) * interval '1 hour'
        FROM generate_series(1, %(people)s, 10) i
        """,
        {"people": people, "now": now},
    )


@contextmanager
def without_indexes(*tables: str) -> Iterator[None]:
    """Drop what hangs on the tables while rows pour in, and build it again in one go."""
    constraints: Sequence[tuple[str, str, str]] = database.rows(
        """
        SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
        WHERE contype = 'u' AND conrelid::regclass::text = ANY(%s)
        """,
        [list(tables)],
    )
    for table, name, _ in constraints:
        database.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    indexes: Sequence[tuple[str, str]] = database.rows(
        "SELECT quote_ident(indexname), indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname !~ '_pkey$'",
        [list(tables)],
    )
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    yield
    for _, text in indexes:
        database.execute(text)
    for table, name, text in constraints:
        database.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {text}")
