"""Where this process keeps things: the data folder, the lake, the secret key; a rehearsal swaps them for scratch ones."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from relance.core.errors import ConfigurationError


@dataclass(frozen=True)
class Place:
    """The folders in force; `simulated` is true inside a rehearsal, where nothing may leave the machine."""

    data: Path
    lake: str
    simulated: bool = False


_current: ContextVar[Place | None] = ContextVar("place", default=None)


def current() -> Place:
    """Return the place in force."""
    place = _current.get()
    if place is None:
        ours = settings.RELANCE
        place = _default(ours.data, ours.lake)
    return place


@lru_cache(maxsize=16)
def _default(data: Path, lake: str) -> Place:
    """Return the place the settings name, as of the first question: where a folder really is takes system calls."""
    data = data.resolve()
    return Place(data=data, lake=lake or str(data / "lake"))


@contextmanager
def scratch(lake: str) -> Iterator[Place]:
    """Put a scratch lake in force, simulated, until the block ends."""
    with elsewhere(lake=lake, simulated=True) as place:
        yield place


@contextmanager
def elsewhere(**changes: Any) -> Iterator[Place]:
    """Put the place with these fields changed in force until the block ends."""
    place = replace(current(), **changes)
    token = _current.set(place)
    try:
        yield place
    finally:
        _current.reset(token)


def folder(name: str) -> Path:
    """Return the sub-folder of the data folder called `name`, made if absent."""
    path = current().data / name
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(
            f"The folder {path} cannot be made ({error.strerror}). Set RELANCE_DATA to a folder you may write to."
        ) from error
    return path


def secret_key() -> bytes:
    """Return the key that signs links and hashes suppressions: the setting, else one kept in the data folder."""
    own: str = settings.RELANCE.secret_key
    return own.encode() if own else _kept_key(current().data)


@lru_cache(maxsize=16)
def _kept_key(data: Path) -> bytes:
    """Return the key kept in a data folder, made if absent; read once, since every link of every mail asks for it."""
    folder(".")
    path = data / "secret-key"
    if not path.exists():
        draft = path.with_name(f"secret-key.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()
