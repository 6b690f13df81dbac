"""A run that dies moves nobody by halves, and two workers move nobody twice."""

from collections.abc import Callable
from datetime import datetime
from threading import Thread

import psycopg
import pytest
from django.db import DatabaseError, connection

from relance.core import database
from relance.journeys import advance, entry
from relance.journeys.models import Enrolment
from tests.journeys.people import SIMPLE, dormant, running, shop


@pytest.fixture
def due(db: None, now: datetime) -> None:
    """Two hundred people due at the first send."""
    shop(now)
    dormant(range(1, 201), now)
    running(SIMPLE, now)
    entry.run(now)


def positions() -> dict[str, int]:
    return dict(database.rows("SELECT position, count(*) FROM enrolment GROUP BY position"))


def messages() -> int:
    return int(database.rows("SELECT count(*) FROM message")[0][0])


def test_people_and_their_messages_move_together_or_not_at_all(due: None, now: datetime) -> None:
    database.execute("ALTER TABLE message ADD CONSTRAINT breaks CHECK (contact_id <> 150)")
    with pytest.raises(DatabaseError):
        advance.run(now)
    assert (positions(), messages()) == ({"0": 200}, 0)
    database.execute("ALTER TABLE message DROP CONSTRAINT breaks")
    advance.run(now)
    assert (positions(), messages()) == ({"1": 200}, 200)


def test_a_server_killed_in_the_middle_of_a_step_leaves_the_step_undone(due: None, now: datetime) -> None:
    name = str(connection.settings_dict["NAME"])
    database.execute("""
        CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.contact_id = 150 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$;
        CREATE TRIGGER dies BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION dies()
    """)
    with pytest.raises(DatabaseError):
        advance.run(now)
    connection.close()
    with psycopg.connect(database.dsn(name), autocommit=True) as own:
        own.execute("DROP TRIGGER dies ON message")
    assert (positions(), messages()) == ({"0": 200}, 0)
    advance.run(now)
    assert (positions(), messages()) == ({"1": 200}, 200)


def test_two_workers_at_once_send_once(due: None, now: datetime) -> None:
    def work(stage: Callable[[datetime], int]) -> None:
        try:
            stage(now)
        finally:
            connection.close()

    threads = [Thread(target=work, args=(stage,)) for stage in (advance.run, advance.run, entry.run)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (positions(), messages(), Enrolment.objects.count()) == ({"1": 200}, 200, 200)
