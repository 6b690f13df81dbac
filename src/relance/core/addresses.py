"""Addresses as settings and definitions write them; each returns what it was given, or says what to write."""

import re
from urllib.parse import urlsplit

LONGEST = 254  # characters (RFC 5321, 4.5.3.1.3)
_HELD = re.compile(r"[^\s<>(),;:\"\\@\x00-\x20\x7f]+@[^\s<>(),;:\"\\@\x00-\x20\x7f]+")
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_URL = re.compile(r"[^\s\x00-\x20\x7f-\x9f\"'<>]+")


def holds(address: str) -> bool:
    """Tell whether an address stays in its place inside a mail header."""
    return bool(_HELD.fullmatch(address)) and len(address) <= LONGEST


def host(domain: str) -> str:
    """Return a domain in ASCII; UnicodeError where it is none.

    IDNA turns look-alikes such as a full-width comma into what would end the address.
    """
    found = domain if domain.isascii() else domain.encode("idna").decode()
    if not _HOST.fullmatch(found):
        raise UnicodeError(f"{found} is no name of a host")
    return found


def domain(address: str) -> str:
    """Return the domain of an address as the DNS and signatures have it: in small letters, in ASCII where it has a name there."""
    written = address.rpartition("@")[2].lower()
    try:
        return host(written)
    except UnicodeError:
        return written


def same(one: str, other: str) -> bool:
    """Tell whether two addresses are one, however their domain is written."""
    return one.rpartition("@")[0].lower() == other.rpartition("@")[0].lower() and domain(one) == domain(other)


def mailbox(address: str) -> str:
    """Refuse what is no mail address, or none that a header holds; empty is none."""
    if not address:
        return address
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", address) or not holds(address):
        raise ValueError("write an address such as shop@example.org")
    try:
        host(address.rpartition("@")[2])
    except UnicodeError:
        raise ValueError("its domain is no domain name; write an address such as shop@example.org") from None
    return address


def own_mailbox(address: str) -> str:
    """Refuse what mails cannot come from: before the @, mail servers and links take plain letters (ASCII) alone."""
    if not mailbox(address).rpartition("@")[0].isascii():
        raise ValueError("write plain letters (a to z) before the @, such as shop@example.org")
    return address


def return_path(address: str) -> str:
    """Refuse an address whose local part leaves no room for a message's name (64 characters, RFC 5321)."""
    if len(address.partition("@")[0]) > 20 or "+" in address:
        raise ValueError("write at most 20 characters before the @ and no +, such as bounces@example.org")
    return own_mailbox(address)


def site(url: str) -> str:
    """Refuse what is no address of a site; empty is none."""
    if url and not _URL.fullmatch(url):
        raise ValueError("write it without spaces, quotes and < >, as https://www.example.org")
    if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
        raise ValueError("write it as https://www.example.org")
    return url
