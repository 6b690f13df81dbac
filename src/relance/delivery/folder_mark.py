"""What the data folder remembers of the database: how far its pulse had come, in a file that knows when it was copied."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from relance.core import place

NAME = "pulse.json"


@dataclass(frozen=True)
class Mark:
    """The folder's name, the database cluster it knew, its pulse and instant; `copied` where the file was put here."""

    folder: UUID
    cluster: str
    number: int
    at: datetime
    copied: bool = False


def read() -> Mark | None:
    """Return the mark of the data folder in force; None where there is none, or one that cannot be read."""
    path = _path()
    try:
        with path.open(encoding="utf-8") as file:
            inode = os.fstat(file.fileno()).st_ino
            found = json.load(file)
        at = datetime.fromisoformat(found["at"])
        return Mark(UUID(found["folder"]), found["cluster"], int(found["number"]), at, found["inode"] != inode)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def create(mark: Mark) -> bool:
    """Put the first mark of a folder; False where another process was quicker, whose mark stays."""
    draft = _draft(mark)
    try:
        os.link(draft, _path())
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        draft.replace(_path())
    finally:
        draft.unlink(missing_ok=True)
    return True


def write(mark: Mark) -> None:
    """Put the mark in the place of the former one, whole or not at all."""
    _draft(mark).replace(_path())


def _draft(mark: Mark) -> Path:
    """Write the mark beside its place; it holds its own inode, and one that came out of a backup has another."""
    place.folder(".")
    path = _path()
    draft = path.with_name(f"{NAME}.{os.getpid()}.{secrets.token_hex(4)}")
    with draft.open("w", encoding="utf-8") as file:
        told = {"folder": str(mark.folder), "cluster": mark.cluster, "number": mark.number, "at": mark.at.isoformat()}
        json.dump(told | {"inode": os.fstat(file.fileno()).st_ino}, file)
        file.flush()
        if settings.RELANCE.durable:
            os.fsync(file.fileno())
    return draft


def _path() -> Path:
    return place.current().data / NAME
