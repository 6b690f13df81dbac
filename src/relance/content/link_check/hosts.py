"""Where a name leads, and whether it may be asked: never into a private network, but for our own pages.

Somebody who writes a mail could otherwise have this machine ask its neighbours (server-side request forgery). So the name is
resolved once, each of its addresses is judged, and the connection is made to what was judged.
"""

from __future__ import annotations

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_TRANSLATED = ip_network("64:ff9b::/96")  # an IPv4 address stands in the last 32 bits (RFC 6052)

Site = tuple[str, int]  # host and port


class UnknownHostError(Exception):
    """No address belongs to the name."""


class PrivateHostError(Exception):
    """The name leads into a private network, which readers of a mail cannot reach and this machine does not ask."""


def addresses(host: str, port: int, ours: Collection[Site]) -> list[str]:
    """Return the IP addresses of a host. Errors: UnknownHostError, PrivateHostError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnknownHostError from None
    known = list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))
    if (host, port) not in ours and not all(is_public(ip_address(address)) for address in known):
        raise PrivateHostError
    return known


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one of the internet's, also where it holds another one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved
