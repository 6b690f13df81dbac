"""DKIM keys: read once per process from the files that `dkim_keys` names, made, and told as DNS records.

Standards: RFC 6376 (RSA, records), RFC 8301 (sizes), RFC 8463 (Ed25519).
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from relance.core import place, settings_table
from relance.core.errors import ConfigurationError, InputError, RefusedError
from relance.senders.sender import Sender

LEAST_BITS, GOOD_BITS = (
    1024,
    2048,
)  # RFC 8301: nobody may sign with less than the first, everybody should with the second
STRING = 255  # characters of one string of a TXT record
_PADDING, _HASH = PKCS1v15(), hashes.SHA256()


@dataclass(frozen=True)
class Key:
    """A private key, the selector under which its public half stands in the DNS, and its file."""

    selector: str
    file: Path
    private: RSAPrivateKey | Ed25519PrivateKey

    @property
    def kind(self) -> str:
        """Return `rsa` or `ed25519`, the words of the record's tag k."""
        return "rsa" if isinstance(self.private, RSAPrivateKey) else "ed25519"

    @property
    def bits(self) -> int:
        """Return the size: of the modulus, or the 256 of every Ed25519 key."""
        return self.private.key_size if isinstance(self.private, RSAPrivateKey) else 256

    @property
    def short(self) -> bool:
        """Tell whether the key is shorter than RFC 8301 asks for."""
        return self.kind == "rsa" and self.bits < GOOD_BITS

    @property
    def exposed(self) -> bool:
        """Tell whether others than the file's owner may read it now."""
        return bool(self.file.stat().st_mode & 0o077)

    def sign(self, data: bytes) -> bytes:
        """Return the signature of the data; Ed25519 signs their SHA-256 (RFC 8463, 3)."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, _PADDING, _HASH)
        digest = hashes.Hash(_HASH)
        digest.update(data)
        return self.private.sign(digest.finalize())

    def public(self) -> str:
        """Return the public half as the record's tag p."""
        public = self.private.public_key()
        if self.kind == "rsa":
            return b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
        return b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def record(self) -> str:
        """Return the value of the TXT record."""
        return f"v=DKIM1; k={self.kind}; p={self.public()}"

    def name(self, domain: str = "") -> str:
        """Return the name of the TXT record at a domain; at that of the settings where none is named."""
        return f"{self.selector}._domainkey.{domain or settings.RELANCE.mail_domain}"


def strings(record: str) -> list[str]:
    """Return a record cut into the strings of 255 characters that a TXT record is made of."""
    return [record[start : start + STRING] for start in range(0, len(record), STRING)]


def in_force(sender: Sender | None = None) -> tuple[Key, ...]:
    """Return the keys a sender (None: the settings') signs with, in their order; ConfigurationError says which cannot and why."""
    return _read((sender or Sender.of_settings()).dkim_keys, place.current().data)


def selectors(senders: Sequence[Sender] = ()) -> list[str]:
    """Return the selectors these senders (none: the settings') sign with, and those that others sign with for them, each once."""
    found: list[str] = []
    for one in senders or (Sender.of_settings(),):
        found += [*settings_table.dkim_files(one.dkim_keys), *one.dkim_selectors.replace(",", " ").split()]
    return list(dict.fromkeys(found))


def make(selector: str, kind: str) -> Key:
    """Make a key in `dkim/<selector>.pem` of the data folder, which its owner alone may read; never over another."""
    if not settings_table.is_selector(selector):
        raise InputError(f"{selector!r} is no selector. Use letters, digits and hyphens, such as s2026.")
    file = place.folder("dkim") / f"{selector}.pem"
    private = Ed25519PrivateKey.generate() if kind == "ed25519" else generate_private_key(65537, GOOD_BITS)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(pem)
    except FileExistsError:
        raise RefusedError(f"{file} exists already and may be in use. Choose another selector.") from None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}. Mend the data folder.") from error
    return Key(selector, file, private)


@lru_cache(maxsize=64)
def _read(setting: str, data: Path) -> tuple[Key, ...]:
    return tuple(_key(selector, data / path) for selector, path in settings_table.dkim_files(setting).items())


def _key(selector: str, file: Path) -> Key:
    try:
        private = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise _unusable(selector, file, f"cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _unusable(selector, file, "holds no private key in PEM without a password") from error
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
        raise _unusable(selector, file, "is neither an RSA nor an Ed25519 key")
    if isinstance(private, RSAPrivateKey) and private.key_size < LEAST_BITS:
        raise _unusable(selector, file, f"has {private.key_size} bits, which no mailbox provider accepts")
    return Key(selector, file, private)


def _unusable(selector: str, file: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The DKIM key of selector {selector}, {file}, {why}. Correct RELANCE_DKIM_KEYS (`dkim_keys` of "
        "its sender), or make a key with `relance dkim new`; no mail leaves unsigned meanwhile."
    )
