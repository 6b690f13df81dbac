"""Rates held against those at which the breaker stops a sender and warns; its table is the one source of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relance.eligibility.breaker.limits import Signal, in_force
from relance.eligibility.breaker.providers import PROVIDERS
from relance.measurement.formats import number, percent, typography
from relance.measurement.volumes import Volumes

SIGNALS: Mapping[str, Signal] = {
    "hard_bounced": "hard_bounce",
    "unsubscribed": "unsubscribe",
    "complained": "complaint",
}

NAMES = {
    "hard_bounced": ("hard bounces", "NPAI"),
    "unsubscribed": ("unsubscriptions", "désabonnements"),
    "complained": ("complaints", "plaintes"),
}
JUDGED = {
    "over": (
        "over the limit of {limit} at which a journey stops",
        "au-dessus de la limite de {limit} à laquelle un parcours s’arrête",
    ),
    "near": ("under the limit of {limit}, and over half of it", "sous la limite de {limit}, mais au-delà de sa moitié"),
    "under": ("well under the limit of {limit}", "loin sous la limite de {limit}"),
    "unknown": ("unknown, since no mail can tell", "inconnu, faute d’e-mail pour le dire"),
}


@dataclass(frozen=True)
class Judged:
    """One rate held against its limit."""

    signal: str
    count: int
    of: int
    limit: float
    warned: float = 0.0

    @property
    def level(self) -> str:
        """Return `over`, `near`, `under` or, where nothing could have told, `unknown`."""
        if not self.of:
            return "unknown"
        share = self.count / self.of
        return "over" if share > self.limit else "near" if share > self.warned else "under"

    def sentence(self, language: str) -> str:
        """Return the rate and how it stands to its limit."""
        french = language == "fr"
        verdict = JUDGED[self.level][french].format(limit=percent(self.limit, language, 2))
        if self.level == "unknown":
            return f"{NAMES[self.signal][french]} {verdict}"
        rate = percent(self.count / self.of, language, 2)
        of = f"{number(self.count, language)} {'sur' if french else 'of'} {number(self.of, language)}"
        return f"{NAMES[self.signal][french]} {rate} ({of}), {verdict}"

    def told(self, language: str) -> str:
        """Return the same as a sentence of its own."""
        found = self.sentence(language)
        return typography(f"{found[0].upper()}{found[1:]}.", language)


def judge(volumes: Volumes, hard_bounces: int) -> list[Judged]:
    """Return the rates that a sender is judged by, each beside its limit."""
    found = {signal.name: signal for signal in volumes.signals}
    sent = found["bounced"].of if "bounced" in found else 0
    judged = [_judged("hard_bounced", hard_bounces, sent)]
    for name in ("unsubscribed", "complained"):
        signal = found.get(name)
        judged.append(_judged(name, signal.count if signal else 0, signal.of if signal else 0))
    return judged


def rates(name: str) -> tuple[float, float]:
    """Return the strictest rate at which a signal (`hard_bounced`…) stops a sender, and that from which it warns."""
    table = in_force()
    stops = min(table.allowed(SIGNALS[name], provider) for provider in PROVIDERS)
    return stops, stops * table.warn_at


def _judged(name: str, count: int, of: int) -> Judged:
    return Judged(name, count, of, *rates(name))


def sentence(judged: list[Judged], language: str) -> str:
    """Return how the rates stand to the limits, in one sentence."""
    start = "Au regard de la réputation de l’expéditeur : " if language == "fr" else "Against the sender's limits: "
    between = " ; " if language == "fr" else "; "
    return typography(start + between.join(one.sentence(language) for one in judged) + ".", language)
