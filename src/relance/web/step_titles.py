"""What the messages of journeys are called on the pages, in the language in force (`measurement.step_titles`)."""

from __future__ import annotations

from collections.abc import Collection

from relance.journeys import definition, publishing
from relance.journeys.definition import JourneyDefinition
from relance.journeys.models import Journey
from relance.journeys.steps import Send
from relance.journeys.steps.send import Offer
from relance.measurement import step_titles
from relance.measurement.step_titles import Subjects, apart, subjects
from relance.web.language import current

__all__ = ["Subjects", "apart", "of", "of_journeys", "of_named", "plain", "subject", "subjects"]


def of(journey: JourneyDefinition, known: Subjects | None = None) -> dict[str, str]:
    """Return what each message of a journey is called, by its key, from top to bottom; `known` saves reading its subjects."""
    return step_titles.of(journey, current(), known)


def of_journeys(ids: Collection[int]) -> dict[tuple[int, str], str]:
    """Return what the messages of these journeys are called in their latest versions, by journey and key."""
    latest = publishing.all_latest(ids)
    return {(journey, key): title for journey, one in latest.items() for key, title in of(definition.of(one)).items()}


def of_named(names: Collection[str]) -> dict[tuple[str, str], str]:
    """Return the same for journeys that are known by their names."""
    called = dict(Journey.objects.filter(name__in=names).values_list("pk", "name"))
    return {(called[journey], key): title for (journey, key), title in of_journeys(called).items()}


def subject(send: Send, known: Subjects) -> str:
    """Return the subject people will read; the template's name where there is none."""
    return step_titles.subject(send, current(), known)


def plain(subject: str, offer: Offer | None = None) -> str:
    """Return a subject as a reader without a name sees it; what is not known yet is an ellipsis."""
    return step_titles.plain(subject, current(), offer)
