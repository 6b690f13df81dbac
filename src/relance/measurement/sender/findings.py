"""What an examination finds, each with its level and what its sentence needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Level = Literal["ok", "unknown", "advice", "fault"]
LEVELS: tuple[Level, ...] = ("ok", "unknown", "advice", "fault")  # the worst last


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its code (`words` has the sentence), level, and the values of the sentence."""

    code: str
    level: Level
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def worst(findings: list[Finding]) -> Level:
    """Return the worst level found; `ok` for none."""
    return max((finding.level for finding in findings), key=LEVELS.index, default="ok")
