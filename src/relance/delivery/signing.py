"""DKIM signatures (RFC 6376, relaxed/relaxed): one by each key in force, over the same hashes."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from relance.core import place
from relance.delivery import keys
from relance.delivery.keys import Key
from relance.delivery.mail import Draft
from relance.delivery.parts import squeezed
from relance.senders.sender import Sender

# What a reader sees or a mailbox provider acts on; RFC 8058 (4) wants both List-Unsubscribe headers signed.
SIGNED = (
    "from", "to", "cc", "subject", "date", "message-id", "reply-to", "list-unsubscribe", "list-unsubscribe-post", "list-id",
    "feedback-id", "mime-version", "content-type", "content-transfer-encoding", "auto-submitted",
)  # fmt: skip
# Signed once more than they occur, so that adding one breaks the signature (RFC 6376, 8.15). The others only where they
# occur: a relay may give a mail that has none its own.
ALWAYS_SEALED = frozenset({"from", "to", "cc", "subject", "reply-to"})
_WIDTH = 72  # characters of a line of the signature


def signed(draft: Draft, now: datetime, sender: Sender | None = None) -> bytes:
    """Return a mail on its way out with the signatures of its sender's keys (None: the settings'); in a rehearsal without."""
    by = sender or Sender.of_settings()
    if place.current().simulated or not (known := keys.in_force(by)):
        return draft.whole()
    return signatures(draft.head, draft.relaxed, known, by.domain, now) + draft.whole()


def sign(mail: bytes, known: Sequence[Key], domain: str, now: datetime) -> bytes:
    """Return any mail (lines ended by CRLF) with a DKIM-Signature of each key above its headers, the first on top."""
    head, _, body = mail.partition(b"\r\n\r\n")
    return signatures(head, relaxed_body(body), known, domain, now) + mail


def signatures(head: bytes, relaxed: bytes, known: Sequence[Key], domain: str, now: datetime) -> bytes:
    """Return the DKIM-Signature headers of a mail, given its headers and its content canonicalized."""
    names, chosen = _headers(head)
    digest = b64encode(hashlib.sha256(relaxed).digest()).decode()
    moment = int(now.timestamp())
    return b"".join(_signature(key, domain, names, moment, digest, chosen) for key in known)


def relaxed_body(body: bytes) -> bytes:
    """Return a body as relaxed canonicalization has it (RFC 6376, 3.4.4)."""
    body = squeezed(body).replace(b" \r\n", b"\r\n")
    body = body.rstrip(b" ") if body.endswith(b" ") else body
    while body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    return b"" if body == b"\r\n" else body if not body or body.endswith(b"\r\n") else body + b"\r\n"


def _headers(head: bytes) -> tuple[tuple[str, ...], bytes]:
    """Return the names that are signed, in their order, and their lines canonicalized, the last of each name first."""
    found: dict[bytes, list[bytes]] = {}
    unfolded = squeezed(head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" "))
    for line in unfolded.split(b"\r\n"):
        name, _, value = line.partition(b":")
        found.setdefault(name.strip(b" ").lower(), []).append(value.strip(b" "))
    names: list[str] = []
    lines: list[bytes] = []
    for wanted in SIGNED:
        values = found.get(wanted.encode(), [])
        names += [wanted] * (len(values) + bool(values or wanted in ALWAYS_SEALED))
        lines += [b"%b:%b\r\n" % (wanted.encode(), value) for value in reversed(values)]
    return tuple(names), b"".join(lines)


def _signature(key: Key, domain: str, names: tuple[str, ...], moment: int, digest: str, chosen: bytes) -> bytes:
    """Return one header; what is signed of itself is all of it but the signature (RFC 6376, 3.7)."""
    own = _template(key.kind, domain, key.selector, names) % (moment, digest)
    canonical = "dkim-signature:" + own.replace("\r\n", "")
    mark = b64encode(key.sign(chosen + canonical.encode())).decode()
    folded = "\r\n ".join(mark[start : start + _WIDTH] for start in range(0, len(mark), _WIDTH))
    return f"DKIM-Signature: {own}{folded}\r\n".encode()


@lru_cache(maxsize=100)
def _template(kind: str, domain: str, selector: str, names: tuple[str, ...]) -> str:
    """Return a signature's header up to its mark, with places for instant and body hash; one space at each fold."""
    listed, line = "", "h="
    for position, name in enumerate(names):
        word = name if position == len(names) - 1 else f"{name}:"
        if len(line) + len(word) > _WIDTH:
            listed, line = f"{listed}{line}\r\n ", ""
        line += word
    return f"v=1; a={kind}-sha256; c=relaxed/relaxed; d={domain};\r\n s={selector}; t=%d;\r\n {listed}{line};\r\n bh=%s;\r\n b="
