"""Links and images asked for: a real server answers, and nothing private is asked but our own site."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from relance.content.compiler import Rendered
from relance.content.link_check import checking, hosts, places
from relance.content.link_check.answers import Answer, State
from relance.content.link_check.places import Place
from tests.content.link_check.site import served

Site = tuple[str, list[str]]


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as found:
        yield found


def answer(base: str, path: str, *, image: bool = False, seconds: float = 5.0) -> Answer:
    [found] = checking.check([Place(base + path, "", image)], [base], seconds)
    return found.answer


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ("/good", State.INSECURE),
        ("/gone", State.DEAD),
        ("/broken", State.FAULTY),
        ("/closed", State.CLOSED),
        ("/no-head", State.INSECURE),
        ("/circle", State.CIRCULAR),
        ("/elsewhere", State.INCOMPLETE),
        ("/inside", State.PRIVATE),
    ],
)
def test_each_answer_is_told_apart(site: Site, path: str, state: State) -> None:
    assert answer(site[0], path).state == state


def test_a_server_without_head_is_asked_again_by_get(site: Site) -> None:
    answer(site[0], "/no-head")
    assert site[1] == ["HEAD /no-head", "GET /no-head"]


def test_a_redirection_says_where_it_ends(site: Site) -> None:
    assert answer(site[0], "/moved").reached == f"{site[0]}/good"


def test_an_image_that_is_a_page_is_none(site: Site) -> None:
    assert answer(site[0], "/page.png", image=True).state == State.NO_IMAGE
    assert answer(site[0], "/cup.png", image=True).state == State.INSECURE


@pytest.mark.parametrize("path", ["/mute", "/drip"])
def test_a_server_that_does_not_answer_is_slow(site: Site, path: str) -> None:
    assert answer(site[0], path, seconds=0.5).state == State.SLOW


def test_what_nobody_had_time_or_room_for_is_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    base = site[0]
    monkeypatch.setattr(checking, "AT_ONCE", 1)
    monkeypatch.setattr(checking, "MOST", 2)
    asked = [Place(f"{base}{path}", "", image=False) for path in ("/mute", "/good", "/gone")]
    found = checking.check(asked, [base], 0.5)
    assert [one.answer.state for one in found] == [State.SLOW, State.UNASKED, State.UNASKED]


def test_a_private_network_is_not_asked(site: Site) -> None:
    base, asked = site
    [found] = checking.check([Place(f"{base}/good", "", image=False)], ["https://relance.example.org"])
    assert (found.answer.state, asked) == (State.PRIVATE, [])


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("https://nowhere.invalid/", State.UNKNOWN),
        ("#", State.INCOMPLETE),
        ("", State.INCOMPLETE),
        ("ftp://example.org/", State.INCOMPLETE),
        ("https://[::1", State.INCOMPLETE),
        ("http://localhost/", State.PRIVATE),
        ("http://169.254.169.254/latest", State.PRIVATE),
        ("http://[::ffff:10.0.0.1]/", State.PRIVATE),
        ("http://2130706433/", State.PRIVATE),
    ],
)
def test_an_address_that_leads_nowhere_is_told(address: str, state: State) -> None:
    [found] = checking.check([Place(address, "", image=False)], [])
    assert found.answer.state == state


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2a00:1450:4007::1", True),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("0.0.0.0", False),
    ],
)
def test_addresses_of_private_networks_are_known(address: str, public: bool) -> None:
    assert hosts.is_public(ip_address(address)) is public


def test_nothing_of_ours_answers_at_a_closed_port(site: Site) -> None:
    [found] = checking.check([Place("http://127.0.0.1:1/", "", image=False)], ["http://127.0.0.1:1"])
    assert found.answer.state == State.UNREACHABLE


def test_a_certificate_nobody_vouches_for_is_told(tmp_path: Path) -> None:
    with served(_certificate(tmp_path / "own.pem")) as (base, _):
        assert answer(base, "/good").state == State.CERTIFICATE


def test_addresses_of_a_mail_stand_once_with_their_words() -> None:
    page = (
        '<a href="https://shop.fr/a?x=1&amp;y=2"><b>See</b> it</a>'
        '<a href="https://shop.fr/b"><img src="https://shop.fr/i.png" alt="A cup"></a>'
        '<a href="https://shop.fr/b">More</a><a href="mailto:x@shop.fr">write</a><a href="https://shop.fr/leave">leave</a><td background="https://shop.fr/bg.png"></td>'
    )
    found = places.of(Rendered("", "", page, "See: https://shop.fr/b.\nhttps://shop.fr/c)"), ["https://shop.fr/leave"])
    assert found == [
        Place("https://shop.fr/a?x=1&y=2", "See it", image=False),
        Place("https://shop.fr/i.png", "A cup", image=True),
        Place("https://shop.fr/b", "A cup, More", image=False),
        Place("https://shop.fr/bg.png", "", image=True),
        Place("https://shop.fr/c", "", image=False),
    ]


def _certificate(path: Path) -> Path:
    """Write a key with a certificate that it signed itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=9000))
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(pem))
    return path
