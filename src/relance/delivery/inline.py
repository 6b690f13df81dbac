"""Images that travel inside the mail (RFC 2387, RFC 2392): those brought to Relance, which it serves to all others itself."""

from __future__ import annotations

import re
from binascii import b2a_base64
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

from relance.content import images
from relance.core import place

MOST = 400_000  # bytes of images in a mail; those beyond stay links, since a heavy mail arrives slowly or not at all
WIDTH = 76


class Embedded(NamedTuple):
    """HTML whose images stand in the mail, and these as parts; nothing of them differs once canonicalized."""

    html: str
    parts: tuple[bytes, ...]


def embed(html: str, domain: str) -> Embedded:
    """Return the HTML with its own images named by their Content-ID, and the parts that hold them, each once."""
    site = re.escape(settings.RELANCE.base_url.rstrip("/"))
    found: dict[str, bytes] = {}
    left = MOST

    def named(source: re.Match[str]) -> str:
        nonlocal left
        name = source[1]
        if name not in found:
            part = _part(str(place.folder("images")), name, domain)
            if part is None or len(part) * 3 // 4 > left:
                return source[0]
            found[name], left = part, left - len(part) * 3 // 4
        return f'src="cid:{name}@{domain}"'

    made = re.sub(rf'src="{site}/images/({images.PATTERN})"', named, html)
    return Embedded(made, tuple(found.values()))


@lru_cache(maxsize=64)
def _part(folder: str, name: str, domain: str) -> bytes | None:
    """Return an image as a part; a name stands for one content for ever, within its folder."""
    known = images.find(name)
    if known is None:
        return None
    path, kind = known
    whole = b2a_base64(path.read_bytes(), newline=False)
    lines = b"\r\n".join(whole[start : start + WIDTH] for start in range(0, len(whole), WIDTH))
    head = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <{name}@{domain}>\r\n"
        f'Content-Disposition: inline; filename="{name}"\r\n\r\n'
    )
    return head.encode() + lines + b"\r\n"
