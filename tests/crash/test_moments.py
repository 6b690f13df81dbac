"""kill -9 of a dispatching process, at every moment of a delivery, against a real server that records what it got."""

import os
import random
import signal
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes

import pytest

from relance.delivery import doubts
from relance.delivery.channels.smtp import SmtpChannel
from relance.events.models import Event
from relance.outbox.models import Message
from tests.delivery import post_office
from tests.delivery.sending import crowd
from tests.killing import Nursery, children

pytestmark = pytest.mark.slow

__all__ = ["children"]


@dataclass
class Killer:
    """Kills the process in hand at one of the server's moments, counted from its start."""

    moments: int
    pid: int | None = None
    seen: list[str] = field(default_factory=list)

    def __call__(self, moment: str, _: str) -> bool:
        self.seen.append(moment)
        if self.pid is not None and len(self.seen) == self.moments:
            os.kill(self.pid, signal.SIGKILL)
        return False


def test_five_kills_send_nothing_twice_lose_nothing_and_list_every_doubt(children: Nursery, now: datetime) -> None:
    messages = crowd(300, now)
    draw = random.Random(20260727)
    with post_office.opened() as office:
        for _ in range(5):
            killer = office.cut = Killer(draw.randint(1, 90))
            killer.pid = children.start("dispatch", now, office.url)
            assert children.ended() == -signal.SIGKILL
            now += timedelta(minutes=6)  # beyond every lease
        office.cut = None
        children.finish("dispatch", now, office.url)
        while Message.objects.filter(state__in=["ready", "claimed"]).exists():
            now += timedelta(minutes=6)
            children.finish("dispatch", now, office.url)
        received = Counter(recipient for recipient, _ in office.mails)
        numbers = {message_from_bytes(mail)["Message-ID"] for _, mail in office.mails}

    states = Counter(Message.objects.values_list("state", flat=True))
    assert set(received.values()) == {1}, "a message was received twice"
    assert len(numbers) == len(office.mails)
    assert set(states) == {"sent", "unknown"}
    assert states.total() == len(messages) == 300
    channel = SmtpChannel(office.url)
    channel.close()
    assert 0 < states["unknown"] <= 5 * channel.slice  # a kill leaves at most one slice in doubt
    assert len(doubts.unknowns()) == states["unknown"]
    sent = {
        f"anna{contact}@example.org"
        for contact in Message.objects.filter(state="sent").values_list("contact_id", flat=True)
    }
    assert sent <= set(received)
    assert Event.objects.filter(type="message_sent").count() == states["sent"]
