"""What the codes of the base are called on these pages, in the language in force."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from relance.core import dates
from relance.events.schemas import STANDARD
from relance.measurement import formats
from relance.web.language import current
from relance.web.words import BASES as BASES
from relance.web.words import CHANNELS as CHANNELS
from relance.web.words import KINDS as KINDS
from relance.web.words import SUPPRESSIONS as SUPPRESSIONS
from relance.web.words import channel as channel
from relance.web.words import proof as proof
from relance.web.words import word as word

BANDS: dict[str, Any] = {
    "high": _("High"),
    "medium": _("Medium"),
    "low": _("Low"),
    "none": _("Never bought"),
}
FLAGS: dict[str, Any] = {
    "false_inactive": _("False inactive"),
    "out_of_target": _("Out of target"),
    "unreachable": _("Unreachable"),
    "mistyped": _("Mistyped address"),
}
FLAG_MEANINGS: dict[str, Any] = {
    "false_inactive": _(
        "False inactive: buys in the store while the messages stay without a click. Not to be woken, but thanked."
    ),
    "out_of_target": _(
        "Out of target: the policy says that this person is no longer concerned. Nothing commercial is sent."
    ),
    "unreachable": _("Unreachable: no usable address on any channel."),
}
# Why an address is not good, or what was noticed of it.
ADDRESS_REASONS: dict[str, Any] = {
    "syntax": _("is not written like an address"),
    "mistyped": _("looks mistyped"),
    "disposable": _("throw-away address"),
    "dead_mailbox": _("the mailbox does not exist"),
    "bounced": _("the mailbox does not exist"),
    "not_theirs": _("belongs to somebody else now"),
    "role": _("shared mailbox (info@, contact@…)"),
    "suppressed": _("is on the suppression list"),
    "number": _("is not a telephone number"),
    "landline": _("landline: cannot take an SMS"),
}
# What the person decided on their preference page.
PREFERENCES: dict[str, Any] = {
    "choose": _("chose what to receive"),
    "fewer": _("asked for fewer messages"),
    "usual": _("asked for as many messages as others"),
    "pause": _("asked for a pause"),
    "resume": _("ended the pause"),
    "disown": _("said that the address is somebody else’s"),
    "leave": _("unsubscribed from everything"),
}
STATE_MEANINGS: dict[str, Any] = {
    "new": _("Known for too short a time to say anything of a silence."),
    "never_active": _(
        "Your files hold no purchase and no reaction of theirs; what came before the files begin, nobody knows."
    ),
    "active": _("Gives signs of life, or is not silent for long enough to count as dormant."),
    "cooling": _("Silent for longer than usual; not dormant yet."),
    "dormant": _("Silent for long enough, by the policy below, to count as dormant."),
    "very_dormant": _("Silent on every count of the policy below."),
    "undetermined": _("Nobody can tell: the data do not reach far enough, or too few messages arrived."),
}
MESSAGE_STATES: dict[str, Any] = {
    "held": _("overdue, awaits your decision"),
    "ready": _("ready to leave"),
    "deferred": _("waits"),
    "claimed": _("being prepared"),
    "sending": _("leaving"),
    "sent": _("sent"),
    "delivered": _("delivered"),
    "bounced": _("bounced"),
    "blocked": _("held back for good"),
    "failed": _("failed"),
    "unknown": _("in doubt"),
}
DECISIONS: dict[str, tuple[Any, str]] = {
    "allow": (pgettext_lazy("verdict", "Let through"), "green"),
    "defer": (pgettext_lazy("verdict", "Made to wait"), "yellow"),
    "block": (pgettext_lazy("verdict", "Held back"), "red"),
}
VERDICTS: dict[str, Any] = {
    "allowed": _("let through"),
    "suppressed": _("on the suppression list"),
    "opt_outs_unknown": _("former opt-outs not known"),
    "permission_unknown": _("no consent known"),
    "permission_withdrawn": _("consent withdrawn"),
    "permission_refused": _("said no"),
    "permission_expired": _("consent expired"),
    "permission_insufficient": _("consent does not cover it"),
    "no_sale": _("no completed sale known"),
    "channel_unfit": _("not meant for this channel"),
    "erased": _("erased"),
    "objected": _("objected to profiling"),
    "paused": _("asked for a pause"),
    "retention_due": _("due for erasure"),
    "no_address": _("no address"),
    "address_invalid": _("address not valid"),
    "unreachable": _("unreachable"),
    "out_of_target": _("out of target"),
    "unopened": _("opens no mail"),
    "expired": _("message too old"),
    "goal_reached": _("goal reached"),
    "enrolment_ended": _("left the journey"),
    "commercial_period": _("commercial period"),
    "pressure": _("pressure cap"),
    "pressure_channel": _("cap of the channel"),
    "pressure_purpose": _("cap of the purpose"),
    "pressure_fewer": _("asked for fewer messages"),
    "budget_of_month_spent": _("month’s budget spent"),
    "budget_spent": _("budget spent"),
    "reserved_for_reactivation": _("place kept for a reactivation"),
    "breaker_open": _("stopped by the breaker"),
    "quiet_hours": _("quiet hours"),
    "legal_hours": _("outside the lawful hours"),
    "best_hour": _("waits for their best hour"),
    "calls": _("called often enough"),
    "call_refused": _("refused a call lately"),
}
ENDS: dict[str, Any] = {
    "completed": _("came to its end"),
    "goal": _("reached its goal"),
    "sunset": _("was put to sleep"),
    "erased": _("was erased"),
    "merged": _("was merged with a duplicate"),
    "unreachable": _("could not be reached any more"),
    "unsubscribed": _("unsubscribed"),
    "complained": _("marked a message as spam"),
    "measured": _("the comparison is over"),
    "exit": _("left by a step of the journey"),
    "stopped": _("the journey was stopped"),
}
LANGUAGES: dict[str, Any] = {
    "fr": _("French"), "en": _("English"), "de": _("German"), "es": _("Spanish"), "it": _("Italian"), "nl": _("Dutch"),
    "pt": _("Portuguese"),
}  # fmt: skip

_DATE = re.compile(r"(depuis |since )?(\d{4})-(\d{2})-(\d{2})(?: (\d{2}:\d{2}))?")


def event_label(kind: str) -> str:
    """Return what an event type is called; a declared one goes by its name."""
    schema = STANDARD.get(kind)
    return kind if schema is None else schema.label_fr if current() == "fr" else schema.label_en


def ending(reason: str) -> str:
    """Return why someone left a journey."""
    if reason.startswith("blocked:"):
        return word(VERDICTS, reason.removeprefix("blocked:"))
    return (
        str(ENDS[reason])
        if reason in ENDS
        else event_label(reason)
        if reason in STANDARD
        else event_label(f"message_{reason}")
    )


def dated(sentence: str) -> str:
    """Return the gate's sentence as the pages say it: days as people write them, pages instead of commands."""
    for command, place in _PLACES:
        sentence = re.sub(command, str(place), sentence)
    return formats.typography(_DATE.sub(_written, sentence), current())


# What the gate tells a command-line user to type, and where these pages do the same.
_PLACES = (
    (r"`relance import (?:consents|suppressions) \w+`", _("the page Imports")),
    (r"`relance declare no-opt-outs --by \w+`", _("the launch page of the journey")),
    (r"`relance calendar show`", _("the launch page of the journey")),
)


def _written(found: re.Match[str]) -> str:
    lead, year, month, number, clock = found.groups()
    text = dates.day(date(int(year), int(month), int(number)), current())
    article = "le " if lead and current() == "fr" else ""
    return f"{lead or ''}{article}{text}{f', {clock}' if clock else ''}"
