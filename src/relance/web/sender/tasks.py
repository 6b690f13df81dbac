"""What the workers do for the sender's pages: ask the world how it sees the sender."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procrastinate.contrib.django import app

from relance.intake.models import Work
from relance.intake.options import Progress
from relance.measurement.sender import examination
from relance.senders import register
from relance.workers import background

KIND = "sender"


@app.task(queue=background.QUEUE, lock="sender", pass_context=False)
def examine_sender(work_id: str) -> None:
    """Examine the senders, as every night."""
    background.do(work_id, examine)


def examine(_work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
    """Ask everything there is to ask of every domain and keep it; return how many points are to be mended."""
    faults = 0
    for domain in register.domains():
        found = examination.examine(now, progress, domain=domain)
        examination.keep(found)
        faults += sum(one.level == "fault" for one in found.findings)
    return {"faults": faults}
