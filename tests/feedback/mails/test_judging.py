"""Returned mails: the report formats, servers that keep to none, and what must never be held against a person."""

import json

import pytest

from relance.feedback.mails import judging, parts
from relance.feedback.mails.judging import Judged
from tests.feedback.mails.letters import plain

DSN = """\
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: bounces@shop.example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain; charset=utf-8

Your message could not be delivered.
{words}
--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

{groups}
--cut
Content-Type: message/rfc822

From: bonjour@shop.example.org
To: anna@example.net
Message-ID: <m1@shop.example.org>
Subject: Bonjour

Bonjour
--cut--
"""


def reported(diagnostic: str, status: str = "5.0.0", action: str = "failed", words: str = "") -> Judged:
    group = f"Final-Recipient: rfc822; anna@example.net\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {diagnostic}\n"
    [found] = judging.judge(DSN.format(groups=group, words=words).encode())
    return found


@pytest.mark.parametrize(
    ("diagnostic", "status", "reason", "hard"),
    [
        ("550 5.1.1 <anna@example.net>: Recipient address rejected: User unknown", "5.1.1", "no_mailbox", True),
        ("550 No such user here", "5.0.0", "no_mailbox", True),
        ("550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]", "5.1.1", "no_mailbox", True),
        ("550 5.5.0 Adresse destinataire invalide. LPN007_416", "5.5.0", "no_mailbox", True),
        ("550 5.1.2 Host unknown (Name server: host not found)", "5.1.2", "no_domain", True),
        ("556 5.1.10 Domain example.net does not accept mail (nullMX)", "5.1.10", "takes_no_mail", True),
        ("552 5.2.2 Mailbox full", "5.2.2", "full", False),
        ("552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]", "5.1.1", "full", False),
        ("450 4.2.0 Greylisted, please try again later", "4.2.0", "greylisted", False),
        ("450 4.1.1 User unknown in virtual mailbox table", "4.1.1", "no_mailbox", False),
        ("550 5.7.1 Service unavailable, client host [192.0.2.1] blocked using Spamhaus", "5.7.1", "reputation", False),
        ("550 5.7.26 Unauthenticated email from shop.example.org is not accepted due to DMARC policy", "5.7.26", "authentication", False),
        ("421 mwinf5c04 ME Trop de connexions. Too many connections, slow down. OFR004_104", "4.0.0", "rate", False),
        ("550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506]", "5.2.0", "reputation", False),
        ("554 5.7.1 Message rejected as spam: no such user would write this", "5.7.1", "content", False),
        ("550 5.7.1 Unknown user policy: your IP has a poor reputation", "5.7.1", "reputation", False),
        ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "5.4.1", "no_mailbox", True),
        ("550 #5.1.0 Address rejected.", "5.1.0", "no_mailbox", True),
        ("550 Boîte aux lettres inexistante", "5.0.0", "no_mailbox", True),
        ("550 El usuario no existe", "5.0.0", "no_mailbox", True),
        ("552 Boite aux lettres pleine", "5.0.0", "full", False),
        ("Retour à l'expéditeur : utilisateur inconnu", "5.1.1", "no_mailbox", True),
        ("Zurueck an Absender, Empfaenger unbekannt", "5.1.1", "no_mailbox", True),
        ("550 5.1.1 Recipient unknown. Messages from unverified senders are deferred", "5.1.1", "no_mailbox", True),
        ("550 5.1.1 <spam@barracuda.example>: Recipient address rejected: User unknown", "5.1.1", "no_mailbox", True),
        ("450 mailbox unavailable, try again later", "", "no_mailbox", False),
        ("550 Mailbox unavailable due to local policy", "5.0.0", "policy", False),
        ("550 5.1.8 Unable to resolve sender domain", "5.1.8", "authentication", False),
        ("550-Verification failed for <shop@example.org> 550-No Such User Here 550 Sender verify failed", "5.0.0", "authentication", False),
        ("550 Your domain does not exist", "5.0.0", "authentication", False),
        ("550 Adresse expéditeur invalide", "5.0.0", "authentication", False),
        ("550 5.7.27 Rejected", "5.7.27", "authentication", False),
        ("553 sorry, mail from your location is not accepted here", "5.0.0", "other", False),
        ("554 5.7.1 This host does not accept mail from dynamic networks", "5.7.1", "reputation", False),
        ("550 This domain does not accept mail from your server", "5.0.0", "reputation", False),
        ("550 5.1.1 Mailbox does not accept mail from your network", "5.1.1", "reputation", False),
        ("550 5.7.1 No mail service for you: your IP is on our list", "5.7.1", "reputation", False),
        ("550 5.7.1 Your mail was blocked; the address does not exist in the list of allowed senders", "5.7.1", "authentication", False),
        ("550 Administrative prohibition: the sender does not exist", "5.0.0", "policy", False),
        ("550 Mail from shop@example.org rejected: no such domain shop.example.org", "5.0.0", "authentication", False),
        ("550 5.1.0 Originator address rejected: does not exist", "5.1.0", "authentication", False),
        ("550 L'adresse de l'expéditeur n'existe pas", "5.0.0", "authentication", False),
        ("550 5.7.1 The group you tried to contact (all) may not exist, or you may not have permission", "5.7.1", "filtered", False),
        ("550 5.7.1 <anna@example.net>: Recipient address rejected: User unknown", "5.7.1", "policy", False),
        ("550 5.7.133 Host unknown, said the filter", "5.7.133", "policy", False),
        ("550 L'utilisateur n'existe pas", "5.0.0", "no_mailbox", True),
        ("550 Le destinataire n'existe plus", "5.0.0", "no_mailbox", True),
        ("550 La boîte aux lettres n'existe pas", "5.0.0", "no_mailbox", True),
        ("550 Konto nicht vorhanden", "5.0.0", "no_mailbox", True),
        ("550 usager inconnu", "5.0.0", "no_mailbox", True),
        ("550 Domain example.net does not accept mail", "5.0.0", "takes_no_mail", True),
        ("450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents more", "4.2.1", "rate", False),
        ("550 too many spams from your IP (192.0.2.1)", "5.0.0", "content", False),
    ],
)  # fmt: skip
def test_the_reason_is_told_and_only_a_dead_address_is_hard(
    diagnostic: str, status: str, reason: str, hard: bool
) -> None:
    found = reported(diagnostic, status)
    assert (found.kind, found.recipient, found.original) == ("bounce", "anna@example.net", "m1@shop.example.org")
    assert (found.reason, found.hard) == (reason, hard)


