"""The shipped journeys: read from `recipes/journeys`, a file each, with the segments and templates they need beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import relance
from relance.content import publishing as templates
from relance.content.definition import LANGUAGES
from relance.content.models import Template
from relance.core import definitions
from relance.core.definitions import Document
from relance.core.errors import NotFoundError
from relance.journeys import definition, tree
from relance.journeys.definition import JourneyDefinition
from relance.segments import definitions as segments
from relance.segments.models import Segment

RECIPES = Path(relance.__file__).parent / "recipes"


@dataclass(frozen=True)
class Recipe:
    """A shipped journey: its text, comments and all, and what it says."""

    text: str
    journey: JourneyDefinition

    @property
    def name(self) -> str:
        """Its name."""
        return self.journey.journey

    @property
    def templates(self) -> tuple[str, ...]:
        """The names of the templates its messages name."""
        return tuple(dict.fromkeys(name for _, send in tree.sends(self.journey.nodes) for name in send.templates))


def recipes() -> list[Recipe]:
    """Return the shipped journeys, by name."""
    return [_recipe(path) for path in sorted((RECIPES / "journeys").glob("*.yaml"))]


def recipe(name: str) -> Recipe:
    """Return the shipped journey of this name."""
    found = next((one for one in recipes() if one.name == name), None)
    if found is None:
        raise NotFoundError(f"No recipe is called {name}. The library lists those there are.")
    return found


def provide(found: Recipe, now: datetime) -> list[str]:
    """Bring in the segment and the templates a recipe needs and this installation lacks; return their names."""
    return [*_segment(found.journey.entry.segment, now), *_templates(found.templates, now)]


def segment(name: str) -> Document:
    """Return the shipped segment of this name."""
    return definitions.read(RECIPES / "segments" / f"{name}.yaml")


def subjects(found: Recipe) -> dict[str, dict[str, dict[str, str]]]:
    """Return the subjects of the templates a recipe would bring in: by template, language and variant."""
    read = {name: definitions.read(RECIPES / "templates" / f"{name}.yaml").data for name in found.templates}
    return {
        name: {language: dict(part["subjects"]) for language in LANGUAGES if (part := data.get(language))}
        for name, data in read.items()
    }


def _segment(name: str, now: datetime) -> list[str]:
    if Segment.objects.filter(name=name).exists():
        return []
    return [segments.apply(segment(name), now).name]


def _templates(names: tuple[str, ...], now: datetime) -> list[str]:
    known = set(Template.objects.filter(name__in=names).values_list("name", flat=True))
    missing = [name for name in names if name not in known]
    for name in missing:
        templates.publish(RECIPES / "templates" / f"{name}.yaml", now)
    return missing


@cache
def _recipe(path: Path) -> Recipe:
    """Return the recipe in a file; files of the package do not change while it runs."""
    text = path.read_text("utf-8")
    return Recipe(text, definition.read(definitions.parse(text, path.name)))
