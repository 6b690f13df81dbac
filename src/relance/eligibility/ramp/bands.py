"""Bands of silence: how long people have shown no sign; the youngest is written to first, since the oldest harm most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Band:
    """A band: its key, and the days of silence from which it runs up to (not including) the next one's."""

    key: str
    from_days: int

    def label(self, language: str) -> str:
        """Return it as people say it."""
        return LABELS[self.key][language == "fr"]


BANDS = (
    Band("under_6_months", 0),
    Band("6_to_12_months", 183),
    Band("12_to_24_months", 365),
    Band("over_24_months", 730),
)
LABELS = {
    "under_6_months": ("silent for less than 6 months", "silence de moins de 6 mois"),
    "6_to_12_months": ("silent for 6 to 12 months", "silence de 6 à 12 mois"),
    "12_to_24_months": ("silent for 12 to 24 months", "silence de 12 à 24 mois"),
    "over_24_months": ("silent for over 24 months, or unknown", "silence de plus de 24 mois, ou inconnu"),
}


# Days of silence of a profile `pr` at an instant named `start`: since the last engagement or purchase.
SILENT_DAYS = "floor(extract(epoch FROM %(start)s - greatest(pr.last_engagement_at, pr.last_purchase_at)) / 86400)"


def sql(days: str = SILENT_DAYS) -> str:
    """Return the SQL that names the band of an expression of days; unknown silence counts as the oldest band."""
    cases = " ".join(f"WHEN {days} >= {band.from_days} THEN '{band.key}'" for band in reversed(BANDS))
    return f"CASE WHEN {days} IS NULL THEN '{BANDS[-1].key}' {cases} ELSE '{BANDS[0].key}' END"


def joined(people: Mapping[str, Mapping[str, int]], canary: int) -> dict[str, str]:
    """Return where bands go that are smaller than a canary: into the next older one; the last of all stays by itself."""
    found: dict[str, str] = {}
    carried: list[str] = []
    peopled = [band.key for band in BANDS if people.get(band.key)]
    size = 0
    for key in peopled:
        found |= dict.fromkeys(carried, key)
        size += sum(people[key].values())
        carried = [*carried, key] if size < canary else []
        size = size if carried else 0
    return found


def merged(people: Mapping[str, Mapping[str, int]], canary: int) -> dict[str, dict[str, int]]:
    """Return people by band and mailbox provider, those of bands smaller than a canary in the next older one."""
    older = joined(people, canary)
    found: dict[str, dict[str, int]] = {}
    for key, counts in people.items():
        band = found.setdefault(older.get(key, key), {})
        for name, count in counts.items():
            band[name] = band.get(name, 0) + count
    return found


def of(key: str) -> Band:
    """Return the band of a key."""
    return next(band for band in BANDS if band.key == key)
