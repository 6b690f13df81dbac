"""Keyed hashes: the same HMAC-SHA256 in Python, PostgreSQL and DuckDB, so that sets of addresses never leave the engine."""

import hashlib
import hmac

from relance.core import place

_BLOCK = 64


def _pads() -> tuple[bytes, bytes]:
    """Return the inner and outer padded keys of HMAC (RFC 2104)."""
    key = place.secret_key()
    key = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in key), bytes(b ^ 0x5C for b in key)


def digest(value: str) -> bytes:
    """Return the 32-byte keyed hash of `value`."""
    return hmac.new(place.secret_key(), value.encode(), hashlib.sha256).digest()


def postgresql_digest(value: str) -> str:
    """Return the SQL of `digest` over the text expression `value`, for PostgreSQL."""
    inner, outer = (pad.hex() for pad in _pads())
    return f"sha256('\\x{outer}'::bytea || sha256('\\x{inner}'::bytea || convert_to({value}, 'UTF8')))"


def duckdb_digest(value: str) -> str:
    """Return the SQL of `digest` over the text expression `value`, for DuckDB (a BLOB)."""
    inner, outer = (pad.hex() for pad in _pads())
    return f"unhex(sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode({value})))))"


def fraction(*parts: object) -> float:
    """Return a number in [0, 1) that depends only on the key and on `parts`; draws holdouts and simulated people."""
    return int.from_bytes(digest("\x1f".join(map(str, parts)))[:8], "big") / 2**64
