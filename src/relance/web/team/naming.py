"""Whom and what the lines of the audit log name: people, messages, journeys, templates and others, as pages call them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from relance.contacts.models import Contact
from relance.core.models import AuditEntry
from relance.outbox.models import Message
from relance.senders import register
from relance.web import template_titles, titles, words
from relance.web.dormancy import words as dormancy_words
from relance.web.language import current
from relance.web.setup.works import TITLES
from relance.web.team import log_words

RECIPIENT = "recipient of message "
PERSON = "person "
# Acts by what their subject is the name of; “name number” is a version.
JOURNEYS = frozenset({
    "start journey draft", "change journey draft", "discard journey draft", "publish journey", "start journey", "pause journey",
    "stop journey", "rehearsal asked", "recipe used", "launch planned", "launch approved", "canary released",
    "ramp step released", "released held messages", "cancelled held messages", "cancelled after restoration",
    "override pre-flight", "approval withdrawn",
})  # fmt: skip
TEMPLATES = frozenset({"template draft made", "template draft deleted", "template published", "test message sent"})
SEGMENTS = frozenset({"segment created", "segment changed", "segment deleted"})
POLICIES = frozenset({"policy applied", "policy removed", "silences counted"})
SENDERS = frozenset({"applied sender", "removed sender", "reset sender"})


@dataclass(frozen=True)
class Named:
    """What the page says of somebody or something, with the address of its page where it has one."""

    text: str
    url: str = ""


class Names:
    """What a page of entries names, looked up once for all of them and only where some entry names such a thing."""

    def __init__(self, entries: Sequence[AuditEntry]) -> None:
        """Take the entries of the page."""
        self.entries = entries

    @cached_property
    def people(self) -> Mapping[str, Contact]:
        """Return by their ids the people named who are still in the base."""
        asked = {uuid for entry in self.entries if (uuid := _uuid(entry.subject, PERSON))}
        found = Contact.objects.filter(uuid__in=asked, erased_at=None) if asked else ()
        return {str(one.uuid): one for one in found}

    @cached_property
    def messages(self) -> Mapping[str, int]:
        """Return by their uuids the messages whose recipients did something, found among those of these people."""
        asked = {uuid for entry in self.entries if (uuid := _uuid(entry.actor, RECIPIENT))}
        if not asked:
            return {}
        theirs = Message.objects.filter(contact_id__in=[one.pk for one in self.people.values()], uuid__in=asked)
        return {str(uuid): pk for uuid, pk in theirs.values_list("uuid", "pk")}

    @cached_property
    def journeys(self) -> Mapping[str, str]:
        """Return the titles of journeys."""
        return titles.all_journeys()

    @cached_property
    def segments(self) -> Mapping[str, str]:
        """Return the titles of segments."""
        return titles.segments()

    @cached_property
    def templates(self) -> Mapping[str, str]:
        """Return what people call the templates."""
        return template_titles.every()

    @cached_property
    def policies(self) -> Mapping[str, str]:
        """Return the titles of the policies in force."""
        return {"everybody": str(dormancy_words.EVERYBODY)} | titles.policies()

    @cached_property
    def senders(self) -> Mapping[str, str]:
        """Return the names people see of senders."""
        return {name: sender.title(current()) or name for name, sender in register.known().items()}

    def actor(self, entry: AuditEntry) -> Named:
        """Return who did it; of a recipient no more than that, with a link to the message."""
        uuid = _uuid(entry.actor, RECIPIENT)
        if not uuid:
            return Named(entry.actor)
        message = self.messages.get(uuid)
        return Named(_("the recipient, from their e-mail"), reverse("watch:message", args=[message]) if message else "")

    def subject(self, entry: AuditEntry) -> Named:
        """Return what it was done to: names as people know them, the code's own words in the language of the page."""
        written, action = entry.subject, entry.action
        if action in JOURNEYS and written not in log_words.SUBJECTS:
            return Named(_of_version(written, self.journeys))
        for acts, known in (
            (TEMPLATES, "templates"), (SEGMENTS, "segments"), (POLICIES, "policies"), (SENDERS, "senders"),
        ):  # fmt: skip
            if action in acts:
                return Named(getattr(self, known).get(written, written))
        if action == "restoration settled":
            return Named(words.word(log_words.RESTORED, written))
        if person := self.people.get(_uuid(written, PERSON)):
            name = f"{person.first_name} {person.last_name}".strip()
            return Named(name or _plain(written), reverse("people:person", args=[person.uuid]))
        if action.startswith("message."):
            return Named(_plain(written), reverse("watch:message", args=[written.partition(" ")[2]]))
        return Named(_plain(written))


def matching(asked: str) -> Q:
    """Return the condition on entries whose subject or actor the page shows by a title that holds the words asked for."""
    names = Names(())
    journeys, others = _holding(asked, names.journeys), set[str]()
    for known in (names.segments, names.policies, names.senders, names.templates):
        others |= _holding(asked, known)
    found = Q(subject__in=journeys | others)
    if journeys:
        found |= Q(action__in=JOURNEYS, subject__regex=rf"^({'|'.join(map(re.escape, sorted(journeys)))}) \d+$")
    if titles.folded(asked) in titles.folded(_("the recipient, from their e-mail")):
        found |= Q(actor__startswith=RECIPIENT)
    return found


def _holding(asked: str, known: Mapping[str, str]) -> set[str]:
    return {name for name, title in known.items() if titles.folded(asked) in titles.folded(title)}


def _plain(written: str) -> str:
    """Return a subject in words; one that is not the code's own as it is."""
    if written in log_words.SUBJECTS:
        return str(log_words.SUBJECTS[written])
    kind, _space, rest = written.partition(" ")
    if kind in log_words.KINDS_OF_SUBJECT and rest:
        return str(log_words.KINDS_OF_SUBJECT[kind]) % rest
    work, colon, name = written.partition(": ")
    return f"{TITLES[work]} · {name}" if colon and work in TITLES else written


def _of_version(written: str, known: Mapping[str, str]) -> str:
    """Return a journey's title; where the number of a version follows its name, with that number."""
    name, _space, number = written.rpartition(" ")
    if name and number.isdigit() and written not in known:
        return _("%(title)s, version %(number)s") % {"title": known.get(name, name), "number": number}
    return known.get(written, written)


def _uuid(written: str, prefix: str) -> str:
    """Return the uuid after a prefix; empty where there is none."""
    try:
        return str(UUID(written.removeprefix(prefix))) if written.startswith(prefix) else ""
    except ValueError:
        return ""
