"""The templates there are, published or being written, and what a new one may start from."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import relance
from relance.content import drafts
from relance.content.blocks import READER
from relance.content.definition import LANGUAGES
from relance.core import database, definitions
from relance.core.errors import InputError, NotFoundError
from relance.web import template_titles, titles
from relance.web.messages import editing
from relance.web.people.search import unaccented

STARTERS = Path(relance.__file__).parent / "content" / "starters"
PAGE = 24
# What each starter is for, in the order they are shown.
PURPOSES: dict[str, Any] = {
    "hello": (gettext_lazy("Say hello"), gettext_lazy("First message of a reactivation: nothing to sell.")),
    "history": (gettext_lazy("Their last order"), gettext_lazy("What the person chose last time, with the products.")),
    "offer": (gettext_lazy("An offer"), gettext_lazy("An amount off from a minimum basket, with its end date.")),
    "stay-or-go": (gettext_lazy("Stay or go"), gettext_lazy("Last message: two buttons, and an honest way out.")),
    "vip-letter": (
        gettext_lazy("A personal letter"),
        gettext_lazy("For former good customers: asks for an answer, sells nothing."),
    ),
    "first-order": (
        gettext_lazy("What holds you back"),
        gettext_lazy("For people who never ordered: answers, nothing pressing."),
    ),
    "store-hello": (
        gettext_lazy("Thank you for coming"),
        gettext_lazy("For people who buy in the store: a promise to write little."),
    ),
    "ask-once-more": (
        gettext_lazy("Our messages, yes or no"),
        gettext_lazy("One question to those who buy and ignore the mails."),
    ),
    "newsletter-choice": (
        gettext_lazy("What would you like to read"),
        gettext_lazy("For subscribers who read no more: less, better, or none."),
    ),
    "news": (gettext_lazy("News of the shop"), gettext_lazy("A word, a few products, a button.")),
    "blank": (gettext_lazy("Blank sheet"), gettext_lazy("A heading, a text, a button and the footer, all empty.")),
}
# The shipped templates, written as MJML, and the starter that says the same in blocks.
IN_BLOCKS = {
    "hello-no-offer": "hello", "from-your-history": "history", "offer": "offer", "last-call": "stay-or-go",
    "vip-letter": "vip-letter", "first-order": "first-order", "store-hello": "store-hello", "ask-once-more": "ask-once-more",
    "newsletter-choice": "newsletter-choice",
}  # fmt: skip

# Each name with its latest version, its draft, and the journeys whose latest version sends it.
LISTED = """
    WITH latest AS (
        SELECT DISTINCT ON (template.name) template.name, version.number, version.definition, version.published_at
        FROM template JOIN template_version AS version ON version.template_id = template.id
        ORDER BY template.name, version.number DESC
    ), sending AS (
        SELECT used.name, array_agg(DISTINCT journey.name ORDER BY journey.name) AS journeys
        FROM (SELECT DISTINCT ON (journey_id) journey_id, templates FROM journey_version ORDER BY journey_id, number DESC) AS now
        JOIN journey ON journey.id = now.journey_id, jsonb_object_keys(now.templates) AS used(name)
        GROUP BY used.name
    )
    SELECT coalesce(draft.name, latest.name) AS name, latest.number, latest.published_at, draft.updated_at, draft.updated_by,
           coalesce(draft.definition, latest.definition)::text, coalesce(sending.journeys, '{}')
    FROM latest FULL JOIN template_draft AS draft ON draft.name = latest.name
    LEFT JOIN sending ON sending.name = coalesce(draft.name, latest.name)
    WHERE coalesce(draft.name, latest.name) > %(after)s
      AND (%(asked)s = '' OR coalesce(draft.name, latest.name) LIKE %(like)s
           OR lower((coalesce(draft.definition, latest.definition) -> 'title')::text) LIKE %(like)s
           OR lower((coalesce(draft.definition, latest.definition) -> %(language)s -> 'subjects')::text) LIKE %(like)s)
    ORDER BY 1 LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Line:
    """A template of the list."""

    name: str
    title: str
    number: int | None
    published_at: datetime | None
    updated_at: datetime | None
    updated_by: str
    definition: dict[str, Any]
    journeys: list[tuple[str, str]]  # name and title

    @property
    def written_in(self) -> list[str]:
        """Return the languages that have a subject and a body."""
        return [language for language in LANGUAGES if _says(self.definition, language)]

    @property
    def commercial(self) -> bool:
        return bool(self.definition.get("commercial", True))

    @property
    def source(self) -> bool:
        """Tell whether it is written as MJML."""
        return self.definition.get("blocks") is None

    @property
    def titled(self) -> bool:
        """Tell whether it has a title of its own."""
        return bool(self.definition.get("title"))

    def subject(self, language: str) -> str:
        """Return the first subject, in this language where it has one."""
        for one in (language, *LANGUAGES):
            for subject in self.definition.get(one, {}).get("subjects", {}).values():
                if subject:
                    return str(subject)
        return ""


