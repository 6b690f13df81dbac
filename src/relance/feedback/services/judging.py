"""What one event of a mailing service means, by the table of its service and the receiving server's own words.

A service that says "bounced" is not believed by itself: a bounce is hard only where the service calls it permanent and the
server's words tell of a mailbox that does not exist, or where the service names that cause and no words speak against it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

from relance.core import texts
from relance.delivery import reasons
from relance.delivery.reasons import Reason
from relance.feedback.bounces import Kind

What = Literal[
    "accepted", "deferred", "delivered", "bounced", "rejected", "complained", "unsubscribed", "opened", "clicked", "unknown",
]  # fmt: skip
Refusal = Literal["", "complained", "unsubscribed"]

_BOUNCES = frozenset({"no_mailbox", "permanent", "temporary", "sender", "rejected"})
_reason = lru_cache(1024)(reasons.of)  # a server that refuses says the same to everybody
_CODE = re.compile(r"(?<![\d.\-])([45]\d\d)(?![\d.@])")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a service said, in our vocabulary. `refused`: what its own list remembers of the person, told by no event of today."""

    what: What
    kind: Kind | None = None
    reason: str = ""
    refused: Refusal = ""


@dataclass(frozen=True)
class Table:
    """How to read one service: where the server's words stand, and the lines in their order."""

    words: tuple[str, ...]
    status: str
    code: str
    rules: tuple[tuple[Mapping[str, re.Pattern[str]], str, Reason], ...]


@cache
def tables() -> Mapping[str, Table]:
    """Return the table of each service, by our name of it."""
    known = YAML(typ="safe").load(Path(__file__).with_name("events.yaml"))
    return {service: _table(given) for service, given in known.items()}


def judge(service: str, event: object) -> Heard:
    """Return what a raw event of `service` means; `unknown` where no line of its table fits. Never raises."""
    table = tables()[service]
    meant, given = _meant(table, event)
    if meant in _BOUNCES:
        return _bounce(table, event, meant, given)
    if meant.startswith("listed"):
        refused: Refusal = {"listed_complained": "complained", "listed_unsubscribed": "unsubscribed"}.get(meant, "")  # type: ignore[assignment]
        return Heard("rejected", "soft", f"listed: {_words(table, event) or 'on a list of the service'}", refused)
    return Heard(meant)  # type: ignore[arg-type]


def _table(given: Mapping[str, Any]) -> Table:
    rules = []
    for line in given["rules"]:
        fields = {
            path: re.compile(asked, re.IGNORECASE | re.DOTALL)
            for path, asked in line.items()
            if path not in {"is", "as"}
        }
        rules.append((fields, str(line["is"]), line.get("as", "other")))
    return Table(tuple(given["words"]), given.get("status", ""), given.get("code", ""), tuple(rules))


def _meant(table: Table, event: object) -> tuple[str, Reason]:
    for fields, meant, reason in table.rules:
        if all(pattern.fullmatch(_at(event, path)) for path, pattern in fields.items()):
            return meant, reason
    return "unknown", "other"


def _bounce(table: Table, event: object, meant: str, given: Reason) -> Heard:
    """Weigh what the service calls the failure against what the receiving server said."""
    words = _words(table, event)
    said, for_good = _said(table, event, words)
    reason = said if said != "other" else given
    kind: Kind
    if meant == "rejected" or reason in reasons.BLOCKS:
        kind = "block"
    elif meant == "sender":
        kind = "soft" if said != "other" and said not in reasons.HARD else "block"
    elif meant == "no_mailbox" and said == "other":
        reason, kind = (given if given != "other" else "no_mailbox"), "hard"
    elif meant == "permanent" and said == "other" and not words:
        reason, kind = "no_mailbox", "hard"  # the service's judgement is all there is
    else:
        kind = "hard" if said in reasons.HARD and for_good and meant in {"no_mailbox", "permanent"} else "soft"
    if kind == "block" and reason not in reasons.BLOCKS:
        reason = "policy"
    return Heard("rejected" if meant == "rejected" else "bounced", kind, f"{reason}: {words}".rstrip(": "))


def _said(table: Table, event: object, words: str) -> tuple[Reason, bool]:
    """Return what the server's words, status and code say, and whether it may be for good (its status is none of 4.x.x)."""
    status = _at(event, table.status) or reasons.status(words)
    code = _at(event, table.code) or next(iter(_CODE.findall(words)), "")
    if not words and not status:
        return "other", True
    return _reason(words, status, int(code) if _CODE.fullmatch(code) else 0), not status.startswith("4")


def _words(table: Table, event: object) -> str:
    return " ".join(dict.fromkeys(filter(None, (" ".join(_at(event, path).split()) for path in table.words))))


def _at(event: object, path: str) -> str:
    """Return the text at a path into an event, empty where there is none; of `a|b`, the first that is there."""
    for one in path.split("|") if path else ():
        found: object = event
        for step in one.split("."):
            if isinstance(found, Mapping):
                found = found.get(step)
            elif isinstance(found, list) and step.isdigit() and int(step) < len(found):
                found = found[int(step)]
            else:
                found = None
        if isinstance(found, bool):
            return str(found).lower()
        if isinstance(found, str | int | float):
            return texts.plain(found, 400)
    return ""
