"""Saving a segment: checked, written, its people counted at once where that is quick, else by the worker."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from relance.core import audit
from relance.core.definitions import Document
from relance.core.errors import RefusedError
from relance.segments import definitions, refresh
from relance.segments.models import Segment
from relance.segments.preview import base_size
from relance.web.segments import forms, usage
from relance.workers import tasks

AT_ONCE = 50_000  # people up to whom a refresh takes less than a second


@transaction.atomic
def keep(document: Document, known: Segment | None, *, now: datetime, actor: str) -> Segment:
    """Write the segment that `document` defines: a new one, or `known` changed."""
    name, _condition = definitions.check(document)
    forms.insist_on_finished(document)
    _insist_on_name(name, known)
    if known is not None and known.definition == document.data:
        return known
    segment = definitions.apply(document, now)
    Segment.objects.filter(pk=segment.pk).update(refreshed_at=None)
    audit.record("segment changed" if known else "segment created", name, now=now, actor=actor)
    count(segment, now)
    return segment


def count(segment: Segment, now: datetime) -> bool:
    """Bring its people up to date; tell whether that is done, rather than left to the worker."""
    if base_size() <= AT_ONCE:
        refresh.one(segment.name, now)
        return True
    tasks.refresh_segment.defer(name=segment.name)
    return False


@transaction.atomic
def remove(segment: Segment, *, now: datetime, actor: str) -> None:
    """Delete a segment nothing uses."""
    usage.insist_on_unused(segment)
    audit.record("segment deleted", segment.name, now=now, actor=actor, details={"definition": segment.definition})
    segment.delete()


def _insist_on_name(name: str, known: Segment | None) -> None:
    """Refuse to take another segment's name, or to change one that journeys may go by."""
    if known is not None and known.name != name:
        raise RefusedError(
            _(
                "The name “%(name)s” after `segment:` cannot change, journeys go by it. Change the title, or duplicate the segment."
            )
            % {"name": known.name}
        )
    if known is None and Segment.objects.filter(name=name).exists():
        raise RefusedError(_("A segment is called “%(name)s” already. Choose another name.") % {"name": name})
