"""What the workers do before a launch: who would get the first message, and rehearsals."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from procrastinate.contrib.django import app

from relance.core import place
from relance.intake.models import Work
from relance.intake.options import Progress
from relance.journeys.models import LaunchPlan, LaunchRehearsal
from relance.measurement import waterfall
from relance.rehearsal import keeping, rehearse, reporting
from relance.rehearsal.rates import Rates
from relance.rehearsal.rehearse import Options, Rehearsal
from relance.workers import background

KINDS = PLAN, REHEARSAL = "launch plan", "launch rehearsal"


@app.task(queue=background.QUEUE, lock=PLAN, pass_context=False)
def work_out_plan(work_id: str, plan_id: int) -> None:
    """Work out who would get the first message."""
    background.do(work_id, partial(_work_out, plan_id=plan_id))


@app.task(queue=background.QUEUE, lock=REHEARSAL, pass_context=False)
def rehearse_journey(work_id: str, rehearsal_id: int) -> None:
    """Rehearse a journey on a scratch copy, and keep what that showed."""
    background.do(work_id, partial(_rehearse, rehearsal_id=rehearsal_id))


def _work_out(work: Work, now: datetime, progress: Progress, *, plan_id: int) -> dict[str, Any]:
    plan = LaunchPlan.objects.select_related("journey", "version__journey").get(pk=plan_id)
    waterfall.work_out(plan, now, progress)
    return {"plan": plan_id}


def _rehearse(work: Work, now: datetime, progress: Progress, *, rehearsal_id: int) -> dict[str, Any]:
    asked = LaunchRehearsal.objects.select_related("journey").get(pk=rehearsal_id)
    options = Options(asked.journey.name, asked.start_at, asked.days, Rates.model_validate(asked.rates))
    done: Rehearsal = rehearse.rehearse(options, progress)
    files = reporting.write(done, place.folder("rehearsals") / f"launch-{rehearsal_id}")
    LaunchRehearsal.objects.filter(pk=rehearsal_id).update(result=keeping.told(done, files), made_at=now)
    return {"rehearsal": rehearsal_id}