def test_a_refusal_of_the_content_is_never_a_dead_mailbox() -> None:
    words = "<anna@example.net>: host mx said: 550 Unknown user (in reply to end of DATA command)"
    assert reported("550 Unknown user", words=words).reason == "filtered"
    assert not reported("550 Unknown user", words=words).hard


def test_a_mail_that_arrived_or_waits_is_no_dead_mailbox() -> None:
    assert reported("250 ok", "2.0.0", "delivered").kind == "other"
    waiting = reported("connect to mx.example.net: Connection timed out", "4.4.1", "delayed")
    assert (waiting.kind, waiting.hard) == ("bounce", False)


def test_each_recipient_is_judged_by_the_words_beside_their_address() -> None:
    found = plain(
        "Hi. This is the qmail-send program at mx.example.net.\nI wasn't able to deliver your message.\n\n"
        "<anna@example.net>:\nRemote host said: 550 5.1.1 User unknown\n\n"
        "<boris@example.net>:\nRemote host said: 552 5.2.2 Mailbox full\n\n--- Below this line is a copy of the message.\n\n"
        "Return-Path: <bonjour@shop.example.org>\nMessage-ID: <m2@shop.example.org>\nFrom: bonjour@shop.example.org\n"
    )
    assert [(one.recipient, one.reason, one.hard) for one in found] == [
        ("anna@example.net", "no_mailbox", True),
        ("boris@example.net", "full", False),
    ]
    assert {one.original for one in found} == {"m2@shop.example.org"}


