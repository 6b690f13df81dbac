"""Templates being written: drafts with undo, what they still lack, and their publication."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from relance.content import block_markup, blocks, publishing, values
from relance.content.blocks import READER, Blocks, Look
from relance.content.compiler import Compiled, compile_part
from relance.content.definition import LANGUAGES, Language, Part
from relance.content.models import Template, TemplateDraft, TemplateDraftStep, TemplateVersion
from relance.core.definitions import Document
from relance.core.errors import DefinitionError, InputError, NotFoundError

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
STEPS_KEPT = 60
PAUSE = timedelta(seconds=20)  # typing on after it is another step
_LINE = re.compile(r"line (\d+) of the MJML: ")
Draft = dict[str, Any]
Change = Callable[[Draft], None]


@dataclass(frozen=True)
class Finding:
    """What stands in the way of publication, or would be unwise, and where."""

    sentence: str
    path: tuple[str | int, ...] = ()
    line: int = 0  # of the MJML, where it is known
    block: int | None = None  # position
    error: bool = True

    @property
    def language(self) -> str:
        """Return the language it concerns; empty where both."""
        return next((str(part) for part in self.path if part in LANGUAGES), "")


@dataclass(frozen=True)
class _Sheet(Document):
    """A draft as a document: problems carry their path, since a draft has no lines."""

    def problem(self, location: Sequence[int | str], sentence: str) -> str:
        return json.dumps([list(location), sentence])


def current(name: str) -> tuple[Draft, TemplateDraft | None, TemplateVersion | None]:
    """Return what the editor opens: the draft, else the latest version as a draft would start from it."""
    draft = TemplateDraft.objects.filter(name=name).first()
    version = TemplateVersion.objects.filter(template__name=name).order_by("-number").first()
    if draft is None and version is None:
        raise NotFoundError(f"No template is called {name}.")
    definition = draft.definition if draft else deepcopy(version.definition) if version else {}
    return definition, draft, version


def start(definition: Draft, *, now: datetime, by: str) -> TemplateDraft:
    """Make a draft under a name nothing has yet."""
    name = str(definition["template"])
    if not NAME.fullmatch(name):
        raise InputError("A template's name is made of small letters, digits and hyphens.")
    taken = Template.objects.filter(name=name).exists() or TemplateDraft.objects.filter(name=name).exists()
    if taken:
        raise InputError(f"A template is called {name} already. Choose another name.")
    return _make(name, definition, now=now, by=by)


@transaction.atomic
def change(name: str, act: Change, *, mark: str, now: datetime, by: str) -> TemplateDraft:
    """Change a draft, making it from the latest version if there is none; the state before it can be had back."""
    draft = TemplateDraft.objects.select_for_update().filter(name=name).first()
    if draft is None:
        draft = _make(name, current(name)[0], now=now, by=by)
    definition = deepcopy(draft.definition)
    act(definition)
    if definition == draft.definition:
        return draft
    typing_on = bool(mark) and mark == draft.mark and now - draft.updated_at < PAUSE and draft.step > 0
    if not typing_on:
        draft.steps.filter(number__gt=draft.step).delete()
        draft.step += 1
    draft.steps.update_or_create(number=draft.step, defaults={"definition": definition})
    draft.steps.filter(number__lt=draft.step - STEPS_KEPT).delete()
    draft.definition, draft.mark, draft.updated_at, draft.updated_by = definition, mark, now, by
    draft.save()
    return draft


@transaction.atomic
def move(name: str, by_steps: int, *, now: datetime) -> TemplateDraft:
    """Undo (-1) or redo (+1); at either end nothing happens."""
    draft = TemplateDraft.objects.select_for_update().filter(name=name).first()
    if draft is None:
        raise NotFoundError(f"There is no draft of {name}.")
    step = draft.steps.filter(number=draft.step + by_steps).first()
    if step is not None:
        draft.definition, draft.step, draft.mark, draft.updated_at = step.definition, step.number, "", now
        draft.save()
    return draft


def can_move(draft: TemplateDraft | None) -> tuple[bool, bool]:
    """Tell whether there is something to undo, and to redo."""
    if draft is None:
        return False, False
    numbers = set(draft.steps.filter(number__in=(draft.step - 1, draft.step + 1)).values_list("number", flat=True))
    return draft.step - 1 in numbers, draft.step + 1 in numbers


def discard(name: str) -> None:
    """Throw a draft away; what was published stays."""
    if not TemplateDraft.objects.filter(name=name).delete()[0]:
        raise NotFoundError(f"There is no draft of {name}.")


def publish(name: str, now: datetime) -> TemplateVersion:
    """Publish a draft, which is then gone; DefinitionError where it lacks something."""
    with transaction.atomic():
        draft = TemplateDraft.objects.select_for_update().filter(name=name).first()
        if draft is None:
            raise NotFoundError(f"There is no draft of {name}; it is published as it stands.")
        version = publishing.publish(document(draft.definition), now)
        draft.delete()
    return version


def blocks_of(definition: Mapping[str, Any]) -> Blocks | None:
    """Return the blocks of a draft; None where it is written as MJML."""
    found = definition.get("blocks")
    return None if found is None else READER.validate_python(found)


def compiled(definition: Mapping[str, Any], language: Language) -> tuple[Compiled, list[tuple[str, str]]]:
    """Return one language of a draft, however incomplete, and what is wrong with it."""
    made, given = blocks_of(definition), definition[language]
    markup = given.get("mjml") or ""
    if made is not None:
        markup = block_markup.mjml(made, Look.model_validate(definition.get("look") or {}), language)
    subjects = {variant: subject for variant, subject in given["subjects"].items() if subject.strip()} or {"a": "–"}
    part = Part.model_construct(
        subjects=subjects, preheader=given.get("preheader") or "", mjml=markup, text=given.get("text") or None
    )
    return compile_part(
        part, language, definition.get("values") or {}, commercial=bool(definition.get("commercial", True))
    )


def findings(definition: Mapping[str, Any]) -> list[Finding]:
    """Return what stands in the way of publication; where nothing does, what would be unwise."""
    try:
        _, parts = publishing.check(document(definition))
    except DefinitionError as error:
        said = [_finding(problem, definition) for problem in error.problems]
        return list(dict.fromkeys([*said, *_lacking(definition)]))
    return [
        Finding(sentence, (language,), error=False) for language, part in parts.items() for sentence in part.warnings
    ]


def document(definition: Mapping[str, Any]) -> Document:
    """Return the draft as the publisher takes it; one written as MJML holds it and names no file."""
    for language in LANGUAGES:
        markup = str(definition[language].get("mjml") or "")
        if definition.get("blocks") is None and "<" not in markup:
            raise DefinitionError([json.dumps([[language, "mjml"], "there is no MJML yet; write it"])])
    return _Sheet(str(definition.get("template", "")), dict(definition))


def _make(name: str, definition: Draft, *, now: datetime, by: str) -> TemplateDraft:
    draft = TemplateDraft.objects.create(name=name, definition=definition, updated_at=now, updated_by=by)
    TemplateDraftStep.objects.create(draft=draft, number=0, definition=definition)
    return draft


def _lacking(definition: Mapping[str, Any]) -> list[Finding]:
    """Return what the blocks lack, which the publisher does not look at while the envelope is incomplete."""
    made = blocks_of(definition) or ()
    own = definition.get("values") or {}
    return [
        Finding(sentence, ("blocks", position, *field), block=position)
        for language in LANGUAGES
        for position, (field, sentence) in blocks.problems(made, language, values.samples(own, language))
    ]


def _finding(problem: str, definition: Mapping[str, Any]) -> Finding:
    path, sentence = json.loads(problem)
    line = _LINE.match(sentence)
    number, block = int(line[1]) if line else 0, None
    if path[:1] == ["blocks"] and len(path) > 1:
        block = int(path[1])
    made = blocks_of(definition)
    if made is not None and line and path[0] in LANGUAGES:
        look = Look.model_validate(definition.get("look") or {})
        number, block = 0, block_markup.position_of(number, made, look, path[0])
    return Finding(_LINE.sub("", sentence), tuple(path), number, block)
