"""Coverage: which signal is known since when, from which source, and what follows where none tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext_lazy as _

from relance.core import database
from relance.events import lake
from relance.intake.sources import OWN

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
FRESH = timedelta(days=45)  # files younger than this are of a shop that lives
_FOUND = "SELECT type, source.name, since FROM coverage JOIN source ON source.id = source_id ORDER BY since"


@dataclass(frozen=True)
class Signal:
    """An event type, where it is known from and since when; `unknown` says what follows where nobody tells."""

    type: str
    known: tuple[tuple[str, datetime], ...]
    unknown: Any = ""


def ended(now: datetime) -> datetime | None:
    """Return the instant of the latest event known, where that is so long ago that the files must have ended there."""
    found = pa.table(lake.table().get_add_actions(flatten=True)).to_pydict().get("max.occurred_at", [])
    latest = max((one for one in found if one is not None), default=None)
    return latest if latest is not None and latest < now - FRESH else None


def coverage() -> list[Signal]:
    """Return the signals that decide something, then further ones some source tells of."""
    found: dict[str, list[tuple[str, datetime]]] = {}
    for kind, source, since in database.rows(_FOUND):
        found.setdefault(kind, []).append((source, since))
    others = sorted(kind for kind in found if kind not in UNKNOWN and kind != "message_sent")
    return [
        Signal(kind, tuple(found.get(kind, ())), UNKNOWN.get(kind, ""))
        for kind in (*UNKNOWN, *others)
        if _shown(kind, found)
    ]


def _shown(kind: str, found: dict[str, list[tuple[str, datetime]]]) -> bool:
    """Leave out what only Relance itself could tell of and has not."""
    return kind in UNKNOWN or any(source != OWN for source, _since in found[kind])
