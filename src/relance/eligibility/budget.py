"""Money: what a message costs, which budgets it is charged to, whether they have it left, and what volumes will cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from relance.contacts.matrix import CHANNELS
from relance.core import database
from relance.eligibility import house_rules
from relance.eligibility.arrays import numbers
from relance.eligibility.facts import Facts
from relance.eligibility.house_rules import BudgetLine, RulesFile
from relance.eligibility.models import BudgetUse
from relance.eligibility.rules import Rules
from relance.eligibility.verdicts import Block, Defer, Verdict
from relance.journeys.models import Journey

NOTHING = Decimal(0)
ASK_AGAIN = timedelta(days=1)  # a budget may be raised meanwhile


@dataclass(frozen=True)
class Ceiling:
    """A budget in force now: its key, whom it concerns, its amount and what is left of it."""

    key: str
    amount: Decimal
    left: Decimal
    journey_id: int | None = None
    channel: str = ""
    monthly: bool = True
    name: str = ""

    def concerns(self, journey_id: int | None, channel: str) -> bool:
        return self.journey_id in {None, journey_id} and self.channel in {"", channel}


class Charge(NamedTuple):
    """What an allowed message costs and the budgets it is charged to; `owed`: it is sent whatever is left."""

    message_id: int
    amount: Decimal
    keys: tuple[str, ...]
    owed: bool


class Purse:
    """What is left while a batch is decided; each message that passes takes its cost out."""

    def __init__(self, prices: Mapping[str, Decimal], ceilings: Sequence[Ceiling]) -> None:
        self.prices, self.ceilings = prices, ceilings
        self.left = {ceiling.key: ceiling.left for ceiling in ceilings}

    def short(self, fact: Facts) -> Ceiling | None:
        """Return the first budget that cannot pay for the message; only what is commercial waits for money."""
        cost = self.prices.get(fact.channel, NOTHING)
        if not cost or not fact.commercial:
            return None
        concerned = (one for one in self.ceilings if one.concerns(fact.journey_id, fact.channel))
        return next((one for one in concerned if self.left[one.key] < cost), None)

    def take(self, fact: Facts) -> Charge:
        """Return the charge of a message that passes, its cost taken out."""
        cost = self.prices.get(fact.channel, NOTHING)
        keys = tuple(one.key for one in self.ceilings if one.concerns(fact.journey_id, fact.channel))
        for key in keys:
            self.left[key] -= cost
        return Charge(fact.message_id, cost, keys, not fact.commercial)


def judge(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Defer what a month's budget cannot pay for, block what a journey's whole budget cannot."""
    short = facts.short
    if short is None:
        return None
    details = {"budget": short.name, "amount": f"{short.amount} {settings.RELANCE.currency}"}
    if not short.monthly:
        return Block("budget_spent", details)
    return Defer(min(_next_month(now), now + ASK_AGAIN), "budget_of_month_spent", details)


def prices(given: RulesFile | None = None) -> dict[str, Decimal]:
    """Return what one message costs on each channel by the provider in force there."""
    given = given or house_rules.in_force()
    return {channel: price(channel, given.provider(channel), given) for channel in CHANNELS}


def price(channel: str, provider: str, given: RulesFile) -> Decimal:
    """Return what one message costs on a channel by a provider: the file's price, else the channel's setting."""
    listed: dict[tuple[str, str], Decimal] = {(one.channel, one.provider): one.cost for one in given.prices}
    for key in ((channel, provider), (channel, "")):
        if key in listed:
            return listed[key]
    name = "mail_cost" if channel == "email" else f"{channel}_cost"
    return Decimal(str(getattr(settings.RELANCE, name)))


def ceilings(now: datetime, given: RulesFile | None = None) -> list[Ceiling]:
    """Return every budget with what is left of it now."""
    given = given or house_rules.in_force()
    if not given.budgets:
        return []
    journeys = dict(Journey.objects.values_list("name", "id"))
    found = [_ceiling(line, journeys, now) for line in given.budgets if not line.journey or line.journey in journeys]
    spent = dict(BudgetUse.objects.filter(key__in=[one.key for one in found]).values_list("key", "spent"))
    return [_left(one, spent[one.key]) if one.key in spent else _opened(one, given, now) for one in found]


def purse(now: datetime, given: RulesFile) -> Purse | None:
    """Return what there is to spend; None where no budget was set."""
    return Purse(prices(given), ceilings(now, given)) if given.budgets else None


def _ceiling(line: BudgetLine, journeys: Mapping[str, int], now: datetime) -> Ceiling:
    amount = line.month if line.month is not None else line.total or NOTHING
    journey_id = journeys[line.journey] if line.journey else None
    period = f"{_local(now):%Y-%m}" if line.month is not None else "total"
    return Ceiling(
        key=f"{journey_id or 0}/{line.channel}/{period}", amount=amount, left=amount, journey_id=journey_id,
        channel=line.channel, monthly=line.month is not None, name=" ".join(filter(None, (line.journey, line.channel))) or "everything",
    )  # fmt: skip


