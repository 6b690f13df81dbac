"""When the stages run: every minute what is due, every night what is long. Locks keep two workers off one task."""

import time
from datetime import datetime
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from relance.core.errors import NotFoundError
from relance.intake import uploads
from relance.intake.models import Upload, Work
from relance.intake.options import Progress
from relance.segments import refresh as refreshing
from relance.workers import background, stages

log = structlog.get_logger()


PASSES_SECONDS = 50  # within the minute; then the next task goes on


def _run(*, nightly: bool) -> None:
    """Run the stages, again while there is something to send, and say what they did.

    Sending takes a part of a minute at a time, so that what comes back is heard meanwhile. The connection of this thread
    is given back.
    """
    end = time.monotonic() + PASSES_SECONDS
    try:
        while _pass(nightly=nightly) and time.monotonic() < end:
            nightly = False
    finally:
        connection.close()


def _pass(*, nightly: bool) -> bool:
    """Run the stages once; tell whether messages were handled."""
    sending = False
    for name, done in stages.run_each(timezone.now(), nightly=nightly):
        if done:
            log.info("stage", stage=name, done=done)
            sending = sending or name == "dispatch"
    return sending


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="minute", lock="stages", pass_context=False)
def minute(timestamp: int) -> None:
    """Do what is due."""
    _run(nightly=False)


@app.periodic(cron="30 2 * * *")
@app.task(queueing_lock="night", lock="stages", pass_context=False)
def night(timestamp: int) -> None:
    """Clean, flush, score, refresh, then do what is due."""
    _run(nightly=True)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="rescue", pass_context=False)
async def rescue(timestamp: int) -> None:
    """Give the jobs of workers that died to those that live: every one of ours may be run again."""
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(job)


@app.periodic(cron="50 3 * * *")
@app.task(queueing_lock="sweep", pass_context=False)
def sweep_uploads(timestamp: int) -> None:
    """Erase files that people brought and never imported."""
    try:
        uploads.sweep(timezone.now())
    finally:
        connection.close()


@app.task(queue=background.QUEUE, lock="intake", pass_context=False)
def check_file(work_id: str) -> None:
    """Count what would become of a file's rows, without writing any."""
    background.do(work_id, _check)


@app.task(queue=background.QUEUE, lock="intake", pass_context=False)
def import_file(work_id: str) -> None:
    """Bring a file in; run again after a crash it adds what is missing and nothing twice."""
    background.do(work_id, _import)


@app.task(queue=background.QUEUE, lock="stages", pass_context=False)
def refresh_base(work_id: str) -> None:
    """Clean, flush, score, refresh, as every night: nobody enters a journey and nothing is sent."""
    background.do(work_id, refresh)


@app.task(queue=background.QUEUE, lock="stages", pass_context=False)
def refresh_segment(name: str) -> None:
    """Count the people of one segment, which someone just wrote."""
    try:
        refreshing.one(name, timezone.now())
    finally:
        connection.close()


def _check(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
    run = uploads.load(_upload(work), now, progress, dry_run=True)
    return {"totals": run.totals, "mapping": run.mapping, "source": run.source.name}


def _import(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
    run = uploads.load(_upload(work), now, progress)
    return {"run": str(run.id), "totals": run.totals}


def _upload(work: Work) -> Upload:
    if work.upload is None:
        raise NotFoundError("The file of this import is not here any more. Bring it again.")
    return work.upload


def refresh(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
    """Run the nightly stages, one after the other, with progress."""
    names = [stage.name for stage in stages.STAGES if stage.nightly]
    often = frozenset(stage.name for stage in stages.STAGES if not stage.nightly)
    found: dict[str, int] = {}
    progress(names[0], 0, len(names))
    for place, (name, done) in enumerate(stages.run(now, nightly=True, skip=often), start=1):
        found[name] = done
        progress(names[min(place, len(names) - 1)], place, len(names))
    return found
