"""Which hosts are this machine."""

from __future__ import annotations

from ipaddress import ip_address


def here(host: str | None) -> bool:
    """Tell whether a host's name or address means this machine: what goes there crosses no network, and nobody else gets there."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return (host or "").lower() == "localhost"
