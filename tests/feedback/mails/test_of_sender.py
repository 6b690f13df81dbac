"""What a server refuses of the sender, in whatever words and beside whatever status, makes nobody's address dead."""

import pytest

from tests.feedback.mails.test_judging import plain, reported


@pytest.mark.parametrize(
    ("diagnostic", "status", "reason"),
    [
        ("550 5.1.1 Message rejected due to local policy", "5.1.1", "policy"),
        ("554 5.1.1 Security policy: attachment refused", "5.1.1", "policy"),
        ("550 5.1.1 administrative prohibition", "5.1.1", "policy"),
        ("550 5.1.1 sorry, your mail was administratively denied", "5.1.1", "policy"),
        ("550 5.1.1 Blocked", "5.1.1", "policy"),
        ("550 5.1.1 Message refused", "5.1.1", "policy"),
        ("550 5.1.1 sorry, your envelope sender is in my badmailfrom list", "5.1.1", "reputation"),
        ("550 5.1.1 mailbox not found: sending IP not whitelisted", "5.1.1", "reputation"),
        ("550 mailbox unavailable invalid DNS MX or A/AAAA resource record", "5.0.0", "authentication"),
        ("550 5.1.1 Votre adresse IP est bloquée", "5.1.1", "reputation"),
        ("550 5.1.1 Absender gesperrt", "5.1.1", "reputation"),
        ("550 5.1.1 refusé : antispam", "5.1.1", "content"),
        ("550 5.1.1 Trop de connexions", "5.1.1", "rate"),
        ("550 5.1.1 Compte suspendu", "5.1.1", "disabled"),
        ("550 5.1.1 Message bloqué par la politique de sécurité", "5.1.1", "policy"),
        ("550 Adresse IP 192.0.2.1 inconnue", "5.0.0", "reputation"),
        ("554 Adresse IP invalide", "5.0.0", "reputation"),
        ("550 IP-Adresse nicht gefunden", "5.0.0", "reputation"),
        ("550 Adresse d'expédition inconnue", "5.0.0", "authentication"),
        ("550 5.1.1 User has opted out of bulk messages", "5.1.1", "filtered"),
        ("550 5.1.1 Mail refused: volume too high", "5.1.1", "rate"),
    ],
)
def test_a_refusal_of_the_sender_is_soft(diagnostic: str, status: str, reason: str) -> None:
    found = reported(diagnostic, status)
    assert (found.reason, found.hard) == (reason, False)


@pytest.mark.parametrize(
    "diagnostic",
    [
        "550 5.1.1 <shop@example.org>: Sender address rejected: User unknown (in reply to MAIL FROM command)",
        "550 5.1.1 User unknown (in reply to MAIL FROM command)",
        "550 User unknown (in reply to HELO command)",
    ],
)
def test_what_is_said_before_anybody_is_named_is_of_nobody_s_mailbox(diagnostic: str) -> None:
    said = f"<anna@example.net>: host mx.example.net[192.0.2.1] said: {diagnostic}"
    assert not reported(diagnostic, "5.1.1").hard
    assert not reported(diagnostic.partition(" (")[0], "5.1.1", words=said).hard
    [found] = plain(said, sender="MAILER-DAEMON@mx.example.net\nReturn-Path: <>")
    assert (found.kind, found.hard) == ("bounce", False)
    transcript = "... while talking to mx.example.net.:\n>>> MAIL From:<shop@example.org>\n<<< 550 5.1.1 User unknown"
    assert not reported("550 5.1.1 User unknown", "5.1.1", words=transcript).hard


@pytest.mark.parametrize(
    "diagnostic",
    [
        "550 5.1.1 Rejected for policy: user unknown",
        "550 5.1.1 User unknown (in reply to RCPT TO command)",
        "550 5.1.1 Mail refused, unknown recipient",
        "550 Adresse inconnue",
        "550 Adresse nicht gefunden",
        "550 5.1.1",
    ],
)
def test_a_mailbox_that_does_not_exist_stays_dead(diagnostic: str) -> None:
    assert reported(diagnostic, "5.1.1").hard


def test_a_refusal_for_now_is_for_now_whatever_who_reports_it_makes_of_it() -> None:
    assert not reported("451 4.4.4 DNS server failure", "5.4.4").hard
