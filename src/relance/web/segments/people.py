"""The few people shown beside a count, and the rows of the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from relance.core import database
from relance.segments import definitions
from relance.segments.models import Segment
from relance.web import titles
from relance.web.language import current
from relance.web.segments.usage import Use, every

_SHOWN = """
    SELECT c.uuid, trim(c.first_name || ' ' || c.last_name), c.company, p.state, p.last_purchase_at,
           (SELECT value FROM contact_point WHERE contact_id = c.id AND channel = 'email' LIMIT 1)
    FROM contact c LEFT JOIN profile p ON p.contact_id = c.id
    WHERE c.id = ANY(%s) AND c.erased_at IS NULL
    ORDER BY c.name_key, c.id
"""
# The first members by id: an index gives them at once, however many there are.
_MEMBERS = "SELECT contact_id FROM membership WHERE segment_id = %s ORDER BY contact_id LIMIT 10"


@dataclass(frozen=True)
class Shown:
    """One person of the sample."""

    uuid: UUID
    name: str
    company: str
    state: str | None
    last_purchase: datetime | None
    email: str | None


@dataclass(frozen=True)
class Row:
    """A segment in the list."""

    segment: Segment
    title: str
    description: str
    uses: list[Use]


def shown(ids: Sequence[int]) -> list[Shown]:
    """Return these people, by name."""
    return [Shown(*row) for row in database.rows(_SHOWN, [list(ids)])] if ids else []


def members(segment: Segment) -> list[Shown]:
    """Return ten members."""
    return shown([id_ for (id_,) in database.rows(_MEMBERS, [segment.pk])])


def rows(asked: str, now: datetime) -> list[Row]:
    """Return the segments whose name, title or description holds what is asked, by title."""
    wanted, uses = titles.folded(asked.strip()), every(now)
    found = [_row(segment, uses.get(segment.name, [])) for segment in Segment.objects.all()]
    held = [row for row in found if wanted in titles.folded(f"{row.segment.name} {row.title} {row.description}")]
    return sorted(held, key=lambda row: row.title.casefold())


def _row(segment: Segment, uses: list[Use]) -> Row:
    description = definitions.said(segment.definition.get("description"), current())
    return Row(segment, titles.of_segment(segment), description, uses)
