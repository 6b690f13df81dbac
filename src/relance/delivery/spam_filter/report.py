"""SpamAssassin's report of a mail, read: how many points, from how many on it is spam, and the rules that gave them."""

from __future__ import annotations

import re
from typing import NamedTuple

from relance.core.errors import ConfigurationError

SMALLEST = 0.05  # points; rules of fewer only inform
_RULE = re.compile(r"^\s*(-?\d+\.\d+)\s+([A-Z][A-Z0-9_]{2,})\s+(.*)$")
_CONTINUED = re.compile(r"^\s{20,}(\S.*)$")
_STATUS = re.compile(r"^X-Spam-Status:.*?score=(-?[\d.]+)\s+required=([\d.]+)", re.MULTILINE | re.DOTALL)
_SPAM = re.compile(r"^Spam:[^;\r\n]*;\s*(-?[\d.]+)\s*/\s*([\d.]+)", re.MULTILINE | re.IGNORECASE)


class Rule(NamedTuple):
    """A rule that fired: points (against the mail where above 0) and SpamAssassin's own words."""

    name: str
    points: float
    words: str


class Score(NamedTuple):
    """The points of a mail, the threshold from which it is spam, and the rules that count, the worst first."""

    points: float
    threshold: float
    rules: tuple[Rule, ...]

    @property
    def spam(self) -> bool:
        return self.points >= self.threshold


def read(answer: str) -> Score:
    """Return the score in the answer of the daemon or of the command. Errors: ConfigurationError where it holds none."""
    found = _SPAM.search(answer) or _STATUS.search(answer)
    if found is None:
        raise ConfigurationError(
            "SpamAssassin answered without a score. Run `spamassassin --lint` where it is installed."
        )
    rules = [rule for rule in _rules(answer) if abs(rule.points) >= SMALLEST]
    return Score(float(found[1]), float(found[2]), tuple(sorted(rules, key=lambda rule: -rule.points)))


def _rules(answer: str) -> list[Rule]:
    """Return the lines of the table at the report's end; a description may go on in the next line."""
    rules: list[Rule] = []
    for line in answer.splitlines():
        if match := _RULE.match(line):
            rules.append(Rule(match[2], float(match[1]), match[3].strip()))
        elif rules and (more := _CONTINUED.match(line)):
            rules[-1] = rules[-1]._replace(words=f"{rules[-1].words} {more[1].strip()}")
    return rules
