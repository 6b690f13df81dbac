"""What became of the mails of a while, by mailbox provider and week: one statement over messages and their answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from relance.core import database
from relance.eligibility.breaker import counting, loops, providers
from relance.measurement import mail_rates
from relance.measurement.intervals import Interval
from relance.measurement.mail_rates import RateSums
from relance.senders import register

FEW = 100  # with fewer mails a share says little, and the interval how little
SHARES = {  # each with what it is a share of
    "accepted": "sent", "returned": "sent", "hard": "sent", "soft": "sent", "block": "sent", "other": "sent",
    "complained": "told", "unsubscribed": "accepted", "clicked": "accepted",
}  # fmt: skip


COLUMNS = (
    "sent", "accepted", "hard", "soft", "block", "other", "told", "complained", "unsubscribed", "clicked", "returned",
)  # fmt: skip


@dataclass(frozen=True)
class Share:
    """A part of a whole with its interval at 95 %; no share where the whole is empty."""

    part: int
    whole: int
    sums: RateSums = field(default_factory=RateSums)

    @property
    def rate(self) -> float | None:
        """Return the share, from 0 to 1."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> Interval | None:
        """Return what the data leave possible, the mails of one person taken as alike as they were seen to be."""
        found = mail_rates.rate(self.sums)
        return found.interval if found else None

    @property
    def few(self) -> bool:
        """Tell whether so few mails carry it that only the interval may be read."""
        return 0 < self.whole < FEW


def together(shares: Sequence[Share]) -> Share:
    """Return the share of all these weeks; somebody who got mails in two of them counts as two people."""
    whole = sum((one.sums for one in shares), RateSums())
    return Share(sum(one.part for one in shares), sum(one.whole for one in shares), whole)


@dataclass(frozen=True)
class Fares:
    """How the mails to a provider fared (`""`: to all of them), in a week or (None) over the whole window; times in seconds.

    Accepted: a server took it and it did not come back, which is not the inbox. `told`: accepted where complaints are told.
    """

    provider: str
    week: date | None
    sent: int
    accepted: int
    hard: int
    soft: int
    block: int
    other: int
    told: int
    complained: int
    unsubscribed: int
    clicked: int
    wait_median: float | None
    wait_late: float | None  # nineteen mails in twenty left sooner
    click_median: float | None
    sums: Mapping[str, RateSums] = field(default_factory=dict)  # of each share, by person

    @property
    def returned(self) -> int:
        return self.hard + self.soft + self.block + self.other

    @property
    def blind(self) -> bool:
        """Tell whether nobody tells of complaints there, so that none seen says nothing."""
        return self.accepted > 0 and not self.told

    def share(self, name: str) -> Share:
        """Return a share by its name: of what was sent, of what was accepted, or of what complaints are told of."""
        return Share(int(getattr(self, name)), int(getattr(self, SHARES[name])), self.sums.get(name, RateSums()))


@dataclass(frozen=True)
class Table:
    """The figures of one sender since an instant: in all, by provider, by week, and why mails came back."""

    sender: str
    since: datetime
    until: datetime
    all: Fares
    providers: tuple[Fares, ...]  # the largest first
    weeks: tuple[Fares, ...]  # of all providers, the oldest first
    by_week: Mapping[str, tuple[Fares, ...]]  # of each provider
    reasons: tuple[tuple[str, str, str, int], ...]  # provider, kind, status code, mails: the most frequent first

    def whole_weeks(self, provider: str) -> tuple[Fares, ...]:
        """Return the weeks of a provider (`""`: of all) that are over: the answers to the running one are still to come."""
        weeks = self.by_week.get(provider, ()) if provider else self.weeks
        return tuple(one for one in weeks if one.week and one.week + timedelta(days=7) <= self.until.date())


