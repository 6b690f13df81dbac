"""What volumes will cost, and what the budgets will have left after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from relance.core.errors import NotFoundError
from relance.eligibility import budget, house_rules
from relance.eligibility.budget import NOTHING
from relance.eligibility.house_rules import RulesFile
from relance.journeys.models import Journey

Volumes = Mapping[str, int] | Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Line:
    """So many messages on a channel by a provider (empty: the one in force), at a price each."""

    channel: str
    provider: str
    messages: int
    unit: Decimal
    cost: Decimal


@dataclass(frozen=True)
class After:
    """A budget before and after; below zero where it does not suffice."""

    name: str
    monthly: bool
    amount: Decimal
    left: Decimal
    after: Decimal


@dataclass(frozen=True)
class Forecast:
    """The cost of volumes line by line, and every budget they are charged to."""

    lines: tuple[Line, ...]
    cost: Decimal
    currency: str
    ceilings: tuple[After, ...]

    @property
    def affordable(self) -> bool:
        """Tell whether every budget suffices."""
        return all(ceiling.after >= 0 for ceiling in self.ceilings)


def forecast(volumes: Volumes, now: datetime, *, journey: str = "", house: RulesFile | None = None) -> Forecast:
    """Return what messages by channel, or by (channel, provider), will cost a journey, if sent in the current month.

    A journey that stretches over several months is charged to the budgets of each: ask month by month.
    """
    given = house or house_rules.in_force()
    lines = tuple(_line(key, number, given) for key, number in volumes.items())
    journey_id = _journey_id(journey) if journey else None
    return Forecast(
        lines=lines,
        cost=sum((line.cost for line in lines), NOTHING),
        currency=settings.RELANCE.currency,
        ceilings=tuple(
            _after(one, lines, journey_id) for one in budget.ceilings(now, given) if _charged(one, journey_id)
        ),
    )


def _line(key: str | tuple[str, str], messages: int, given: RulesFile) -> Line:
    channel, provider = key if isinstance(key, tuple) else (key, "")
    unit = budget.price(channel, provider or given.provider(channel), given)
    return Line(channel, provider, messages, unit, unit * messages)


def _charged(ceiling: budget.Ceiling, journey_id: int | None) -> bool:
    return ceiling.journey_id in {None, journey_id}


def _after(ceiling: budget.Ceiling, lines: tuple[Line, ...], journey_id: int | None) -> After:
    charged = sum((line.cost for line in lines if ceiling.concerns(journey_id, line.channel)), NOTHING)
    return After(ceiling.name, ceiling.monthly, ceiling.amount, ceiling.left, ceiling.left - charged)


def _journey_id(name: str) -> int:
    found = Journey.objects.filter(name=name).values_list("id", flat=True).first()
    if found is None:
        raise NotFoundError(f"There is no journey {name} here. `relance journey list` names them.")
    return found
