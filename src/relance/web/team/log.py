"""The audit log in words: what each line says of the act, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from relance.accounts.roles import Role
from relance.core import dates
from relance.core.models import AuditEntry
from relance.eligibility.breaker import providers, told
from relance.web import tags, titles, words
from relance.web.journeys import words as journey_words
from relance.web.language import current
from relance.web.people import words as people_words
from relance.web.setup import fields
from relance.web.team.log_words import CHOICES, LABELS, LEVELS, WISHES
from relance.web.team.naming import SENDERS, Named, Names

LEAST_FOLDED = 160  # characters; a longer text is shown when asked for
MOST_SHOWN = 3  # details; more of them are shown when asked for


@dataclass(frozen=True)
class Detail:
    """One detail of an act; a long one is folded away under its label."""

    label: str
    text: str

    @property
    def folded(self) -> bool:
        """Tell whether it is too long to stand in a line."""
        return len(self.text) > LEAST_FOLDED or "\n" in self.text


@dataclass(frozen=True)
class Line:
    """One line of the log."""

    entry: AuditEntry
    actor: Named
    subject: Named
    details: list[Detail]

    @property
    def folded(self) -> bool:
        """Tell whether there are too many details to stand open."""
        return len(self.details) > MOST_SHOWN


def lines(entries: Sequence[AuditEntry]) -> list[Line]:
    """Return the entries of a page as it shows them."""
    names = Names(entries)
    return [
        Line(entry, names.actor(entry), names.subject(entry), list(details(entry.action, entry.details)))
        for entry in entries
    ]


def details(action: str, known: Mapping[str, Any]) -> Iterator[Detail]:
    """Yield what the log knows beyond act and subject, in the order of the labels; what is empty says nothing."""
    order = {name: place for place, name in enumerate(LABELS)}  # the database keeps none
    for name, value in sorted(known.items(), key=lambda detail: order.get(detail[0], len(order))):
        if value in (None, "", [], {}):
            continue
        label = _label(action, name)
        yield Detail(str(LABELS.get(label, label)), _text(_meaning(action, name), value))


def _label(action: str, name: str) -> str:
    """Return the label's key: some names mean something else in some acts."""
    if name == "to" and action != "role changed":
        return "sent to"
    if name == "from" and action in SENDERS:
        return "from address"
    if action.startswith(("breaker ", "bounces ")):
        return {"level": "stop level", "addresses": "bounced addresses"}.get(name, name)
    return name


def _meaning(action: str, name: str) -> str:
    """Return the name by which a detail's value is read: an act of a recipient is none of a draft's."""
    return "wish" if name == "act" and action == "preferences changed" else name


def _text(name: str, value: Any) -> str:
    """Return a detail's value in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in WRITTEN and isinstance(value, str | int):
        return str(WRITTEN[name](value))
    if isinstance(value, Mapping):
        whole = json.dumps(value, ensure_ascii=False, indent=1)
        return whole if name == "definition" else " · ".join(_inner(*pair) for pair in value.items())
    if isinstance(value, list):
        return _list(name, value)
    return tags.number(value) if isinstance(value, int) else str(CHOICES.get(str(value), value))


def _list(name: str, values: list[Any]) -> str:
    """Return a list in words: pairs by what they are, tables as they are written, the rest in a row."""
    if any(isinstance(one, Mapping) for one in values):
        return json.dumps(values, ensure_ascii=False, indent=1)
    if all(isinstance(one, list) and len(one) == 2 for one in values):
        return " · ".join(_pair(name, *map(str, one)) for one in values)
    return ", ".join(map(str, values))


def _pair(name: str, key: str, text: str) -> str:
    """Return one of a sender's names with its language, or one of its keys with its file."""
    if name != "name":
        return _("%(label)s: %(text)s") % {"label": key, "text": text}
    return f"{text} ({words.word(people_words.LANGUAGES, key).lower()})" if key else text


def _inner(name: str, value: Any) -> str:
    return _("%(label)s: %(text)s") % {"label": LABELS.get(name, name), "text": _text(name, value)}


def _role(code: Any) -> str:
    return str(dict(Role.choices).get(code, code))


def _moment(written: Any) -> str:
    try:
        return tags.moment(datetime.fromisoformat(str(written)))
    except ValueError:
        return str(written)


def _day(written: Any) -> str:
    return dates.spoken(str(written), current())


def _channels(codes: Any) -> str:
    return ", ".join(words.channel(code) for code in str(codes).split(", "))


WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "signal": lambda code: tags.typeset(told.SIGNALS.get(code, (code, code))[current() == "fr"]),
    "provider": lambda code: providers.name(code, current()),
    "role": _role,
    "from": _role,
    "to": _role,
    "channel": _channels,
    "channels": _channels,
    "start": _moment,
    "bytes": lambda count: fields.size(int(count)),
    "kind": lambda code: words.word(fields.KINDS, code),
    "type": fields.type_name,
    "source": words.source_name,
    "level": lambda code: words.word(LEVELS, code),
    "act": lambda code: words.word(journey_words.ACTS, code),
    "wish": lambda code: words.word(WISHES, code),
    "journey": titles.journey,
    "since": _day,
    "until": _day,
    "covered_since": _day,
    "covered_until": _day,
    "state": lambda code: words.word(people_words.MESSAGE_STATES, code),
    "reason": lambda code: words.word(people_words.VERDICTS, code),
}
