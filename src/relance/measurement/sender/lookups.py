"""Questions to the domain name system: answers, none, or nobody answered; through the resolver of the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address

import dns.exception
import dns.resolver
import dns.reversename
from django.conf import settings

SECONDS = 4.0  # a question may take; all servers and tries together


class UnansweredError(Exception):
    """Nobody answered: a fault of the network or of the name servers, which says nothing of the record."""


@dataclass
class Resolver:
    """Asks each question once; `asked` keeps the answers of one examination."""

    asked: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._resolver = _configured(settings.RELANCE.resolver)

    def texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, each in one piece; empty where there are none. Errors: UnansweredError."""
        return self._ask(name, "TXT")

    def addresses(self, name: str) -> list[str]:
        """Return the IPv4 and IPv6 addresses of a name. Errors: UnansweredError."""
        return [*self._ask(name, "A"), *self._ask(name, "AAAA")]

    def mail_hosts(self, name: str) -> list[str]:
        """Return the mail hosts of a domain, the preferred first, without the null one that says it takes no mail.

        Errors: UnansweredError.
        """
        return [host for host in self._ask(name, "MX") if host != ""]

    def listed(self, name: str) -> list[str]:
        """Return the codes (127.x.y.z) a blocklist answers for a name; empty where it is not listed. Errors: UnansweredError."""
        return self._ask(name, "A")

    def name_of(self, address: str) -> list[str]:
        """Return the names an address has in reverse. Errors: UnansweredError."""
        return self._ask(str(dns.reversename.from_address(address)).rstrip("."), "PTR")

    def _ask(self, name: str, kind: str) -> list[str]:
        key = (name.lower().rstrip("."), kind)
        if key not in self.asked:
            self.asked[key] = self._answers(*key)
        return self.asked[key]

    def _answers(self, name: str, kind: str) -> list[str]:
        try:
            records = sorted(self._resolver.resolve(name, kind, lifetime=SECONDS), key=_preference)
            return [_plain(kind, record) for record in records]
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise UnansweredError(f"{kind} {name}: {error}") from error


def _preference(record: object) -> int:
    """Return an MX record's place, 0 of any other."""
    return int(getattr(record, "preference", 0))


def _plain(kind: str, record: object) -> str:
    """Return a record's text: TXT strings joined without a space (RFC 7208, 3.3), names without the last dot."""
    if kind == "TXT":
        return b"".join(record.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    if kind == "MX":
        return str(record.exchange).rstrip(".")  # type: ignore[attr-defined]
    return str(record).rstrip(".")


def _configured(server: str) -> dns.resolver.Resolver:
    """Return a resolver that asks the server `address:port`, or those of the machine where it is empty."""
    if not server:
        try:
            return dns.resolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            return dns.resolver.Resolver(configure=False)
    resolver = dns.resolver.Resolver(configure=False)
    host, _, port = server.rpartition(":")
    resolver.nameservers = [str(ip_address(host.strip("[]")))]
    resolver.port = int(port)
    return resolver