def test_a_complaint_is_none_of_the_bounces_and_an_authentication_report_is_no_complaint() -> None:
    def feedback(kind: str) -> Judged:
        [found] = judging.judge(
            f'Subject: FW: spam\nContent-Type: multipart/report; report-type=feedback-report; boundary="c"\n\n'
            f"--c\nContent-Type: text/plain\n\nThis is a report.\n--c\nContent-Type: message/feedback-report\n\n"
            f"Feedback-Type: {kind}\nUser-Agent: Test/1\nVersion: 1\nOriginal-Rcpt-To: <anna@example.net>\n"
            f"Auth-Failure: dkim\nReported-Domain: shop.example.org\nSource-IP: 192.0.2.7\n\n"
            f"--c\nContent-Type: message/rfc822\n\nMessage-ID: <m3@shop.example.org>\n\nBonjour\n--c--\n".encode()
        )
        return found

    assert feedback("abuse") == Judged("complaint", "anna@example.net", reason="abuse", original="m3@shop.example.org")
    failed = feedback("auth-failure")
    assert (failed.kind, failed.reason, failed.hard) == ("other", "authentication", False)
    assert failed.text.startswith(
        "A mail of shop.example.org sent from 192.0.2.7 failed authentication (dkim): no complaint."
    )
    assert feedback("not-spam").kind == "other"
    assert feedback("\x1b[31mabuse<script>").reason == "mabusescript"


def test_a_read_receipt_is_none_either() -> None:
    mail = "From: anna@example.net\nReturn-Path: <>\nSubject: Not read: Bonjour\nMIME-Version: 1.0\n" + (
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="c"\n\n'
        "--c\nContent-Type: text/plain\n\nYour message was not delivered to a reader but deleted.\n--c--\n"
    )
    assert judging.judge(mail.encode()) == [Judged("other", "anna@example.net", reason="read_receipt")]


def test_a_report_names_all_its_people() -> None:
    report = (
        'Content-Type: multipart/report; report-type=feedback-report; boundary="c"\n\n'
        "--c\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: <anna@example.net>\n"
        "Original-Rcpt-To: <boris@example.net>\n\n--c--\n"
    )
    assert [one.recipient for one in judging.judge(report.encode())] == ["anna@example.net", "boris@example.net"]


@pytest.mark.parametrize("written", ["zoé@example.net", r"zo\x{E9}@example.net"])
def test_addresses_beyond_ascii_are_read(written: str) -> None:
    mail = DSN.format(
        words="",
        groups=f"Final-Recipient: utf-8; {written}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 Inconnu",
    ).replace("message/delivery-status", "message/global-delivery-status")
    [found] = judging.judge(mail.encode())
    assert (found.recipient, found.hard) == ("zoé@example.net", True)


def test_bare_bytes_in_a_diagnostic_are_read() -> None:
    group = "Final-Recipient: rfc822; anna@example.net\nAction: failed\nDiagnostic-Code: smtp; 550 Boîte inexistante\n"
    for charset in ("utf-8", "latin-1"):
        [found] = judging.judge(DSN.format(groups=group, words="").encode(charset))
        assert (found.reason, found.text) == ("no_mailbox", "550 Boîte inexistante")


def test_a_filter_s_name_is_no_reason() -> None:
    [found] = judging.judge(
        b"From: Mailer-Daemon@mx.example.net\nX-Failed-Recipients: anna@example.net\nSubject: Mail delivery failed\n\n"
        b"The following address(es) failed:\n\n  anna@example.net\n    host spam.barracuda.example [192.0.2.9]\n"
        b"    SMTP error from remote mail server after RCPT TO:<anna@example.net>:\n    550 User unknown\n\n"
        b"------ This is a copy of the message ------\n\n"
        b"Return-path: <bonjour@shop.example.org>\nMessage-ID: <m6@shop.example.org>\n"
    )
    assert (found.reason, found.hard, found.original) == ("no_mailbox", True, "m6@shop.example.org")


