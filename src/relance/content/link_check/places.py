"""What a mail leads to and shows: every address in it, once, with the words that stand on it."""

from __future__ import annotations

import re
from collections.abc import Collection
from html.parser import HTMLParser
from typing import NamedTuple

from relance.content.compiler import Rendered

_IN_TEXT = re.compile(r"https?://[^\s<>()\"]+")
_ELSEWHERE = ("mailto:", "tel:", "sms:", "cid:", "data:")  # nothing that a web server answers for


class Place(NamedTuple):
    """An address in a mail, and the words or the descriptions that the reader sees there, several after commas."""

    address: str
    words: str
    image: bool


def of(rendered: Rendered, besides: Collection[str] = ()) -> list[Place]:
    """Return the addresses of a mail in their order, links and images apart; `besides` are left out."""
    reader = _Reader()
    reader.feed(rendered.html)
    reader.close()
    found: dict[tuple[str, bool], dict[str, None]] = {}
    for place in reader.places:
        found.setdefault((place.address, place.image), {})[place.words] = None
    for address in _IN_TEXT.findall(rendered.text):
        found.setdefault((address.rstrip(".,;:!?…"), False), {})
    return [
        Place(address, ", ".join(filter(None, words)), image)
        for (address, image), words in found.items()
        if address not in besides and not address.lower().startswith(_ELSEWHERE)
    ]


class _Reader(HTMLParser):
    """Gathers links with the words between their tags, and images with their description."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[Place] = []
        self._address: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: (value or "").strip() for name, value in attrs}
        if tag == "a" and "href" in given:
            self._address, self._words = given["href"], []
        if tag == "img" and given.get("src"):
            self._words.append(given.get("alt", ""))
            self.places.append(Place(given["src"], given.get("alt", ""), image=True))
        if given.get("background"):
            self.places.append(Place(given["background"], "", image=True))

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._address is not None:
            self.places.append(Place(self._address, " ".join(" ".join(self._words).split()), image=False))
            self._address = None
