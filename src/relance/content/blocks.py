"""The blocks a message can be made of: one structure for both languages, with the words of each beside one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field, TypeAdapter

from relance.content import liquid, values
from relance.core.definitions import Definition
from relance.core.errors import RenderError

WIDTH = 520  # pixels between the margins of a message 600 wide
MOST = 60  # blocks of one message
Align: TypeAlias = Literal["left", "center", "right"]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
Text = Annotated[str, Field(max_length=10_000)]
Problem = tuple[tuple[str | int, ...], str]  # the path below the block, and the sentence


class Words(Definition):
    """What each language says."""

    fr: Text = ""
    en: Text = ""

    def say(self, language: str) -> str:
        """Return the words of a language."""
        return (self.fr if language == "fr" else self.en).strip()

    def lead(self, language: str) -> str:
        """Return the address of a language; one that is written once serves both."""
        return self.say(language) or self.say("en" if language == "fr" else "fr")


class Look(Definition):
    """Colours and letters of the whole message."""

    accent: Colour = "#1d5b4f"
    page: Colour = "#f4f1ec"
    headings: Literal["serif", "sans"] = "serif"
    masthead: bool = True  # the shop's name above the card


class Base(Definition):
    id: str = Field("", pattern=r"^[a-z0-9]{0,12}$")  # what the editor calls it


class Heading(Base):
    """A title."""

    block: Literal["heading"] = "heading"
    words: Words = Words()
    align: Align = "left"


class Prose(Base):
    """Paragraphs: an empty line between two, **bold**, *italic*, [words](address), lines that begin with `- `."""

    block: Literal["text"] = "text"
    words: Words = Words()
    align: Align = "left"
    small: bool = False


class Image(Base):
    """A picture, by its address."""

    block: Literal["image"] = "image"
    src: str = Field("", max_length=2_000)
    alt: Words = Words()
    decorative: bool = False  # says nothing: the alternative text stays empty on purpose
    width: int = Field(WIDTH, ge=20, le=WIDTH)
    href: Words = Words()
    align: Align = "center"


class Button(Base):
    """A link one cannot miss."""

    block: Literal["button"] = "button"
    words: Words = Words()
    href: Words = Words(fr="{{ shop.url }}", en="{{ shop.url }}")
    align: Align = "left"
    outlined: bool = False


class Item(Definition):
    """A product of a list written by hand."""

    name: Words = Words()
    price: Words = Words()
    src: str = Field("", max_length=2_000)
    href: Words = Words()


class Products(Base):
    """Products: those of the person's last order, or a list written by hand."""

    block: Literal["products"] = "products"
    source: Literal["last_order", "list"] = "last_order"
    items: tuple[Item, ...] = Field((), max_length=12)


class Divider(Base):
    """A line, or only room."""

    block: Literal["divider"] = "divider"
    line: bool = True
    space: int = Field(24, ge=8, le=80)


class Footer(Base):
    """Why the person gets this, the sender's postal address and the way to unsubscribe."""

    block: Literal["footer"] = "footer"
    words: Words = Words(
        fr="Vous recevez ce message parce que vous avez commandé chez nous ou demandé nos nouvelles.",
        en="You receive this message because you ordered from us or asked for our news.",
    )


Block = Annotated[Heading | Prose | Image | Button | Products | Divider | Footer, Field(discriminator="block")]
Blocks: TypeAlias = tuple[Block, ...]
KINDS: dict[str, type[Base]] = {
    "heading": Heading,
    "text": Prose,
    "image": Image,
    "button": Button,
    "products": Products,
    "divider": Divider,
    "footer": Footer,
}
READER: TypeAdapter[Blocks] = TypeAdapter(Blocks)


def problems(blocks: Sequence[Block], language: str, declared: values.Tree) -> Iterator[tuple[int, Problem]]:
    """Yield what a language of the blocks lacks: the block's position, the field and a sentence."""
    for position, block in enumerate(blocks):
        missing = list(_missing(block, language))
        for problem in missing or _liquid(block, language, declared):
            yield position, problem


def texts(block: Block, language: str) -> Iterator[tuple[str, str]]:
    """Yield field and text of everything a block says or leads to in a language."""
    if isinstance(block, Heading | Prose | Button | Footer):
        yield "words", block.words.say(language)
    if isinstance(block, Image):
        yield from (("src", block.src), ("alt", block.alt.say(language)))
    if isinstance(block, Image | Button):
        yield "href", block.href.lead(language)
    if isinstance(block, Products) and block.source == "list":
        for item in block.items:
            yield (
                "items",
                " ".join((item.name.say(language), item.price.say(language), item.src, item.href.lead(language))),
            )


def _missing(block: Block, language: str) -> Iterator[Problem]:
    """Yield the fields nobody filled in."""
    if isinstance(block, Heading | Prose | Button) and not block.words.say(language):
        yield ("words", language), "there are no words in this language; write them, or delete the block"
    if isinstance(block, Button) and not block.href.lead(language):
        yield ("href",), "the button leads nowhere; write an address"
    if isinstance(block, Image):
        yield from _missing_image(block, language)
    if isinstance(block, Products) and block.source == "list":
        yield from _missing_items(block, language)


def _missing_image(block: Image, language: str) -> Iterator[Problem]:
    if not block.src.strip():
        yield ("src",), "there is no image yet; upload one or write its address"
    elif not _absolute(block.src):
        yield ("src",), "the image's address is not absolute; write https://…"
    if not block.decorative and not block.alt.say(language):
        yield (
            ("alt", language),
            "the image says nothing to those who do not see it; describe it, or mark it as decoration",
        )


def _missing_items(block: Products, language: str) -> Iterator[Problem]:
    if not block.items:
        yield ("items",), "the list has no product; add one"
    for position, item in enumerate(block.items):
        if not item.name.say(language):
            yield ("items", position, "name", language), "a product has no name in this language; write it"
        if item.src and not _absolute(item.src):
            yield ("items", position, "src"), "the image's address is not absolute; write https://…"


def _liquid(block: Block, language: str, declared: values.Tree) -> Iterator[Problem]:
    """Yield what is wrong with the values and tags of a block's own texts."""
    for field, text in texts(block, language):
        try:
            found = liquid.problems(liquid.parse(text, language, escape=False), declared)
        except RenderError as error:
            found = [str(error)]
        yield from (((field, language), sentence) for sentence in found)


def _absolute(address: str) -> bool:
    return address.lstrip().startswith("{{") or urlsplit(address.strip()).scheme in ("http", "https")
