"""What each mailbox provider may still get: rows that all workers share, and who a domain's provider is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from relance.contacts import mail
from relance.core import database
from relance.core.provider_limits import Limit
from relance.delivery.ledger import Due
from relance.eligibility.breaker import providers

FARTHEST = timedelta(hours=1)  # what waits is spread no farther; it asks again then
_LONGEST_PAUSE = 60  # minutes; each pause is twice the one before
_FORGOTTEN = timedelta(hours=2)  # after a pause, the next begins at a minute again


def grouped(domains: Collection[str]) -> dict[str, str]:
    """Return the provider of each domain: by the table, else by who takes its mail (`mail_domain`), else itself."""
    found = {domain: by_table(domain) for domain in domains}
    own = [domain for domain, provider in found.items() if provider == domain]
    if own:
        found |= dict(database.rows("SELECT domain, provider FROM mail_domain WHERE domain = ANY(%s::text[])", [own]))
    return found


def paused(now: datetime) -> dict[str, datetime]:
    """Return until when each provider rests that asked for it."""
    return dict(database.rows("SELECT provider, slow_until FROM provider_pace WHERE slow_until > %s", [now]))


def pause(names: Collection[str], now: datetime) -> dict[str, datetime]:
    """Let these providers rest for 1, 2, 4 … 60 minutes; return until when. A pause that runs is not made longer."""
    return dict(
        database.rows(
            """
            INSERT INTO provider_pace AS pace (provider, remaining, at, slow_until, pauses)
            SELECT provider, 0, %(now)s, %(now)s + interval '1 minute', 1 FROM unnest(%(names)s::text[]) AS one (provider)
            ON CONFLICT (provider) DO UPDATE SET
                pauses = CASE WHEN pace.slow_until > %(now)s THEN pace.pauses
                    WHEN pace.slow_until > %(forgotten)s THEN least(pace.pauses + 1, 10) ELSE 1 END,
                slow_until = CASE WHEN pace.slow_until > %(now)s THEN pace.slow_until
                    WHEN pace.slow_until > %(forgotten)s
                    THEN %(now)s + least(2 ^ least(pace.pauses, 10), %(longest)s) * interval '1 minute'
                    ELSE excluded.slow_until END
            RETURNING provider, slow_until
            """,
            {"names": sorted(names), "now": now, "forgotten": now - _FORGOTTEN, "longest": _LONGEST_PAUSE},
        )
    )


def take(asked: Mapping[str, tuple[int, Limit]], now: datetime) -> dict[str, tuple[int, datetime]]:
    """Take for each provider as many of the mails asked for as may leave now; return that, and from when the others wait.

    A row fills up by the rate, to a minute's worth at most. The others are booked one after the other behind those booked
    before, an hour ahead at most.
    """
    taken = _take(asked, now)
    if new := sorted(asked.keys() - taken.keys()):
        database.execute(
            """
            INSERT INTO provider_pace (provider, remaining, at, pauses)
            SELECT provider, remaining, %s, 0 FROM unnest(%s::text[], %s::float8[]) AS one (provider, remaining)
            ON CONFLICT DO NOTHING
            """,
            [now, new, [asked[name][1].at_once for name in new]],
        )
        taken |= _take({name: asked[name] for name in new}, now)
    return taken


def _take(asked: Mapping[str, tuple[int, Limit]], now: datetime) -> dict[str, tuple[int, datetime]]:
    if not asked:
        return {}
    rows = database.rows(
        """
        WITH asked AS (
            SELECT * FROM unnest(%(names)s::text[], %(mails)s::int[], %(rates)s::float8[], %(most)s::float8[])
                AS one (provider, mails, rate, most)
        ), held AS (
            SELECT pace.* FROM provider_pace AS pace JOIN asked USING (provider) ORDER BY provider FOR UPDATE OF pace
        ), counted AS (
            SELECT provider, mails, rate, greatest(booked_until, %(now)s) AS booked,
                   least(most, remaining + rate * greatest(0, extract(epoch FROM %(now)s - at))) AS there
            FROM asked JOIN held USING (provider)
        ), given AS (
            SELECT *, least(mails, floor(greatest(there, 0)))::int AS taken FROM counted
        )
        UPDATE provider_pace AS pace
        SET remaining = there - taken, at = greatest(pace.at, %(now)s),
            booked_until = least(booked + (mails - taken) / rate * interval '1 second', %(now)s + %(farthest)s)
        FROM given WHERE pace.provider = given.provider
        RETURNING pace.provider, taken, booked
        """,
        {
            "names": list(asked), "mails": [count for count, _ in asked.values()], "now": now, "farthest": FARTHEST,
            "rates": [limit.per_second for _, limit in asked.values()],
            "most": [limit.at_once for _, limit in asked.values()],
        },
    )  # fmt: skip
    return {provider: (taken, booked) for provider, taken, booked in rows}


def domains(batch: Sequence[Due]) -> dict[int, str]:
    """Return the domain of each message's person: of the address the gate would most likely choose."""
    return dict(
        database.rows(
            f"""
            SELECT one.id, point.domain
            FROM unnest(%s::bigint[], %s::bigint[]) AS one (id, contact_id)
            CROSS JOIN LATERAL ({mail.DOMAIN.format(contact="one.contact_id")}) AS point
            """,
            [[due.id for due in batch], [due.contact_id for due in batch]],
        )
    )


def give_back(unused: Mapping[str, int]) -> None:
    """Give back what was taken for mails that did not leave after all."""
    database.execute(
        """
        UPDATE provider_pace AS pace SET remaining = pace.remaining + unused.mails
        FROM (
            SELECT one.provider, one.mails FROM unnest(%s::text[], %s::int[]) AS one (provider, mails)
            JOIN provider_pace USING (provider) ORDER BY provider FOR UPDATE OF provider_pace
        ) AS unused
        WHERE pace.provider = unused.provider
        """,
        [list(unused), list(unused.values())],
    )


def by_table(domain: str) -> str:
    """Return the provider of a domain by the table, else the domain itself."""
    provider = providers.of(domain)
    return domain if provider == providers.OTHER else provider
