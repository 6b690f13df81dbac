"""SPF (RFC 7208): whether the domain's record exists, can be evaluated, and lets the sending hosts send."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from relance.measurement.sender.findings import Finding
from relance.measurement.sender.lookups import Resolver, UnansweredError

MOST_LOOKUPS = 10  # mechanisms that ask the domain name system, RFC 7208, 4.6.4
_ASKS = ("include", "a", "mx", "ptr", "exists", "redirect")
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class _BrokenError(Exception):
    """The record cannot be evaluated: RFC 7208's `permerror`."""


class _UnknowableError(Exception):
    """The record asks for what only a real mail tells (macros)."""


@dataclass
class _Evaluation:
    """One evaluation: the address, and how many lookups it took so far."""

    resolver: Resolver
    address: str
    lookups: int = 0
    path: list[str] = field(default_factory=list)

    def result(self, domain: str) -> str:
        """Return pass, fail, softfail, neutral or none."""
        if domain in self.path:
            raise _BrokenError(f"{domain} includes itself")
        record = _record(self.resolver, domain)
        if record is None:
            return "none"
        self.path.append(domain)
        try:
            return self._first_match(domain, list(_terms(record)))
        finally:
            self.path.pop()

    def _first_match(self, domain: str, terms: list[tuple[str, str, str]]) -> str:
        for sign, name, value in terms:
            if name != "redirect" and self._matches(domain, name, value):
                return _RESULTS[sign]
        for _, name, value in terms:
            if name == "redirect":
                self._count()
                return self._redirected(value)
        return "neutral"

    def _redirected(self, target: str) -> str:
        found = self.result(_plain(target))
        if found == "none":
            raise _BrokenError(f"{target} has no record")
        return found

    def _matches(self, domain: str, name: str, value: str) -> bool:
        if name == "all":
            return True
        if name in ("ip4", "ip6"):
            return _within(self.address, value)
        self._count()
        target, _, length = value.partition("/")
        return self._asks(name, _plain(target) or domain, length)

    def _asks(self, name: str, target: str, length: str) -> bool:
        if name == "include":
            found = self.result(target)
            if found == "none":
                raise _BrokenError(f"{target} has no record")
            return found == "pass"
        if name == "exists":
            return bool(self.resolver.listed(target))
        if name == "ptr":
            return any(host.endswith(target) for host in self.resolver.name_of(self.address))
        hosts = [target] if name == "a" else self.resolver.mail_hosts(target)
        return any(
            _within(self.address, _sized(one, length)) for host in hosts for one in self.resolver.addresses(host)
        )

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise _BrokenError(f"more than {MOST_LOOKUPS} lookups")


def examine(resolver: Resolver, domain: str, addresses: Sequence[str]) -> list[Finding]:
    """Return what is found of the domain's SPF record, and of each sending address under it."""
    try:
        records = [text for text in resolver.texts(domain) if _is_spf(text)]
    except UnansweredError as error:
        return [Finding("spf_unanswered", "unknown", {"domain": domain, "error": str(error)})]
    if not records:
        return [Finding("spf_missing", "fault", {"domain": domain})]
    if len(records) > 1:
        return [Finding("spf_several", "fault", {"domain": domain, "count": len(records)})]
    try:
        terms = list(_terms(records[0]))
    except _BrokenError as error:
        return [Finding("spf_broken", "fault", {"domain": domain, "error": str(error)})]
    found = [_of_address(resolver, domain, address) for address in addresses]
    return [*found, *_of_record(domain, terms)] or [Finding("spf_there", "ok", {"domain": domain})]


def _of_record(domain: str, terms: Sequence[tuple[str, str, str]]) -> list[Finding]:
    """Return what the record alone tells: that it lets everybody send."""
    open_to_all = any(name == "all" and sign in "+?" for sign, name, _ in terms)
    return [Finding("spf_open", "fault", {"domain": domain})] if open_to_all else []


def _of_address(resolver: Resolver, domain: str, address: str) -> Finding:
    values = {"domain": domain, "address": address}
    try:
        result = _Evaluation(resolver, address).result(domain)
    except _BrokenError as error:
        return Finding("spf_broken", "fault", values | {"error": str(error)})
    except (_UnknowableError, UnansweredError) as error:
        return Finding("spf_unknown", "unknown", values | {"error": str(error)})
    return Finding("spf_passes", "ok", values) if result == "pass" else Finding("spf_refuses", "fault", values)


def _record(resolver: Resolver, domain: str) -> str | None:
    records = [text for text in resolver.texts(domain) if _is_spf(text)]
    if len(records) > 1:
        raise _BrokenError(f"{domain} has {len(records)} records")
    return records[0] if records else None


def _is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def _terms(record: str) -> Iterator[tuple[str, str, str]]:
    """Yield (qualifier, name, value) of each mechanism, and of `redirect`; other modifiers say nothing here."""
    for term in record.split()[1:]:
        sign, rest = (term[0], term[1:]) if term[0] in _RESULTS else ("+", term)
        if "=" in rest.split(":")[0].split("/")[0]:
            name, _, value = rest.partition("=")
            if name.lower() == "redirect":
                yield sign, "redirect", value
            continue
        name, slash = rest.split(":")[0].split("/")[0].lower(), rest.partition("/")[2]
        if name not in (*_ASKS, "all", "ip4", "ip6"):
            raise _BrokenError(f"{term} is no mechanism")
        yield sign, name, rest.partition(":")[2] or (f"/{slash}" if slash else "")


def _plain(target: str) -> str:
    if "%" in target:
        raise _UnknowableError(f"{target} needs a real mail to be told")
    return target.rstrip(".").lower()


def _sized(address: str, lengths: str) -> str:
    """Return an address with the prefix length of its kind: `24`, `24//64` or `/64`."""
    four, _, six = lengths.partition("//") if "//" in lengths else (lengths, "", "")
    if lengths.startswith("/"):
        four, six = "", lengths.strip("/")
    length = six if ip_address(address).version == 6 else four
    return f"{address}/{length}" if length else address


def _within(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError as error:
        raise _BrokenError(f"{network} is no network") from error
