"""How fast, and over how many connections, mails may go to each mailbox provider: the setting, read."""

from __future__ import annotations

import re
from dataclasses import dataclass

REST = "*"  # each provider that has no line of its own
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_LINE = re.compile(r"(\*|[a-z0-9][a-z0-9.-]*)=(\d{1,9})/(second|minute|hour|day)(?:,(\d{1,3}))?")
_FORM = "write gmail=6000/hour,10 or *=60/minute, separated by spaces: provider, mails per second, minute, hour or day, connections"

_TWICE = "{name} stands twice; name each provider once"


@dataclass(frozen=True)
class Limit:
    """What one provider may get. `connections` are those of one worker; None sets no limit to them."""

    mails: int
    unit: str
    connections: int | None

    @property
    def per_second(self) -> float:
        """Return the rate, in mails a second."""
        return self.mails / _SECONDS[self.unit]

    @property
    def at_once(self) -> float:
        """Return how many may leave at once after a rest: what a minute brings, one at least."""
        return max(60 * self.per_second, 1.0)

    def __str__(self) -> str:
        return f"{self.mails} per {self.unit}"


def read(text: str) -> dict[str, Limit]:
    """Return the limit of each provider named in a text such as `gmail=6000/hour,10 *=60/minute`. Errors: ValueError."""
    found: dict[str, Limit] = {}
    for line in text.split():
        match = _LINE.fullmatch(line)
        if match is None or int(match[2]) == 0 or match[4] == "0":
            raise ValueError(_FORM)
        if match[1] in found:
            raise ValueError(_TWICE.format(name=match[1]))
        found[match[1]] = Limit(int(match[2]), match[3], int(match[4]) if match[4] else None)
    return found
