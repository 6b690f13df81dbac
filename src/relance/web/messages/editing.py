"""What the editor does to a draft: each act is a function on its definition, so that undo needs to know none of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from relance.content import liquid
from relance.content.blocks import KINDS, MOST, Look
from relance.content.definition import LANGUAGES
from relance.core import database
from relance.core.errors import InputError, NotFoundError, RefusedError

Draft = dict[str, Any]
VARIANTS = "abcd"
LONGEST_TITLE = 80
_ATTRIBUTE = re.compile(r"contact\.attributes\.([a-z][a-z0-9_]*)")


def find(draft: Draft, name: str) -> tuple[int, dict[str, Any]]:
    """Return position and block of an id."""
    for position, block in enumerate(draft.get("blocks") or ()):
        if block["id"] == name:
            return position, block
    raise NotFoundError(_("This block is not there any more. Reload the page."))


def add(draft: Draft, kind: str, at: int) -> str:
    """Put an empty block of a kind at a position; return its id."""
    blocks = draft["blocks"]
    if kind not in KINDS:
        raise InputError(_("There is no block of this kind."))
    if len(blocks) >= MOST:
        raise RefusedError(_("A message holds at most %(most)s blocks.") % {"most": MOST})
    if kind == "footer" and any(block["block"] == "footer" for block in blocks):
        raise RefusedError(_("The message has its footer already; one is enough."))
    made = KINDS[kind](id=fresh_id(draft)).model_dump(mode="json")
    blocks.insert(max(0, min(at, len(blocks))), made)
    return str(made["id"])


def shift(draft: Draft, name: str, by: int) -> None:
    """Move a block up or down."""
    position, _block = find(draft, name)
    place(draft, name, position + by)


def place(draft: Draft, name: str, at: int) -> None:
    """Move a block to a position."""
    position, block = find(draft, name)
    del draft["blocks"][position]
    draft["blocks"].insert(max(0, min(at, len(draft["blocks"]))), block)


def copy(draft: Draft, name: str) -> str:
    """Put a copy of a block below it; return its id."""
    position, block = find(draft, name)
    if block["block"] == "footer":
        raise RefusedError(_("The message has its footer already; one is enough."))
    made = deepcopy(block) | {"id": fresh_id(draft)}
    draft["blocks"].insert(position + 1, made)
    return str(made["id"])


def delete(draft: Draft, name: str) -> None:
    """Take a block out; a commercial message keeps its footer."""
    position, block = find(draft, name)
    if block["block"] == "footer" and draft.get("commercial", True):
        raise RefusedError(
            _(
                "A commercial message keeps its footer: the law wants the sender’s address and a way to unsubscribe in each."
            )
        )
    del draft["blocks"][position]


def fill(draft: Draft, name: str, fields: Mapping[str, str]) -> None:
    """Write a block's fields; `items.0.name.fr` is the French name of the first product."""
    position, block = find(draft, name)
    filled = deepcopy(block)
    for path, value in fields.items():
        _set(filled, path.split("."), value)
    draft["blocks"][position] = _checked(KINDS[block["block"]], filled)


def add_item(draft: Draft, name: str) -> None:
    """Add a product to a list written by hand."""
    position, block = find(draft, name)
    draft["blocks"][position] = _checked(KINDS["products"], block | {"items": [*block["items"], {}]})


def drop_item(draft: Draft, name: str, at: int) -> None:
    """Take a product out of a list."""
    _position, block = find(draft, name)
    block["items"] = [item for number, item in enumerate(block["items"]) if number != at]


def envelope(draft: Draft, fields: Mapping[str, str]) -> None:
    """Write the title (`title`, or `title.fr` where each language has its own), subjects (`fr.subjects.a`), preheaders and texts."""
    for path, value in fields.items():
        if path.partition(".")[0] == "title":
            call(draft, value, path.partition(".")[2])
            continue
        language, field, *variant = [*path.split("."), ""]
        if language not in LANGUAGES or field not in ("subjects", "preheader", "text", "mjml"):
            raise InputError(_("There is no field of this name."))
        if field == "subjects":
            draft[language]["subjects"][variant[0]] = " ".join(value.split())
        else:
            draft[language][field] = value.replace("\r\n", "\n") or (None if field == "text" else "")


