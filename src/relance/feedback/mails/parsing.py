"""Mails parsed by Python's library, which trusts what it is given: headers without end and parts in parts are cut here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email.feedparser import BufferedSubFile, BytesFeedParser  # type: ignore[attr-defined] # not in its stubs
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

LONGEST = 20_000  # characters of a header
LONGEST_OF_CONTENT = 4_000  # of one that says what a part is: reading it takes the square
DEEPEST, MOST_OPEN = 40, 12  # mails and parts in one another; parts whose ends are looked for in every line
MOST = 2_000  # parts in all, each group of a report being one


def parsed(mail: bytes) -> Message:
    """Return a mail with its parts; where they are too deep or too many, with its headers and all the rest as its words."""
    parser = _Parser()
    try:
        parser.feed(mail)
        return parser.close()
    except _TooDeepError:
        message = BytesHeaderParser().parsebytes(mail[:LONGEST])
        found = Message()
        for name, value in message.items():
            if not name.lower().startswith("content-"):
                found[name] = value
        found["Content-Type"] = "text/plain; charset=utf-8"
        found.set_payload(mail.partition(b"\n\n")[2].decode("ascii", "surrogateescape"))
        return found


class _TooDeepError(Exception):
    """A mail has more parts, or more in one another, than any that a server or a person writes."""


class _Lines(BufferedSubFile):  # type: ignore[misc]
    _eofstack: list[Any]

    def push_eof_matcher(self, pred: Callable[..., Any]) -> None:
        if len(self._eofstack) >= MOST_OPEN:
            raise _TooDeepError
        super().push_eof_matcher(pred)


class _Parser(BytesFeedParser):
    _msgstack: list[Message]
    _parts = 0

    def __init__(self) -> None:
        super().__init__()
        self._input = _Lines()

    def _new_message(self) -> None:
        self._parts += 1
        if len(self._msgstack) >= DEEPEST or self._parts > MOST:
            raise _TooDeepError
        super()._new_message()  # type: ignore[misc]

    def _parse_headers(self, lines: Sequence[str]) -> None:
        super()._parse_headers(_shortened(lines))  # type: ignore[misc]


def _shortened(lines: Sequence[str]) -> list[str]:
    """Return header lines without what goes on too long."""
    kept: list[str] = []
    left = LONGEST
    for line in lines:
        if line[:1] not in {" ", "\t"}:
            left = LONGEST_OF_CONTENT if line[:8].lower() == "content-" else LONGEST
        if left > 0:
            kept.append(line if len(line) <= left else f"{line[:left]}\n")
        left -= len(line)
    return kept
