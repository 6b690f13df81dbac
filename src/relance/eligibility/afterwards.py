"""Places and money of messages that left without this database's knowledge: taken afterwards, as of when they left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core import database
from relance.eligibility import budget, house_rules
from relance.eligibility.arrays import numbers, words
from relance.eligibility.budget import Charge
from relance.outbox.models import OWED


class Left(NamedTuple):
    """A message that left; one whose row is gone bears the number `named` gives it."""

    message_id: int
    contact_id: int
    channel: str
    purpose: str
    journey_id: int | None
    at: datetime


def named(uuid: UUID) -> int:
    """Return the number of a message whose row is gone: negative, since its former id may be another message's by now."""
    return -(uuid.int >> 66) - 1


def take(left: Collection[Left]) -> None:
    """Take a place for each commercial message and, where there are budgets, the money for each, if it has none yet.

    Nothing is refused: it has happened. Belongs into the transaction that counts them as sent, and before that: a budget
    seen for the first time counts what was sent.
    """
    _places([one for one in left if one.purpose not in OWED])
    if house_rules.in_force().budgets:
        _money(left)


# In the order of time behind the places a contact has; one that is not here any more takes none.
PLACES = """
    INSERT INTO pressure_reservation (contact_id, place, channel, purpose, message_id, at)
    SELECT one.contact_id,
           coalesce((SELECT max(place) FROM pressure_reservation r WHERE r.contact_id = one.contact_id), 0)
           + row_number() OVER (PARTITION BY one.contact_id ORDER BY one.at, one.message_id),
           one.channel, one.purpose, one.message_id, one.at
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
         AS one (message_id, contact_id, channel, purpose, at)
    WHERE EXISTS (SELECT FROM contact c WHERE c.id = one.contact_id)
      AND NOT EXISTS (SELECT FROM pressure_reservation r WHERE r.message_id = one.message_id AND NOT r.released)
"""


def _places(left: Sequence[Left]) -> None:
    if left:
        ids, contacts, channels, purposes, _, instants = zip(*left, strict=True)
        database.execute(PLACES, [numbers(ids), numbers(contacts), words(channels), words(purposes), list(instants)])


def _money(left: Collection[Left]) -> None:
    """Charge each message to the budgets of the month it left in."""
    paid = database.rows(
        "SELECT message_id FROM expense WHERE message_id = ANY(%s::bigint[]) AND NOT released",
        [numbers(one.message_id for one in left)],
    )
    known, zone = {message for (message,) in paid}, ZoneInfo(settings.RELANCE.time_zone)
    months: dict[str, list[Left]] = defaultdict(list)
    for one in left:
        if one.message_id not in known:
            months[f"{one.at.astimezone(zone):%Y-%m}"].append(one)
    prices = budget.prices()
    for month in months.values():
        ceilings = budget.ceilings(month[0].at)
        charges = [
            Charge(
                one.message_id, prices.get(one.channel, budget.NOTHING),
                tuple(each.key for each in ceilings if each.concerns(one.journey_id, one.channel)), owed=True,
            )
            for one in month
        ]  # fmt: skip
        budget.spend([charge for charge in charges if charge.keys], ceilings, month[-1].at)
