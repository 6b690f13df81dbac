"""Drafts of journeys: each change is a revision, nothing is ever overwritten, and a change to a text that has moved on is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from relance.core import audit
from relance.core.definitions import Document, parse
from relance.core.errors import NotFoundError, RefusedError
from relance.journeys import definition, publishing
from relance.journeys.models import Draft, Journey, Revision, Version


@dataclass(frozen=True)
class By:
    """Who acts, and when."""

    actor: str
    now: datetime


def find(name: str) -> Draft | None:
    """Return the draft of a journey, if it has one."""
    return Draft.objects.filter(name=name).first()


def taken(name: str) -> bool:
    """Tell whether a journey or a draft has this name."""
    return Draft.objects.filter(name=name).exists() or Journey.objects.filter(name=name).exists()


@transaction.atomic
def start(name: str, text: str, by: By, *, base: int = 0, act: str = "started") -> Draft:
    """Begin the draft of a journey; one that exists already stays as it is."""
    draft, new = Draft.objects.get_or_create(name=name, defaults={"base": base})
    if new:
        _write(draft, text, act, by)
        audit.record("start journey draft", name, now=by.now, actor=by.actor, details={"base": base})
    return draft


@transaction.atomic
def change(name: str, text: str, by: By, *, seen: int, act: str) -> Draft | None:
    """Write the text as a new revision; None, with nothing written, where the draft has moved on from revision `seen`."""
    draft = _locked(name)
    if draft.revision != seen:
        return None
    if current(draft).text != text:
        _write(draft, text, act, by)
        audit.record(
            "change journey draft", name, now=by.now, actor=by.actor, details={"act": act, "revision": draft.revision}
        )
    return draft


@transaction.atomic
def rebase(name: str, text: str, by: By, *, seen: int, base: int) -> Draft | None:
    """Go on from a published version; what the draft said stays as an earlier revision."""
    draft = change(name, text, by, seen=seen, act="rebased")
    if draft is not None:
        draft.base = base
        draft.save(update_fields=["base"])
    return draft


@transaction.atomic
def undo(name: str, by: By, *, seen: int) -> Draft | None:
    """Go back to the revision before; the one left stays, for redo."""
    draft = _locked(name)
    return _turn(draft, current(draft).previous, "undo", by) if draft.revision == seen else None


@transaction.atomic
def redo(name: str, by: By, *, seen: int) -> Draft | None:
    """Go forward to the latest revision that came from this one."""
    draft = _locked(name)
    return _turn(draft, following(draft), "redo", by) if draft.revision == seen else None


def current(draft: Draft) -> Revision:
    """Return the revision in force."""
    return Revision.objects.get(draft=draft, number=draft.revision)


def following(draft: Draft) -> int:
    """Return the number of the revision that redo goes to; 0 where there is none."""
    found = Revision.objects.filter(draft=draft, previous=draft.revision).aggregate(Max("number"))["number__max"]
    return int(found or 0)


def document(draft: Draft) -> Document:
    """Return the text in force as a document; DefinitionError where it is none."""
    return parse(current(draft).text, draft.name)


@transaction.atomic
def publish(name: str, by: By, *, seen: int) -> Version | None:
    """Publish the text in force; None where the draft has moved on; DefinitionError lists what the linter refuses."""
    draft = _locked(name)
    if draft.revision != seen:
        return None
    said = document(draft)
    if definition.read(said).journey != name:
        raise RefusedError(f"The draft is called {name}, but its text names another journey. Correct `journey:`.")
    version = publishing.publish(said, by.now)
    draft.base = version.number
    draft.save(update_fields=["base"])
    if version.published_at == by.now:
        audit.record("publish journey", f"{name} {version.number}", now=by.now, actor=by.actor)
    return version


@transaction.atomic
def discard(name: str, by: By, *, seen: int) -> bool:
    """Delete a draft and its revisions; False where it has moved on from revision `seen`."""
    draft = _locked(name)
    if draft.revision != seen:
        return False
    audit.record("discard journey draft", name, now=by.now, actor=by.actor, details={"text": current(draft).text})
    draft.delete()
    return True


def _locked(name: str) -> Draft:
    draft = Draft.objects.select_for_update().filter(name=name).first()
    if draft is None:
        raise NotFoundError(f"No draft is called {name}. Open the journey to begin one.")
    return draft


def _write(draft: Draft, text: str, act: str, by: By) -> None:
    """Add a revision and put it in force."""
    last = Revision.objects.filter(draft=draft).aggregate(Max("number"))["number__max"] or 0
    Revision.objects.create(
        draft=draft, number=last + 1, previous=draft.revision, text=text, act=act, actor=by.actor, at=by.now
    )
    draft.revision = last + 1
    draft.save(update_fields=["revision"])


def _turn(draft: Draft, number: int, act: str, by: By) -> Draft:
    """Put another revision in force; number 0 means that there is none to go to."""
    if number:
        draft.revision = number
        draft.save(update_fields=["revision"])
        audit.record(
            "change journey draft", draft.name, now=by.now, actor=by.actor, details={"act": act, "revision": number}
        )
    return draft