def lines(asked: str, after: str, language: str) -> tuple[list[Line], str]:
    """Return a page of the list and the cursor of the next one."""
    like = "%" + re.sub(r"([\\%_])", r"\\\1", asked.lower()) + "%"
    given = {"after": after, "asked": asked, "like": like, "language": language, "limit": PAGE + 1}
    called, names = titles.all_journeys(), template_titles.every()
    found = [
        Line(
            name,
            names.get(name, name),
            number,
            published_at,
            updated_at,
            by or "",
            _json(definition),
            [(one, called.get(one, one)) for one in journeys],
        )
        for name, number, published_at, updated_at, by, definition, journeys in database.rows(LISTED, given)
    ]
    return found[:PAGE], found[PAGE - 1].name if len(found) > PAGE else ""


def _json(text: str) -> dict[str, Any]:
    """Return a JSON column read as text."""
    found: dict[str, Any] = json.loads(text)
    return found


def journeys_of(name: str) -> list[tuple[str, str]]:
    """Return name and title of the journeys whose latest version sends a template."""
    found, _following = lines(name, "", "fr")
    return next((line.journeys for line in found if line.name == name), [])


def starters() -> list[tuple[str, Any, Any]]:
    """Return name, title and purpose of each starter."""
    return [(name, title, text) for name, (title, text) in PURPOSES.items()]


def starter(name: str) -> dict[str, Any]:
    """Return a starter as a draft's definition."""
    if name not in PURPOSES:
        raise NotFoundError(_("There is no starter of this name. Choose one of those shown."))
    data = definitions.read(STARTERS / f"{name}.yaml").data
    blocks = [block | {"id": f"b{position}"} for position, block in enumerate(data["blocks"], 1)]
    return {
        "template": name,
        "commercial": True,
        "values": {},
        "look": {},
        "blocks": [block.model_dump(mode="json") for block in READER.validate_python(blocks)],
        "fr": data["fr"],
        "en": data["en"],
    }


def fresh(title: str, origin: str) -> dict[str, Any]:
    """Return the definition of a new draft: a starter, or a copy of the template `copy:<name>`."""
    name = slug(title)
    if origin.startswith("copy:"):
        found = deepcopy(drafts.current(origin.removeprefix("copy:"))[0])
    else:
        found = starter(origin)
    return found | {"template": name, "title": title.strip()[: editing.LONGEST_TITLE]}


def slug(title: str) -> str:
    """Return a title as the name a journey calls the template by."""
    name = re.sub(r"[^a-z0-9]+", "-", unaccented(title)).strip("-")[:80]
    if not drafts.NAME.fullmatch(name):
        raise InputError(_("Give the template a name with letters or digits, such as “Spring news”."))
    return name


def _says(definition: dict[str, Any], language: str) -> bool:
    part = definition.get(language, {})
    if not any(part.get("subjects", {}).values()):
        return False
    blocks = definition.get("blocks")
    if blocks is None:
        return bool(part.get("mjml"))
    wordy = [block for block in blocks if block["block"] in ("heading", "text", "button")]
    return all((block.get("words") or {}).get(language) for block in wordy)
