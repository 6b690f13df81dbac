"""The rules a shop sets for itself in one YAML file: caps, prices, budgets; the law's part stands in the matrix."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from django.conf import settings
from pydantic import Field, model_validator

from relance.contacts.matrix import Channel
from relance.core import audit
from relance.core.definitions import Definition, read, validate
from relance.core.unchanged import read_once
from relance.eligibility.models import HouseRules
from relance.eligibility.rules import Cap

Commercial = Literal["reactivation", "promotion", "relationship"]


class CapLine(Definition):
    """At most `limit` commercial messages in any `days` days: to everyone or the dormant, of a channel or a purpose."""

    limit: int = Field(ge=0)
    days: int = Field(ge=1, le=366)
    who: Literal["everyone", "dormant"] = "everyone"
    channel: Channel | Literal[""] = ""
    purpose: Commercial | Literal[""] = ""

    @property
    def cap(self) -> Cap:
        return Cap(self.limit, self.days, self.channel, self.purpose)

    @property
    def general(self) -> bool:
        return not self.channel and not self.purpose


class PriceLine(Definition):
    """What one message costs on a channel, by a provider if one is named."""

    channel: Channel
    provider: str = ""
    cost: Decimal = Field(ge=0, max_digits=12, decimal_places=6)


class BudgetLine(Definition):
    """A ceiling on money: of a journey or of everything, of a channel or of all, each month or once for all."""

    journey: str = ""
    channel: Channel | Literal[""] = ""
    month: Decimal | None = Field(None, ge=0, max_digits=12, decimal_places=2)
    total: Decimal | None = Field(None, ge=0, max_digits=12, decimal_places=2)

    @model_validator(mode="after")
    def _one_amount(self) -> Self:
        if (self.month is None) == (self.total is None):
            raise ValueError(
                "a budget has either an amount for each `month` or one in `total`; write two lines for both"
            )
        return self


class RulesFile(Definition):
    """The file `rules: …`."""

    rules: str
    pressure: tuple[CapLine, ...] = ()
    prices: tuple[PriceLine, ...] = ()
    providers: dict[Channel, str] = Field(default_factory=dict)
    budgets: tuple[BudgetLine, ...] = ()
    choose: Literal["cheapest", "preferred"] = "preferred"

    def provider(self, channel: str) -> str:
        """Return the provider in force on a channel; empty where none was named."""
        return next((provider for one, provider in self.providers.items() if one == channel), "")


# Caps of single channels that hold unless the file says others, so that what reaches a person is spread over the channels.
# Calls have the law's own limit among the lawful hours.
CHANNEL_CAPS = (Cap(2, 7, "sms"), Cap(4, 30, "sms"), Cap(2, 30, "postal"))
NONE = RulesFile(rules="none")


@read_once
def in_force() -> RulesFile:
    """Return the file in force; an empty one where none was applied."""
    last = HouseRules.objects.order_by("-id").values_list("definition", flat=True).first()
    return RulesFile.model_validate(last) if last else NONE


def apply(path: Path, now: datetime, *, by: str = "") -> RulesFile:
    """Put the file in force in the place of what was; the same file again changes nothing."""
    found = validate(RulesFile, read(path))
    if found != in_force():
        definition = found.model_dump(mode="json")
        HouseRules.objects.create(name=found.rules, definition=definition, applied_at=now, applied_by=by)
        audit.record("applied house rules", found.rules, now=now, actor=by or "command line", details=definition)
    return found


def caps(given: RulesFile) -> tuple[tuple[Cap, ...], tuple[Cap, ...]]:
    """Return the caps for everyone and those for the dormant: of the file where it speaks, else of the settings."""
    ours = settings.RELANCE
    everyone = tuple(one.cap for one in given.pressure if one.general and one.who == "everyone") or (
        Cap(ours.pressure_day, 1), Cap(ours.pressure_week, 7), Cap(ours.pressure_month, 30),
    )  # fmt: skip
    dormant = tuple(one.cap for one in given.pressure if one.general and one.who == "dormant")
    if not dormant and ours.pressure_dormant_days:
        dormant = (Cap(1, ours.pressure_dormant_days),)
    single = tuple(one.cap for one in given.pressure if not one.general and one.who == "everyone")
    named = {cap.channel for cap in single}
    single = (*single, *(cap for cap in CHANNEL_CAPS if cap.channel not in named))
    quiet = tuple(one.cap for one in given.pressure if not one.general and one.who == "dormant")
    return (*everyone, *single), (*everyone, *dormant, *single, *quiet)
