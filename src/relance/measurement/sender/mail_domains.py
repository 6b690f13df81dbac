"""Who takes the mail of each domain people write from: asked of the DNS at night, so that no sending ever waits for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from django.conf import settings

from relance.core import database, place
from relance.eligibility.breaker import providers
from relance.measurement.sender.lookups import Resolver, UnansweredError
from relance.senders import register

KEPT = timedelta(days=30)  # before a domain is asked about again
_FORGOTTEN = timedelta(days=90)  # a domain that nobody has any more
_AT_ONCE = 16
_PART = 500
_SECONDS = 900.0  # a night's questions may take; the rest is for the next
log = structlog.get_logger(__name__)


def run(now: datetime) -> int:
    """Ask about the domains not known, or known for 30 days; return how many were answered. A stage of the night.

    Nothing is asked in a rehearsal, where mails leave nowhere, or without RELANCE_PROVIDER_LOOKUP. A domain about which
    nobody answers stays as it was.
    """
    if place.current().simulated or not (settings.RELANCE.provider_lookup and register.mails_leave()):
        return 0
    waiting, begun, found = _unknown(now), time.monotonic(), 0
    resolver = Resolver()
    for start in range(0, len(waiting), _PART):
        if time.monotonic() - begun > _SECONDS:
            break
        found += _keep(_asked(resolver, waiting[start : start + _PART]), now)
    database.execute("DELETE FROM mail_domain WHERE at < %s", [now - _FORGOTTEN])
    if waiting:
        log.info("mail domains looked up", asked=len(waiting), found=found)
    return found


def _unknown(now: datetime) -> list[str]:
    """Return the domains to ask about, those of most people first; the table of providers needs no question."""
    table = providers.sql("domain").replace("%", "%%")
    rows = database.rows(
        f"""
        SELECT domain FROM (
            SELECT lower(split_part(value, '@', 2)) AS domain, count(*) AS people
            FROM contact_point WHERE channel = 'email' AND valid IS NOT FALSE GROUP BY 1
        ) AS present
        WHERE domain <> '' AND {table} = 'other'
          AND NOT EXISTS (SELECT FROM mail_domain known WHERE known.domain = present.domain AND known.at > %s)
        ORDER BY people DESC, domain
        """,
        [now - KEPT],
    )
    return [domain for (domain,) in rows]


def _asked(resolver: Resolver, domains: Sequence[str]) -> dict[str, str]:
    """Return the provider of each domain that was answered about; one without a mail host takes its mail itself."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return {
            domain: found
            for domain, found in zip(domains, pool.map(lambda d: _provider(resolver, d), domains), strict=True)
            if found
        }


def _provider(resolver: Resolver, domain: str) -> str:
    try:
        hosts = resolver.mail_hosts(domain)
    except UnansweredError:
        return ""
    return providers.behind(hosts[0]) if hosts else domain


def _keep(found: dict[str, str], now: datetime) -> int:
    return database.execute(
        """
        INSERT INTO mail_domain (domain, provider, at)
        SELECT domain, provider, %s FROM unnest(%s::text[], %s::text[]) AS one (domain, provider)
        ON CONFLICT (domain) DO UPDATE SET provider = excluded.provider, at = excluded.at
        """,
        [now, list(found), list(found.values())],
    )
