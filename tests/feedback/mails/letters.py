"""Returned mails of the tests, written as servers write them."""

from email.message import EmailMessage

from relance.delivery import names
from relance.feedback.mails import judging
from relance.feedback.mails.judging import Judged
from relance.outbox.models import Message


def message_id(message: Message) -> str:
    """The Message-ID that a mail of ours bears."""
    return f"<{names.write(message.pk, message.uuid)}@shop.example.org>"


def bounce(
    message: Message | None,
    recipient: str,
    status: str = "5.1.1",
    text: str = "550 5.1.1 User unknown",
    action: str = "failed",
) -> bytes:
    """A delivery status notification (RFC 3464) about a mail of ours, or about a stranger's."""
    original = message_id(message) if message else "<stranger@example.net>"
    return _report(
        "delivery-status",
        "MAILER-DAEMON@mx.example.net",
        "Undelivered Mail Returned to Sender",
        "I'm sorry to have to inform you that your message could not be delivered.",
        f"Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; {recipient}\n"
        f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {text}\n",
        f"From: shop@example.org\nTo: {recipient}\nMessage-ID: {original}\nSubject: Hello\n\nHello\n",
    )


def complaint(message: Message, recipient: str) -> bytes:
    """A feedback report (RFC 5965): "this is spam"."""
    return _report(
        "feedback-report",
        "fbl@provider.example.net",
        "FW: Hello",
        "This is an email abuse report.",
        "Feedback-Type: abuse\nUser-Agent: Loop/1.0\nVersion: 1\n",
        f"From: shop@example.org\nTo: {recipient}\nMessage-ID: {message_id(message)}\nSubject: Hello\n\nHello\n",
    )


def answer(message: Message, sender: str, *, automatic: bool = False, subject: str = "Re: Hello") -> bytes:
    """An answer of a person, or of their machine."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "bounces@shop.example.org", subject
    mail["In-Reply-To"] = message_id(message)
    if automatic:
        mail["Auto-Submitted"] = "auto-replied"
    mail.set_content("I am away until Monday." if automatic else "Do you still have it in blue?")
    return mail.as_bytes()


def _report(kind: str, sender: str, subject: str, words: str, fields: str, original: str) -> bytes:
    """A multipart/report (RFC 6522)."""
    parts = (("text/plain", words + "\n"), (f"message/{kind}", fields), ("message/rfc822", original))
    body = "".join(f"--part\nContent-Type: {content_type}\n\n{text}\n" for content_type, text in parts)
    head = (
        f"From: {sender}\nTo: bounces@shop.example.org\nSubject: {subject}\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="part"\n\n'
    )
    return f"{head}{body}--part--\n".encode()


def plain(text: str, subject: str = "failure notice", sender: str = "MAILER-DAEMON@mx.example.net") -> list[Judged]:
    return judging.judge(f"From: {sender}\nTo: bounces@shop.example.org\nSubject: {subject}\n\n{text}".encode())
