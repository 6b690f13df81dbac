"""Challenges: mails by which a filter asks an unknown sender to prove that a person wrote; no answer of anybody.

They bear no header that automatic answers bear (RFC 3834). What gives them away is what they ask for, beside what they say
became of the mail. A footer that names a filter, or a person who looked into the quarantine, does not make one.
"""

from __future__ import annotations

import re

from relance.delivery import reasons
from relance.feedback.mails.parts import Returned

_LOOKED_AT = 4_000  # characters: a challenge is short, and says what it wants at once
_ASKS, _PROOF, _HELD, _SIGNS = (
    reasons.any_of(reasons.KNOWN["challenge"][name]) for name in ("asks", "proof", "held", "signs")
)
_WAY = re.compile(r"(?i)https?://|\b(?:click|cliqu|reply|r[ée]pond)")
# Where the mail that is answered begins: whose words those are is known.
_QUOTED = re.compile(
    r"(?im)^[ \t]*>|^[ \t]*-{2,} ?(?:original|forwarded|message d.origine|message transf)|^[^\n]{0,200}\b(?:a [ée]crit|wrote) ?:"
    r"|^[ \t]*(?:from|de) ?: [^\n]*\n[ \t]*(?:sent|date|envoy[ée]|to|[àa]) ?:"
)
_SIGNING = ("from", "reply-to", "message-id", "x-mailer", "subject")


def asks(found: Returned) -> bool:
    """Tell whether a mail asks its reader to prove to be a person, or a known sender, so that a mail held back is delivered."""
    said = f"{found.headers.get('subject', '')}\n{_own(found.words)}"
    if _PROOF.search(said) and (_HELD.search(said) or _WAY.search(said)):
        return True
    return bool(_ASKS.search(said) and (_HELD.search(said) or _signed(found)))


def _own(words: str) -> str:
    """Return what the mail says itself, on one line, without what it answers."""
    top = words[:_LOOKED_AT]
    quoted = _QUOTED.search(top)
    return " ".join(top[: quoted.start() if quoted else None].split())


def _signed(found: Returned) -> bool:
    """Tell whether a header names a service that sends challenges."""
    named = " ".join(found.headers.get(name, "") for name in _SIGNING)
    return bool(_SIGNS.search(f"{named} {' '.join(found.headers)}"))
