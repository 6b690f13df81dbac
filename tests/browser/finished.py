"""Gives the browser tests' shop a finished result and a rehearsal that is done, both made up, for as long as this program's input lasts."""

import os
import sys
from dataclasses import replace
from types import SimpleNamespace

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from django.db import connection
from pydantic import TypeAdapter

from relance.core import database, place
from relance.journeys import publishing
from relance.journeys.models import Journey, LaunchRehearsal
from relance.measurement import report
from relance.measurement.figures import Result
from relance.measurement.models import ResultSnapshot
from relance.measurement.report.data import Mail
from relance.rehearsal import demonstration, keeping, rates
from tests.browser.clock import START
from tests.measurement import made_up

BY = "Camille Roux <camille@example.org>"


def result() -> None:
    """Keep the result of the shop's journey as that of one that is over."""
    plain = TypeAdapter(Result).dump_python(made_up.result(), mode="json")
    journey = Journey.objects.get(name=demonstration.JOURNEY)
    ResultSnapshot.objects.update_or_create(journey=journey, defaults={"at": START, "figures": plain})


def rehearsal() -> None:
    """Keep a rehearsal of the shop's journey, with its reports."""
    version, folder = publishing.latest(demonstration.JOURNEY), place.folder("rehearsals")
    told = replace(
        made_up.report(), mails=[Mail("hello", "a", one, "Anna ?", "<h1>Anna ?</h1>") for one in ("fr", "en")]
    )
    files = {one: report.write(told, folder / f"made-up.{one}.html", one) for one in ("fr", "en")}
    done = SimpleNamespace(
        result=made_up.result(), simulated={"hard_bounce": 12}, options=SimpleNamespace(forced=False)
    )
    LaunchRehearsal.objects.create(
        journey=version.journey, version=version, start_at=START, days=75, rates=rates.load().model_dump(mode="json"), asked_at=START, by=BY,
        made_at=START,
        result=keeping.told(done, list(files.values())),
    )  # fmt: skip


def remove() -> None:
    """Leave the shop as it was: its result is measured when somebody looks."""
    ResultSnapshot.objects.all().delete()
    LaunchRehearsal.objects.filter(by=BY).delete()


if __name__ == "__main__":
    database.start()
    result()
    rehearsal()
    print("there", flush=True)
    sys.stdin.read()
    remove()
    connection.close()
