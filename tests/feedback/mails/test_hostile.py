"""Mails made to stop the reader: none makes it fail, and none holds it up."""

from time import process_time

import pytest

from relance.feedback.mails import judging, parts
from relance.feedback.mails.judging import Judged

HEAD = b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nSubject: failure\nMIME-Version: 1.0\n"
SIZE = 1_000_000
SECONDS = 8  # of a slow machine; what backtracks or takes the square of such a mail needs minutes


def filled(part: bytes) -> bytes:
    return part * (SIZE // len(part))


def nested(levels: int, rest: bytes = b"", content: bytes = b"") -> bytes:
    lines = (
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n%s' % (one, one, content) for one in range(levels)
    )
    return HEAD + b"".join(lines) + b"\n" + rest


def report(kind: bytes, fields: bytes) -> bytes:
    return (
        HEAD
        + b'Content-Type: multipart/report; boundary="B"\n\n--B\nContent-Type: '
        + kind
        + b"\n\n"
        + fields
        + b"\n--B--\n"
    )


def groups(words: bytes) -> bytes:
    group = b"Final-Recipient: rfc822; a%d@b.example\nStatus: 5.0.0\nDiagnostic-Code: smtp; " + words + b"\n\n"
    return report(
        b"message/delivery-status", b"Reporting-MTA: dns; x\n\n" + b"".join(group % one for one in range(110))
    )


@pytest.mark.parametrize(
    "mail",
    [
        nested(400), nested(3_000), nested(400, content=b"Content-Type: message/rfc822\n\n"),
        HEAD + b"Content-Type: message/rfc822\n\n" * 3_000,
        HEAD + "Content-Type: text/plain; charset*=utf-8''utf-8\n\nété".encode(),
        HEAD + 'Content-Type: text/plain; charset="utf-8\0"\n\nété'.encode(),
        HEAD + "Content-Type: text/plain; charset=hex\n\nété".encode(),
        HEAD + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 666 x\nM\n",
    ],
)  # fmt: skip
def test_no_mail_makes_it_fail(mail: bytes) -> None:
    assert [one for one in judging.judge(mail) if one.reason != "unreadable"]


@pytest.mark.parametrize(
    "charset", ["charset*=utf-8''utf-8", 'charset="utf-8\0"', "charset=punycode", "charset=latin-1"]
)
def test_words_are_read_whatever_the_charset_claims(charset: str) -> None:
    coded = "été".encode("latin-1" if charset.endswith("latin-1") else "utf-8")
    assert parts.read(f"Content-Type: text/plain; {charset}\n\n".encode() + coded).words == "été"


def test_a_long_mail_cut_amid_a_letter_is_still_read() -> None:
    assert parts.read(b"\nx" + "é".encode() * 500_000).words[:3] == "xéé"


def test_a_mail_too_deep_is_read_as_words() -> None:
    read = parts.read(nested(100, b"Where is my order?"))
    assert (read.headers["subject"], "Where is my order?" in read.words) == ("failure", True)


def test_what_nobody_can_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: parts.Returned) -> list[Judged]:
        raise TypeError("a mail nobody foresaw")

    monkeypatch.setattr(judging, "meaning", fails)
    assert judging.judge(b"Subject: Hello\n\nHello\n") == [Judged("other", reason="unreadable")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "mail",
    [
        HEAD + b"Content-Type: text/plain;" + filled(b'";') + b"\n\nx",
        HEAD + b"Content-Type: multipart/mixed;" + filled(b'";') + b"\n\nx",
        nested(80, b"\n" * SIZE), nested(12, b"\n" * SIZE),
        report(b"message/delivery-status", b"Action: failed\n\nFinal-Recipient: rfc822; a@b.example\nStatus:" + filled(b"\n x")),
        report(b"text/rfc822-headers", b"To:" + filled(b"\n x")),
        report(b"message/feedback-report", filled(b"Original-Rcpt-To: a@b.example\n")),
        groups(b"exceed" * 650), groups(b"temporar" * 490), groups(b"user account mailbox " * 190),
        HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 400_000 + b"-" + filled(b"b"),
        HEAD + b"Content-Type: text/plain; charset=idna\n\n" + filled(b"xn--a."), filled(b"Subject: =?utf-8?q?=41?=\n") + b"\n",
        HEAD + b"\n" + filled(b"\n" + b" " * 98), HEAD + b"\n" + filled(b">>> data\n<<< 354 x\n"),
    ],
)  # fmt: skip
def test_no_mail_holds_the_reader_up(mail: bytes) -> None:
    began = process_time()
    assert judging.judge(mail)
    assert process_time() - began < SECONDS
