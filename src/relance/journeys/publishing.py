"""Publishing a journey as a version that never changes; starting and pausing it."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from relance.core.definitions import Document
from relance.core.errors import DefinitionError, NotFoundError
from relance.journeys import installation, lint, tree
from relance.journeys.definition import JourneyDefinition, read
from relance.journeys.findings import Finding
from relance.journeys.models import Journey, Version


def findings(journey: JourneyDefinition, now: datetime) -> list[Finding]:
    """Return all that the linter finds, errors first."""
    return sorted(lint.review(journey, now) + installation.review(journey, now), key=lambda finding: finding.level)


def publish(document: Document, now: datetime) -> Version:
    """Return the journey's new version, or its latest one where nothing changed; the linter's errors refuse."""
    journey = read(document)
    errors = [finding for finding in findings(journey, now) if finding.level == "error"]
    if errors:
        raise DefinitionError(
            [document.problem(error.location, f"{error.sentence} [{error.code}]") for error in errors]
        )
    content = json.loads(json.dumps(document.data, default=str))
    templates = {name: version.pk for name, version in installation.latest_templates(journey).items()}
    channels = sorted({channel for _, send in tree.sends(journey.nodes) for channel in send.leaving})
    return _record(journey.journey, {"definition": content, "templates": templates, "channels": channels}, now)


@transaction.atomic
def _record(name: str, content: Mapping[str, Any], now: datetime) -> Version:
    """Write the version unless the latest one says the same; two people publishing at once come one after the other."""
    Journey.objects.get_or_create(name=name)
    journey = Journey.objects.select_for_update().get(name=name)
    latest = Version.objects.filter(journey=journey).order_by("-number").first()
    if latest is not None and all(getattr(latest, field) == value for field, value in content.items()):
        return latest
    number = latest.number + 1 if latest else 1
    return Version.objects.create(journey=journey, number=number, published_at=now, **content)


def start(name: str) -> Journey:
    """Let people enter the journey and go through it."""
    return _run(name, running=True)


def pause(name: str) -> Journey:
    """Stop entries and steps of the journey; waits go on counting, and what came due is done when it starts again."""
    return _run(name, running=False)


def _run(name: str, *, running: bool) -> Journey:
    if Journey.objects.filter(name=name).update(running=running) == 0:
        raise NotFoundError(f"No journey is called {name}. `relance journey list` shows them; publish it first.")
    return Journey.objects.get(name=name)


def all_latest(journeys: Iterable[int]) -> dict[int, Version]:
    """Return the latest version of each of these journeys that has one, by the journey's id."""
    versions = Version.objects.filter(journey_id__in=list(journeys)).select_related("journey")
    return {one.journey_id: one for one in versions.order_by("journey_id", "-number").distinct("journey_id")}


def latest(name: str) -> Version:
    """Return the latest version of the journey."""
    version = Version.objects.filter(journey__name=name).select_related("journey").order_by("-number").first()
    if version is None:
        raise NotFoundError(f"No journey is called {name}. `relance journey list` shows them; publish it first.")
    return version
