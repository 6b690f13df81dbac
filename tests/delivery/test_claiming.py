"""How statements on what is due find it: by their indexes, however much waits or was sent."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from relance.core import database
from relance.delivery import ledger, restored
from relance.outbox.pulse import Restoration
from tests.delivery.sending import published

pytestmark = pytest.mark.usefixtures("db")


def plan(now: datetime, *, sells: bool) -> str:
    """The plan by which a batch is claimed out of 5,000 messages, of which five are owed."""
    database.execute(
        """
        INSERT INTO message (contact_id, channel, purpose, enrolment_id, template_version_id, step, variant, send_key,
                             not_before, expires_at, created_at)
        SELECT n, 'email', CASE WHEN n %% 1000 = 0 THEN 'notice' ELSE 'promotion' END, n, %s, 'hello', 'a', 'k', %s, %s, %s
        FROM generate_series(1, 5000) AS n
        """,
        [published(now).pk, now, now + timedelta(days=1), now],
    )
    database.execute("ANALYZE message")
    with CaptureQueriesContext(connection) as asked:
        ledger.claim("anybody", 10, now=now, lease_until=now, sells=sells)
    return explained(asked[-1]["sql"])


def explained(sql: str) -> str:
    return "\n".join(line for (line,) in database.rows("EXPLAIN " + sql.replace("%", "%%")))


def test_late_passages_are_looked_up_by_key_and_not_one_by_one(now: datetime) -> None:
    said = plan(now, sells=True)
    assert "Anti Join" in said
    assert "message_due" in said


def test_what_is_owed_is_found_without_reading_what_sells(now: datetime) -> None:
    assert "message_owed" in plan(now, sells=False)


def test_what_a_restored_database_might_send_again_is_found_without_reading_what_was_sent(now: datetime) -> None:
    database.execute(
        """
        INSERT INTO message (contact_id, journey_id, channel, purpose, template_version_id, step, variant, send_key, state,
                             not_before, expires_at, created_at)
        SELECT n, n %% 10000, 'email', 'promotion', 1, 'hello', 'a', 'k',
               CASE n %% 5000 WHEN 0 THEN 'ready' WHEN 1 THEN 'claimed' WHEN 2 THEN 'held' WHEN 3 THEN 'unknown' ELSE 'sent' END,
               %s, %s, %s
        FROM generate_series(1, 50000) AS n
        """,
        [now, now + timedelta(days=1), now],
    )
    database.execute("ANALYZE message")
    Restoration.objects.create(kind="went_back", noticed_at=now)
    with CaptureQueriesContext(connection) as asked:
        found = restored.standing(now)
    assert found
    assert (found.messages, found.in_doubt) == (30, 10)
    plans = [explained(one["sql"]) for one in asked if " message" in one["sql"]]
    assert len(plans) == 2
    assert not [said for said in plans if "Seq Scan on message" in said or "message_by_state" in said]
