"""What the workers do for the first run: the sample shop in, and out again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procrastinate.contrib.django import app

from relance.intake.models import Work
from relance.intake.options import Progress
from relance.web.setup import sample
from relance.workers import background


@app.task(queue=background.QUEUE, lock="stages", pass_context=False)
def load_sample(work_id: str) -> None:
    """Make the sample shop and bring it in through the importer."""
    background.do(work_id, _load)


@app.task(queue=background.QUEUE, lock="stages", pass_context=False)
def remove_sample(work_id: str) -> None:
    """Empty the base of the sample shop."""
    background.do(work_id, _remove)


def _load(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
    return {"people": sample.load(now, progress)}


def _remove(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
    return {"people": sample.remove(now, progress, by=work.by)}
