"""`relance bounces classify`: one line for each recipient of each mail, and a sentence for what is no folder of mails."""

from pathlib import Path

import pytest

from relance.feedback.models import ReturnedMail
from tests.cli.running import Runner

MAIL = """From: MAILER-DAEMON@mx.example.net
Subject: failure notice
X-Failed-Recipients: anna@example.net

anna@example.net
    550 5.1.1 User unknown [red]\x1b[31m
"""


def test_each_recipient_of_each_mail_is_told(relance: Runner, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1[bold].eml").write_text(MAIL)
    (tmp_path / "2.eml").write_text("From: boris@example.net\nSubject: Re: Bonjour\n\nMerci !\n")
    found = relance("bounces", "classify", tmp_path, "--json").data["mails"]
    assert [(one["file"], one["kind"], one["recipient"], one["reason"], one["hard"]) for one in found] == [
        ("2.eml", "other", "boris@example.net", "", False),
        ("new/1[bold].eml", "bounce", "anna@example.net", "no_mailbox", True),
    ]
    text = relance("bounces", "classify", tmp_path).out
    assert "2 judged: other 1, bounce 1; dead addresses 1. Nothing was written." in " ".join(text.split())
    assert "[bold]" in text
    assert "\x1b[31m" not in text


def test_a_report_on_authentication_is_said_in_a_sentence(relance: Runner, tmp_path: Path) -> None:
    report = (
        'Content-Type: multipart/report; report-type=feedback-report; boundary="c"\n\n--c\n'
        "Content-Type: message/feedback-report\n\nFeedback-Type: auth-failure\nAuth-Failure: dmarc\n"
        "Reported-Domain: example.org\nOriginal-Rcpt-To: <anna@example.net>\n\n--c--\n"
    )
    (tmp_path / "1.eml").write_text(report)
    text = " ".join(relance("bounces", "classify", tmp_path).out.split())
    assert "other anna@example.net authentication" in text
    assert "A mail of example.org failed authentication (dmarc): no complaint." in text


@pytest.mark.parametrize(("name", "sentence"), [("nowhere", "is not a folder"), ("empty", "holds no file")])
def test_what_is_no_folder_of_mails_is_refused(relance: Runner, tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "empty").mkdir()
    refused = relance("bounces", "classify", tmp_path / name)
    assert refused.code == 1
    assert sentence in " ".join(refused.err.split())


def test_one_mail_is_taken_once(relance: Runner, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_text(MAIL)
    assert relance("bounces", "take", mail, "--json").data == {"taken": {"unmatched": 1}}
    assert relance("bounces", "take", mail, "--json").data == {"taken": {"known": 1}}


def test_who_the_envelope_is_from_may_be_said(relance: Runner, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_text("From: anna@example.net\nSubject: Bin im Urlaub\n\n12. zur\n")
    assert relance("bounces", "take", mail, "--sender", "", "--json").data == {"taken": {"unmatched": 1}}
    assert ReturnedMail.objects.get().kind == "auto_reply"


def test_what_cannot_be_taken_is_to_be_offered_again(relance: Runner, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for name, sentence in (("empty", "There is no mail"), ("nowhere", "is not a file")):
        refused = relance("bounces", "take", tmp_path / name)
        assert refused.code == 75
        assert sentence in refused.err


def test_no_mailbox_is_said(relance: Runner) -> None:
    refused = relance("bounces", "read")
    assert refused.code == 1
    assert "RELANCE_BOUNCE_MAILBOX" in refused.err
