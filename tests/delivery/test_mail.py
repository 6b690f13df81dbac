from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from relance.content.compiler import Rendered
from relance.core.errors import RenderError
from relance.delivery import headers, mail, names, parts
from relance.delivery.mail import Envelope
from relance.settings import Settings
from tests.conftest import NOW
from tests.delivery.texts import ATTACKS

UUID_1 = UUID("6f1c2a52-1d5e-4a93-8f0f-2d4a6a1b9c01")


def parsed(raw: bytes) -> EmailMessage:
    read = message_from_bytes(raw, policy=policy.SMTP)
    assert isinstance(read, EmailMessage)
    assert read.defects == []
    for _, value in read.items():
        assert not getattr(value, "defects", ())
    return read


def composed(
    subject: str = "Hello", html: str = "<body>Hi</body>", text: str = "Hi\n", **changes: object
) -> EmailMessage:
    given: dict[str, object] = {
        "message_id": 7, "uuid": UUID_1, "address": "anna@example.org", "purpose": "promotion", "journey_id": 3,
        "step": "hello",
    }  # fmt: skip
    envelope = Envelope(**given | changes)  # type: ignore[arg-type]
    return parsed(mail.compose(envelope, Rendered(subject, "pre", html, text), NOW))


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {"mail_from_name": "L’Atelier, été", "mail_reply_to": "reply@example.org", "unsubscribe_address": "bye@example.org",
               "base_url": "https://relance.example.org"}  # fmt: skip
    monkeypatch.setattr(settings, "RELANCE", Settings(**settings.RELANCE.model_dump() | changed))


@pytest.mark.usefixtures("db", "shop")
def test_the_headers_a_mailbox_provider_asks_for() -> None:
    read = composed("Anna, ça va ? 🎁")
    assert read["Subject"] == "Anna, ça va ? 🎁"
    assert read["From"].addresses[0].display_name == "L’Atelier, été"
    assert read["From"].addresses[0].addr_spec == "shop@example.org"
    assert read["To"] == "anna@example.org"
    assert read["Reply-To"] == "reply@example.org"
    assert read["Message-ID"] == f"<{names.write(7, UUID_1)}@example.org>"
    assert read["Date"].datetime == NOW
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    https, mailto = read["List-Unsubscribe"].split(", ")
    assert https.startswith("<https://relance.example.org/u/")
    assert mailto.startswith("<mailto:bye@example.org?subject=")
    assert read["Feedback-ID"] == "hello:3:promotion:exampleorg"
    assert read["List-Id"].endswith("<promotion.example.org>")
    assert read["Auto-Submitted"] is None


@pytest.mark.usefixtures("db")
def test_a_transactional_mail_is_no_list_mail_and_says_a_machine_sent_it() -> None:
    read = composed(purpose="transactional")
    assert read["List-Unsubscribe"] is None
    assert read["List-Id"] is None
    assert read["Auto-Submitted"] == "auto-generated"


@pytest.mark.usefixtures("db")
def test_a_text_and_an_html_part_in_utf_8() -> None:
    read = composed(html="<p>Été — 100 % = bon</p>\r\n.\r\n", text="Été\n.\nFrom here\n")
    assert read.get_content_type() == "multipart/alternative"
    text, html = read.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n").strip() == "Été\n.\nFrom here"
    assert "<p>Été — 100 % = bon</p>" in html.get_content()


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_value_makes_a_header(attack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = settings.RELANCE.model_dump() | {"mail_from_name": attack}
    monkeypatch.setattr(settings, "RELANCE", Settings(**changed))
    read = composed(attack, step=attack)
    assert read["Bcc"] is None
    assert len(read.items()) == len(composed().items())


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "address",
    [
        *ATTACKS,
        "a@b\r\nBcc: x",
        "a@b>, <c@d",
        "a b@c",
        "@b",
        "a@",
        "a,b@c",
        "<a@b>",
        "a@你好，世界",
        "a@b。c＞d",
        "a" * 300 + "@b",
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(RenderError, match=r"cannot be written to|is not a domain name"):
        composed(address=address)


def test_lines_stay_within_78_characters() -> None:
    for line in headers.text("Subject", "Une très longue phrase — " * 12).split("\r\n"):
        assert len(line) <= 78
    for line in headers.text("Subject", "word " * 60).split("\r\n"):
        assert len(line) <= 78


text = st.text(max_size=200)


@given(subject=text)
@limits(max_examples=300, deadline=None)
def test_any_subject_reads_as_the_standard_library_would_write_it(subject: str) -> None:
    read = message_from_bytes((headers.text("Subject", subject) + "\r\n").encode(), policy=policy.SMTP)
    assert read["Subject"] == headers.one_line(subject)
    assert read.keys() == ["Subject"]


@given(name=text)
@limits(max_examples=300, deadline=None)
def test_any_name_stays_a_name(name: str) -> None:
    read = message_from_bytes((headers.mailbox("From", name, "shop@example.org") + "\r\n").encode(), policy=policy.SMTP)
    (address,) = read["From"].addresses
    assert address.addr_spec == "shop@example.org"
    # Python 3.11 reads a space between two encoded words of a phrase, which RFC 2047 (6.2) says is none.
    assert "".join(address.display_name.split()) == "".join(headers.one_line(name).split())


@given(content=st.text(max_size=500))
@limits(max_examples=300, deadline=None)
def test_any_content_arrives_as_it_was(content: str) -> None:
    part = b"--b\r\n" + parts.part("plain", content).content
    raw = b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n' + part + b"--b--\r\n"
    (read,) = message_from_bytes(raw, policy=policy.SMTP).iter_parts()
    normal = content.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    assert read.get_content().replace("\r\n", "\n") == normal + ("" if normal.endswith("\n") else "\n")
    assert all(len(line) <= 76 for line in part.split(b"\r\n"))
