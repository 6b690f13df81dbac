"""The fields of each block, in words: what the panel shows, in the order it shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LANGUAGES = {"fr": gettext_lazy("French"), "en": gettext_lazy("English")}
KINDS: dict[str, tuple[Any, str]] = {
    "heading": (gettext_lazy("Heading"), "heading"),
    "text": (gettext_lazy("Text"), "blockquote"),
    "image": (gettext_lazy("Image"), "photo"),
    "button": (gettext_lazy("Button"), "click"),
    "products": (gettext_lazy("Products"), "shopping-bag"),
    "divider": (gettext_lazy("Divider"), "separator"),
    "footer": (gettext_lazy("Footer"), "fold-down"),
}


@dataclass(frozen=True)
class Field:
    """One control; `kind` is a branch of the template `field.html`."""

    kind: str
    name: str
    label: str
    value: Any
    language: str = ""
    hint: str = ""
    choices: Sequence[tuple[str, str]] = ()
    least: int = 0
    most: int = 0

    @property
    def spoken(self) -> str:
        """Return the name of its language."""
        return str(LANGUAGES.get(self.language, ""))


def of(block: dict[str, Any], languages: Sequence[str]) -> list[Field]:
    """Return the fields of a block, its words in these languages."""
    kind = block["block"]
    found = list(_words(block, languages))
    if kind == "image":
        found += _image(block, languages)
    if kind == "button":
        found += list(_each("address", "href", _("Leads to"), block["href"], languages))
        found.append(Field("tick", "outlined", _("Outlined: less prominent than the first button"), block["outlined"]))
    if kind == "products":
        found += _products(block, languages)
    if kind == "divider":
        found.append(Field("tick", "line", _("Draw a line"), block["line"]))
        found.append(Field("number", "space", _("Room, in pixels"), block["space"], least=8, most=80))
    if kind == "text":
        found.append(Field("tick", "small", _("Small print"), block["small"]))
    if "align" in block:
        found.append(Field("choice", "align", _("Alignment"), block["align"], choices=_sides()))
    return found


def first_words(block: dict[str, Any], language: str) -> str:
    """Return what the outline shows of a block."""
    words = block.get("words") or block.get("alt") or {}
    said = str(words.get(language) or words.get("fr") or words.get("en") or "")
    if block["block"] == "products":
        return (
            _("The last order")
            if block["source"] == "last_order"
            else ", ".join(i["name"][language] for i in block["items"])
        )
    return said


def lacking(block: dict[str, Any]) -> list[str]:
    """Return the languages a block says nothing in, though it should."""
    kind = block["block"]
    if kind in ("heading", "text", "button"):
        return [language for language in LANGUAGES if not block["words"][language].strip()]
    if kind == "image" and not block["decorative"]:
        return [language for language in LANGUAGES if not block["alt"][language].strip()]
    if kind == "products" and block["source"] == "list":
        return [
            language for language in LANGUAGES if not all(item["name"][language].strip() for item in block["items"])
        ]
    return []


def _words(block: dict[str, Any], languages: Sequence[str]) -> Iterator[Field]:
    kind = block["block"]
    if kind == "heading":
        yield from _each("line", "words", _("Heading"), block["words"], languages)
    elif kind == "text":
        hint = _("An empty line starts a paragraph; a line that begins with a hyphen is an item of a list.")
        yield from _each("prose", "words", _("Text"), block["words"], languages, hint)
    elif kind == "button":
        yield from _each("line", "words", _("Words of the button"), block["words"], languages)
    elif kind == "footer":
        hint = _("The shop’s name, its postal address and the unsubscribe link follow by themselves.")
        yield from _each("short", "words", _("Why the person gets this"), block["words"], languages, hint)


def _image(block: dict[str, Any], languages: Sequence[str]) -> list[Field]:
    return [
        Field("image", "src", _("Address of the image"), block["src"]),
        *_each(
            "line",
            "alt",
            _("What the image shows"),
            block["alt"],
            languages,
            _("Read aloud, and shown while images are off."),
        ),
        Field("tick", "decorative", _("Only decoration: nothing to say"), block["decorative"]),
        *_each("address", "href", _("Leads to (optional)"), block["href"], languages),
        Field("number", "width", _("Width, in pixels"), block["width"], least=20, most=520),
    ]


def _products(block: dict[str, Any], languages: Sequence[str]) -> list[Field]:
    sources = [("last_order", _("Those of the person’s last order")), ("list", _("A list written by hand"))]
    found = [Field("choice", "source", _("Which products"), block["source"], choices=sources)]
    if block["source"] == "last_order":
        return [
            *found,
            Field("note", "", _("Up to four products; a person without an order does not see the block."), ""),
        ]
    for at, item in enumerate(block["items"]):
        found.append(Field("item", str(at), _("Product %(number)s") % {"number": at + 1}, ""))
        found += _each("line", f"items.{at}.name", _("Name"), item["name"], languages)
        found += _each("line", f"items.{at}.price", _("Price"), item["price"], languages)
        found += _each("address", f"items.{at}.href", _("Leads to (optional)"), item["href"], languages)
        found.append(Field("image", f"items.{at}.src", _("Address of the image (optional)"), item["src"]))
    return [*found, Field("more", "", _("Add a product"), "")]


def _each(
    kind: str, name: str, label: str, words: dict[str, str], languages: Sequence[str], hint: str = ""
) -> Iterator[Field]:
    for language in languages:
        yield Field(
            kind, f"{name}.{language}", label, words[language], language, hint if language == languages[-1] else ""
        )


def _sides() -> list[tuple[str, str]]:
    return [("left", _("Left")), ("center", _("Centre")), ("right", _("Right"))]