def _left(ceiling: Ceiling, spent: Decimal) -> Ceiling:
    return Ceiling(**{**vars(ceiling), "left": ceiling.amount - spent})


def _opened(ceiling: Ceiling, given: RulesFile, now: datetime) -> Ceiling:
    """Return a budget seen for the first time, with what was sent before it was set taken out."""
    since = _local(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0) if ceiling.monthly else None
    sent = database.rows(
        """
        SELECT channel, count(*) FROM message
        WHERE sent_at IS NOT NULL AND (%(since)s::timestamptz IS NULL OR sent_at >= %(since)s)
          AND (%(journey)s::bigint IS NULL OR journey_id = %(journey)s) AND %(channel)s IN ('', channel) GROUP BY channel
        """,
        {"since": since, "journey": ceiling.journey_id, "channel": ceiling.channel},
    )
    unit = prices(given)
    spent = sum((unit[channel] * count for channel, count in sent), NOTHING)
    BudgetUse.objects.bulk_create(
        [BudgetUse(key=ceiling.key, ceiling=ceiling.amount, spent=spent)], ignore_conflicts=True
    )
    return _left(ceiling, BudgetUse.objects.get(key=ceiling.key).spent)


class _SpentError(Exception):
    """Another worker spent what was left."""


def spend(charges: Sequence[Charge], given: Sequence[Ceiling], now: datetime) -> bool:
    """Charge all these messages, or none where another worker was faster and a budget would be exceeded."""
    amounts = {one.key: one.amount for one in given}
    try:
        with transaction.atomic():
            _add(charges, amounts)
            database.execute(
                """
                INSERT INTO expense (message_id, amount, keys, at)
                SELECT message, amount, keys::jsonb, %s FROM unnest(%s::bigint[], %s::numeric[], %s::text[]) AS t (message, amount, keys)
                ON CONFLICT DO NOTHING
                """,
                [
                    now,
                    [one.message_id for one in charges],
                    [one.amount for one in charges],
                    [_json(one.keys) for one in charges],
                ],
            )
    except _SpentError:
        return False
    return True


def _add(charges: Sequence[Charge], amounts: Mapping[str, Decimal]) -> None:
    """Add the charges to their budgets, in the order of the keys so that workers never wait in a circle."""
    for key in sorted({key for one in charges for key in one.keys}):
        free = sum((one.amount for one in charges if key in one.keys and not one.owed), NOTHING)
        owed = sum((one.amount for one in charges if key in one.keys and one.owed), NOTHING)
        done = database.execute(
            """
            UPDATE budget_use SET spent = spent + %(free)s + %(owed)s, ceiling = %(ceiling)s
            WHERE key = %(key)s AND (%(free)s = 0 OR spent + %(free)s <= %(ceiling)s)
            """,
            {"free": free, "owed": owed, "ceiling": amounts[key], "key": key},
        )
        if not done:
            raise _SpentError


def _json(keys: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{key}"' for key in keys) + "]"


def release(message_ids: Collection[int]) -> int:
    """Give back the money of messages that will not leave."""
    return database.execute(
        """
        WITH back AS (
            UPDATE expense SET released = true WHERE message_id = ANY(%s::bigint[]) AND NOT released RETURNING amount, keys
        ), sums AS (
            SELECT key, sum(amount) AS amount FROM back, jsonb_array_elements_text(keys) AS key GROUP BY key ORDER BY key
        )
        UPDATE budget_use b SET spent = b.spent - sums.amount FROM sums WHERE b.key = sums.key
        """,
        [numbers(message_ids)],
    )


def _local(now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(settings.RELANCE.time_zone))


def _next_month(now: datetime) -> datetime:
    """Return the first instant of next month, in the installation's zone."""
    first = _local(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


def ordered(
    channels: Sequence[str], now: datetime, *, how: str = "", journey_id: int | None = None, held_back: bool = True
) -> list[str]:
    """Return the channels in the order a message takes them, the first that the person is eligible on.

    `preferred` keeps the order given, the step's; `cheapest` puts them by price, those at one price as given. `how` is the
    step's word; empty leaves it to the house rules. Where budgets hold the message back, what a whole budget cannot pay for
    any more comes last: it would block the message for good, where a month's budget only puts it off.
    """
    given = house_rules.in_force()
    unit = prices(given)
    cheapest = (how or given.choose) == "cheapest"
    spent = [one for one in ceilings(now, given) if not one.monthly] if held_back and given.budgets else []

    def rank(channel: str) -> tuple[bool, Decimal]:
        unpaid = any(one.concerns(journey_id, channel) and one.left < unit[channel] for one in spent)
        return unpaid, unit[channel] if cheapest else NOTHING

    return sorted(channels, key=rank)
