from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from relance.core.errors import ConfigurationError
from relance.feedback import machines
from relance.feedback.machines import Asking

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1"


def asking(method: str, headers: dict[str, str], peer: str = "198.51.100.7") -> Asking:
    return Asking.of(method, headers, peer)


@pytest.mark.parametrize(
    ("method", "headers", "sign"),
    [
        ("GET", {"user-agent": PHONE}, ""),
        ("HEAD", {"user-agent": PHONE}, "head"),
        ("OPTIONS", {"user-agent": PHONE}, "head"),
        ("GET", {}, "agent"),
        ("GET", {"user-agent": "Mozilla/5.0"}, "agent"),
        ("GET", {"user-agent": "Googlebot/2.1"}, "agent"),
        ("GET", {"user-agent": "python-requests/2.32"}, "agent"),
        ("GET", {"user-agent": PHONE, "sec-purpose": "prefetch;prerender"}, "ahead"),
        ("GET", {"user-agent": PHONE, "x-moz": "prefetch"}, "ahead"),
        ("GET", {"user-agent": PHONE, "x-purpose": "preview"}, "ahead"),
    ],
)
def test_a_request_betrays_a_machine(method: str, headers: dict[str, str], sign: str) -> None:
    assert machines.sign(asking(method, headers)) == sign


@pytest.mark.parametrize(
    ("agent", "sign"),
    [
        ("Mozilla/5.0", "proxy"),
        ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", ""),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", ""),
        (PHONE, ""),
        ("curl/8.5", "agent"),
    ],
)
def test_who_fetches_an_image(agent: str, sign: str) -> None:
    assert machines.sign_of_open(asking("GET", {"user-agent": agent})) == sign


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_an_address_loses_its_end(address: str, network: str) -> None:
    assert machines.shortened(address) == network


def test_a_proxy_on_this_machine_is_believed_and_no_other() -> None:
    said = {"user-agent": PHONE, "x-forwarded-for": "203.0.113.9, 198.51.100.8"}
    assert asking("GET", said, "127.0.0.1").address == "198.51.100.8"
    assert asking("GET", said, "192.0.2.1").address == "192.0.2.1"


def test_scanners_are_known_by_their_networks(tmp_path: Path) -> None:
    file = tmp_path / "scanners.txt"
    file.write_text("# a gateway\n198.51.100.0/25\n2001:db8::/32  # its other half\n\n")
    with override_settings(RELANCE=settings.RELANCE.model_copy(update={"scanner_networks": str(file)})):
        assert machines.sign(asking("GET", {"user-agent": PHONE})) == "network"
        assert machines.sign(asking("GET", {"user-agent": PHONE}, "2001:db8::1")) == "network"
        assert machines.sign(asking("GET", {"user-agent": PHONE}, "198.51.100.200")) == ""


def test_a_file_of_networks_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    file = tmp_path / "scanners.txt"
    file.write_text("198.51.100.0/25\nthe office\n")
    with pytest.raises(ConfigurationError, match=r"scanners\.txt, line 2: `the office` is no network"):
        machines.networks(str(file))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        machines.networks(str(tmp_path / "absent"))
