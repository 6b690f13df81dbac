"""Signs of life of those who send: each counts the pulse on, which only grows while a database stays what it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from relance.core import database, texts

KEPT = timedelta(days=2)  # signs of life older than this are dropped
REST = timedelta(minutes=15)  # wrong passwords offered every minute end with an account that is locked


SIGNS = "SELECT worker, at, shut_since, failure, again_at IS NOT NULL FROM beat ORDER BY at DESC"


@dataclass(frozen=True)
class Counted:
    """The pulse after counting on: its number, the cluster and database it is in, whether a person is awaited."""

    number: int
    cluster: str
    awaited: bool


@dataclass(frozen=True)
class Sign:
    """The last sign of life of a process that sends; `shut_since` and `failure` where its channel is shut.

    `asks` tells that the channel asks for a person: trying again cannot help.
    """

    worker: str
    at: datetime
    shut_since: datetime | None
    failure: str
    asks: bool = False


def count(folder: UUID | None = None) -> Counted:
    """Count the pulse on, for a data folder where one is named."""
    ((number, cluster, awaited),) = database.rows(
        """
        WITH counted AS (
            INSERT INTO pulse (id, number) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET number = pulse.number + 1
            RETURNING number
        ), ours AS (UPDATE data_folder SET number = counted.number FROM counted WHERE id = %s AND admitted)
        SELECT counted.number,
               (SELECT system_identifier FROM pg_control_system()) || '-'
               || (SELECT oid FROM pg_database WHERE datname = current_database()),
               EXISTS (SELECT FROM restoration WHERE settled_at IS NULL)
        FROM counted
        """,
        [folder],
    )
    return Counted(number, cluster, awaited)


def note(worker: str, now: datetime, *, failure: str = "", asks: bool = False, worked: bool = True) -> None:
    """Write down that `worker` lives and what shuts its channel; nothing in the way of sending counts as having worked.

    A channel that `asks` for a person, since trying again cannot help, rests for a while. Without `worked` the channel
    takes mails, and something else stands in the way.
    """
    said = texts.plain(failure, 500)
    again = now + REST if failure and asks else None
    database.execute(
        """
        WITH pulsed AS (
            UPDATE pulse SET at = greatest(at, %(now)s),
                worked_at = CASE WHEN %(worked)s THEN greatest(worked_at, %(now)s) ELSE coalesce(worked_at, %(now)s) END
        ), gone AS (DELETE FROM beat WHERE at < %(old)s)
        INSERT INTO beat AS known (worker, at, shut_since, failure, again_at)
        VALUES (%(worker)s, %(now)s, CASE WHEN %(failure)s <> '' THEN %(now)s::timestamptz END, %(failure)s, %(again)s)
        ON CONFLICT (worker) DO UPDATE SET at = EXCLUDED.at, failure = EXCLUDED.failure, again_at = EXCLUDED.again_at,
            shut_since = CASE WHEN EXCLUDED.failure <> '' THEN coalesce(known.shut_since, EXCLUDED.shut_since) END
        """,
        {
            "now": now, "old": now - KEPT, "worker": worker, "failure": said, "again": again, "worked": worked and not failure,
        },
    )  # fmt: skip


def live(worker: str, now: datetime) -> None:
    """Write down that `worker` lives."""
    database.execute(
        "INSERT INTO beat (worker, at) VALUES (%s, %s) ON CONFLICT (worker) DO UPDATE SET at = EXCLUDED.at",
        [worker, now],
    )


def last() -> tuple[datetime | None, datetime | None]:
    """Return the last sign of life of anybody, and the last time nothing stood in the way of sending."""
    found = database.rows("SELECT at, worked_at FROM pulse")
    return found[0] if found else (None, None)


def shut() -> bool:
    """Tell whether any process last found its channel shut."""
    return bool(database.rows("SELECT 1 FROM beat WHERE shut_since IS NOT NULL LIMIT 1"))


def rests(worker: str, now: datetime) -> bool:
    """Tell whether `worker` leaves its channel alone for now, since only a person can open it."""
    return bool(database.rows("SELECT 1 FROM beat WHERE worker = %s AND again_at > %s", [worker, now]))


def signs() -> list[Sign]:
    """Return the last sign of each process, the latest first."""
    return [Sign(*row) for row in database.rows(SIGNS)]
