"""Challenges: mails by which a filter asks an unknown sender to prove that a person wrote; no answer of anybody.

They bear no header that automatic answers bear (RFC 3834). What gives them away is what they ask for, beside what they say
became of the mail. A footer that names a filter, or a person who looked into the quarantine, does not make one.
"""

from __future__ import annotations

import re
from email.utils import parseaddr

from relance.delivery import reasons
from relance.feedback.mails import writers
from relance.feedback.mails.parts import Returned

_ASKS, _PROOF, _HELD, _SIGNS = (
    reasons.any_of(reasons.KNOWN["challenge"][name]) for name in ("asks", "proof", "held", "signs")
)
_WAY = re.compile(r"(?i)https?://|\b(?:click|cliqu|klick|clicar|reply|r[ée]pond|antwort)")
_SIGNING = ("from", "reply-to", "message-id")
# Machines of such services; who works there has a name before the domain.
_SERVICE = re.compile(
    r"(?i)(?:no-?_?reply|do-?_?not-?_?reply|notif\w*|verif\w*|auth\w*|challenge|anti-?spam)[\w.+-]{0,64}"
    r"@(?:[\w-]+\.){0,4}(?:boxbe|mailinblack|spamarrest|choicemail|spamlion|0spam|knowspam|mailblocks)\.[a-z]{2,4}"
)


def asks(found: Returned) -> bool:
    """Tell whether a mail seems to ask its reader to prove to be a person, or a known sender, so that a mail held back is delivered.

    Somebody who writes of a button and of an order may say the same: alone this is no reason to keep a mail from anybody.
    """
    said = f"{found.headers.get('subject', '')}\n{writers.own(found.words)}"
    if _PROOF.search(said) and (_HELD.search(said) or _WAY.search(said)):
        return True
    named = is_known(found) or _SIGNS.search(found.headers.get("subject", ""))
    return bool(_ASKS.search(said) and (_HELD.search(said) or named))


def is_service(found: Returned) -> bool:
    """Tell whether a mail comes from the machine of a service that sends challenges, in whatever words."""
    return bool(_SERVICE.fullmatch(parseaddr(found.headers.get("from", ""))[1]))


def is_known(found: Returned) -> bool:
    """Tell whether a mail names a service that sends challenges as its own sender; a subject, or a header on the way, is none."""
    return bool(_SIGNS.search(" ".join(found.headers.get(name, "") for name in _SIGNING)))
