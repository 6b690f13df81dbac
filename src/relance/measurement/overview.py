"""The overview of the base: its health, what the silent cost, who can be reached, what threatens the sender.

Everything is computed once a night, after scoring, and kept as a snapshot: the first page reads one row.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.contacts import reach
from relance.core import database
from relance.core.durations import Duration
from relance.dormancy import profiles
from relance.events import engine
from relance.measurement import health, rates
from relance.measurement.models import HealthSnapshot

YEAR = Duration(12, "month")
MONTH = Duration(30, "day")
SILENT = ("dormant", "very_dormant")
MUCH_UNDETERMINED = 0.10  # of the base: from this share on it weighs that nobody can tell


@dataclass(frozen=True)
class Channel:
    """How many people one channel reaches: with a usable address, and of them those who permit marketing."""

    channel: str
    addressed: int
    permitted: int


@dataclass(frozen=True)
class Mails:
    """Mails of the last 12 months, and bounces of the last 30 days; all zero where no source tells of mails."""

    delivered: int = 0
    delivered_to_silent: int = 0
    answered_lately: int = 0  # delivered or bounced in the last 30 days
    hard_bounced_lately: int = 0
    bounces_told: bool = True  # whether a source, or Relance itself, tells of bounces


@dataclass(frozen=True)
class Addresses:
    """E-mail addresses by what hygiene found."""

    all: int = 0
    invalid: int = 0
    unverified: int = 0
    suggestions: int = 0  # mistyped, with the address probably meant


@dataclass(frozen=True)
class Sleepers:
    """Dormant people who bought: those who can be written to, and what they used to spend in a year."""

    buyers: int = 0
    reachable: int = 0
    yearly: float = 0.0
    reachable_yearly: float = 0.0


@dataclass(frozen=True)
class Overview:
    """All figures of the first page, as plain data."""

    health: dict[str, Any]
    channels: list[Channel] = field(default_factory=list)
    mails: Mails = field(default_factory=Mails)
    addresses: Addresses = field(default_factory=Addresses)
    sleepers: Sleepers = field(default_factory=Sleepers)

    @property
    def routing_cost(self) -> float:
        """What a year of mails to the silent costs to send, at the setting's price for one."""
        return self.mails.delivered_to_silent * float(settings.RELANCE.mail_cost)

    @property
    def undetermined(self) -> int:
        """How many people nobody can tell silent or not."""
        return int(self.health["states"].get("undetermined", 0))

    @property
    def silence_unknown(self) -> bool:
        """Whether nobody is said silent only because nobody can tell: a silence of 0 would then say what is not known."""
        silent = sum(int(self.health["states"].get(state, 0)) for state in SILENT)
        return not silent and self.undetermined > 0 and self.undetermined >= MUCH_UNDETERMINED * self.health["people"]


def keep(now: datetime) -> HealthSnapshot:
    """Compute the overview and keep it as the snapshot of its day."""
    day = now.astimezone(ZoneInfo(settings.RELANCE.time_zone)).date()
    figures = asdict(read(now))
    figures["health"]["at"] = now.isoformat()
    snapshot, _ = HealthSnapshot.objects.update_or_create(day=day, defaults={"at": now, "figures": figures})
    return snapshot


def of(snapshot: HealthSnapshot) -> Overview:
    """Return a snapshot's figures."""
    found = snapshot.figures
    return Overview(
        found["health"],
        [Channel(**channel) for channel in found["channels"]],
        Mails(**found["mails"]),
        Addresses(**found["addresses"]),
        Sleepers(**found["sleepers"]),
    )


def read(now: datetime) -> Overview:
    """Return the overview as last scored."""
    return Overview(health.read(now).as_dict(), _channels(now), _mails(now), _addresses(), _sleepers(now))


_CHANNELS = """
    SELECT channel, count(*), count(*) FILTER (WHERE permitted) FROM ({points}) point GROUP BY 1 ORDER BY 2 DESC
"""


def _channels(now: datetime) -> list[Channel]:
    """Return the reach of each channel."""
    return [Channel(*row) for row in database.rows(_CHANNELS.format(points=reach.points(now)))]


_MAILS = """
    SELECT count(*) FILTER (type = 'message_delivered'),
           count(*) FILTER (type = 'message_delivered' AND silent.contact_id IS NOT NULL),
           count(*) FILTER (occurred_at > $lately),
           count(*) FILTER (type = 'message_bounced' AND occurred_at > $lately AND (properties ->> 'kind') = 'hard')
    FROM events LEFT JOIN silent USING (contact_id)
    WHERE type IN ('message_delivered', 'message_bounced') AND occurred_at > $since AND occurred_at <= $now
      AND coalesce(channel, 'email') = 'email'
"""


def _mails(now: datetime) -> Mails:
    """Return the mails of the last 12 months and who they went to."""
    with engine.reading() as con:
        engine.load(con, "silent", f"SELECT contact_id FROM profile WHERE state IN {SILENT!r}")
        row = con.execute(_MAILS, {"now": now, "since": YEAR.before(now), "lately": MONTH.before(now)}).fetchone()
    delivered, to_silent, answered, bounced = (int(value or 0) for value in row or (0, 0, 0, 0))
    return Mails(delivered, to_silent, answered, bounced, "hard_bounced" in rates.told())


def _addresses() -> Addresses:
    ((every, invalid, unverified, suggestions),) = database.rows(
        """
        SELECT count(*), count(*) FILTER (WHERE valid IS FALSE), count(*) FILTER (WHERE valid IS NULL),
               count(*) FILTER (WHERE suggestion <> '')
        FROM contact_point WHERE channel = 'email'
        """
    )
    return Addresses(every, invalid, unverified, suggestions)


_SLEEPERS = """
    SELECT count(*), count(*) FILTER (reachable.contact_id IS NOT NULL), coalesce(sum(yearly), 0),
           coalesce(sum(yearly) FILTER (reachable.contact_id IS NOT NULL), 0)
    FROM (
        SELECT contact_id, (revenue / greatest(recency / 365.25, 1))::DECIMAL(18, 4) AS yearly
        FROM {profiles} WHERE state IN ('dormant', 'very_dormant') AND orders + store_purchases > 0
    ) sleeper LEFT JOIN reachable USING (contact_id)
"""


def _sleepers(now: datetime) -> Sleepers:
    """Return the dormant buyers and their money."""
    if not profiles.exist():
        return Sleepers()
    reachable = [contact for (contact,) in database.rows(reach.reachable(now, channel="email"))]
    con = engine.connect()
    try:
        con.execute("CREATE TABLE reachable AS SELECT unnest($ids::BIGINT[]) AS contact_id", {"ids": reachable})
        row = con.execute(_SLEEPERS.format(profiles=profiles.relation())).fetchone()
    finally:
        con.close()
    return Sleepers(int(row[0]), int(row[1]), float(row[2]), float(row[3])) if row else Sleepers()
