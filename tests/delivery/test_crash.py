"""kill -9 of a dispatching process, at every moment of a delivery, against a real server that records what it got."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes

import pytest
from django.db import connection

from relance.core import place
from relance.delivery import doubts
from relance.events.models import Event
from relance.outbox.models import Message
from tests.delivery import post_office
from tests.delivery.sending import crowd

PROGRAM = """
import sys
from datetime import datetime
import django
django.setup()
from django.conf import settings
from django.db import connections
from pathlib import Path
from relance.core import place
from relance.delivery import dispatch
connections["default"].settings_dict["NAME"] = sys.argv[1]
with place.elsewhere(data=Path(sys.argv[2]), lake=sys.argv[3]):
    dispatch.run(datetime.fromisoformat(sys.argv[4]))
"""


@dataclass
class Killer:
    """Kills the process in hand at one of the server's moments, counted from its start."""

    moments: int
    process: subprocess.Popen[bytes] | None = None
    seen: list[str] = field(default_factory=list)

    def __call__(self, moment: str, _: str) -> bool:
        self.seen.append(moment)
        if self.process is not None and len(self.seen) == self.moments:
            os.kill(self.process.pid, signal.SIGKILL)
        return False


def dispatching(office: post_office.PostOffice, now: datetime) -> "subprocess.Popen[bytes]":
    here = place.current()
    arguments = [str(connection.settings_dict["NAME"]), str(here.data), here.lake, now.isoformat()]
    own = {"RELANCE_SMTP_URL": office.url, "RELANCE_SMTP_CONNECTIONS": "2", "RELANCE_BATCH": "80"}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], env=os.environ | own, stdout=subprocess.DEVNULL
    )


@pytest.mark.usefixtures("db")
def test_five_kills_send_nothing_twice_lose_nothing_and_list_every_doubt(now: datetime) -> None:
    messages = crowd(300, now)
    draw = random.Random(20260727)
    with post_office.opened() as office:
        for _ in range(5):
            killer = office.cut = Killer(draw.randint(1, 90))
            killer.process = dispatching(office, now)
            assert killer.process.wait(60) == -signal.SIGKILL
            now += timedelta(minutes=6)  # beyond every lease
        office.cut = None
        while (
            dispatching(office, now).wait(60) == 0 and Message.objects.filter(state__in=["ready", "claimed"]).exists()
        ):
            now += timedelta(minutes=6)
        received = Counter(recipient for recipient, _ in office.mails)
        numbers = {message_from_bytes(mail)["Message-ID"] for _, mail in office.mails}

    states = Counter(Message.objects.values_list("state", flat=True))
    assert set(received.values()) == {1}, "a message was received twice"
    assert len(numbers) == len(office.mails)
    assert set(states) == {"sent", "unknown"}
    assert states.total() == len(messages) == 300
    assert 0 < states["unknown"] <= 5 * 10  # a kill leaves at most one slice in doubt
    assert len(doubts.unknowns()) == states["unknown"]
    sent = {
        f"anna{contact}@example.org"
        for contact in Message.objects.filter(state="sent").values_list("contact_id", flat=True)
    }
    assert sent <= set(received)
    assert Event.objects.filter(type="message_sent").count() == states["sent"]
