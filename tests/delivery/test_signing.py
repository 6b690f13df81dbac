"""Every mail we sign is verified by dkimpy, whatever it holds; nothing can be changed or added afterwards."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from relance.content.compiler import Rendered
from relance.core import place
from relance.core.errors import ConfigurationError
from relance.delivery import alerts, dispatch, keys, mail, rendering, signing, test_sends
from relance.delivery.keys import Key
from tests.conftest import NOW
from tests.delivery import dkim_keys
from tests.delivery.sending import message, person, published
from tests.delivery.test_rendering import due
from tests.delivery.texts import contents, lines

UUID_1 = UUID("6f1c2a52-1d5e-4a93-8f0f-2d4a6a1b9c01")
BOTH = {"r1": "rsa", "e1": "ed25519"}


def composed(*texts: str, **changes: object) -> bytes:
    return drafted(*texts, **changes).whole()


def drafted(
    subject: str = "Hello", html: str = "<p>Hi  there</p>", text: str = "Hi\n", **changes: object
) -> mail.Draft:
    given = {
        "message_id": 7, "uuid": UUID_1, "address": "anna@example.org", "purpose": "promotion", "journey_id": 3,
        "step": "hello",
    } | changes  # fmt: skip
    return mail.draft(mail.Envelope(**given), Rendered(subject, "pre", html, text), NOW)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pair(server: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Key, ...]:
    """One key of each kind."""
    with place.elsewhere(data=tmp_path_factory.mktemp("keys")):
        return tuple(keys.make(selector, kind) for selector, kind in BOTH.items())


@given(subject=lines, html=contents, text=contents)
@limits(max_examples=150, deadline=None)
def test_whatever_a_mail_holds_both_signatures_verify(
    pair: tuple[Key, ...], subject: str, html: str, text: str
) -> None:
    signed = signing.sign(composed(subject, html, text), pair, "example.org", NOW)
    assert dkim_keys.verified(signed, pair) == [True, True]


@given(html=contents, text=contents)
@limits(max_examples=150, deadline=None)
@pytest.mark.usefixtures("server")
def test_content_is_canonicalized_piece_by_piece_as_in_one(html: str, text: str) -> None:
    draft = drafted("Hello", html, text)
    assert draft.relaxed == signing.relaxed_body(draft.body)


@given(
    body=st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b".", b"..", b"a", b"\xc3\xa9"]), max_size=30).map(b"".join)
)
@limits(max_examples=200, deadline=None)
def test_bodies_of_blanks_and_empty_lines_verify(pair: tuple[Key, ...], body: bytes) -> None:
    raw = b"From: shop@example.org\r\nSubject:  two \t blanks\r\n\tand a fold \r\n\r\n" + body + b"\r\n"
    assert dkim_keys.verified(signing.sign(raw, pair, "example.org", NOW), pair) == [True, True]


def test_an_address_beyond_ascii_verifies(pair: tuple[Key, ...]) -> None:
    signed = signing.sign(composed(address="zoé@exämple.org"), pair, "example.org", NOW)
    assert dkim_keys.verified(signed, pair) == [True, True]


@pytest.mark.parametrize("place_", range(0, 100, 7))
def test_a_changed_byte_fails(pair: tuple[Key, ...], place_: int) -> None:
    mail_ = composed("Hello", "<p>" + "word " * 50 + "</p>")
    head, _, body = mail_.partition(b"\r\n\r\n")
    at = len(head) + 4 + place_ * len(body) // 100
    letter = b"x" if mail_[at : at + 1] != b"x" else b"y"
    signed = signing.sign(mail_, pair, "example.org", NOW)
    marks = len(signed) - len(mail_)
    changed = signed[: marks + at] + letter + signed[marks + at + 1 :]
    assert dkim_keys.verified(changed, pair) == [False, False]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: Hello", b"Subject: Hallo"),
        (b"One-Click", b"Two-Click"),
        (b"/u/", b"/v/"),
        (b"To: ", b"Cc: eve@example.org\r\nTo: "),
        (b"From: ", b"From: <eve@example.org>\r\nFrom: "),
        (b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nFrom: <eve@example.org>\r\n"),
        (b"Subject: ", b"Subject: Your account\r\nSubject: "),
        (b"Content-Type: multi", b"Content-Type: text/html\r\nContent-Type: multi"),
        (b"List-Unsubscribe: ", b"List-Unsubscribe: <https://evil.example.org>\r\nList-Unsubscribe: "),
    ],
)
def test_a_changed_or_added_header_fails(pair: tuple[Key, ...], old: bytes, new: bytes) -> None:
    signed = signing.sign(composed(), pair, "example.org", NOW)
    assert old in signed
    assert dkim_keys.verified(signed.replace(old, new, 1), pair) == [False, False]


def test_what_a_relay_may_do_is_forgiven(pair: tuple[Key, ...]) -> None:
    signed = signing.sign(composed("Hello", "<p>two  blanks</p>"), pair, "example.org", NOW)
    relayed = b"Received: from here by there\r\n" + signed.replace(b"Subject: Hello", b"subject:   Hello ")
    assert dkim_keys.verified(relayed.replace(b"two  blanks", b"two    blanks") + b"\r\n\r\n", pair) == [True, True]


def test_the_signature_covers_both_headers_of_one_click(pair: tuple[Key, ...]) -> None:
    signed = signing.sign(composed(), pair, "example.org", NOW).decode()
    listed = "".join(signed.partition(" h=")[2].partition(";")[0].split()).split(":")
    assert listed.count("from") == 2
    assert {"list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id", "message-id", "date"} <= set(listed)
    assert all(len(line) <= 78 for line in signed.partition("\r\nFrom:")[0].split("\r\n"))


@pytest.mark.usefixtures("db")
def test_what_leaves_is_signed_when_keys_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    published(NOW)
    one = message(person("Zoé", NOW), NOW)
    to = {one.pk: "zoe@example.org"}
    plain = rendering.prepare([due(one)], to, NOW).mail(due(one))
    known = dkim_keys.in_force(monkeypatch, **BOTH)
    signed = rendering.prepare([due(one)], to, NOW).mail(due(one))
    assert isinstance(signed, bytes)
    assert isinstance(plain, bytes)
    assert signed.endswith(plain)
    assert dkim_keys.verified(signed, known) == [True, True]
    assert dkim_keys.verified(signed.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), known) == [True, True]


@pytest.mark.usefixtures("db")
def test_a_key_that_cannot_be_read_holds_mails_back(monkeypatch: pytest.MonkeyPatch) -> None:
    published(NOW)
    one = message(person("Zoé", NOW), NOW)
    dkim_keys.put(monkeypatch, "s1=dkim/gone.pem")
    with pytest.raises(ConfigurationError, match="no mail leaves unsigned"):
        dispatch.dispatch(NOW)
    one.refresh_from_db()
    assert one.state == "ready"
    dkim_keys.in_force(monkeypatch, r1="rsa")
    assert dispatch.dispatch(NOW).states == {"sent": 1}


@pytest.mark.usefixtures("db")
def test_alerts_and_test_sends_are_signed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    known = dkim_keys.in_force(monkeypatch, **BOTH)
    rendered = Rendered("Stopped", "", "<p>Stopped</p>", "Stopped\n")
    alert = alerts._outgoing(1, "team@example.org", rendered, NOW).mail
    assert alert is not None
    assert dkim_keys.verified(alert, known) == [True, True]
    user = test_sends.User(email="team@example.org", name="Marie")
    tried = test_sends._outgoing(1, user, rendered, NOW).mail
    assert tried is not None
    assert dkim_keys.verified(tried, known) == [True, True]


@pytest.mark.usefixtures("db")
def test_a_rehearsal_signs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    dkim_keys.in_force(monkeypatch, **BOTH)
    with place.elsewhere(simulated=True):
        assert signing.signed(drafted(), NOW) == composed()
    assert signing.signed(drafted(), NOW) != composed()
