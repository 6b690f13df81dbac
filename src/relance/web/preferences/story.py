"""What the preference page says: the topics of each channel in words, and what has just been done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.translation import gettext_lazy as _

from relance.contacts.matrix import AUDIENCE, MARKETING, TRACKING
from relance.feedback.preferences.choices import APART, Choice
from relance.web import words

TOPICS: dict[str, tuple[Any, Any]] = {
    MARKETING: (_("News and offers"), ""),
    TRACKING: (_("Noting which e-mails you open"), _("Only if you agree; your e-mails stay the same.")),
    AUDIENCE: (_("Advertisements chosen for you on social networks"), _("Your address is compared with theirs.")),
}
STOPS: dict[str, Any] = {
    "complained": _("Stopped, because one of our messages was marked as spam. Write to us to come back."),
}
STOPPED = _("Stopped on this channel. Write to us to come back.")
DONE: dict[str, tuple[Any, Any]] = {
    "choose": (_("Your choices are kept"), _("They hold from now on. A message already on its way may still arrive.")),
    "fewer": (_("You will get fewer messages"), _("From now on we write to you less often.")),
    "usual": (_("You get messages as before"), _("You may ask for fewer again at any time.")),
    "pause": (_("Your pause has begun"), _("A message already on its way may still arrive.")),
    "resume": (_("The pause is over"), _("You get what is ticked below.")),
    "leave": (
        _("You are unsubscribed from everything"),
        _("No more news or offers, on any channel. Messages about your orders still reach you."),
    ),
}


@dataclass(frozen=True)
class Line:
    """A box to tick: what the form calls it, what people call it, and why it cannot be ticked here."""

    key: str
    title: Any
    hint: Any
    on: bool
    stopped: Any


@dataclass(frozen=True)
class Group:
    """A channel with its topics; without a name, what belongs to no channel."""

    name: str
    lines: list[Line]


def groups(chosen: Sequence[Choice]) -> list[Group]:
    """Return the boxes, by channel."""
    by_channel = groupby(chosen, key=lambda choice: "" if choice.topic in APART else choice.channel)
    return [
        Group(str(words.channel(channel)) if channel else "", [_line(choice) for choice in found])
        for channel, found in by_channel
    ]


def _line(choice: Choice) -> Line:
    title, hint = TOPICS.get(choice.topic, (choice.topic.replace("_", " ").capitalize(), ""))
    stopped = STOPS.get(choice.stopped, STOPPED) if choice.stopped else ""
    return Line(choice.key, title, hint, choice.on, stopped)


def done(act: str) -> tuple[Any, Any] | None:
    """Return the title and the sentence that answer an act."""
    return DONE.get(act)
