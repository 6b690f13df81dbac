"""What the workers do for the page of the models: learn who comes back because of a message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from procrastinate.contrib.django import app

from relance.intake.models import Work
from relance.intake.options import Progress
from relance.journeys.models import Enrolment, Journey
from relance.measurement import learning
from relance.workers import background

KIND = "reactivity"


@app.task(queue=background.QUEUE, lock="reactivity", pass_context=False)
def learn_reactivity(work_id: str) -> None:
    """Learn from the past sends of every journey that somebody entered."""
    background.do(work_id, learn)


def learn(_work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
    """Learn from each journey; of which nothing can be learned, the reason is kept. The stage is the journey's name."""
    names = list(
        Journey.objects.filter(pk__in=Enrolment.objects.values("journey"))
        .order_by("name")
        .values_list("name", flat=True)
    )
    told: dict[str, str] = {}
    for done, name in enumerate(names):
        progress(name, done, len(names))
        told[name] = learning.learn(name, now)
    learned = [name for name, refusal in told.items() if not refusal]
    refused = {name: refusal for name, refusal in told.items() if refusal}
    return {"learned": learned, "refused": refused}
