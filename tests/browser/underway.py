"""Gives the browser tests' shop a work that goes on, held at a stage for as long as this program's input lasts.

`python -m tests.browser.underway import|rehearsal [waiting|failed|stopped]` prints the address that shows it, and takes it away at the end.
"""

import os
import sys
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from django.db import connection

from relance.core import database
from relance.intake.models import Upload, Work
from relance.journeys import publishing
from relance.journeys.models import LaunchRehearsal
from relance.rehearsal import demonstration, rates
from relance.workers import background
from tests.browser.clock import START

BY = "Camille Roux <camille@example.org>"
STAGES = {
    "import": (("unpack", 1, 1), ("check", 48_210, 48_210), ("read", 48_210, 48_210), ("clean", 31_400, 48_210)),
    "rehearsal": (("virtual days", 21, 60),),
}
SENTENCES = {"failed": "clients-2024.csv is empty. Export it again."}


def asked(kind: str, state: str) -> tuple[Work, str]:
    """Keep a work as if somebody had asked for it, and return it with the address of its page."""
    work = Work.objects.create(
        kind="import" if kind == "import" else "launch rehearsal", state=state, by=BY, asked_at=START - timedelta(minutes=4),
        sentence=SENTENCES.get(state, ""),
    )  # fmt: skip
    if kind == "import":
        Work.objects.filter(pk=work.pk).update(upload=uploaded())
        return work, f"/imports/works/{work.pk}/"
    version = publishing.latest(demonstration.JOURNEY)
    LaunchRehearsal.objects.create(
        journey=version.journey, version=version, start_at=START, days=60, rates=rates.load().model_dump(mode="json"), asked_at=START, by=BY,
        work=work,
    )  # fmt: skip
    return work, f"/launch/{demonstration.JOURNEY}/"


def uploaded() -> Upload:
    """Keep a file somebody brought."""
    return Upload.objects.create(kind="contacts", file_name="clients-2024.csv", size=7_340_032, by=BY, at=START)


def main(kind: str, state: str = "running") -> None:
    """Keep the work until the input ends; one that runs is held by a worker: this program."""
    work, address = asked(kind, state)
    keeper = background.Keeper(str(work.pk)) if state == "running" else None
    if keeper:
        for stage in STAGES[kind]:
            keeper(*stage)
    print(address, flush=True)
    sys.stdin.read()
    if keeper:
        keeper.close()
    LaunchRehearsal.objects.filter(work=work).delete()
    uploads = list(Work.objects.filter(pk=work.pk).values_list("upload_id", flat=True))
    Work.objects.filter(pk=work.pk).delete()
    Upload.objects.filter(pk__in=uploads).delete()


if __name__ == "__main__":
    database.start()
    main(*sys.argv[1:])
    connection.close()
