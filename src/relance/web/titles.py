"""What journeys, segments and policies are called in the language in force, wherever pages name them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from relance.dormancy import policies as dormancy_policies
from relance.dormancy.policies import PolicyDefinition
from relance.journeys import definition
from relance.journeys.models import Journey, Version
from relance.segments import definitions
from relance.segments.models import Segment
from relance.web import tags
from relance.web.language import current


def of(version: Version) -> str:
    """Return a journey's title as this version has it, its name where it has none; a title that repeats with the name."""
    title = tags.typeset(definition.said(version.definition.get("title") or "", current()) or version.journey.name)
    return marked(title, version.journey.name, _repeating())


def journeys(ids: Collection[int]) -> dict[int, str]:
    """Return what these journeys are called."""
    repeating = _repeating()
    return {pk: marked(title, name, repeating) for pk, name, title in _called() if pk in set(ids)}


def journey(name: str) -> str:
    """Return what the journey of this name is called; a name nobody bears is shown as it is."""
    return all_journeys().get(name, name)


def all_journeys() -> dict[str, str]:
    """Return every journey's title by its name, sorted by title."""
    repeating = _repeating()
    found = {name: marked(title, name, repeating) for _pk, name, title in _called()}
    return dict(sorted(found.items(), key=lambda one: one[1].casefold()))


def marked(title: str, name: str, repeating: Collection[str]) -> str:
    """Return a title, with the name beside it where another bears it too."""
    return f"{title} ({name})" if title.casefold() in repeating and title != name else title


def folded(text: str) -> str:
    """Return a text as searches compare it: without capitals, its apostrophes as keyboards write them."""
    return text.replace("’", "'").casefold()


def repeated(titles: Iterable[str]) -> set[str]:
    """Return the titles that stand more than once, letters' size apart."""
    return {title for title, times in Counter(title.casefold() for title in titles).items() if times > 1}


def _repeating() -> set[str]:
    return repeated(title for _pk, _name, title in _called())


def _called() -> list[tuple[int, str, str]]:
    """Return id, name and title of every journey, as its latest version has it."""
    latest = Version.objects.order_by("journey_id", "-number").distinct("journey_id")
    titles = dict(latest.values_list("journey_id", "definition__title"))
    return [
        (pk, name, tags.typeset(definition.said(titles.get(pk) or "", current()) or name))
        for pk, name in Journey.objects.values_list("pk", "name")
    ]


def segment(name: str) -> str:
    """Return what the segment of this name is called; a name nobody bears is shown as it is."""
    found = Segment.objects.filter(name=name).first()
    return of_segment(found) if found else name


def of_segment(segment: Segment) -> str:
    """Return what a segment is called in the language in force, with that language's apostrophes and spaces."""
    return tags.typeset(definitions.title(segment, current()))


def segments() -> dict[str, str]:
    """Return every segment's title by its name, sorted by title."""
    found = {one.name: of_segment(one) for one in Segment.objects.all()}
    return dict(sorted(found.items(), key=lambda one: one[1].casefold()))


def of_policy(policy: PolicyDefinition, language: str = "") -> str:
    """Return what a policy is called: the first sentence of its description, or its name; in the language in force or another."""
    said = {str(spoken): text for spoken, text in policy.description.items()}
    text = said.get(language or current()) or next(iter(said.values()), "")
    return tags.typeset(text.split(". ")[0].rstrip(".") or policy.policy)


def policies() -> dict[str, str]:
    """Return every policy's title by its name, sorted by title; a title that repeats with the name."""
    found = {one.policy: of_policy(one) for one in dormancy_policies.in_force()}
    repeating = repeated(found.values())
    called = {name: marked(title, name, repeating) for name, title in found.items()}
    return dict(sorted(called.items(), key=lambda one: one[1].casefold()))


def policy(name: str) -> str:
    """Return what the policy of this name is called; a name nobody bears is shown as it is."""
    return policies().get(name, name)
