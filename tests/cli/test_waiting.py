"""`relance queue`, `relance held` and `relance restored`: what keeps messages from leaving, and what a person decides."""

from datetime import UTC, datetime, timedelta

from relance.delivery import dispatch, folder_mark
from relance.outbox.models import Message
from tests.cli.running import Runner
from tests.delivery.sending import crowd
from tests.delivery.test_dispatch import Scripted
from tests.unreadable import unreadable

DAYS = timedelta(days=4)


def overdue() -> None:
    """Three messages made late by an outage that ends now."""
    now = datetime.now(UTC)
    crowd(3, now - DAYS)
    dispatch.dispatch(now - DAYS - timedelta(minutes=1), Scripted())
    dispatch.dispatch(now, Scripted())


def gone_back() -> None:
    """Three messages due, and a folder that remembers more than the database."""
    now = datetime.now(UTC)
    dispatch.dispatch(now, Scripted())
    mark = folder_mark.read()
    assert mark
    folder_mark.write(folder_mark.Mark(mark.folder, mark.cluster, mark.number + 9, now))
    crowd(3, now)
    dispatch.dispatch(now, Scripted())


def test_the_queue_names_what_stands_in_the_way(relance: Runner) -> None:
    crowd(3, datetime.now(UTC) - timedelta(hours=1))
    said = relance("queue", "--json").data
    assert (said["due"], said["stall"]["code"], said["stall"]["halts"]) == (3, "no_worker", True)
    assert "Aucun exécutant" in said["stall"]["sentence"]["fr"]
    assert "relance worker" in relance("queue").out
    assert any(one["subject"] == "queue" for one in relance("check", "--json").data["findings"])


def test_overdue_messages_are_listed_released_and_cancelled(relance: Runner) -> None:
    overdue()
    (group,) = relance("held", "list", "--json").data["held"]
    assert (group["journey"], group["messages"]) == ("-", 3)
    assert "promotion" in relance("held", "list").out
    assert relance("held", "release", "-", "--by", " ").code == 1
    assert relance("held", "release", "-", "--by", "Camille", "--json").data == {"released": 3}
    Message.objects.update(state="held")
    assert relance("held", "cancel", "-", "--by", "Camille", "--json").data == {"cancelled": 3}
    assert relance("held", "list").out.strip() == "No message waits for a person."


def test_a_restored_database_is_shown_and_settled(relance: Runner) -> None:
    assert relance("restored", "show", "--json").data == {"restoration": None}
    gone_back()
    said = relance("restored", "show", "--json").data
    assert (said["restoration"]["kind"], said["messages"], said["in_doubt"]) == ("went_back", 3, 0)
    assert "older than what its data folder remembers" in relance("restored", "show").out
    assert relance("check").code == 1
    assert relance("restored", "cancel", "--by", "Camille").code == 1
    assert relance("restored", "cancel", "--journey", "-", "--by", "Camille", "--json").data == {"cancelled": 3}
    assert relance("restored", "release", "--by", "Camille", "--json").data == {"released": 0}
    assert relance("restored", "release", "--by", "Camille").code == 1


def test_a_history_that_cannot_be_read_prevents_no_look_and_no_decision(relance: Runner) -> None:
    gone_back()
    assert relance("restored", "show", "--json").data["restoration"]["history_read_at"] is None
    assert "has not been read yet" in relance("restored", "show").out
    unreadable()
    assert relance("restored", "show").code == 0
    done = relance("restored", "release", "--by", "Camille", "--json")
    assert (done.code, done.data) == (0, {"released": 3})
    assert "cannot be read" in done.err
    assert "was not counted" in done.err
