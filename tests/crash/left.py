"""What a storm left in the database, held against what the SMTP server received."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from django.db import OperationalError, connection

from relance.core import database
from relance.core.errors import DatabaseError
from relance.delivery import doubts, names
from relance.events.models import Event
from relance.outbox.models import Message

if TYPE_CHECKING:
    from tests.crash.storm import Storm


def close() -> None:
    """Leave the database alone while it falls."""
    connection.close()


def open_messages() -> int:
    """Return how many messages have not come to their end; some, where the database does not answer."""
    try:
        database.start()
        return Message.objects.filter(state__in=["ready", "deferred", "claimed", "sending"]).count()
    except (OperationalError, DatabaseError):
        return 1
    finally:
        connection.close()


def found(asked: int, storm: Storm, seconds: float) -> dict[str, Any]:
    """Return the figures: `twice` and `lost` are the faults, doubts are what a person is asked about."""
    database.start()
    mails = [line for line in storm.recorder.told if "to" in line]
    named = Counter(names.found(line["id"])[0] for line in mails)
    received = {name.id for name in named}
    states = dict(Message.objects.values_list("id", "state"))
    sent = {number for number, state in states.items() if state == "sent"}
    doubtful = {number for number, state in states.items() if state == "unknown"}
    strange = (received - sent - doubtful) | (sent - received) | (set(states) - received - doubtful)
    ended = Counter(line["code"] for line in storm.workers.told if "ended" in line)
    return {
        "messages": asked,
        "seconds": round(seconds, 1),
        "blows": dict(storm.blows),
        "connections cut": Counter(line["cut"] for line in storm.recorder.told if "cut" in line),
        "workers ended": {"killed": ended[-9], "by an error": sum(n for code, n in ended.items() if code > 0)},
        "received": len(mails),
        "states": Counter(states.values()),
        "twice": sum(count - 1 for count in named.values()),
        "lost": len(set(states) - received - doubtful),
        "sent but never received": len(sent - received),
        "received but neither sent nor in doubt": len(received - sent - doubtful),
        "in doubt": len(doubtful),
        "in doubt and listed": len(doubts.unknowns(limit=asked)),
        "in doubt and received": len(doubtful & received),
        "strange": [
            f"{one.pk} {one.state} {one.reason} {one.attempt} {one.worker}"
            for one in Message.objects.filter(pk__in=strange)[:30]
        ],
        "events of sends": Event.objects.filter(type="message_sent").count(),
    }
