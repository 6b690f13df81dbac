"""DKIM keys (RFC 6376, 3.6.1; RFC 8301 for sizes) and DMARC policies (RFC 9989, with its walk up the tree of names)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from relance.measurement.sender.findings import Finding
from relance.measurement.sender.lookups import Resolver, UnansweredError

LEAST_BITS, GOOD_BITS = 1024, 2048  # RFC 8301: shorter keys are refused, longer ones asked for
ED25519_BYTES = 32
MOST_LABELS = 8  # of a name from which the walk starts, RFC 9989


def dkim(resolver: Resolver, domain: str, selectors: Sequence[str], ours: Mapping[str, str]) -> list[Finding]:
    """Return what is found of each selector's key, which must be that in `ours`; advice to name one where none is known."""
    if not selectors:
        return [Finding("dkim_unnamed", "advice", {"domain": domain})]
    return [_key(resolver, f"{selector}._domainkey.{domain}", ours.get(selector, "")) for selector in selectors]


def _key(resolver: Resolver, name: str, ours: str) -> Finding:
    try:
        records = [text for text in resolver.texts(name) if "p=" in text.replace(" ", "")]
    except UnansweredError as error:
        return Finding("dkim_unanswered", "unknown", {"name": name, "error": str(error)})
    if not records:
        return Finding("dkim_missing", "fault", {"name": name})
    return _judged(name, tags(records[0]), ours)


def _judged(name: str, tags: dict[str, str], ours: str) -> Finding:
    encoded = "".join(tags.get("p", "").split())
    if not encoded:
        return Finding("dkim_revoked", "fault", {"name": name})
    bits = _bits(tags.get("k", "rsa"), encoded)
    if bits is None:
        return Finding("dkim_unreadable", "fault", {"name": name})
    if bits < LEAST_BITS:
        return Finding("dkim_short", "fault", {"name": name, "bits": bits})
    if ours and encoded != ours:
        return Finding("dkim_differs", "fault", {"name": name})
    if "y" in tags.get("t", "").split(":"):
        return Finding("dkim_testing", "advice", {"name": name})
    level = "ok" if bits >= GOOD_BITS else "advice"
    return Finding("dkim_good" if level == "ok" else "dkim_could_be_longer", level, {"name": name, "bits": bits})  # type: ignore[arg-type]


def _bits(kind: str, encoded: str) -> int | None:
    """Return the strength of a key in bits of RSA (Ed25519 counts as the longest asked for), or None where it is none."""
    try:
        raw = base64.b64decode(encoded, validate=True)
        if kind == "ed25519":
            return GOOD_BITS if len(raw) == ED25519_BYTES else None
        key = load_der_public_key(raw)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return None
    return key.key_size if isinstance(key, RSAPublicKey) else None


def dmarc(resolver: Resolver, domain: str) -> list[Finding]:
    """Return what is found of the policy that holds for the domain: its own, or that of a name above it."""
    try:
        holder, record = _policy(resolver, domain)
    except UnansweredError as error:
        return [Finding("dmarc_unanswered", "unknown", {"domain": domain, "error": str(error)})]
    if record is None:
        return [Finding("dmarc_missing", "fault", {"domain": domain})]
    found = tags(record)
    asked = (found.get("sp") if holder != domain else None) or found.get("p", "")
    values = {"domain": domain, "holder": holder, "policy": asked.lower()}
    if asked.lower() not in ("none", "quarantine", "reject"):
        return [Finding("dmarc_broken", "fault", values)]
    level = (
        Finding("dmarc_watches", "advice", values) if asked.lower() == "none" else Finding("dmarc_holds", "ok", values)
    )
    return [level] if found.get("rua") else [level, Finding("dmarc_unread", "advice", values)]


def _policy(resolver: Resolver, domain: str) -> tuple[str, str | None]:
    """Return the name that has a policy, and it; names of more than eight labels go on from their last seven."""
    labels = domain.split(".")
    tried = [labels, *(labels[n:] for n in range(max(len(labels) - MOST_LABELS + 1, 1), len(labels)))]
    for name in (".".join(parts) for parts in tried):
        records = [text for text in resolver.texts(f"_dmarc.{name}") if text.lower().startswith("v=dmarc1")]
        if len(records) == 1:
            return name, records[0]
    return domain, None


def tags(record: str) -> dict[str, str]:
    """Return the tags of a record written as `name=value; name=value`."""
    parts = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, mark, value in parts if mark}
