"""What words alone suggest is read by the team: it suppresses nobody, and is kept from nobody."""

import pytest

from relance.feedback.mails import judging
from relance.feedback.mails.judging import Judged

ANNA = "Anna <anna@example.net>"
FIELDS = "Final-Recipient: rfc822; anna@example.net\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 User unknown\n"


def letter(subject: str, words: str, sender: str = ANNA, headers: str = "") -> Judged:
    mail = f"Return-Path: <anna@example.net>\nFrom: {sender}\nSubject: {subject}\n{headers}\n{words}"
    if "Return-Path" in headers:
        mail = mail.partition("\n")[2]
    [found] = judging.judge(mail.encode())
    return found


def attached(content_type: str, part: str, headers: str = "") -> Judged:
    body = f"--b\nContent-Type: text/plain\n\nMy address works again.\n--b\nContent-Type: {content_type}\n\n{part}\n--b--\n"
    return letter("My address", body, headers=f"{headers}Content-Type: multipart/mixed; boundary=b\n")


QUOTED = Judged("other", "anna@example.net", reason="quoted")


def test_a_notification_that_a_person_quotes_or_attaches_tells_of_nobody() -> None:
    told = f"From: MAILER-DAEMON@mx.example.net\nSubject: failure\n\n{FIELDS}"
    assert letter("My address works again", f"You told me:\n\n{FIELDS}\nPlease write on.") == QUOTED
    assert letter("Help", f"I get:\n\n> {FIELDS.replace(chr(10), chr(10) + '> ')}") == QUOTED
    assert attached("message/rfc822", told) == QUOTED
    assert attached("message/delivery-status", f"Reporting-MTA: dns; x\n\n{FIELDS}") == QUOTED
    complaint = "Feedback-Type: abuse\nOriginal-Rcpt-To: <anna@example.net>\n"
    assert attached("message/feedback-report", complaint) == QUOTED
    assert attached("message/feedback-report", complaint, "Return-Path: <>\n").kind == "complaint"


def test_a_notification_that_a_person_sends_on_is_shown_and_befalls_nobody() -> None:
    one = letter("Fwd: failure", f"Is this yours?\n\n> {FIELDS.replace(chr(10), chr(10) + '> ')}")
    assert (one.kind, one.hard, one.sent_on) == ("bounce", True, True)


def test_the_same_of_a_server_is_believed() -> None:
    told = f"From: MAILER-DAEMON@mx.example.net\nSubject: failure\n\n{FIELDS}"
    null = "Return-Path: <>\n"
    assert attached("message/rfc822", told, null).hard
    assert attached("message/delivery-status", f"Reporting-MTA: dns; x\n\n{FIELDS}", null).hard


@pytest.mark.parametrize(
    ("subject", "words", "headers"),
    [
        ("Réponse automatique reçue, mais pas de colis", "Où est ma commande ?", ""),
        ("En vacances du 3 au 12", "Merci de ne pas livrer, je serai de retour le 13.", ""),
        ("Absent: laissez le colis", "Je serai absent, laissez-le au gardien.", ""),
        ("Commande", "Deux bottes, merci.", "Return-Path: <>\n"),
        ("Facture", "Carte rejected, error 550 5.7.1, anna@example.net ?", "Return-Path: <>\n"),
        ("Commande", "Deux bottes, merci.", "Precedence: bulk\n"),
        ("Automatic reply: Hello", "Back on Monday.", ""),
    ],
)
def test_what_only_seems_an_automatic_answer_says_so(subject: str, words: str, headers: str) -> None:
    assert letter(subject, words, headers=headers) == Judged("auto_reply", "anna@example.net", reason="away")


@pytest.mark.parametrize(
    "headers",
    ["Auto-Submitted: auto-replied\n", "X-Autoreply: yes\n", "X-Autorespond: 1\n", "Precedence: auto_reply\n",
     "X-Auto-Response-Suppress: All\n"],
)  # fmt: skip
def test_headers_make_one_for_sure(headers: str) -> None:
    assert letter("Automatic reply: Hello", "Back on Monday.", headers=headers) == Judged(
        "auto_reply", "anna@example.net"
    )


@pytest.mark.parametrize(
    ("subject", "headers"),
    [
        ("Auto: pneus neige", ""), ("Your autoreply", ""), ("Order", "X-Auto-Response-Suppress: All\n"),
        ("Order", "Auto-Submitted: no\n"),
    ],
)  # fmt: skip
def test_neither_does_a_subject_of_the_shop_s_goods_nor_a_header_of_every_outlook(subject: str, headers: str) -> None:
    assert letter(subject, "I wait for order 5.", headers=headers) == Judged("other", "anna@example.net")


def test_a_service_is_known_by_its_address_never_by_a_subject() -> None:
    words = "Votre message est en attente, je dois cliquer pour le débloquer."
    assert letter("Mailinblack me bloque", words).reason == "challenge"
    assert letter("Hello", "Please see below.", "Boxbe <notify@mail.boxbe.com>").kind == "auto_reply"
    assert letter("Hello", "Do you have it in blue?", "Jean Martin <jean.martin@mailinblack.com>").kind == "other"


OURS = "From: shop@example.org\nTo: anna@hotmail.example\nMessage-ID: <m1@x>\n\nHello\n"


@pytest.mark.parametrize(
    ("sender", "is_complaint"), [("staff@hotmail.com", True), (ANNA, False), ("Anna <staff@shop.example>", False)]
)
def test_a_complaint_brings_the_mail_it_is_about_and_is_outlook_s(sender: str, is_complaint: bool) -> None:
    headers = "Content-Type: message/rfc822\n"
    found = letter("complaint about message from 192.0.2.1", OURS, sender, headers)
    assert (found.kind == "complaint") is is_complaint
    quoted = "It came twice.\n\n\n> From: shop@example.org\n> Date: Thu, 12 Nov 2026\n> Subject: Hello\n"
    assert letter("Complaint about message from 12 November", quoted, sender).kind != "complaint"


def test_who_is_called_after_a_server_is_none() -> None:
    words = "The parcel was undeliverable: 550 5.1.1 address unknown, anna@example.net."
    for sender in ("Anna Postmaster <anna@example.net>", "Le Postmaster du club <club@example.net>"):
        assert letter("Undelivered parcel", words, sender).kind == "other"
    assert letter("Mail bounce castle", words, "postmaster@club.example").reason == "server"
    failed = letter("failure notice", words, "postmaster@club.example", "X-Failed-Recipients: anna@example.net\n")
    assert (failed.kind, failed.hard) == ("bounce", True)
    assert letter("failure notice", words, "MAILER-DAEMON@mx.example").kind == "bounce"


def test_a_server_that_names_nobody_makes_nobody_s_address_dead() -> None:
    found = letter("failure notice", "550 5.1.1 User unknown", "MAILER-DAEMON@mx.example")
    assert (found.kind, found.reason, found.recipient, found.hard) == ("bounce", "no_mailbox", "", False)
