"""What several areas call the same things: channels, legal bases, kinds of people, opt-outs, sources, proofs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

CHANNELS: Mapping[str, tuple[Any, str]] = {
    "email": (gettext_lazy("E-mail"), "mail"),
    "sms": (gettext_lazy("SMS"), "device-mobile"),
    "push": (gettext_lazy("Push"), "bell"),
    "postal": (gettext_lazy("Post"), "home"),
    "phone": (gettext_lazy("Telephone"), "phone"),
}
BASES: Mapping[str, Any] = {
    "opt_in": gettext_lazy("opt-in"),
    "existing_customer": gettext_lazy("existing customer"),
    "contract": gettext_lazy("contract"),
    "business": gettext_lazy("business address"),
}
KINDS: Mapping[str, Any] = {"b2c": gettext_lazy("Consumer"), "b2b": gettext_lazy("Business")}
SUPPRESSIONS: Mapping[str, Any] = {
    "unsubscribed": gettext_lazy("unsubscribed"),
    "complained": gettext_lazy("marked a message as spam"),
    "bounced": gettext_lazy("the mailbox does not exist"),
    "not_theirs": gettext_lazy("somebody else has the address now"),
    "former_tool": gettext_lazy("opted out in the former tool"),
    "erased": gettext_lazy("erased"),
    "manual": gettext_lazy("suppressed by hand"),
}
# The sources that Relance names itself; others go by the name a person gave them.
SOURCES: Mapping[str, Any] = {
    "sample shop": gettext_lazy("sample shop"),
    "relance": "Relance",
    "files": gettext_lazy("files"),
}
_LINE = re.compile(r"(?P<file>.+), line (?P<line>\d+)", re.DOTALL)
# By what the recipient of a message said yes or no.
SAID_BY: Mapping[str, Any] = {
    "unsubscribe link": gettext_lazy("unsubscribe link of message %(message)s"),
    "preference page": gettext_lazy("preference page of message %(message)s"),
}


def word(words: Mapping[str, Any], code: str) -> str:
    """Return what a code is called; a code of somebody else's is shown as it is."""
    return str(words.get(code, code))


def channel(code: str) -> str:
    """Return what a channel is called."""
    return str(CHANNELS[code][0]) if code in CHANNELS else code


def channels(codes: Sequence[str], how: str) -> str:
    """Return the channels a message may take: “E-mail, else SMS”, or the cheapest of them."""
    names = [channel(code) for code in codes]
    inside = [name if name.isupper() else name[:1].lower() + name[1:] for name in names]
    if how == "cheapest" and len(names) > 1:
        return _("The cheapest of: %(channels)s") % {"channels": ", ".join(inside)}
    return _(", else ").join([names[0], *inside[1:]])


def source_name(name: str) -> str:
    """Return what a source is called."""
    return word(SOURCES, name)


def proof(written: str) -> str:
    """Return the proof of a consent; where it is a line of a file or a recipient's word, in the words of the page."""
    if found := _LINE.fullmatch(written):
        return _("%(file)s, line %(line)s") % found.groupdict()
    by, _of, message = written.partition(" of message ")
    return str(SAID_BY[by]) % {"message": message} if by in SAID_BY else written
