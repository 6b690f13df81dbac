"""The worker that only sends: it stops between two slices, and gives back what it had claimed."""

import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relance.core import place
from relance.delivery import dispatch
from relance.delivery.channels.maildir import MaildirChannel
from relance.feedback import bounces
from relance.outbox.models import Message
from relance.outbox.pulse import Restoration
from relance.workers import sending
from tests.delivery.sending import crowd
from tests.delivery.test_restoration import stages_done


@pytest.mark.usefixtures("db")
def test_a_stopped_dispatch_gives_back_what_it_has_not_sent(now: datetime) -> None:
    crowd(60, now)
    channel = MaildirChannel()
    channel.slice = 20
    asked = iter([False, False, True, True, True, True])
    done = dispatch.dispatch(now, channel, stopped=lambda: next(asked))
    assert done.states["sent"] == 20
    assert Counter(Message.objects.values_list("state", flat=True)) == {"sent": 20, "ready": 40}


@pytest.mark.usefixtures("db")
def test_it_waits_for_a_night_that_another_worker_is_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began = datetime.now(UTC) - timedelta(minutes=9)
    dispatch.dispatch(began, MaildirChannel())
    stages_done("5 seconds")
    monkeypatch.setattr(bounces, "heed", lambda now: signal.raise_signal(signal.SIGTERM))
    former = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT)}
    with place.elsewhere(data=tmp_path / "elsewhere"):
        dispatch.dispatch(began, MaildirChannel())
        sending.work()
        assert not Restoration.objects.exists()
    for sign, handler in former.items():
        signal.signal(sign, handler)
