"""Learning reactivity anew: once a week, of the journeys about which enough more is known than when they were last studied."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.util import find_spec

from relance.core import database, place
from relance.core.errors import InputError
from relance.dormancy.models import Estimate
from relance.journeys import definition
from relance.journeys.models import Journey, Version

KIND, TRIED = (
    "reactivity",
    "reactivity_tried",
)  # what was found of a journey; that it was looked at, and of how many people
AGAIN_AFTER = timedelta(days=7)
LEAST_NEW = 0.1  # share of people more than at the last study, below which it would say the same
LEAST_PEOPLE = 20
AT_ONCE = 3  # journeys a night: a study of a large one takes minutes

# People whose first entry lies further back than the longest window of the goal in any version.
_PAST = "SELECT count(DISTINCT contact_id) FROM enrolment WHERE journey_id = %s AND entered_at <= %s"


def run(now: datetime) -> int:
    """Learn from the journeys that are due; the work done. Nothing in a rehearsal, or where scikit-learn is not installed."""
    if place.current().simulated or find_spec("sklearn") is None:
        return 0
    names = due(now)[:AT_ONCE]
    for name in names:
        learn(name, now)
    return len(names)


def due(now: datetime) -> list[str]:
    """Return the journeys to learn from, those never studied first, then the longest ago."""
    last = {one.policy: one for one in Estimate.objects.filter(kind=TRIED)}
    found = []
    for journey in Journey.objects.filter(pk__in=Version.objects.values("journey")).order_by("name"):
        people, before = _people(journey, now), last.get(journey.name)
        if people < LEAST_PEOPLE:
            continue
        if before is None:
            found.append((datetime.min.replace(tzinfo=now.tzinfo), journey.name))
        elif now - before.as_of >= AGAIN_AFTER and people >= before.figures["people"] * (1 + LEAST_NEW):
            found.append((before.as_of, journey.name))
    return [name for _, name in sorted(found)]


def learn(name: str, now: datetime) -> str:
    """Learn from a journey and keep what was found; return the sentence of why nothing could be learned, else nothing."""
    from relance.measurement import past_sends  # scikit-learn is slow to load

    refusal = ""
    try:
        past_sends.learn(name, now)
    except InputError as error:
        refusal = str(error)
    people = _people(Journey.objects.get(name=name), now)
    Estimate.objects.filter(kind=TRIED, policy=name).delete()
    Estimate.objects.create(
        kind=TRIED, policy=name, as_of=now, accepted=not refusal, figures={"people": people, "sentence": refusal}
    )
    return refusal


def _people(journey: Journey, now: datetime) -> int:
    """Return how many people are past the window of the journey's goal."""
    windows = [definition.of(version).goal.within for version in Version.objects.filter(journey=journey)]
    if not windows:
        return 0
    ((people,),) = database.rows(_PAST, [journey.pk, min(window.before(now) for window in windows)])
    return int(people)
