"""When the stages run: every minute what is due, every night what is long. Locks keep two workers off one task."""

from datetime import UTC, datetime

import structlog
from django.db import connection
from procrastinate.contrib.django import app

from relance.workers import stages

log = structlog.get_logger()


def _run(*, nightly: bool) -> None:
    """Run the stages and say what they did; the connection of this thread is given back."""
    try:
        for name, done in stages.run(datetime.now(UTC), nightly=nightly):
            if done:
                log.info("stage", stage=name, done=done)
    finally:
        connection.close()


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