# What was offered to a server within the window. A refusal at the door has no `sent_at`; it was due at `not_before`.
_MAIL = """
    SELECT m.id, m.contact_id, m.state, m.reason, m.sent_at, m.not_before, {provider} AS provider, {domain} LIKE ANY(%(loops)s) AS tells,
           date_trunc('week', coalesce(m.sent_at, m.not_before) AT TIME ZONE %(zone)s)::date AS week,
           CASE WHEN m.state = 'bounced' THEN split_part(m.reason, ':', 1)
                WHEN m.state = 'failed' THEN CASE WHEN m.reason LIKE 'no\\_mailbox%%' THEN 'hard'
                                                  WHEN m.reason LIKE 'gave\\_up%%' THEN 'soft' ELSE 'block' END END AS kind
    FROM message m LEFT JOIN contact_point cp ON cp.id = m.contact_point_id
    WHERE m.channel = 'email' AND coalesce(m.sent_at, m.not_before) > %(since)s AND coalesce(m.sent_at, m.not_before) <= %(now)s
      AND m.sender = ANY(%(senders)s)
      AND (m.state IN ('sent', 'delivered', 'bounced')
           OR m.state = 'failed' AND m.reason NOT LIKE 'render%%' AND m.reason NOT LIKE 'resolved%%')
"""
# How many people have such counts in each provider and week, in each provider, in each week, and in all.
_FARES = """
    WITH mail AS MATERIALIZED ({mail}), answer AS (
        SELECT (properties ->> 'message')::bigint AS id, bool_or(type = 'message_complained') AS complained,
               bool_or(type = 'message_unsubscribed') AS unsubscribed, min(occurred_at) FILTER (WHERE type = 'message_clicked') AS clicked
        FROM event
        WHERE type IN ('message_clicked', 'message_unsubscribed', 'message_complained') AND occurred_at > %(since)s
          AND occurred_at <= %(now)s AND properties ? 'message' AND coalesce(properties ->> 'machine', 'false') <> 'true'
        GROUP BY 1
    ), told AS (
        SELECT mail.*, state IN ('sent', 'delivered') AS accepted, a.complained, a.unsubscribed, a.clicked,
               extract(epoch FROM sent_at - not_before) AS waited, extract(epoch FROM a.clicked - sent_at) AS clicked_after
        FROM mail LEFT JOIN answer a USING (id)
    ), person AS (
        SELECT provider, week, count(*) AS sent, count(*) FILTER (WHERE accepted) AS accepted,
               count(*) FILTER (WHERE kind = 'hard') AS hard, count(*) FILTER (WHERE kind = 'soft') AS soft,
               count(*) FILTER (WHERE kind = 'block') AS block,
               count(*) FILTER (WHERE kind NOT IN ('hard', 'soft', 'block')) AS other,
               count(*) FILTER (WHERE accepted AND tells) AS told,
               count(*) FILTER (WHERE accepted AND tells AND complained) AS complained,
               count(*) FILTER (WHERE accepted AND unsubscribed) AS unsubscribed,
               count(*) FILTER (WHERE accepted AND clicked IS NOT NULL) AS clicked, count(kind) AS returned
        FROM told
        GROUP BY GROUPING SETS ((contact_id, provider, week), (contact_id, provider), (contact_id, week), (contact_id))
    ), alike AS (
        SELECT provider, week, {columns}, count(*) AS people FROM person GROUP BY provider, week, {columns}
    ), times AS (
        SELECT provider, week, percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) AS wait,
               percentile_cont(0.95) WITHIN GROUP (ORDER BY waited) AS late,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY clicked_after) AS click
        FROM told GROUP BY GROUPING SETS ((provider, week), (provider), (week), ())
    )
    SELECT coalesce(alike.provider, ''), alike.week, wait, late, click, {columns}, people
    FROM alike JOIN times ON alike.provider IS NOT DISTINCT FROM times.provider AND alike.week IS NOT DISTINCT FROM times.week
"""
_REASONS = """
    SELECT provider, kind, coalesce(
               substring(reason FROM '\\m([45]\\.\\d{{1,3}}\\.\\d{{1,3}})\\M'), substring(reason FROM '\\m([45]\\d\\d)\\M'), ''
           ), count(*)
    FROM ({mail}) mail WHERE kind IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT 60
"""
_NOTHING = Fares("", None, *(0,) * 10, None, None, None)


def read(days: int, now: datetime, sender: str = "") -> Table:
    """Return the figures of the last `days` days of a domain, of the settings' sender's where none is named.

    Answers older than `hot_days` have left PostgreSQL.
    """
    since = now - timedelta(days=days)
    domain = "lower(split_part(coalesce(cp.value, ''), '@', 2))"
    mail = _MAIL.format(provider=providers.sql(domain).replace("%", "%%"), domain=domain)
    own = sender or counting.sender()
    given = {
        "senders": register.names(own),
        "since": since,
        "now": now,
        "loops": loops.patterns(),
        "zone": settings.RELANCE.time_zone,
    }
    rows = _fares(database.rows(_FARES.format(mail=mail, columns=", ".join(COLUMNS)), given))
    by_week: dict[str, list[Fares]] = defaultdict(list)
    for one in rows:
        if one.week and one.provider:
            by_week[one.provider].append(one)
    return Table(
        sender=own,
        since=since,
        until=now,
        all=next((one for one in rows if not one.provider and one.week is None), _NOTHING),
        providers=tuple(one for one in rows if one.provider and one.week is None),
        weeks=tuple(one for one in rows if not one.provider and one.week),
        by_week={provider: tuple(weeks) for provider, weeks in by_week.items()},
        reasons=tuple(database.rows(_REASONS.format(mail=mail), given)),
    )


def _fares(rows: list[Any]) -> list[Fares]:
    """Return how mails fared, in the order of weeks (None first), then of size, from how many people have such counts."""
    cells: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in rows:
        cells[tuple(row[:5])].append(row[5:])
    found = []
    for (provider, week, *times), told in cells.items():
        counts = {name: sum(row[place] * row[-1] for row in told) for place, name in enumerate(COLUMNS[:-1])}
        sums = {part: mail_rates.tallied(told, COLUMNS.index(part), COLUMNS.index(of)) for part, of in SHARES.items()}
        wait, late, click = times
        found.append(Fares(provider, week, **counts, wait_median=wait, wait_late=late, click_median=click, sums=sums))
    return sorted(found, key=lambda one: (one.week or date.min, -one.sent, one.provider))
