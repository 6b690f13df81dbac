"""Links of a template: each tracked address becomes a numbered row, and a placeholder for the signed click address."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from relance.content import liquid, values
from relance.core.errors import RenderError

_ANCHOR = re.compile(r'(<a\b[^>]*?\shref=")([^"]*)(")', re.IGNORECASE)
_UNTRACKED = re.compile(r"\{\{-?\s*(unsubscribe_url|preferences_url)\s*-?\}\}|(mailto|tel):.+", re.DOTALL)
_IN_TEXT = re.compile(r"(?:https?://|\{\{-?\s*shop\.url\s*-?\}\})(?:\{\{.*?\}\}|[^\s<>()\"{}])*")


@dataclass
class Links:
    """The tracked addresses of one language, in order; `addresses[n]` stands where `{{ links[n] }}` is."""

    addresses: list[str] = field(default_factory=list)

    def track_html(self, page: str, put_back: Callable[[str], str]) -> str:
        """Return the HTML with a placeholder in place of each tracked address."""

        def replaced(anchor: re.Match[str]) -> str:
            address = put_back(html.unescape(anchor[2])).strip()
            if _UNTRACKED.fullmatch(address):
                return anchor[0]
            self.addresses.append(address)
            return f"{anchor[1]}{_placeholder(len(self.addresses) - 1)}{anchor[3]}"

        return _ANCHOR.sub(replaced, page)

    def track_text(self, text: str) -> str:
        """Return a text written by hand with placeholders; an address of the HTML keeps its number."""

        def replaced(found: re.Match[str]) -> str:
            address = found[0].rstrip(".,;:!?…")
            if address not in self.addresses:
                self.addresses.append(address)
            return _placeholder(self.addresses.index(address)) + found[0][len(address) :]

        return _IN_TEXT.sub(replaced, text)

    def problems(self, language: str) -> list[str]:
        """Return a sentence for each address that a click could not be sent to."""
        return [sentence for address in self.addresses if (sentence := _problem(address, language))]


def complete(address: str, language: str, known: values.Tree) -> str:
    """Return the address with its values filled in; RenderError unless it is absolute http or https."""
    filled = liquid.render(liquid.parse(address, language, escape=False), known).strip()
    parts = urlsplit(filled)
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s<>\"]", filled):
        raise RenderError(f"the link {address} leads to `{filled}`, which is not an absolute http or https address")
    return filled


def _problem(address: str, language: str) -> str | None:
    try:
        template = liquid.parse(address, language, escape=False)
        personal = [path for path in liquid.uses(template) if path[0] not in values.SHARED]
        if personal or liquid.has_loops(template):
            return f"the link {address} uses values of one person; a tracked link may only use shop.* and offer.*"
        complete(address, language, values.samples({}, language))
    except RenderError as error:
        return str(error)
    return None


def _placeholder(position: int) -> str:
    return "{{ links[" + str(position) + "] }}"
