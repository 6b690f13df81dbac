"""Pages that refresh only what changed: each piece carries a mark; a poll names the marks seen and gets the other pieces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Piece:
    """A part of a page that changes by itself."""

    id: str
    draw: Callable[[], SafeString]
    key: str = ""  # tells its state where drawing it takes long; elsewhere the drawing itself tells

    @cached_property
    def html(self) -> SafeString:
        """Return what the piece shows; empty where there is nothing to show."""
        return self.draw()

    @property
    def mark(self) -> str:
        """Return what tells this state of the piece from any other."""
        return f"{self.id}:{sha256((self.key or self.html).encode()).hexdigest()[:16]}"

    def drawn(self, *, swap: bool = False) -> SafeString:
        """Return the piece as it stands in the page, or as it replaces its former state."""
        attribute = SafeString(' hx-swap-oob="true"') if swap else SafeString("")
        return format_html(
            '<div id="{}" class="piece"{}{}><input type="hidden" name="seen" value="{}">{}</div>',
            self.id,
            attribute,
            "" if self.html.strip() else SafeString(" hidden"),
            self.mark,
            self.html,
        )


def changes(request: HttpRequest, pieces: Mapping[str, Piece]) -> HttpResponse:
    """Return the pieces whose marks the page has not seen; nothing at all where it has seen them all."""
    seen = set(request.GET.getlist("seen"))
    known = {mark.partition(":")[0] for mark in seen}
    if known - pieces.keys() or pieces.keys() - known:  # a journey came or went: the page is laid out anew
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    changed = [piece.drawn(swap=True) for piece in pieces.values() if piece.mark not in seen]
    return HttpResponse("".join(changed)) if changed else HttpResponse(status=204)
