"""The rates at which a sender stops: 0.8 of the strictest limit among mailbox providers and mailing services; a warning at half.

Hard bounces 2 %, unsubscriptions 1 % (Brevo), complaints 0.10 % (Gmail and Yahoo: the latter as they stand).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relance.measurement.formats import number, percent, typography
from relance.measurement.volumes import Volumes

STOPS: Mapping[str, float] = {"hard_bounced": 0.016, "unsubscribed": 0.008, "complained": 0.001}
WARNED_AT = 0.5

NAMES = {
    "hard_bounced": ("hard bounces", "rejets définitifs"),
    "unsubscribed": ("unsubscriptions", "désinscriptions"),
    "complained": ("complaints", "plaintes"),
}
JUDGED = {
    "over": (
        "over the limit of {limit} at which a journey stops",
        "au-dessus de la limite de {limit} à laquelle un parcours s'arrête",
    ),
    "near": ("under the limit of {limit}, and over half of it", "sous la limite de {limit}, mais au-delà de sa moitié"),
    "under": ("well under the limit of {limit}", "loin sous la limite de {limit}"),
    "unknown": ("unknown, since no mail can tell", "inconnu, faute d'e-mail pour le dire"),
}


@dataclass(frozen=True)
class Judged:
    """One rate held against its limit."""

    signal: str
    count: int
    of: int
    limit: float

    @property
    def level(self) -> str:
        """Return `over`, `near`, `under` or, where nothing could have told, `unknown`."""
        if not self.of:
            return "unknown"
        share = self.count / self.of
        return "over" if share > self.limit else "near" if share > self.limit * WARNED_AT else "under"

    def sentence(self, language: str) -> str:
        """Return the rate and how it stands to its limit."""
        french = language == "fr"
        verdict = JUDGED[self.level][french].format(limit=percent(self.limit, language, 2))
        if self.level == "unknown":
            return f"{NAMES[self.signal][french]} {verdict}"
        rate = percent(self.count / self.of, language, 2)
        of = f"{number(self.count, language)} {'sur' if french else 'of'} {number(self.of, language)}"
        return f"{NAMES[self.signal][french]} {rate} ({of}), {verdict}"


def judge(volumes: Volumes, hard_bounces: int) -> list[Judged]:
    """Return the rates that a sender is judged by, each beside its limit."""
    found = {signal.name: signal for signal in volumes.signals}
    sent = found["bounced"].of if "bounced" in found else 0
    judged = [Judged("hard_bounced", hard_bounces, sent, STOPS["hard_bounced"])]
    for name in ("unsubscribed", "complained"):
        signal = found.get(name)
        judged.append(Judged(name, signal.count if signal else 0, signal.of if signal else 0, STOPS[name]))
    return judged


def sentence(judged: list[Judged], language: str) -> str:
    """Return how the rates stand to the limits, in one sentence."""
    start = "Au regard de la réputation de l'expéditeur : " if language == "fr" else "Against the sender's limits: "
    between = " ; " if language == "fr" else "; "
    return typography(start + between.join(one.sentence(language) for one in judged) + ".", language)
