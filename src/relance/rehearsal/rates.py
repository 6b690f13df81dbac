"""What simulated people are assumed to do; read from YAML, shown in every report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

import relance
from relance.core.definitions import Definition, read, validate

DEFAULT = Path(relance.__file__).parent / "recipes" / "rehearsal" / "rates.yaml"
Share = Annotated[float, Field(ge=0, le=1)]
Times = Annotated[float, Field(ge=0)]
Weekly = Annotated[float, Field(ge=0, le=7)]


class StateRates(Definition):
    """Rates of people in one state: of mails per mail delivered, of life per 30 days."""

    click: Share
    unsubscribe: Share
    complain: Share
    hard_bounce: Share
    soft_bounce: Share
    buy: float = Field(ge=0)
    visit: float = Field(ge=0)
    log_in: float = Field(ge=0)


class Saturation(Definition):
    """Times an ordinary day's rate on a day whose inboxes are at level 100; in a straight line from 1 at level 0."""

    click: Times = 1
    unsubscribe: Times = 1
    complain: Times = 1
    soft_bounce: Times = 1
    buy_after_mail: Times = 1
    buy: Times = 1

    def times(self, name: str, level: float) -> float:
        """Return what a rate is multiplied by on a day of this level, from 0 to 100; 1 for a rate it leaves alone."""
        return 1 + (float(getattr(self, name, 1)) - 1) * level / 100


class Promotions(Definition):
    """The shop's own promotional mails a week: on ordinary days, and on days of level 100; only where starts are compared.

    One that could not leave within `lasts_days` is dropped: its sale is over.
    """

    usual: Weekly = 1
    crowded: Weekly = 4
    lasts_days: Annotated[int, Field(ge=1)] = 2

    def a_day(self, level: float) -> float:
        """Return how many leave on a day of this level, on average."""
        return (self.usual + (self.crowded - self.usual) * level / 100) / 7


class Rates(Definition):
    """All the assumptions of a rehearsal."""

    rates: str
    states: dict[str, StateRates]
    offer_lift: float = Field(ge=0)
    buy_after_click: Share
    buy_after_mail: Share
    click_hours: float = Field(gt=0)
    value_bands: dict[str, float]
    basket: float = Field(gt=0)
    saturation: Saturation = Saturation()
    promotions: Promotions = Promotions()


def load(path: Path | None = None) -> Rates:
    """Return the assumptions of the file, or the default ones."""
    return validate(Rates, read(path or DEFAULT))
