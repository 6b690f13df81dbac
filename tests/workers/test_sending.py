"""The worker that only sends: it stops between two slices, and gives back what it had claimed."""

from collections import Counter
from datetime import datetime

import pytest

from relance.delivery import dispatch
from relance.delivery.channels.maildir import MaildirChannel
from relance.outbox.models import Message
from tests.delivery.sending import crowd


@pytest.mark.usefixtures("db")
def test_a_stopped_dispatch_gives_back_what_it_has_not_sent(now: datetime) -> None:
    crowd(60, now)
    channel = MaildirChannel()
    channel.slice = 20
    asked = iter([False, False, True, True, True, True])
    done = dispatch.dispatch(now, channel, stopped=lambda: next(asked))
    assert done.states["sent"] == 20
    assert Counter(Message.objects.values_list("state", flat=True)) == {"sent": 20, "ready": 40}
