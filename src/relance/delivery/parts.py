"""One part of a mail in lines that every server takes: quoted-printable or base64 (RFC 2045), whichever is shorter.

Most of a page is the same for everybody: it is cut before each cell of its tables, and what a piece encodes to is
remembered. Quoted-printable may break a line anywhere, so pieces encoded apart are joined by such a break.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from functools import lru_cache
from typing import NamedTuple

WIDTH = 76  # characters of an encoded line
PIECES_KEPT = 4_096  # some 10 MB; a piece that names a person goes out soon, one of every mail stays
_CUT = "<td"
_BREAK = b"=\r\n"
_TOO_LONG = re.compile(rb"^([^\r\n]{74,75})(=20|=09)\r\n", re.MULTILINE)
_LONE = re.compile(r"\r\n?")


class Part(NamedTuple):
    """A part with its headers as it travels, and as relaxed canonicalization has it (RFC 6376, 3.4.4)."""

    content: bytes
    relaxed: bytes


class Piece(NamedTuple):
    """A stretch of text in quoted-printable, the same canonicalized, and its bytes of UTF-8."""

    content: bytes
    relaxed: bytes
    size: int


def part(subtype: str, text: str) -> Part:
    """Return a text part in UTF-8, its line ends made CRLF; the CRLF after it is the boundary's."""
    text = normal(text)
    first, *others = text.split(_CUT)
    found = [_piece(first, ""), *[_piece(other, _CUT) for other in others]]
    contents, relaxed, sizes = zip(*found, strict=True)
    quoted = _BREAK.join(contents)
    if 3 * len(quoted) > 4.2 * sum(sizes):  # base64 takes 4/3 of the bytes, and its line ends
        head, encoded = _head(subtype, "base64"), _base64(text)
        return Part(head + encoded, head + encoded)
    head = _head(subtype, "quoted-printable")
    return Part(b"%b%b\r\n" % (head, quoted), b"%b%b\r\n" % (head, _BREAK.join(relaxed)))


def normal(text: str) -> str:
    """Return a text whose lines end in LF, the last one too."""
    if "\r" in text:
        text = _LONE.sub("\n", text)
    return text if text.endswith("\n") else f"{text}\n"


def squeezed(data: bytes) -> bytes:
    """Return the data with every run of blanks as one space; a few passes of `replace` cost a fraction of a regex."""
    data = data.replace(b"\t", b" ")
    while b"  " in data:
        data = data.replace(b"  ", b" ")
    return data


@lru_cache(maxsize=PIECES_KEPT)
def _piece(text: str, before: str) -> Piece:
    """Return a piece encoded. The library looks for CRLF in what it is given, and leaves no room for a break after it:
    hence the line end before and the two letters after, which are taken off again. It also lets a blank at a line's end
    make the line 78 characters long.
    """
    raw = f"{before}{text}".replace("\n", "\r\n").encode("utf-8", "replace")
    encoded = b2a_qp(b"\r\n%bzz" % raw, istext=True)[2:-2]
    if b" \r\n" in raw or b"\t\r\n" in raw:
        encoded = _TOO_LONG.sub(rb"\1=\r\n\2\r\n", encoded)
    return Piece(encoded, squeezed(encoded), len(raw))


def _base64(text: str) -> bytes:
    whole = b2a_base64(text.replace("\n", "\r\n").encode("utf-8", "replace"), newline=False)
    return b"\r\n".join([whole[start : start + WIDTH] for start in range(0, len(whole), WIDTH)]) + b"\r\n\r\n"


@lru_cache(maxsize=8)
def _head(subtype: str, encoding: str) -> bytes:
    return f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
