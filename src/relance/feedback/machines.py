"""What betrays a machine in a single request: what it calls itself, how it asks, where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from relance.core.errors import ConfigurationError

AGENT_CHARACTERS = 200
_MACHINES = re.compile(
    r"bot\b|crawl|spider|scan|preview|proxy|monitor|curl|wget|python|java/|go-http|okhttp|headless|facebookexternalhit|slack|whatsapp",
    re.IGNORECASE,
)
_IMAGE_PROXIES = re.compile(r"GoogleImageProxy|YahooMailProxy", re.IGNORECASE)  # a person's opening, fetched for them
_APPLE = "Mozilla/5.0"  # all that Apple's Mail Privacy Protection says of itself
_LOCAL = frozenset({"127.0.0.1", "::1", ""})  # empty: a socket file
_AHEAD = ("purpose", "sec-purpose", "x-moz", "x-purpose")

READ = ("user-agent", "x-forwarded-for", *_AHEAD)  # the headers that tell something here

Network = IPv4Network | IPv6Network


class Asking(NamedTuple):
    """Who asks, as far as a request says: its method, its agent, what it says of fetching ahead, and its address."""

    method: str
    agent: str
    ahead: str
    address: str

    @classmethod
    def of(cls, method: str, headers: Mapping[str, str], peer: str) -> Asking:
        """Return who asks, from headers with names in lower case; a proxy on this machine is believed whom it asks for."""
        local = peer in _LOCAL and "x-forwarded-for" in headers
        address = headers["x-forwarded-for"].rpartition(",")[2].strip() if local else peer
        ahead = " ".join(filter(None, map(headers.get, _AHEAD)))
        return cls(method, headers.get("user-agent", "").replace("\0", "")[:AGENT_CHARACTERS], ahead, address)


def sign(asking: Asking) -> str:
    """Return what betrays a machine in a request for a link: `head`, `agent`, `ahead`, `network`, or nothing."""
    return _sign(asking, settings.RELANCE.scanner_networks)


@lru_cache(maxsize=10_000)
def _sign(asking: Asking, scanners: str) -> str:
    if asking.method != "GET":
        return "head"
    return "agent" if _is_program(asking.agent) else _fetched(asking, scanners)


def sign_of_open(asking: Asking) -> str:
    """Return what betrays a machine in a request for an image: as for a link, and `proxy` where Apple fetches for all.

    Gmail and Yahoo fetch through a proxy when the person opens: that is a person's.
    """
    if asking.method == "GET" and asking.agent == _APPLE:
        return "proxy"
    if _IMAGE_PROXIES.search(asking.agent):
        return _fetched(asking, settings.RELANCE.scanner_networks)
    return sign(asking)


@lru_cache(maxsize=10_000)
def shortened(address: str) -> str:
    """Return the network of an address, its end left out (/24, /48): enough to know a scanner's, not a person's."""
    found = _parsed(address)
    if found is None:
        return ""
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))


def _is_program(agent: str) -> bool:
    """Tell whether an agent says that it is a program, or says less than any browser does."""
    return agent in ("", _APPLE) or _MACHINES.search(agent) is not None


def _fetched(asking: Asking, scanners: str) -> str:
    """Return `ahead` for what was fetched before anybody asked for it, `network` for a scanner's, or nothing."""
    if "prefetch" in asking.ahead or "preview" in asking.ahead:
        return "ahead"
    return "network" if _is_scanner(asking.address, scanners) else ""


def _is_scanner(address: str, file: str) -> bool:
    found = _parsed(address) if file else None
    return found is not None and any(found in network for network in networks(file))


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


@lru_cache(maxsize=4)
def networks(file: str) -> tuple[Network, ...]:
    """Return the networks of a file, one CIDR a line; what follows a `#` is a remark."""
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except OSError as error:
        raise ConfigurationError(
            f"RELANCE_SCANNER_NETWORKS names {file}, which cannot be read: {error.strerror}."
        ) from error
    found: list[Network] = []
    for number, line in enumerate(lines, 1):
        if written := line.partition("#")[0].strip():
            try:
                found.append(ip_network(written, strict=False))
            except ValueError:
                raise ConfigurationError(
                    f"{file}, line {number}: `{written}` is no network. Write one such as 192.0.2.0/24."
                ) from None
    return tuple(found)
