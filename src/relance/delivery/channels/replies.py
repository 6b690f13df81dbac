"""What an SMTP server's refusal says: later, never, or never to this address; by the same words and codes as returned mails."""

from relance.delivery import reasons
from relance.delivery.channels.protocol import Kind


def judge(code: int, text: str, *, after_data: bool = False) -> Kind:
    """Return the kind of a refusal (RFC 5321, 3463). Policy and reputation never speak of the person's address.

    A server that took the recipient and refuses the content means the content, whatever it calls it, unless its status is
    that of an address (5.1.x). A status of policy (5.7.x) is believed here even beside words on the mailbox: if it is dead,
    the next mail will say so.
    """
    if code < 500:
        return Kind.LATER
    status = reasons.status(text)
    of_sender = status.startswith("5.7.") or (after_data and not status.startswith("5.1."))
    return Kind.FAILED if of_sender or reasons.of(text, status, code) not in reasons.HARD else Kind.NO_MAILBOX
