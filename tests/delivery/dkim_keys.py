"""DKIM keys in force for a test, and dkimpy as the reader who checks what they signed."""

from pathlib import Path

import dkim
import pytest
from django.conf import settings

from relance.core import place
from relance.delivery import keys
from relance.settings import Settings


def in_force(monkeypatch: pytest.MonkeyPatch, **kinds: str) -> tuple[keys.Key, ...]:
    """Make a key for each selector and put them in force."""
    made = {selector: keys.make(selector, kind) for selector, kind in kinds.items()}
    put(monkeypatch, ", ".join(f"{selector}=dkim/{selector}.pem" for selector in made))
    return keys.in_force()


def put(monkeypatch: pytest.MonkeyPatch, pairs: str) -> None:
    """Set `dkim_keys`."""
    changed = settings.RELANCE.model_dump() | {"dkim_keys": pairs}
    monkeypatch.setattr(settings, "RELANCE", Settings(**changed))


def written(selector: str, pem: bytes) -> Path:
    """Write a file of a key into the data folder."""
    file = place.folder("dkim") / f"{selector}.pem"
    file.write_bytes(pem)
    return file


def verified(mail: bytes, known: tuple[keys.Key, ...]) -> list[bool]:
    """Return what dkimpy says of each signature, given the records of these keys."""
    records = {f"{key.name()}.".encode(): key.record().encode() for key in known}
    return [_verified(mail, number, records) for number in range(mail.count(b"DKIM-Signature:"))]


def _verified(mail: bytes, number: int, records: dict[bytes, bytes]) -> bool:
    try:
        return bool(dkim.DKIM(mail).verify(number, dnsfunc=lambda name, timeout=5: records.get(name)))
    except dkim.ValidationError:
        return False
