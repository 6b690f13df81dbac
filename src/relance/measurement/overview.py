"""The overview of the base: its health, what the silent cost, who can be reached, what threatens the sender.

Everything is computed once a night, after scoring, and kept as a snapshot: the first page reads one row.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.contacts import reach
from relance.contacts.models import STOPS_ADDRESS, ContactPoint
from relance.core import database, ids
from relance.core.durations import Duration
from relance.dormancy import profiles, untold
from relance.events import engine
from relance.measurement import health, rates
from relance.measurement.models import HealthSnapshot

YEAR = Duration(12, "month")
MONTH = Duration(30, "day")
SILENT = ("dormant", "very_dormant")


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
    silent_mailed: int | None = None  # dormant people they were delivered to; None where it was not counted
    silent_clicking: int = 0  # of these, those who bought nothing in the 12 months but clicked in a mail
    delivered_to_clicking: int = 0  # the mails to these


@dataclass(frozen=True)
class Addresses:
    """E-mail addresses by what hygiene found."""

    all: int = 0
    invalid: int = 0
    unverified: int = 0
    suggestions: int = 0  # mistyped, with the address probably meant
    correctable: int | None = None  # people of these who did not opt out; None where it was not counted
    opted_out: int = 0  # people of these who did


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
        return untold.people(self.health["states"], of=int(self.health["people"])) > 0


def keep(now: datetime) -> HealthSnapshot:
    """Compute the overview and keep it as the snapshot of its day."""
    day = now.astimezone(ZoneInfo(settings.RELANCE.time_zone)).date()
    figures = asdict(read(now))
    scored_at = figures["health"]["scored_at"]
    figures["health"] |= {"at": now.isoformat(), "scored_at": scored_at.isoformat() if scored_at else None}
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


def with_corrections(found: Overview, now: datetime) -> Overview:
    """Return the overview with its mistyped addresses counted anew where some were corrected since."""
    left = ContactPoint.objects.filter(channel="email").exclude(suggestion="").count()
    if left == found.addresses.suggestions:
        return found
    able, opted_out = correctable(now)
    return replace(found, addresses=replace(found.addresses, suggestions=left, correctable=able, opted_out=opted_out))


def read(now: datetime) -> Overview:
    """Return the overview as last scored."""
    return Overview(health.read(now).as_dict(), _channels(now), _mails(now), _addresses(now), _sleepers(now))


_CHANNELS = """
    SELECT channel, count(*), count(*) FILTER (WHERE permitted) FROM ({points}) point GROUP BY 1 ORDER BY 2 DESC
"""


def _channels(now: datetime) -> list[Channel]:
    """Return the reach of each channel."""
    return [Channel(*row) for row in database.rows(_CHANNELS.format(points=reach.points(now)))]


_MAILS = """
    SELECT sum(delivered), sum(delivered) FILTER (asleep), sum(answered), sum(bounced), count(*) FILTER (mailed),
           count(*) FILTER (mailed AND reading), sum(delivered) FILTER (mailed AND reading)
    FROM (
        SELECT *, silent.contact_id IS NOT NULL AS asleep, asleep AND delivered > 0 AS mailed, clicks > 0 AND NOT bought AS reading
        FROM (
            SELECT contact_id, count(*) FILTER (type = 'message_delivered') AS delivered,
                   count(*) FILTER (type = 'message_clicked') AS clicks,
                   count(*) FILTER (type <> 'message_clicked' AND occurred_at > $lately) AS answered,
                   count(*) FILTER (type = 'message_bounced' AND occurred_at > $lately AND (properties ->> 'kind') = 'hard') AS bounced
            FROM events
            WHERE type IN ('message_delivered', 'message_bounced', 'message_clicked') AND occurred_at > $since
              AND occurred_at <= $now AND coalesce(channel, 'email') = 'email'
            GROUP BY 1
        ) person LEFT JOIN silent USING (contact_id)
    )
"""
_SILENT = (
    "SELECT contact_id, coalesce(last_purchase_at > '{since}', false) AS bought FROM profile WHERE state IN {states!r}"
)


def _mails(now: datetime) -> Mails:
    """Return the mails of the last 12 months and who they went to."""
    since = YEAR.before(now)
    with engine.reading() as con:
        engine.load(con, "silent", _SILENT.format(since=since.isoformat(), states=SILENT))
        row = con.execute(_MAILS, {"now": now, "since": since, "lately": MONTH.before(now)}).fetchone()
    delivered, to_silent, answered, bounced, mailed, clicking, to_clicking = (int(n or 0) for n in row or (0,) * 7)
    told = "hard_bounced" in rates.told()
    return Mails(delivered, to_silent, answered, bounced, told, mailed, clicking, to_clicking)


def _addresses(now: datetime) -> Addresses:
    """Return the e-mail addresses by what hygiene found, and how many people a correction may bring back."""
    ((every, invalid, unverified, suggestions),) = database.rows(
        """
        SELECT count(*), count(*) FILTER (WHERE valid IS FALSE), count(*) FILTER (WHERE valid IS NULL),
               count(*) FILTER (WHERE suggestion <> '')
        FROM contact_point WHERE channel = 'email'
        """
    )
    return Addresses(every, invalid, unverified, suggestions, *correctable(now))


# Whom a suppression or the latest consent says no for is told apart: their address may be right, they stay out of reach.
_CORRECTABLE = """
    SELECT count(*) FILTER (WHERE NOT opted_out), count(*) FILTER (WHERE opted_out) FROM (
        SELECT bool_or(EXISTS (
            SELECT FROM contact_point own JOIN suppression s ON s.channel IN ('email', 'all')
                 AND (s.digest = {own} AND s.reason <> ALL(%(address_alone)s) OR s.digest = {meant})
            WHERE own.contact_id = cp.contact_id AND own.channel = 'email'
        ) OR NOT coalesce((
            SELECT given FROM consent WHERE contact_id = cp.contact_id AND channel = 'email' AND topic = 'marketing' AND at <= %(now)s
            ORDER BY at DESC, given LIMIT 1
        ), true)) AS opted_out
        FROM contact_point cp WHERE cp.channel = 'email' AND cp.suggestion <> '' GROUP BY cp.contact_id
    ) mistyped
"""


def correctable(now: datetime) -> tuple[int, int]:
    """Return how many people with a mistyped address did not opt out of e-mail, and how many did."""
    digests = {"own": ids.postgresql_digest("own.value"), "meant": ids.postgresql_digest("cp.suggestion")}
    known = {"address_alone": list(STOPS_ADDRESS), "now": now}
    ((able, opted_out),) = database.rows(_CORRECTABLE.format(**digests), known)
    return int(able), int(opted_out)


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
