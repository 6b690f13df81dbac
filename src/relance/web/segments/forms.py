"""What the editor posts: the builder's condition or the YAML, whichever was in view, as one document."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from relance.core.definitions import Document, parse
from relance.core.errors import DefinitionError, RefusedError
from relance.segments.definitions import WORDS, data_of, said
from relance.segments.models import Segment
from relance.web import conditions, wording
from relance.web.language import current
from relance.web.segments import yaml_text

LONGEST_NAME = 64
NAMELESS = "segment"  # until a title makes a name
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_LINE = re.compile(r"^.*?, line (\d+)(?:, ([^:]*))?: (.*)$", re.DOTALL)


@dataclass(frozen=True)
class Problem:
    """Something wrong in the YAML, at a line (from 1)."""

    line: int
    sentence: str


def document(post: Mapping[str, str], name: str = "") -> Document:
    """Return the definition that was posted; `name` is the segment's, empty while it has none."""
    if post.get("view") == "yaml":
        return parse(post.get("yaml", ""), _("The segment"))
    return Document(_("The segment"), _built(post, name or NAMELESS))


def _built(post: Mapping[str, str], name: str) -> dict[str, Any]:
    """Return the definition that title, description and builder make."""
    definition: dict[str, Any] = {"segment": name}
    for field in WORDS:
        words = _worded(post.get(f"{field}_words", ""), post.get(field, "").strip())
        if words:
            definition[field] = words
    return definition | with_condition(conditions.read(post.get("condition", "")))


def with_condition(data: Any) -> dict[str, Any]:
    """Return the condition as the part of a definition; a list of its own where its fields are named like a definition's."""
    if not isinstance(data, dict):
        return {"all": [data]}
    return {"all": [data]} if data.keys() & {"segment", *WORDS} else data


def _worded(stored: str, text: str) -> Any:
    """Return the words with this language's changed; what stands in other languages stays."""
    try:
        known = json.loads(stored) if stored else ""
    except ValueError:
        known = ""
    language = current()
    if said(known, language) == text:
        return known
    return known | {language: text} if isinstance(known, dict) and text else text


def fields(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the editor shows of a definition."""
    words = {field: said(definition.get(field), current()) for field in WORDS}
    whole = {f"{field}_words": json.dumps(definition.get(field, ""), ensure_ascii=False) for field in WORDS}
    return {**words, **whole, "condition": data_of(definition), "yaml": yaml_text.write(dict(definition))}


def slug(title: str) -> str:
    """Return the name made of a title: small letters without accents, hyphens."""
    plain = (
        unicodedata.normalize("NFKD", title.replace("œ", "oe").replace("æ", "ae")).encode("ascii", "ignore").decode()
    )
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:LONGEST_NAME].strip("-")


def free_name(wanted: str) -> str:
    """Return the name, with a number behind it if it is taken."""
    taken = set(Segment.objects.filter(name__startswith=wanted[:50]).values_list("name", flat=True))
    if wanted not in taken:
        return wanted
    return next(name for n in range(2, len(taken) + 3) if (name := f"{wanted[: LONGEST_NAME - 5]}-{n}") not in taken)


def insist_on_finished(document: Document) -> None:
    """Refuse a condition that still lacks a value."""
    if conditions.unfinished(data_of(document.data)):
        raise RefusedError(
            _("A line of the condition is not finished: choose its value, or remove the line. Nothing was saved.")
        )


def insist_on_name(document: Document, known: Segment | None) -> None:
    """Refuse a new segment without a name journeys can go by."""
    if known is not None:
        return
    if "title" not in document.data and document.source is None:
        raise RefusedError(
            _("The segment has no name yet. Give it one: it is what you will choose it by in a journey.")
        )
    if not _NAME.fullmatch(str(document.data.get("segment", ""))):
        raise RefusedError(
            _(
                "After `segment:` comes a short name of small letters, digits and hyphens, such as former-vip; the title may be anything."
            )
        )


def problems(error: DefinitionError) -> list[Problem]:
    """Return what is wrong, each at its line."""
    found = []
    for text in error.problems:
        match = _LINE.match(text)
        sentence = wording.in_field(match[2] or "", match[3]) if match else wording.say(text)
        found.append(Problem(int(match[1]) if match else 1, sentence))
    return found
