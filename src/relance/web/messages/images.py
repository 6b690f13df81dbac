"""Images of messages: brought by the team, kept in the data folder under the hash of their content, served to anyone."""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from relance.content import images
from relance.core.errors import InputError, NotFoundError

LARGEST = 2_000_000  # bytes; a mail's image has no use for more


@dataclass(frozen=True)
class Stored:
    """An image that mails may show."""

    address: str
    width: int


def store(content: bytes) -> Stored:
    """Keep an image; InputError unless it is a PNG, JPEG or GIF of a bearable size. What it is, its bytes say."""
    if len(content) > LARGEST:
        raise InputError(
            _("This image is larger than 2 MB; mails with such images arrive slowly or not at all. Make it smaller.")
        )
    kind, width = _look(content)
    name = f"{sha256(content).hexdigest()[:32]}.{kind}"
    path = images.folder() / name
    if not path.exists():
        draft = path.with_suffix(
            f".{secrets.token_hex(4)}.new"
        )  # of this upload alone: the same image may come twice at once
        draft.write_bytes(content)
        draft.replace(path)
    return Stored(f"{settings.RELANCE.base_url.rstrip('/')}/images/{name}", width)


def find(name: str) -> tuple[Path, str]:
    """Return file and type of a stored image."""
    found = images.find(name)
    if found is None:
        raise NotFoundError(_("There is no image at this address."))
    return found


def _look(content: bytes) -> tuple[str, int]:
    """Return kind and width in pixels, as the first bytes say."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) > 24:
        return "png", int(struct.unpack(">I", content[16:20])[0])
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) > 10:
        return "gif", int(struct.unpack("<H", content[6:8])[0])
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg", _jpeg_width(content)
    raise InputError(_("This is not an image that every mail program shows. Bring a PNG, a JPEG or a GIF."))


def _jpeg_width(content: bytes) -> int:
    """Return the width written in the frame header (ITU T.81, B.2.2)."""
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int(struct.unpack(">H", content[at + 2 : at + 4])[0])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int(struct.unpack(">H", content[at + 7 : at + 9])[0])
        at += 2 + length
    raise InputError(_("This JPEG is damaged. Save it again and bring it once more."))
