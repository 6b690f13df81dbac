"""What the breaker allows: rates, chances of a false stop and run lengths, from the shipped table and a file of one's own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from django.conf import settings
from pydantic import Field, model_validator

from relance.core.definitions import Definition, Document, read, validate
from relance.core.errors import DefinitionError
from relance.core.settings_table import MAILING_SERVICES
from relance.eligibility.breaker import sharing
from relance.eligibility.breaker.providers import EVERYONE, PROVIDERS

Signal = Literal["hard_bounce", "complaint", "unsubscribe", "block", "trap", "click_drop"]
SIGNALS: tuple[Signal, ...] = get_args(Signal)
JOURNEY_SIGNALS: tuple[Signal, ...] = ("hard_bounce", "complaint", "unsubscribe", "trap")  # stop a journey
SENDER_SIGNALS: tuple[Signal, ...] = (*JOURNEY_SIGNALS, "block")  # stop everything a sender sends, step by step
SHIPPED = Path(__file__).with_name("limits.yaml")
WATCHED_TWICE = 2  # each message of a journey: at its provider, and among those to all of them

Rate = Annotated[float, Field(gt=0, le=0.45)]
Chance = Annotated[float, Field(gt=0, le=0.2)]
Share = Annotated[float, Field(gt=0, le=1)]


class SignalLine(Definition):
    """One signal: what a false stop by it may weigh, and a rate of our own where nobody names one."""

    alpha: Chance
    ours: Share | None = None
    source: str = ""


class Limits(Definition):
    """The table in force."""

    breaker: str
    stop_at: Share = 0.8
    warn_at: Share = 0.5
    run_length: float = Field(1_000_000, ge=10_000, le=1e12)
    sender_run_length: float = Field(5_000_000, ge=10_000, le=1e12)
    one_off_days: int = Field(30, ge=1, le=365)
    watched_days: int = Field(60, ge=7, le=85)  # answers are told by events that stay hot for 90 days
    quarantine_days: int = Field(7, ge=1, le=60)
    signals: dict[Signal, SignalLine]
    services: dict[str, dict[Signal, Rate]]
    providers: dict[str, dict[Signal, Rate]]
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    service: str = ""  # the mailing service in use; empty: unknown, so the strictest of all

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """Refuse a table that leaves a signal without a rate, or names a provider or service that nobody knows."""
        known = (*PROVIDERS, EVERYONE)
        if strangers := {*self.providers, *self.weights} - {*known}:
            raise ValueError(f"no such provider: {', '.join(sorted(strangers))}; there are {', '.join(known)}")
        if missing := [signal for signal in SIGNALS if signal not in self.signals]:
            raise ValueError(f"no line for {', '.join(missing)}")
        if unnamed := [signal for signal in SIGNALS if not self._rates(signal, EVERYONE)]:
            raise ValueError(f"nobody names a rate for {', '.join(unnamed)}; write one as `ours`")
        return self

    def allowed(self, signal: Signal, provider: str) -> float:
        """Return the share of messages at which a signal stops at a provider: the strictest rate that holds there.

        That of everyone is at most as strict as any provider's: a journey within its limits everywhere is within it.
        """
        return min(self._rates(signal, provider))

    def warned(self, signal: Signal, provider: str) -> float:
        """Return the share of messages from which a signal warns."""
        return self.allowed(signal, provider) * self.warn_at

    def alpha(self, signal: Signal, provider: str, opening: int = 1) -> float:
        """Return the chance of a false stop that a signal has at a provider in its 1st, 2nd, … watch of a journey.

        Providers share it by weight, all of them together having a part of their own where the signal stops journeys.
        """
        weights = {one: self.weights.get(one, 1.0) for one in sharers(signal)}
        shares = sharing.among(self.signals[signal].alpha, weights)
        return sharing.of_opening(max(shares[provider], 1e-12), opening)

    def run_length_of(self, signal: Signal, *, of_sender: bool) -> float:
        """Return the e-detector's threshold of a signal, in messages.

        Signals share false alarms by their alphas. Providers need no sharing: each message is of one provider, so the
        mean numbers of messages between false alarms of all of them together add up to the one set. A message of a
        journey counts at its provider and among those to everyone, so each of the two may have half of the false alarms.
        """
        among = SENDER_SIGNALS if of_sender else JOURNEY_SIGNALS
        whole = sum(self.signals[one].alpha for one in among)
        length = self.sender_run_length if of_sender else WATCHED_TWICE * self.run_length
        return length * whole / self.signals[signal].alpha

    def _rates(self, signal: Signal, provider: str) -> list[float]:
        """Return every rate that binds: of the mailing service (or all of them) less a margin, of the provider, ours."""
        services = [self.services[self.service]] if self.service in self.services else [*self.services.values()]
        rates = [self.stop_at * limits[signal] for limits in services if signal in limits]
        asked = [self.providers.get(one, {}).get(signal) for one in (provider, EVERYONE)]
        return [*rates, *(rate for rate in (*asked, self.signals[signal].ours) if rate is not None)]


def sharers(signal: Signal) -> tuple[str, ...]:
    """Return where a signal is watched: at each provider, and at all of them together if it stops journeys."""
    return (*PROVIDERS, EVERYONE) if signal in JOURNEY_SIGNALS else PROVIDERS


def in_force() -> Limits:
    """Return the shipped table with the settings' file and mailing service on top; read again when the file changes."""
    path = settings.RELANCE.breaker_limits
    changed = Path(path).stat().st_mtime_ns if path and Path(path).exists() else 0
    return _load(path, changed, settings.RELANCE.mailing_service)


@lru_cache(maxsize=8)
def _load(path: str, changed: int, service: str) -> Limits:
    shipped = read(SHIPPED)
    document = _with_own(shipped, read(Path(path))) if path else shipped
    if service:
        document = Document(document.name, {**document.data, "service": service}, document.source)
    limits = validate(Limits, document)
    if limits.service and limits.service not in {*limits.services, *MAILING_SERVICES}:
        known = ", ".join(limits.services)
        raise DefinitionError(
            [f"{document.name}: no limits are known of the mailing service {limits.service}; there are {known}."]
        )
    return limits


def _with_own(shipped: Document, own: Document) -> Document:
    """Return one's own file, what it does not name taken from the shipped one; errors name one's own lines."""
    data = dict(shipped.data)
    for key, value in own.data.items():
        inherited = data.get(key)
        if isinstance(value, dict) and isinstance(inherited, dict):
            merged = {
                one: {**inherited[one], **given}
                if isinstance(given, dict) and isinstance(inherited.get(one), dict)
                else given
                for one, given in value.items()
            }
            data[key] = {**inherited, **merged}
        else:
            data[key] = value
    return Document(own.name, data, own.source)
