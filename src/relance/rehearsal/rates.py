"""What simulated people are assumed to do; read from YAML, shown in every report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

import relance
from relance.core.definitions import Definition, read, validate

DEFAULT = Path(relance.__file__).parent / "recipes" / "rehearsal" / "rates.yaml"
Share = Annotated[float, Field(ge=0, le=1)]


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


def load(path: Path | None = None) -> Rates:
    """Return the assumptions of the file, or the default ones."""
    return validate(Rates, read(path or DEFAULT))
