"""One part of a mail in lines that every server takes: quoted-printable or base64 (RFC 2045), whichever is shorter."""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp

WIDTH = 76  # characters of an encoded line
_BEYOND = bytes(
    [*range(9), *range(11, 13), *range(14, 32), ord("="), *range(127, 256)]
)  # three characters each in quoted-printable
_TOO_LONG = re.compile(rb"([^\r\n]{74,})(=20|=09)\r\n")
_LONE = re.compile(r"\r\n?")


def part(subtype: str, content: str) -> bytes:
    """Return the headers and content of a text part in UTF-8, its line ends made CRLF; the CRLF after it is the boundary's."""
    raw = normal(content).encode("utf-8", "replace")
    if _prefers_base64(raw):
        return _head(subtype, "base64") + _base64(raw) + b"\r\n"
    return _head(subtype, "quoted-printable") + _quoted(raw) + b"\r\n"


def normal(content: str) -> str:
    """Return a text with every line end as CRLF; the last line has one."""
    if "\r" in content:
        content = _LONE.sub("\n", content)
    return (content if content.endswith("\n") else content + "\n").replace("\n", "\r\n")


def _prefers_base64(raw: bytes) -> bool:
    """Tell whether base64, which takes 4/3 of the bytes, is shorter: where more than a sixth of them would triple."""
    return 6 * (len(raw) - len(raw.translate(None, _BEYOND))) > len(raw)


def _quoted(raw: bytes) -> bytes:
    """Return the content as quoted-printable; the library lets a blank before a line's end make it 78 characters long."""
    encoded = b2a_qp(raw, istext=True)
    return _TOO_LONG.sub(rb"\1=\r\n\2\r\n", encoded) if b" \r\n" in raw or b"\t\r\n" in raw else encoded


def _base64(raw: bytes) -> bytes:
    whole = b2a_base64(raw, newline=False)
    return b"\r\n".join([whole[start : start + WIDTH] for start in range(0, len(whole), WIDTH)]) + b"\r\n"


def _head(subtype: str, encoding: str) -> bytes:
    return f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
