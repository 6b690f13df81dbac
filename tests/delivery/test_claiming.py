"""How the statement that claims finds what is due: by its indexes, however much waits."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from relance.core import database
from relance.delivery import ledger
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
    return "\n".join(line for (line,) in database.rows("EXPLAIN " + asked[-1]["sql"].replace("%", "%%")))


def test_late_passages_are_looked_up_by_key_and_not_one_by_one(now: datetime) -> None:
    said = plan(now, sells=True)
    assert "Anti Join" in said
    assert "message_due" in said


def test_what_is_owed_is_found_without_reading_what_sells(now: datetime) -> None:
    assert "message_owed" in plan(now, sells=False)
