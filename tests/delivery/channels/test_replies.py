import pytest

from relance.delivery.channels.protocol import Kind
from relance.delivery.channels.replies import judge


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (550, "5.1.1 <boris@example.org>: Recipient address rejected: User unknown", Kind.NO_MAILBOX),
        (550, "No such user here", Kind.NO_MAILBOX),
        (550, "5.7.1 Service unavailable; client blocked: user unknown to our list", Kind.FAILED),
        (550, "5.7.26 This mail is unauthenticated", Kind.FAILED),
        (554, "5.7.1 OFR_506 [506]", Kind.FAILED),
        (550, "Requested action not taken", Kind.FAILED),
        (552, "5.2.2 Over quota", Kind.FAILED),
        (550, "This domain does not accept mail from your server", Kind.FAILED),
        (550, "5.1.0 Originator address rejected: does not exist", Kind.FAILED),
        (550, "Administrative prohibition: the sender does not exist", Kind.FAILED),
        (550, "L'utilisateur n'existe pas", Kind.NO_MAILBOX),
        (556, "5.1.10 Domain example.net does not accept mail (nullMX)", Kind.NO_MAILBOX),
        (450, "4.2.1 The user you are trying to contact is receiving mail too quickly", Kind.LATER),
        (421, "Too many connections", Kind.LATER),
    ],
)
def test_only_a_missing_mailbox_speaks_of_the_person(code: int, text: str, kind: Kind) -> None:
    assert judge(code, text) is kind
