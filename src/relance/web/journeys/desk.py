"""What the editor works on: a journey's draft with its tree and findings, and what each request changes in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from relance.accounts.roles import Capability
from relance.core.definitions import Document, parse
from relance.core.errors import NotFoundError, RefusedError
from relance.journeys import definition, drafts, library, publishing
from relance.journeys.definition import JourneyDefinition
from relance.journeys.findings import Finding
from relance.journeys.models import Draft, Journey, Revision, Version
from relance.web.doors import actor, member
from relance.web.journeys import lines, words
from relance.web.journeys.cards import Drawing
from relance.web.journeys.editing import fresh
from relance.web.journeys.forms import slug
from relance.web.language import current

ORDER = (
    "journey", "title", "description", "en", "fr", "purpose", "goal", "entry", "holdout", "exit_when", "send", "when", "event",
    "count", "within", "without", "for", "segment", "again_after", "id", "channel", "choose", "template", "subjects", "offer", "code", "amount",
    "minimum", "ends_on", "lasts", "stock", "urgency", "weekday", "hour", "steps",
)  # fmt: skip


@dataclass
class Desk:
    """A draft in force."""

    draft: Draft

    @cached_property
    def revision(self) -> Revision:
        """The text in force, with who wrote it."""
        return drafts.current(self.draft)

    @property
    def text(self) -> str:
        """The text in force."""
        return self.revision.text

    @cached_property
    def document(self) -> Document:
        """The text as a document."""
        return drafts.document(self.draft)

    @cached_property
    def journey(self) -> JourneyDefinition:
        """What the text says."""
        return definition.read(self.document)

    @cached_property
    def findings(self) -> list[Finding]:
        """What the linter finds, errors first."""
        return publishing.findings(self.journey, timezone.now())

    @cached_property
    def drawing(self) -> Drawing:
        """The tree as the page draws it."""
        return Drawing(self.journey, self.document, self.findings)

    @property
    def title(self) -> str:
        """What the journey is called."""
        return self.journey.said(current())

    @property
    def errors(self) -> int:
        """How many findings refuse publication."""
        return sum(finding.level == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many findings advise only."""
        return len(self.findings) - self.errors

    @property
    def undoes(self) -> str:
        """What undo would take back; empty where there is nothing."""
        return str(words.ACTS.get(self.revision.act, "")) if self.revision.previous else ""

    @property
    def redoes(self) -> str:
        """What redo would bring back; empty where there is nothing."""
        number = drafts.following(self.draft)
        if not number:
            return ""
        return str(words.ACTS.get(Revision.objects.get(draft=self.draft, number=number).act, ""))

    @cached_property
    def published(self) -> Version | None:
        """The latest published version."""
        return (
            Version.objects.filter(journey__name=self.draft.name).select_related("journey").order_by("-number").first()
        )

    @property
    def differs(self) -> bool:
        """Whether the draft says something else than the latest published version."""
        return self.published is None or plain(self.document.data) != self.published.definition

    @property
    def overtaken(self) -> bool:
        """Whether a version was published elsewhere since this draft began from an earlier one."""
        return self.published is not None and self.published.number > self.draft.base


def plain(data: Any) -> Any:
    """Return a document's data as a published version keeps it."""
    return json.loads(json.dumps(data, default=str))


def by(request: HttpRequest) -> drafts.By:
    """Return who acts in this request, and when."""
    return drafts.By(actor(request), timezone.now())


def desk(name: str) -> Desk:
    """Return the draft of a journey; NotFoundError where it has none."""
    draft = drafts.find(name)
    if draft is None:
        raise NotFoundError(_("No journey of this name is being written. The list of journeys shows those there are."))
    return Desk(draft)


def begin(name: str, request: HttpRequest) -> Desk:
    """Return the draft of a journey, begun from its published version where there is none yet; readers begin none."""
    draft = drafts.find(name)
    if draft is None and not member(request).may(Capability.EDIT):
        return desk(name)
    if draft is None:
        version = latest(name)
        draft = drafts.start(name, text_of(version), by(request), base=version.number)
    return Desk(draft)


def latest(name: str) -> Version:
    """Return a journey's latest published version."""
    version = Version.objects.filter(journey__name=name).select_related("journey").order_by("-number").first()
    if version is None:
        raise NotFoundError(_("No journey of this name exists. The list of journeys shows those there are."))
    return version


def text_of(version: Version) -> str:
    """Return what a version says as text: the recipe's own where it is one, comments and all."""
    for recipe in library.recipes():
        if recipe.name == version.journey.name and plain(parse(recipe.text, recipe.name).data) == version.definition:
            return recipe.text
    return lines.written(_ordered(version.definition))


def _ordered(data: Any) -> Any:
    """Return stored data with its fields in the order people write them; the database keeps none."""
    if isinstance(data, dict):
        return {
            key: _ordered(data[key])
            for key in sorted(data, key=lambda key: ORDER.index(key) if key in ORDER else len(ORDER))
        }
    return [_ordered(item) for item in data] if isinstance(data, list) else data


def fresh_name(title: str) -> str:
    """Return a name that no journey has, made from a title."""
    taken = set(Journey.objects.values_list("name", flat=True)) | set(Draft.objects.values_list("name", flat=True))
    return fresh(slug(title), taken | {"new", "library"})


def seen(request: HttpRequest) -> int:
    """Return the number of the revision the person was looking at."""
    try:
        return int(request.POST.get("revision", ""))
    except ValueError:
        raise RefusedError(_("This form does not say which draft it changes. Reload the page and try again.")) from None


def address(name: str, *values: object, fallback: str) -> str:
    """Return the address of another area's page."""
    try:
        return reverse(name, args=values)
    except NoReverseMatch:
        return fallback
