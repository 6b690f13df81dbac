"""What a report is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from relance.measurement.figures import Result
from relance.measurement.health import Health


@dataclass(frozen=True)
class Finding:
    """Something found in the base: how many, of how many; `code` is a word of `words`, or is shown as it is."""

    code: str
    count: int
    of: int


@dataclass(frozen=True)
class Period:
    """A commercial period near the journey, under the name people give it."""

    labels: Mapping[str, str]  # by language
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Mail:
    """A mail as one person got it, shown as a sample."""

    step: str
    variant: str
    language: str
    subject: str
    html: str


@dataclass(frozen=True)
class Assumptions:
    """What simulated people are assumed to do: rates by state, and the rest by name."""

    by_state: Mapping[str, Mapping[str, float]]
    others: Mapping[str, float]
    feedback_loops: Sequence[str] = ()  # domains that tell the sender of complaints

    @classmethod
    def of(cls, rates: Mapping[str, Any], feedback_loops: Sequence[str] = ()) -> Assumptions:
        """Return the assumptions of a file of rates, as plain data."""
        others = {name: float(value) for name, value in rates.items() if isinstance(value, int | float)}
        bands = {f"value_band_{name}": float(value) for name, value in rates.get("value_bands", {}).items()}
        crowded = {f"saturation_{name}": float(value) for name, value in rates.get("saturation", {}).items()}
        return cls(rates["states"], others | bands | crowded, tuple(feedback_loops))


@dataclass(frozen=True)
class ReportData:
    """Everything a report shows; with `simulated`, every figure of the journey is marked so."""

    result: Result
    before: Health
    starts_at: datetime
    ends_at: datetime
    simulated: bool
    after: Health | None = None
    shop: str = ""
    currency: str = "EUR"
    unreachable: Sequence[Finding] = ()
    hygiene: Sequence[Finding] = ()
    calendar: Sequence[Period] = ()
    mails: Sequence[Mail] = ()
    assumptions: Assumptions | None = None
    titles: Mapping[str, str] = field(default_factory=dict)  # what people call the journey, by language
    step_titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # and its messages, by language and step
    remarks: Mapping[str, Sequence[str]] = field(
        default_factory=dict
    )  # by language; said before the notes of the result


def findings(hygiene: Mapping[str, Any]) -> tuple[list[Finding], list[Finding]]:
    """Return what the hygiene report says of unreachable people and of the rest of the base, as findings."""
    email, phone = hygiene["email"]["reasons"], hygiene["phone"]["reasons"]
    why = [_finding(code, email[code]) for code in ("syntax", "mistyped", "disposable", "dead_mailbox", "suppressed")]
    rest = [_finding("without_valid_email", hygiene["without_valid_email"]), _finding("merged", hygiene["merged"])]
    rest += [_finding("role", email["role"]), *(_finding(f"phone_{code}", share) for code, share in phone.items())]
    return why, rest


def _finding(code: str, share: Mapping[str, Any]) -> Finding:
    return Finding(code, int(share["count"]), int(share["of"]))
