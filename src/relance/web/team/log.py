"""The audit log in words: what each line says of the act, in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.accounts.roles import Role
from relance.core.models import AuditEntry
from relance.eligibility.breaker import providers, told
from relance.web import tags, words
from relance.web.journeys import words as journey_words
from relance.web.language import current
from relance.web.people import words as people_words
from relance.web.setup import fields
from relance.web.setup.works import TITLES

LEAST_FOLDED = 160  # characters; a longer text is shown when asked for

# What a detail is called, by the name the code records it under.
LABELS: Mapping[str, Any] = {
    "role": gettext_lazy("role"),
    "from": gettext_lazy("before"),
    "to": gettext_lazy("now"),
    "sent to": gettext_lazy("sent to"),
    "note": gettext_lazy("grounds"),
    "why": gettext_lazy("reason"),
    "level": gettext_lazy("stopped"),
    "channel": gettext_lazy("channel"),
    "channels": gettext_lazy("channels"),
    "addresses": gettext_lazy("addresses stopped"),
    "withdrawn": gettext_lazy("consents withdrawn"),
    "given": gettext_lazy("consents given"),
    "people": gettext_lazy("people"),
    "messages": gettext_lazy("messages"),
    "filters": gettext_lazy("filters"),
    "complete": gettext_lazy("downloaded to the end"),
    "bytes": gettext_lazy("size"),
    "kind": gettext_lazy("kind of file"),
    "options": gettext_lazy("choices made"),
    "definition": gettext_lazy("definition"),
    "text": gettext_lazy("text"),
    "base": gettext_lazy("begun from version"),
    "act": gettext_lazy("change"),
    "revision": gettext_lazy("revision"),
    "recipe": gettext_lazy("recipe"),
    "brought": gettext_lazy("brought along"),
    "version": gettext_lazy("version"),
    "start": gettext_lazy("start"),
    "canary": gettext_lazy("canary"),
    "first message": gettext_lazy("people of it who get a message"),
    "journey": gettext_lazy("journey"),
    "step": gettext_lazy("step"),
    "state": gettext_lazy("state"),
    "reason": gettext_lazy("reason"),
    "since": gettext_lazy("since"),
    "until": gettext_lazy("until"),
    "calendar": gettext_lazy("calendar"),
    "findings": gettext_lazy("what speaks against it"),
    "hits": gettext_lazy("hits"),
    "seeds": gettext_lazy("seed mailboxes"),
    "days": gettext_lazy("days"),
    "new": gettext_lazy("new"),
    "form": gettext_lazy("form"),
    "before": gettext_lazy("order before"),
    "after": gettext_lazy("order after"),
    "unanswered": gettext_lazy("not answered yet"),
    # of a stop of the breaker
    "provider": gettext_lazy("mailbox provider"),
    "signal": gettext_lazy("signal"),
    "bad": gettext_lazy("bad answers"),
    "sends": gettext_lazy("of messages"),
    "stop level": gettext_lazy("level of the stop"),
    "bounced addresses": gettext_lazy("addresses"),
    "country": gettext_lazy("country"),
    "periods": gettext_lazy("periods"),
    "replaced": gettext_lazy("periods replaced"),
    # what was known at a release
    "moved": gettext_lazy("change state"),
    "sent": gettext_lazy("sent"),
    "bounced": gettext_lazy("bounced"),
    "complained": gettext_lazy("complaints"),
    "unsubscribed": gettext_lazy("unsubscribed"),
    "clicked": gettext_lazy("clicked"),
    # what was chosen for a file
    "source": gettext_lazy("source"),
    "mode": gettext_lazy("people known already"),
    "type": gettext_lazy("type of event"),
    "unknown": gettext_lazy("people not known"),
    "dates": gettext_lazy("dates"),
    "decimal": gettext_lazy("decimals"),
    "zone": gettext_lazy("time zone"),
    "covered_since": gettext_lazy("complete since"),
    "covered_until": gettext_lazy("complete until"),
    "columns": gettext_lazy("columns"),
}
SUBJECTS: Mapping[str, Any] = {
    "opt-outs": gettext_lazy("opt-outs"),
    "messages": gettext_lazy("messages"),
    "people": gettext_lazy("people"),
    "base": gettext_lazy("base"),
    "sample shop": gettext_lazy("sample shop"),
    **TITLES,
}
KINDS_OF_SUBJECT: Mapping[str, Any] = {
    "person": gettext_lazy("person %s"),
    "message": gettext_lazy("message %s"),
}
LEVELS: Mapping[str, Any] = {
    "unsubscribed": gettext_lazy("commercial messages"),
    "manual": gettext_lazy("every message"),
}
CHOICES: Mapping[str, Any] = {
    "merge": gettext_lazy("completed"),
    "skip": gettext_lazy("kept as they are"),
    "overwrite": gettext_lazy("overwritten"),
    "create": gettext_lazy("added"),
    "reject": gettext_lazy("left aside"),
    "day-first": gettext_lazy("day first"),
    "month-first": gettext_lazy("month first"),
    "comma": gettext_lazy("comma"),
    "point": gettext_lazy("point"),
    "ignore": gettext_lazy("not taken"),
}


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
    subject: str
    details: list[Detail]


def line(entry: AuditEntry) -> Line:
    """Return an entry of the log as the page shows it."""
    return Line(entry, subject(entry.subject), list(details(entry.action, entry.details)))


def subject(written: str) -> str:
    """Return what an act was done to: names as they are, the code's own words in the language of the page."""
    if written in SUBJECTS:
        return str(SUBJECTS[written])
    kind, _space, rest = written.partition(" ")
    if kind in KINDS_OF_SUBJECT and rest:
        return str(KINDS_OF_SUBJECT[kind]) % rest
    work, colon, name = written.partition(": ")
    return f"{TITLES[work]} · {name}" if colon and work in TITLES else written


def details(action: str, known: Mapping[str, Any]) -> Iterator[Detail]:
    """Yield what the log knows beyond act and subject, in the order of the labels; what is empty says nothing."""
    order = {name: place for place, name in enumerate(LABELS)}  # the database keeps none
    for name, value in sorted(known.items(), key=lambda detail: order.get(detail[0], len(order))):
        if value in (None, "", [], {}):
            continue
        label = _label(action, name)
        yield Detail(str(LABELS.get(label, label)), _text(name, value))


def _label(action: str, name: str) -> str:
    """Return the label's key: some names mean something else in some acts."""
    if name == "to" and action != "role changed":
        return "sent to"
    if action.startswith(("breaker ", "bounces ")):
        return {"level": "stop level", "addresses": "bounced addresses"}.get(name, name)
    return name


def _text(name: str, value: Any) -> str:
    """Return a detail's value in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in WRITTEN and isinstance(value, str | int):
        return WRITTEN[name](value)
    if isinstance(value, Mapping):
        whole = json.dumps(value, ensure_ascii=False, indent=1)
        return whole if name == "definition" else " · ".join(_inner(*pair) for pair in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return tags.number(value) if isinstance(value, int) else str(CHOICES.get(str(value), value))


def _inner(name: str, value: Any) -> str:
    return _("%(label)s: %(text)s") % {"label": LABELS.get(name, name), "text": _text(name, value)}


def _role(code: Any) -> str:
    return str(dict(Role.choices).get(code, code))


def _moment(written: Any) -> str:
    try:
        return tags.moment(datetime.fromisoformat(str(written)))
    except ValueError:
        return str(written)


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
    "state": lambda code: words.word(people_words.MESSAGE_STATES, code),
    "reason": lambda code: words.word(people_words.VERDICTS, code),
}
