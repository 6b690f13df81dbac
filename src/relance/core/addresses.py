"""Addresses as settings and definitions write them; each returns what it was given, or says what to write."""

import re
from urllib.parse import urlsplit


def mailbox(address: str) -> str:
    """Refuse what is no mail address; empty is none."""
    if address and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", address):
        raise ValueError("write an address such as shop@example.org")
    return address


def return_path(address: str) -> str:
    """Refuse an address whose local part leaves no room for a message's name (64 characters, RFC 5321)."""
    if len(address.partition("@")[0]) > 20 or "+" in address:
        raise ValueError("write at most 20 characters before the @ and no +, such as bounces@example.org")
    return mailbox(address)


def site(url: str) -> str:
    """Refuse what is no address of a site; empty is none."""
    if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
        raise ValueError("write it as https://www.example.org")
    return url
