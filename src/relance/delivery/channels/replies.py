"""What an SMTP server's refusal says: later, never, or never to this address."""

import re

from relance.delivery.channels.protocol import Kind

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463: 5.1.1 bad mailbox, 5.1.6 moved without address; RFC 7505 and 5.1.10: the domain takes no mail.
_NO_MAILBOX = {(1, 1), (1, 6), (1, 10)}
_WORDS = re.compile(
    r"user unknown|unknown user|no such (user|recipient|mailbox|person)|(user|mailbox|recipient|account|address) "
    r"(does not exist|doesn't exist|not found|unknown)|invalid (mailbox|recipient)|unknown (recipient|mailbox)",
    re.IGNORECASE,
)


def judge(code: int, text: str) -> Kind:
    """Return the kind of a refusal (RFC 5321, 3463). Policy and reputation never speak of the person's address."""
    if code < 500:
        return Kind.LATER
    enhanced = _ENHANCED.search(text)
    if enhanced:
        return Kind.NO_MAILBOX if (int(enhanced[2]), int(enhanced[3])) in _NO_MAILBOX else Kind.FAILED
    return Kind.NO_MAILBOX if code in {550, 551, 553} and _WORDS.search(text) else Kind.FAILED
