"""The examination: every check of the sender's domain and hosts, kept once a day; pre-flight reads the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

import structlog
from django.conf import settings

from relance.core import place
from relance.core.errors import ConfigurationError
from relance.delivery import keys as own
from relance.intake.options import Progress, silent
from relance.measurement.models import SenderExamination
from relance.measurement.sender import blocklists, keys, spf
from relance.measurement.sender.findings import Finding, Level, worst
from relance.measurement.sender.lookups import Resolver, UnansweredError
from relance.senders import register
from relance.senders.sender import Sender

log = structlog.get_logger(__name__)
PARTS = 8
EVERY = timedelta(hours=20)  # the stage runs nightly; a night may begin a little earlier than the last


@dataclass(frozen=True)
class Examination:
    """What was found of a sender's domain, and when."""

    at: datetime
    domain: str
    findings: list[Finding]

    @property
    def level(self) -> Level:
        """The worst of what was found."""
        return worst(self.findings)

    def to_mend(self) -> list[Finding]:
        """Return what is not good, the worst first."""
        return [one for level in ("fault", "advice", "unknown") for one in self.findings if one.level == level]


def run(now: datetime) -> int:
    """Examine every sender's domain once a day where mails really leave; the stage of the night, and no answer fails it."""
    if place.current().simulated or not register.mails_leave():
        return 0
    known = {domain: latest(domain) for domain in register.domains()}
    due = [domain for domain, last in known.items() if last is None or now - last.at >= EVERY]
    for domain in due:
        keep(examine(now, domain=domain))
    return len(due)


def examine(now: datetime, progress: Progress = silent, *, domain: str = "") -> Examination:
    """Ask everything there is to ask of a sender's domain; takes seconds, where nobody answers a minute.

    Of the domain of the default sender, where none is named.

    `progress` hears of each part before it begins: hosts, spf, dkim, dmarc, mail, reverse, lists.
    """
    ours, resolver = settings.RELANCE, Resolver()
    domain = domain or register.default().domain
    senders = [one for one in register.in_force().values() if one.domain == domain]
    progress("hosts", 0, PARTS)
    found, addresses = _hosts(resolver, _listed(ours.sending_hosts))
    parts: tuple[tuple[str, Callable[[], list[Finding]]], ...] = (
        ("spf", lambda: spf.examine(resolver, domain, addresses)),
        ("dkim", lambda: keys.dkim(resolver, domain, own.selectors(senders), _own_keys(senders))),
        ("dmarc", lambda: keys.dmarc(resolver, domain)),
        ("mail", lambda: _mail(resolver, domain)),
        ("reverse", lambda: [_reverse(resolver, address) for address in addresses]),
        ("lists", lambda: blocklists.addresses(resolver, addresses, _listed(ours.blocklists))),
        ("lists", lambda: blocklists.domains(resolver, domain, _listed(ours.domain_blocklists))),
    )
    for done, (name, part) in enumerate(parts, start=1):
        progress(name, done, PARTS)
        found += part()
    return Examination(now, domain, found)


def keep(found: Examination) -> None:
    """Keep an examination as the domain's last."""
    plain = [finding.as_dict() for finding in found.findings]
    SenderExamination.objects.update_or_create(domain=found.domain, defaults={"at": found.at, "findings": plain})
    log.info("sender examined", domain=found.domain, level=found.level)


def latest(domain: str = "") -> Examination | None:
    """Return the last examination of a domain (of the default sender where none is named); None where there was none."""
    row = SenderExamination.objects.filter(domain=domain or register.default().domain).first()
    return Examination(row.at, row.domain, [Finding(**one) for one in row.findings]) if row else None


def _own_keys(senders: Sequence[Sender]) -> dict[str, str]:
    """Return the public keys of our own by selector; none of a sender whose cannot be read, which `relance check` says."""
    found: dict[str, str] = {}
    for one in senders:
        with suppress(ConfigurationError):
            found |= {key.selector: key.public() for key in own.in_force(one)}
    return found


def _hosts(resolver: Resolver, hosts: Sequence[str]) -> tuple[list[Finding], list[str]]:
    """Return the addresses of the sending hosts, and what is found of those that have none."""
    found: list[Finding] = []
    addresses: list[str] = []
    for host in hosts:
        try:
            known = [host] if _is_address(host) else resolver.addresses(host)
        except UnansweredError as error:
            found.append(Finding("host_unanswered", "unknown", {"host": host, "error": str(error)}))
            continue
        addresses += known
        found += [] if known else [Finding("host_unknown", "fault", {"host": host})]
    return found, list(dict.fromkeys(addresses))


def _mail(resolver: Resolver, domain: str) -> list[Finding]:
    try:
        taken = bool(resolver.mail_hosts(domain))
    except UnansweredError as error:
        return [Finding("mail_unanswered", "unknown", {"domain": domain, "error": str(error)})]
    return [
        Finding("mail_taken", "ok", {"domain": domain})
        if taken
        else Finding("mail_refused", "fault", {"domain": domain})
    ]


def _reverse(resolver: Resolver, address: str) -> Finding:
    """Return whether an address has a name that leads back to it."""
    try:
        names = [name for name in resolver.name_of(address) if address in resolver.addresses(name)]
    except UnansweredError as error:
        return Finding("reverse_unanswered", "unknown", {"address": address, "error": str(error)})
    if names:
        return Finding("reverse_good", "ok", {"address": address, "name": names[0]})
    return Finding("reverse_missing", "fault", {"address": address})


def _listed(text: str) -> list[str]:
    return [part for part in text.replace(",", " ").split() if part]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
