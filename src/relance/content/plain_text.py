"""The text part of a mail, derived from its HTML where nobody wrote one."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_PARAGRAPHS = frozenset("p div table h1 h2 h3 h4 ul ol blockquote".split())  # noqa: SIM905
_LINES = frozenset("tr br".split())  # noqa: SIM905
_SKIPPED = frozenset("head style script title".split())  # noqa: SIM905
_WIDE, _EMPTY = re.compile(r"[ \t]{2,}|\t"), re.compile(r"\n{3,}")
_VOID = frozenset("area br col hr img input link meta wbr".split())  # noqa: SIM905


def from_html(page: str, language: str) -> str:
    """Return the readable text of a page: one paragraph per block, each link's address after its words."""
    reader = _Reader("\u00a0: " if language == "fr" else ": ")
    reader.feed(page)
    reader.close()
    return tidy("".join(reader.parts))


def tidy(text: str) -> str:
    """Return the text without trailing spaces and with at most one empty line in a row."""
    lines = (line.strip(" \t") for line in text.splitlines())
    tidied = "\n".join(_WIDE.sub(" ", line) if "  " in line or "\t" in line else line for line in lines)
    return _EMPTY.sub("\n\n", tidied).strip("\n") + "\n"


class _Reader(HTMLParser):
    """Collects the words of a page; conditional comments for Outlook are comments, and so left out."""

    def __init__(self, colon: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.colon = colon
        self.hidden = 0  # how deep inside an element that is not shown
        self.anchors: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        hidden = tag in _SKIPPED or "display:none" in (given.get("style") or "").replace(" ", "")
        if (self.hidden or hidden) and tag not in _VOID:
            self.hidden += 1
        if self.hidden:
            return
        self._break(tag)
        if tag == "a":
            self.anchors.append((given.get("href") or "", len(self.parts)))
        elif tag == "img":
            self.parts.append(given.get("alt") or "")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag == "td":
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            self.hidden -= tag not in _VOID
            return
        if tag == "a" and self.anchors:
            self._address(*self.anchors.pop())
        if tag != "br":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(re.sub(r"[ \t\r\n]+", " ", data))

    def _address(self, address: str, start: int) -> None:
        words = "".join(self.parts[start:]).strip()
        if address and words != address:
            self.parts.append(f"{self.colon}{address}" if words else address)

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag in _LINES:
            self.parts.append("\n")
