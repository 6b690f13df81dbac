"""Blocklists asked over DNS (RFC 5782): sending addresses and the sender's domain, and whether the list answers at all."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address, ip_network

from relance.measurement.sender.findings import Finding
from relance.measurement.sender.lookups import Resolver, UnansweredError

_LISTED = ip_network("127.0.0.0/16")  # the codes of a listing
# The list refuses to answer this resolver, as Spamhaus does to public ones, and URIBL and SURBL with 127.0.0.1.
_REFUSED = (ip_network("127.255.255.0/24"), ip_network("127.0.0.1/32"))


def addresses(resolver: Resolver, hosts: Sequence[str], zones: Sequence[str]) -> list[Finding]:
    """Return what each list says of each sending address."""
    return [_asked(resolver, _reversed(host), zone, host) for host in hosts for zone in zones]


def domains(resolver: Resolver, domain: str, zones: Sequence[str]) -> list[Finding]:
    """Return what each list of domains says of the sender's."""
    return [_asked(resolver, domain, zone, domain) for zone in zones]


def _asked(resolver: Resolver, name: str, zone: str, subject: str) -> Finding:
    values = {"subject": subject, "zone": zone}
    try:
        codes = [IPv4Address(code) for code in resolver.listed(f"{name}.{zone}") if ":" not in code]
        reason = " ".join(resolver.texts(f"{name}.{zone}"))[:300] if codes else ""
    except UnansweredError as error:
        return Finding("list_unanswered", "unknown", values | {"error": str(error)})
    if any(code in refused for code in codes for refused in _REFUSED):
        return Finding("list_refuses", "unknown", values)
    if any(code in _LISTED for code in codes):
        return Finding("listed", "fault", values | {"reason": reason, "codes": [str(code) for code in codes]})
    return Finding("not_listed", "ok", values) if not codes else Finding("list_refuses", "unknown", values)


def _reversed(address: str) -> str:
    """Return an address as blocklists name it: its bytes, or for IPv6 its half bytes, last first (RFC 5782, 2.1 and 2.4)."""
    found = ip_address(address)
    return found.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