@pytest.mark.parametrize(
    ("sender", "judged"),
    [
        ("admin@shop.example.org\nReturn-Path: <>", ("bounce", "no_mailbox", "anna@example.net", True)),
        ("admin@shop.example.org", ("other", "quoted", "admin@shop.example.org", False)),
    ],
)
def test_a_notification_inside_another_mail_is_believed_of_a_server_only(
    sender: str, judged: tuple[str, str, str, bool]
) -> None:
    mail = (
        f"From: {sender}\nSubject: Look\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="f"\n\n--f\nContent-Type: text/plain\n\nFor you.\n--f\n'
        "Content-Type: message/rfc822\n\nFrom: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n\n"
        "<anna@example.net>:\nRemote host said: 550 User unknown\nGiving up on 192.0.2.9.\n--f--\n"
    )
    [found] = judging.judge(mail.encode())
    assert (found.kind, found.reason, found.recipient, found.hard) == judged


def test_a_notification_of_amazon_that_came_by_mail() -> None:
    recipient = {
        "emailAddress": "anna@example.net",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
    }
    told = {"notificationType": "Bounce", "bounce": {"bouncedRecipients": [recipient]}, "mail": {"messageId": "m5"}}
    wrapped = json.dumps({"Type": "Notification", "Message": json.dumps(told)})
    [found] = plain(wrapped, "AWS Notification Message", "no-reply@sns.example.com")
    assert plain(wrapped, "Look", "Anna <anna@example.net>") == [Judged("other", "anna@example.net", reason="quoted")]
    assert (found.recipient, found.hard, found.original) == ("anna@example.net", True, "m5")


@pytest.mark.parametrize(
    "mail",
    [
        b"", b"\0" * 1000, b"Content-Type: multipart/report; boundary=\n\n--", b"Content-Type: message/delivery-status\n\n",
        b"Content-Type: text/plain; charset=no-such\nContent-Transfer-Encoding: base64\n\n====", b"{" * 100_000,
        b'Subject: x\n\n{"notificationType": "Bounce", "bounce": 3, "mail": []}', b"\xff\xfe" * 500,
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: message/rfc822\n\n" * 300,
    ],
)  # fmt: skip
def test_no_mail_makes_it_fail(mail: bytes) -> None:
    assert len(judging.judge(mail)) >= 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "<style" * 30_000, "<style>" * 30_000, "<script>x" * 20_000, "<a " * 60_000, "a" * 200_000 + "@", "<" * 200_000,
        "\n \n" * 60_000, "recipient " * 20_000, "user not " * 20_000, "a@b." * 40_000, "sender is not " * 10_000,
        "mail from " * 20_000,
    ],
)  # fmt: skip
def test_no_mail_holds_the_reader_up(text: str) -> None:
    """An expression that backtracks without end would not come back from these."""
    plain(text, "Undelivered Mail")
    reported(text * 20)
    plain("", f"failure notice {text}")
    page = f"Content-Type: text/html\n\n{text * 20}\n"
    assert judging.judge(f"Subject: failure notice\n{page}".encode())
    assert judging.judge(
        f"Content-Type: multipart/mixed; boundary=a\n\n--a\n{page}--a\n{page}--a\n{page}--a--\n".encode()
    )


def test_of_a_page_only_what_is_shown_is_read() -> None:
    page = "<STYLE type=a>p {}<b></STYLE ><p>550 <b>User</b> unknown</p><script>x</script><br>&eacute;<style>never ends"
    words = parts.read(f"Content-Type: text/html\n\n{page}".encode()).words
    assert [" ".join(line.split()) for line in words.split("\n")] == ["550 User unknown", "", "é never ends"]
