"""Where the images brought for mails stand: in the data folder, each under a name made of its content."""

from __future__ import annotations

import re
from pathlib import Path

from relance.core import place

TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}
PATTERN = r"[0-9a-f]{32}\.(?:png|jpg|gif)"
NAME = re.compile(PATTERN)


def folder() -> Path:
    """Return the folder of images, made if it is not there."""
    return place.folder("images")


def find(name: str) -> tuple[Path, str] | None:
    """Return file and type of an image; None where there is none of that name."""
    if not NAME.fullmatch(name):
        return None
    path = folder() / name
    return (path, TYPES[path.suffix[1:]]) if path.is_file() else None
