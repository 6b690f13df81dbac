"""What the templates of messages are called wherever pages name them: their title, else the subject people read, else their name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from relance.core import database
from relance.journeys.titles import said
from relance.web import step_titles, titles
from relance.web.language import current

# Of each template, as its draft has it, else its latest version: title and subjects, nothing of what it says.
_KNOWN = """
    WITH latest AS (
        SELECT DISTINCT ON (template.name) template.name, version.definition
        FROM template JOIN template_version AS version ON version.template_id = template.id
        ORDER BY template.name, version.number DESC
    ), known AS (
        SELECT name, coalesce(draft.definition, latest.definition) AS definition
        FROM latest FULL JOIN template_draft AS draft USING (name)
    )
    SELECT name, jsonb_build_object('title', definition -> 'title', 'fr', jsonb_build_object('subjects', definition #> '{fr,subjects}'),
                                    'en', jsonb_build_object('subjects', definition #> '{en,subjects}'))::text
    FROM known ORDER BY name
"""


def every() -> dict[str, str]:
    """Return what each template is called, by its name; a title that repeats has the name beside."""
    found = {name: of(name, json.loads(definition)) for name, definition in database.rows(_KNOWN)}
    repeating = titles.repeated(found.values())
    return {name: titles.marked(title, name, repeating) for name, title in found.items()}


def of(name: str, definition: Mapping[str, Any]) -> str:
    """Return what a template is called, draft or published, in the language in force."""
    if title := said(definition.get("title") or "", current()):
        return title
    for language in (current(), "fr", "en"):
        subjects = (definition.get(language) or {}).get("subjects") or {}
        if told := [step_titles.plain(str(text)) for text in subjects.values() if text]:
            return next((text for text in told if "…" not in text), told[0])
    return name
