"""Why a mail came back: from the words of the refusal, then its enhanced status (RFC 3463), then its reply code (RFC 5321).

Words come first, since many servers answer 5.1.1 to spam and 5.0.0 to everything. Among words, what speaks of the sender
(policy, authentication, reputation, content) comes before what speaks of the mailbox: a refusal that names both is never
held against the person.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

Reason = Literal[
    "no_mailbox", "no_domain", "moved", "takes_no_mail", "full", "disabled", "filtered", "authentication", "reputation", "content",
    "policy", "rate", "greylisted", "too_big", "relay", "expired", "network", "system", "syntax", "other",
]  # fmt: skip

# The address is no one's and will stay so: these alone suppress.
HARD: frozenset[Reason] = frozenset({"no_mailbox", "no_domain", "moved", "takes_no_mail"})
# What speaks of the sender, and stops or slows it.
BLOCKS: frozenset[Reason] = frozenset({"authentication", "reputation", "content", "policy", "rate", "relay"})

KNOWN: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("refusals.yaml"))


_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")


def status(text: str) -> str:
    """Return the enhanced status (RFC 3463) that a text gives first, empty where none stands there; an IP address is none."""
    match = _STATUS.search(text)
    return match[1] if match else ""


def any_of(words: list[str]) -> re.Pattern[str]:
    """Return the expression that finds one of these, without case."""
    return re.compile("|".join(words), re.IGNORECASE | re.DOTALL)


SAID: tuple[tuple[Reason, re.Pattern[str]], ...] = tuple((one["reason"], any_of(one["words"])) for one in KNOWN["said"])
STATUS: dict[str, Reason] = KNOWN["status"]
CODES: dict[int, Reason] = KNOWN["codes"]
_OF_SENDER_SAID = any_of(KNOWN["of_sender"])


def of(text: str, status: str, code: int) -> Reason:
    """Return the reason of one recipient's failure, `other` where nothing tells it.

    1. A status or words that name the sender's fault win over everything; what was said to the sender, before anybody had named
       a recipient, or is forbidden by the house, is of no mailbox, whatever the status. A word of policy beside the status of an
       address that does not exist makes it dead only where words say surely that it does not.
    2. A permanent failure is a missing mailbox only where words or status say so, and nothing says otherwise: beside a status of
       policy, authentication or content words on the mailbox are not believed, but where only who reports it gives that status.
    """
    coded = _coded(status.partition(".")[2])
    words = _HOSTS.sub(" ", _ADDRESSES.sub("<>", text))
    said = next((reason for reason, pattern in SAID if pattern.search(words)), None)
    if is_of_sender(words) or (said == "policy" and coded in HARD and not _SURELY.search(words)):
        return said if said in BLOCKS else "policy"
    if coded == "authentication" and said in HARD and status[2:] in _OF_SENDER:
        return coded
    vague = {"policy", "other"} | ({"network", "system", "expired"} if said == "policy" else set())
    if said in {"policy", "expired", "network", "syntax", "system", None} and coded and coded not in vague:
        return coded
    if said is None and coded is None:
        return CODES.get(code, "other")
    if (
        said in HARD
        and coded in _OTHERWISE
        and not (said == "no_mailbox" and _is_named(words, coded, answered=status in text))
    ):
        return coded
    return said or coded or "other"


def is_of_sender(words: str) -> bool:
    """Tell whether words say that the sender was refused, or the house's rules refused: nothing in them speaks of the mailbox."""
    return bool(_OF_SENDER_SAID.search(words))


def _coded(detail: str) -> Reason | None:
    """Return the reason of a status without its class; whatever 7 stands before is of policy (RFC 3463, 3.8)."""
    return STATUS.get(detail) or ("policy" if detail.startswith("7.") else None)


def _is_named(words: str, coded: Reason, *, answered: bool) -> bool:
    """Tell whether the words say of the mailbox that it is not there, whatever the status; `answered`: the server itself gave it."""
    return not (answered and coded in BLOCKS) and bool(_SURELY.search(words))


_OTHERWISE: frozenset[Reason] = frozenset(
    {"policy", "authentication", "filtered", "full", "disabled", "content", "rate"}
)
_OF_SENDER = {"1.7", "1.8"}  # the sender's own address is wrong: what does not exist is not the recipient
# Names are no words: somebody's address may hold `spam`, and a server that knows no such user may be called after a filter.
_ADDRESSES = re.compile(r"<?[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,255}>?")
_HOSTS = re.compile(r"(?i)(?<=\bhost )[\w.-]{1,255}(?=\s?\[[0-9a-f.:]+\])|(?<=while talking to )[\w.-]{1,255}")
_SURELY = re.compile(
    r"user unknown|unknown user|no such user|does ?n[o']t exist|not (?:found|exist)|unknown recipient|invalid recipient",
    re.IGNORECASE,
)
