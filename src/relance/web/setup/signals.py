"""Coverage: which signal is known from when to when, from which source, and what follows where none tells of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from relance.events.schemas import PURCHASES
from relance.intake import coverage as intake_coverage
from relance.intake import runs
from relance.intake.coverage import Telling
from relance.intake.models import ImportRun
from relance.intake.sources import OWN
from relance.measurement import telling
from relance.web.language import current

# The signals that decide something, in the order a shop cares about them, and what follows where one is unknown.
UNKNOWN: dict[str, Any] = {
    "order_placed": _("Without web orders nobody can be called dormant, and no result can be measured."),
    "store_purchase": _("People who buy in the shop may look dormant: Relance might wake somebody who came yesterday."),
    "refund": _("Revenue counts what was given back, so values and money asleep are too high."),
    "message_delivered": _(
        "Nobody can be said to ignore messages: silence proves nothing while we do not know who was written to."
    ),
    "message_clicked": _("Interest shown by a click does not count; only purchases tell who is still there."),
    "message_bounced": _(
        "Dead mailboxes are unknown: the first send will meet them, and mailbox providers count them against you."
    ),
    "message_unsubscribed": _("Earlier unsubscribes are known only from the list of opt-outs."),
    "logged_in": _("Somebody who signs in and buys nothing looks silent."),
    "site_visited": _("Visits do not count as a sign of life, and reactivation cannot wait for the next one."),
    "product_viewed": _("Journeys on products looked at have nothing to start from."),
    "cart_updated": _("Abandoned carts cannot be followed up."),
}


@dataclass(frozen=True)
class Signal:
    """An event type, who tells of it from when to when; `unknown` says what follows where nobody does.

    `ended`: somebody told of it once, nobody does any more.
    """

    type: str
    known: tuple[Telling, ...]
    unknown: Any = ""
    ended: bool = False


def ended(now: datetime) -> str:
    """Return the sentence that says what no longer is told of all that states rest on; empty where everything is."""
    warning = telling.warning(now)
    return warning["sentence_fr" if current() == "fr" else "sentence"] if warning else ""


def coverage(now: datetime) -> list[Signal]:
    """Return the signals that decide something, then further ones some source tells of."""
    found: dict[str, list[Telling]] = {}
    for one in sorted(intake_coverage.tellings(), key=lambda one: one.since):
        found.setdefault(one.type, []).append(one)
    gone = intake_coverage.ended(now)
    others = sorted(kind for kind in found if kind not in UNKNOWN and kind != "message_sent")
    return [
        Signal(kind, tuple(found.get(kind, ())), UNKNOWN.get(kind, ""), kind in gone)
        for kind in (*UNKNOWN, *others)
        if _shown(kind, found)
    ]


def blocked(now: datetime) -> datetime | None:
    """Return since when purchases are unknown that were told of once: from then on nobody can be called dormant."""
    return min((end for kind, end in intake_coverage.ended(now).items() if kind in PURCHASES), default=None)


def blocks(signal: Signal, all_of_them: list[Signal]) -> bool:
    """Tell whether something waits for this signal: it ended, or nobody tells of any purchase."""
    bought = any(one.known for one in all_of_them if one.type in PURCHASES)
    return signal.ended or (signal.type in PURCHASES and not bought)


def behind(telling: Telling, now: datetime) -> bool:
    """Tell whether what a file tells of ended before today."""
    zone = ZoneInfo(settings.RELANCE.time_zone)
    return telling.until is not None and telling.until.astimezone(zone).date() < now.astimezone(zone).date()


def today(now: datetime) -> datetime:
    """Return when the day began where the team is."""
    return now.astimezone(ZoneInfo(settings.RELANCE.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def ending_before_today(now: datetime) -> list[Telling]:
    """Return what files of today tell of that ended before: one telling of each file and end, for all of them."""
    found = {(file.id, one.until): one for one in intake_coverage.tellings() if (file := may_go_on(one, now))}
    return list(found.values())


def long_ended(tellings: Iterable[Telling], now: datetime) -> list[Telling]:
    """Return those of them that ended so long ago that silence since then counts for nothing."""
    return [one for one in tellings if one.until and one.until + intake_coverage.grace() < now]


def may_go_on(telling: Telling, now: datetime) -> ImportRun | None:
    """Return the file that may be said to go up to today: it came in today, and what it tells of ended before."""
    return runs.telling(telling.source, telling.type, today(now)) if behind(telling, now) else None


def _shown(kind: str, found: dict[str, list[Telling]]) -> bool:
    """Leave out what only Relance itself tells of."""
    return kind in UNKNOWN or any(one.source != OWN for one in found[kind])
