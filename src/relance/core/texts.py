"""Words of strangers made fit to be kept, addresses made fit to be shown."""

import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain(value: object, most: int | None = None) -> str:
    """Return a value as text that a database takes: no control character, no half of a character, at most `most` long."""
    text = str("" if value is None else value)[:most]
    return _CONTROLS.sub(" ", text).encode("utf-8", "replace").decode()


def masked(address: str) -> str:
    """Return an address so that its owner knows it and nobody else learns it: `a•••@example.org`."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}•••{at}{domain}" if at else ""