def call(draft: Draft, title: str, language: str = "") -> None:
    """Write what people call the template, in one language where each has its own; with no title it is called by its subject."""
    if language and language not in LANGUAGES:
        raise InputError(_("There is no field of this name."))
    said = " ".join(title.split())[:LONGEST_TITLE]
    if language:
        known = draft.get("title")
        found = (known if isinstance(known, dict) else {}) | {language: said}
        draft["title"] = {name: text for name, text in found.items() if text} or ""
    elif said or draft.get("title"):
        draft["title"] = said


def write_text(draft: Draft, language: str, text: str | None) -> None:
    """Write the text part of a language by hand from here on; None makes it from the message again."""
    if language not in LANGUAGES:
        raise InputError(_("There is no field of this name."))
    draft[language]["text"] = text


def add_variant(draft: Draft) -> None:
    """Give both languages one more subject."""
    used = {variant for language in LANGUAGES for variant in draft[language]["subjects"]}
    free = [letter for letter in VARIANTS if letter not in used]
    if not free:
        raise RefusedError(_("Four subjects are enough: with more, no test of them would ever end."))
    for language in LANGUAGES:
        draft[language]["subjects"][free[0]] = ""


def drop_variant(draft: Draft, variant: str) -> None:
    """Take a subject away from both languages; one stays."""
    if len(draft["fr"]["subjects"]) < 2:
        raise RefusedError(_("A message keeps one subject."))
    for language in LANGUAGES:
        draft[language]["subjects"].pop(variant, None)


def dress(draft: Draft, fields: Mapping[str, str]) -> None:
    """Write colours, letters, whether the message is commercial, and how its images travel."""
    if "commercial" in fields:
        draft["commercial"] = fields["commercial"] == "yes"
        if draft["commercial"] and draft.get("blocks") is not None:
            _with_footer(draft)
    if "images" in fields:
        draft["images"] = "inline" if fields["images"] == "inline" else "linked"
    look = dict(draft.get("look") or {})
    for path, value in fields.items():
        if path not in {"commercial", "images"}:
            _set(look, [path], value.lower())
    draft["look"] = _checked(Look, look)


def declare(draft: Draft) -> None:
    """Declare the attributes of contacts that the texts use, each with a value some contact has."""
    used = set(_ATTRIBUTE.findall(str([draft.get("blocks"), draft["fr"], draft["en"]])))
    samples = attributes()
    draft["values"] = {f"contact.attributes.{name}": samples[name] for name in sorted(used) if name in samples}


def attributes() -> dict[str, str]:
    """Return the attributes contacts have, each with a value of one of them; looks at some contacts only."""
    found = database.rows(
        """
        SELECT DISTINCT ON (key) key, value #>> '{}'
        FROM (SELECT attributes FROM contact ORDER BY id DESC LIMIT 500) AS few, jsonb_each(few.attributes)
        WHERE jsonb_typeof(value) IN ('string', 'number') AND value <> '""' AND key ~ '^[a-z][a-z0-9_]*$' ORDER BY key, value
        """
    )
    return {key: value[:60] for key, value in found[:40]}


def fresh_id(draft: Draft) -> str:
    """Return an id no block has had."""
    used = [int(block["id"][1:]) for block in draft.get("blocks") or () if re.fullmatch(r"b\d+", block["id"])]
    return f"b{max(used, default=0) + 1}"


def _with_footer(draft: Draft) -> None:
    if not any(block["block"] == "footer" for block in draft["blocks"]):
        add(draft, "footer", len(draft["blocks"]))


def _set(node: Any, path: list[str], value: str) -> None:
    """Write a value where a dotted path leads; what does not exist is refused by the block's own check."""
    for key in path[:-1]:
        try:
            node = node[int(key)] if isinstance(node, list) else node.setdefault(key, {})
        except (IndexError, ValueError):
            raise InputError(_("There is no field of this name.")) from None
    if not isinstance(node, dict):
        raise InputError(_("There is no field of this name."))
    node[path[-1]] = value.replace("\r\n", "\n")[: liquid.MARKUP_LIMIT]


def _checked(kind: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as their model takes them; InputError names the one that it does not take."""
    try:
        made: dict[str, Any] = kind.model_validate(fields).model_dump(mode="json")
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise InputError(_("The field “%(field)s” cannot hold this. Correct it.") % {"field": field}) from None
    return made
