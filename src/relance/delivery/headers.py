"""Mail headers: RFC 5322 lines with RFC 2047 words, folded; whatever a value holds, it stays in its header."""

import re
from base64 import b64encode
from email.utils import quote

from relance.core import addresses
from relance.core.errors import RenderError

_LIMIT = 76  # characters of a folded line, and of an encoded word with room for its fold
_WORD_BYTES = 42  # UTF-8 bytes in one encoded word: 56 characters of base64 and 12 around them
_ATOM = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+$")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")  # joiners of emoji and no-break spaces stay
_SPACES = re.compile(r" {2,}")


def one_line(value: str) -> str:
    """Return the value with control characters and line ends turned into single spaces: it cannot start a header."""
    return _SPACES.sub(" ", _BREAKS.sub(" ", value)).strip(" ")


def text(name: str, value: str) -> str:
    """Return the line of an unstructured header such as Subject."""
    value = one_line(value)
    return _folded(name, _words(value) if _needs_encoding(value) else value.split(" "))


def mailbox(name: str, display: str, address: str) -> str:
    """Return the line of an address header: a display name, if there is one, and the address."""
    return _folded(name, [*_phrase(one_line(display)), f"<{checked_address(address)}>"])


def listing(name: str, display: str, identifier: str) -> str:
    """Return the line of a header such as List-Id: a phrase and an identifier in angle brackets (RFC 2919)."""
    return _folded(name, [*_phrase(one_line(display)), f"<{identifier}>"])


def plain(name: str, *parts: str) -> str:
    """Return the line of a structured header made of parts of our own; folds between parts only."""
    for part in parts:
        if not part.isascii() or not part.isprintable():
            raise RenderError(f"The header {name} cannot hold {part!r}. Correct the setting it comes from.")
    return _folded(name, list(parts))


def checked_address(address: str) -> str:
    """Return the address with its domain in ASCII (IDNA); raise RenderError where it could break out of its place."""
    if not addresses.holds(address):
        raise RenderError(f"The address {address!r} cannot be written to. Correct it in the contact.")
    local, domain = address.rsplit("@", 1)
    if domain.isascii():
        return address
    try:
        return f"{local}@{addresses.host(domain)}"
    except UnicodeError as error:
        raise RenderError(f"The domain of {address!r} is not a domain name. Correct it in the contact.") from error


def _phrase(value: str) -> list[str]:
    """Return a display name as words: bare, quoted, or encoded."""
    if not value:
        return []
    bare = _ATOM.match(value)
    if _needs_encoding(value) or (not bare and len(value) > _LIMIT - 10):
        return _words(value)
    return value.split(" ") if bare else [f'"{quote(value)}"']


def _needs_encoding(value: str) -> bool:
    """Tell whether a value must travel as encoded words: not ASCII, looking like one already, or too long to fold."""
    return not value.isascii() or "=?" in value or any(len(word) > _WORD_BYTES for word in value.split(" "))


def _words(value: str) -> list[str]:
    """Return the value as encoded words (RFC 2047) that never split a character."""
    chunks, current = [], b""
    for character in value:
        raw = character.encode("utf-8", "replace")
        if len(current) + len(raw) > _WORD_BYTES:
            chunks.append(current)
            current = b""
        current += raw
    return [f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in [*chunks, current]]


def _folded(name: str, words: list[str]) -> str:
    """Return `name: words` in lines of at most 78 characters where the words allow it, ended by CRLF."""
    lines, line = [], f"{name}:"
    for position, word in enumerate(words):
        if position and len(line) + 1 + len(word) > _LIMIT:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]) + "\r\n"
