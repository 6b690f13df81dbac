"""Where a page goes back to, as the address that led to it asks."""

from __future__ import annotations

from urllib.parse import urlencode

from django.utils.http import url_has_allowed_host_and_scheme


def local(address: str) -> str:
    """Return an address of these pages to go back to; of any other, nothing."""
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith("/") else ""


def leading(page: str, to: str) -> str:
    """Return the address of a page that goes back to another one once its form is kept."""
    return f"{page}?{urlencode({'next': to}, safe='/')}"
