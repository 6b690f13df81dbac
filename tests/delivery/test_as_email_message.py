"""Our bytes read by the standard library's parser as an EmailMessage of the same values; no value reaches beyond its place."""

from binascii import b2a_qp
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.policy import EmailPolicy
from uuid import UUID

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from relance.content.compiler import Rendered
from relance.core.errors import RenderError
from relance.delivery import headers, mail, names, parts
from relance.settings import Settings
from tests.conftest import NOW
from tests.delivery.texts import ATTACKS, SCRIPTS, contents, lines

UUID_1 = UUID("6f1c2a52-1d5e-4a93-8f0f-2d4a6a1b9c01")
NAMES = ["From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "Feedback-ID", "List-Unsubscribe-Post", "List-Id",
         "MIME-Version", "Content-Type"]  # fmt: skip
POLICIES = [policy.default, policy.SMTP, policy.SMTPUTF8]
LONG = ["x" * 5_000, "é" * 3_000, "word " * 1_000, "=?utf-8?b?QmNjOiB4?=" * 20, "🎁" * 500]
addresses = st.sampled_from(
    ["anna@example.org", "a.b+c@sub.example.org", "zoé@exämple.org", "用户@例え.jp", "x" * 60 + "@example.org"]
)


def composed(rendered: Rendered, **changes: object) -> bytes:
    given = {
        "message_id": 7, "uuid": UUID_1, "address": "anna@example.org", "purpose": "promotion", "journey_id": 3,
        "step": "hello",
    } | changes  # fmt: skip
    return mail.compose(mail.Envelope(**given), rendered, NOW)  # type: ignore[arg-type]


def read(raw: bytes, how: EmailPolicy = policy.SMTP) -> EmailMessage:
    parsed = message_from_bytes(raw, policy=how)
    assert isinstance(parsed, EmailMessage)
    assert parsed.defects == []
    return parsed


def peer(subject: str, address: str, html: str, text: str) -> EmailMessage:
    """The same mail by the standard library; it takes neither line ends in headers nor lone surrogates."""
    made = EmailMessage(policy=policy.SMTPUTF8)
    made["From"] = "Relance <shop@example.org>"
    made["To"] = headers.checked_address(address)
    made["Subject"] = headers.one_line(subject)
    made["Date"] = NOW
    made["Message-ID"] = f"<{names.write(7, UUID_1)}@example.org>"
    made.set_content(_plain(text))
    made.add_alternative(_plain(html), subtype="html")
    return made


def _plain(content: str) -> str:
    return content.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()


def words(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode()


def content(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    assert part.defects == []
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.usefixtures("server")
@given(subject=lines, address=addresses, html=contents, text=contents, how=st.sampled_from(POLICIES))
@limits(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_it_says_it_reads_as_email_message_has_it(
    subject: str, address: str, html: str, text: str, how: EmailPolicy
) -> None:
    ours = read(composed(Rendered(subject, "pre", html, text), address=address), how)
    theirs = peer(subject, address, html, text)
    assert ours.keys() == NAMES
    assert ours["Subject"] == words(headers.one_line(subject))
    for name in (
        "From",
        "To",
        "Date",
        "Message-ID",
        *(["Subject"] if "=?" not in subject else []),
    ):  # it decodes what it is given
        assert words(ours[name]) == words(theirs[name]), name
    assert content(ours, "plain") == content(theirs, "plain")
    assert content(ours, "html") == content(theirs, "html")


@pytest.mark.usefixtures("server")
@given(subject=lines, html=contents, text=contents, step=lines)
@limits(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_lines_end_in_crlf_and_stay_short(subject: str, html: str, text: str, step: str) -> None:
    raw = composed(Rendered(subject, "pre", html, text), step=step)
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    rows = raw.split(b"\r\n")
    assert not any(b"\r" in row or b"\n" in row or b"\0" in row for row in rows)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert all(len(row) <= 998 for row in head.split(b"\r\n"))
    assert all(len(row) <= 76 for row in body.split(b"\r\n"))


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "value", [*ATTACKS, *LONG, *SCRIPTS, "a\u2029Bcc: x", "a\x0bBcc: x", "\ud800Bcc: x", " \r\n Bcc: x", "%d%s{0}"]
)
def test_no_field_of_a_person_reaches_beyond_its_place(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name and texts come in through what was rendered; step, names of the shop and address stand in headers themselves."""
    shop = settings.RELANCE.model_dump() | {"mail_from_name": value}
    monkeypatch.setattr(settings, "RELANCE", Settings(**shop))
    raw = composed(Rendered(value, value, f"<p>{value}</p>", value), step=value)
    ours = read(raw)
    assert ours.keys() == NAMES
    assert [part.get_content_type() for part in ours.iter_parts()] == ["text/plain", "text/html"]
    assert [addressee.addr_spec for addressee in ours["From"].addresses] == ["shop@example.org"]
    assert ours["Subject"] == words(headers.one_line(value))
    for bad in (f"{value}@example.org", f"a@{value}"):
        try:
            to = read(composed(Rendered("s", "", "h", "t"), address=bad), policy.SMTPUTF8)
        except RenderError:
            continue
        assert to.keys() == NAMES
        assert len(to["To"].addresses) == 1


@pytest.mark.usefixtures("server")
def test_a_text_cannot_end_its_part() -> None:
    boundary = f"--=_{UUID_1.hex}"
    forged = f"before\r\n{boundary}\r\nContent-Type: text/html\r\n\r\n<b>forged</b>\r\n{boundary}--\r\nafter"
    ours = read(composed(Rendered("s", "", forged, forged)))
    assert len(list(ours.iter_parts())) == 2
    assert content(ours, "plain") == content(ours, "html") == forged.replace("\r\n", "\n") + "\n"


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ("Bonjour, c'est l'été à l'atelier", "quoted-printable"),
        ("a = b\n" * 20, "quoted-printable"),
        ("こんにちは世界。" * 10, "base64"),
        ("مرحبا بالعالم " * 10, "base64"),
        ("<p style='margin:0;padding:0;color:black'>你好</p>" * 10, "quoted-printable"),
    ],
)
def test_each_part_takes_the_shorter_encoding(said: str, encoding: str) -> None:
    part = parts.part("plain", said).content
    assert f"Content-Transfer-Encoding: {encoding}\r\n".encode() in part
    body = part.partition(b"\r\n\r\n")[2]
    assert all(len(row) <= 76 for row in body.split(b"\r\n"))


@given(texts=contents)
@limits(max_examples=150, deadline=None)
def test_the_choice_of_encoding_is_the_shorter_or_close(texts: str) -> None:
    whole = parts.normal(texts)
    quoted = b2a_qp(whole.replace("\n", "\r\n").encode("utf-8", "replace"), istext=True)
    chosen = len(parts.part("plain", texts).content.partition(b"\r\n\r\n")[2])
    assert chosen <= 1.15 * min(len(quoted), len(parts._base64(whole))) + 20
