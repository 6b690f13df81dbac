"""Results kept: each night every journey that somebody entered is measured once, and pages read what was found."""

from __future__ import annotations

from datetime import datetime

from pydantic import TypeAdapter

from relance.core import database
from relance.dormancy import kinds
from relance.journeys.models import Journey
from relance.measurement import bill, experiments, learning, overview, relaunch
from relance.measurement.deliverability import kept as deliverability
from relance.measurement.figures import Result
from relance.measurement.models import ResultSnapshot

_RESULT = TypeAdapter(Result)


def run(now: datetime) -> int:
    """Keep the health of the base, its kinds of people, how mails fared, the result of every journey not finished; a stage.

    Once a week also the curves of silence, with the effect that finished journeys measured, the bill, and who comes back
    because of a message, of the journeys about which more is known.
    """
    overview.keep(now)
    deliverability.run(now)
    finished = {s.journey_id for s in ResultSnapshot.objects.all() if s.figures["finished"]}
    names = [journey.name for journey in entered() if journey.pk not in finished]
    for name in names:
        keep(name, now)
    return 1 + len(names) + relaunch.run(now) + bill.run(now) + kinds.run(now) + learning.run(now)


def entered() -> list[Journey]:
    """Return the journeys somebody entered, by name."""
    rows = database.rows(
        "SELECT id FROM journey j WHERE EXISTS (SELECT 1 FROM enrolment e WHERE e.journey_id = j.id) ORDER BY name"
    )
    found = Journey.objects.in_bulk([pk for (pk,) in rows])
    return [found[pk] for (pk,) in rows]


def keep(name: str, now: datetime) -> Result:
    """Measure a journey and keep what was found."""
    found = experiments.result(name, now)
    plain = _RESULT.dump_python(found, mode="json")
    ResultSnapshot.objects.update_or_create(
        journey=Journey.objects.get(name=name), defaults={"at": now, "figures": plain}
    )
    return found


def latest(name: str) -> Result | None:
    """Return the result of a journey as last kept."""
    row = ResultSnapshot.objects.filter(journey__name=name).first()
    return _RESULT.validate_python(row.figures) if row else None
