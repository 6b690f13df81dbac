"""What the form of a rehearsal asks: the rates assumed of people, and what a person changes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relance.rehearsal.rates import Rates
from relance.web.launch import words

SHOWN = ("click", "unsubscribe", "complain", "hard_bounce", "buy")
PEOPLE = ("offer_lift", "buy_after_click", "buy_after_mail", "basket")


@dataclass(frozen=True)
class Assumption:
    """A rate of one state: the name of its field in the form, its value in percent and as a share, and what it is called."""

    field: str
    percent: str
    rate: float
    label: Any


def assumptions(rates: Rates) -> list[tuple[str, list[Assumption]]]:
    """Return the main rates of each state, as the form's fields."""
    return [
        (state, [_assumption(state, name, getattr(known, name)) for name in SHOWN])
        for state, known in rates.states.items()
    ]


def _assumption(state: str, name: str, rate: float) -> Assumption:
    return Assumption(f"{state}-{name}", f"{100 * rate:g}", rate, words.RATES[name])


def adjusted(rates: Rates, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the rates with what the form says in their place; ValueError where that is no number."""
    found = rates.model_dump(mode="json")
    for state, known in found["states"].items():
        for name in SHOWN:
            if given.get(f"{state}-{name}"):
                known[name] = _number(given[f"{state}-{name}"]) / 100
    for name in PEOPLE:
        if given.get(name):
            found[name] = _number(given[name]) / (100 if name.startswith("buy") else 1)
    if found != rates.model_dump(mode="json"):
        found["rates"] = "adjusted"
    return found


def _number(text: str) -> float:
    return float(text.strip().replace(",", ".").replace("\u202f", "").replace(" ", ""))
