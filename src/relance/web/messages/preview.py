"""A draft as someone would get it: the mail, its weight, its text; for a sample person or a real one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from relance.contacts.models import Contact
from relance.content import drafts, links, liquid, values
from relance.content.blocks import Blocks
from relance.content.compiler import Filled, Rendered
from relance.content.definition import Language
from relance.core import database
from relance.core.errors import NotFoundError, RenderError
from relance.delivery import values as real
from relance.senders import register
from relance.senders.sender import Sender
from relance.web.people.search import unaccented

CLIPPED_AT = 102  # KB of HTML after which Gmail cuts a mail
_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_LINK = re.compile(r"\{\{ ?links\[(\d+)\] ?\}\}")
# A few people, by the words of their name or the beginning of their address: each by its own index.
FOUND = """
    WITH found AS (
        (SELECT id FROM contact WHERE to_tsvector('simple'::regconfig, name_key) @@ to_tsquery('simple', %(words)s) LIMIT 8)
        UNION (SELECT contact_id FROM contact_point WHERE channel = 'email' AND value LIKE %(address)s LIMIT 8)
    )
    SELECT contact.id, first_name, last_name,
           coalesce((SELECT value FROM contact_point WHERE contact_id = contact.id AND channel = 'email' ORDER BY id LIMIT 1), '')
    FROM contact WHERE id IN (SELECT id FROM found) AND erased_at IS NULL ORDER BY name_key, id LIMIT 8
"""


@dataclass(frozen=True)
class Person:
    """Someone to preview as."""

    id: int
    name: str
    email: str


@dataclass(frozen=True)
class Seen:
    """What a preview shows: the mail, or why there is none."""

    mail: Rendered | None
    problem: str = ""
    sender: str = ""  # the name it comes from

    @property
    def kilobytes(self) -> float:
        return len(self.mail.html.encode()) / 1000 if self.mail else 0.0

    @property
    def clipped(self) -> bool:
        return self.kilobytes > CLIPPED_AT

    @property
    def filled(self) -> int:
        """Return the share of Gmail's limit that is used, from 0 to 100."""
        return min(100, round(100 * self.kilobytes / CLIPPED_AT))


def see(
    definition: Mapping[str, Any],
    language: Language,
    variant: str = "",
    person: int | None = None,
    leave: str = "",
    sender: Sender | None = None,
) -> Seen:
    """Return the mail that a person, or the sample one, would get of a sender; its links lead where they lead."""
    by = sender or register.default()
    try:
        compiled, problems = drafts.compiled(definition, language)
        if not compiled.html:
            return Seen(None, problems[0][1] if problems else "", by.title(language))
        known = _known(definition, language, person, orders="last_order" in compiled.html)
        known |= {"shop": _shop(by, language)}
        known |= {"unsubscribe_url": leave, "preferences_url": leave} if leave else {}
        addresses = [_address(url, language, known) for url in compiled.links]
        filled = Filled(compiled.as_json(), language)
        mail = filled.render(variant or next(iter(compiled.subjects)), known | {"links": addresses})
        return Seen(mail, sender=by.title(language))
    except RenderError as error:
        return Seen(None, str(error), by.title(language))


def derived_text(definition: Mapping[str, Any], language: Language) -> str:
    """Return the text part as it is made from the message, with its values and addresses to be filled in; "" where there is none."""
    bare = {**definition, language: {**definition[language], "text": None}}
    compiled, _problems = drafts.compiled(bare, language)
    return _LINK.sub(lambda place: compiled.links[int(place[1])], compiled.text)


def in_words(text: str, language: str) -> str:
    """Return a text as the sample person reads it, on one line; one that cannot be filled in loses its Liquid."""
    try:
        made = liquid.render(
            liquid.parse(text, language, escape=False), values.samples({}, language) | {"shop": real.shop()}
        )
    except RenderError:
        made = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "…", text, flags=re.DOTALL)
    return " ".join(made.replace("**", "").split())


def framed(page: str, *, dark: bool, blocks: Blocks | None) -> str:
    """Return the HTML for the frame: our own images by our own path, dark rules in force if asked, nothing to click."""
    page = page.replace(f'src="{settings.RELANCE.base_url.rstrip("/")}/', 'src="/')
    style = "a{pointer-events:none}html{overflow-x:hidden}"
    if blocks:
        style += "[class*=' block-']{cursor:pointer}[class*=' block-']:hover,.chosen{outline:2px solid #1f5f5b;outline-offset:-2px}"
    if dark:
        page = _DARK.sub("@media all", page)
        style += "html{color-scheme:dark;background:#15181a}"
    return page.replace("</head>", f"<style>{style}</style></head>", 1)


def people(asked: str) -> list[Person]:
    """Return a few people whose name or address begins so."""
    if len(asked) < 2:
        return []
    words = " & ".join(f"{word}:*" for word in re.findall(r"\w+", unaccented(asked)))
    like = re.sub(r"([\\%_])", r"\\\1", asked.lower()) + "%"
    found = database.rows(FOUND, {"words": "" if "@" in asked else words, "address": like})
    return [Person(contact, f"{first} {last}".strip() or _("No name"), email) for contact, first, last, email in found]


def someone(contact: int) -> Person:
    """Return a person by id."""
    found = Contact.objects.filter(pk=contact, erased_at=None).first()
    if found is None:
        raise NotFoundError(_("This person is not here any more. Choose another one."))
    return Person(found.pk, _name(found), "")


def _known(definition: Mapping[str, Any], language: str, person: int | None, *, orders: bool) -> values.Tree:
    own = definition.get("values") or {}
    sample = values.samples(own, language)
    if person is None:
        return sample
    known = real.for_contact(someone(person).id, language, orders=orders)
    given = {name: sample[name] for name in ("offer", "unsubscribe_url", "preferences_url", "may_sell")}
    return values.complete(values.empties(own), known | given)


def _shop(sender: Sender, language: str) -> values.Tree:
    """Return the shop as mails know it: what no setting says is nothing, which Liquid takes for false, unlike an empty text."""
    return {name: value or None for name, value in real.shop(sender, language).items()}


def _address(url: str, language: str, known: values.Tree) -> str:
    try:
        return links.complete(url, language, known)
    except RenderError:
        return "#"


def _name(contact: Contact) -> str:
    return f"{contact.first_name} {contact.last_name}".strip() or _("No name")
