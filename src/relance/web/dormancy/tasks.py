"""What the workers do for the pages of policies: compare two, and count silences anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procrastinate.contrib.django import app

from relance.intake.models import Work
from relance.intake.options import Progress
from relance.measurement import relaunch
from relance.web.dormancy import comparing
from relance.workers import background


@app.task(queue=background.QUEUE, lock="policy comparison", pass_context=False)
def compare(work_id: str) -> None:
    """Work out whom a policy would move."""
    background.do(work_id, comparing.run)


@app.task(queue=background.QUEUE, lock="silences", pass_context=False)
def count_silences(work_id: str) -> None:
    """Count silences and returns anew."""
    background.do(work_id, count)


def count(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
    """Count silences and returns of everybody and of each policy."""
    progress("silences", 0, 1)
    found = relaunch.refresh(now)
    progress("silences", 1, 1)
    return {"told": found, "policy": work.result.get("policy", "")}
