"""What the editor shows of a template: one frozen value for the page and for each of its fragments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from relance.content import drafts
from relance.content.blocks import Look
from relance.content.definition import LANGUAGES, Language
from relance.content.drafts import Finding
from relance.content.models import TemplateDraft, TemplateVersion
from relance.core import hosts
from relance.journeys import senders
from relance.journeys.models import Version
from relance.senders import register
from relance.senders.sender import Sender
from relance.web import back, template_titles
from relance.web.messages import fields, library, preview, sentences


@dataclass(frozen=True)
class Row:
    """A block in the outline."""

    id: str
    kind: str
    label: Any
    icon: str
    words: str
    lacking: list[str]
    fields: list[fields.Field]
    fixed: bool  # cannot be taken away
    open: bool


@dataclass(frozen=True)
class Said:
    """A finding in words, with the block and the line it concerns."""

    sentence: str
    where: str
    block: str
    line: int
    language: str
    error: bool
    url: str = ""  # the page that settles it


@dataclass(frozen=True)
class Desk:
    """A template on the desk."""

    name: str
    definition: dict[str, Any]
    draft: TemplateDraft | None
    version: TemplateVersion | None
    mode: str  # fr, en or both
    opened: str  # id of the open block
    variant: str
    person: preview.Person | None
    dark: bool
    device: str
    sender: Sender

    @cached_property
    def title(self) -> str:
        """Return what people call it."""
        return template_titles.every().get(self.name, self.name)

    @property
    def called(self) -> list[tuple[str, str, str]]:
        """Return the fields of its own title, each with its label: one, or one for each language where they differ."""
        own = self.definition.get("title") or ""
        if not isinstance(own, dict):
            return [("title", _("Title"), own)]
        return [(f"title.{name}", f"{_('Title')} ({fields.LANGUAGES[name]})", own.get(name, "")) for name in LANGUAGES]

    @property
    def languages(self) -> list[Language]:
        """Return the languages in view."""
        return list(LANGUAGES) if self.mode == "both" else [cast("Language", self.mode)]

    @property
    def source(self) -> bool:
        """Tell whether it is written as MJML."""
        return self.definition.get("blocks") is None

    @property
    def commercial(self) -> bool:
        return bool(self.definition.get("commercial", True))

    @property
    def inline(self) -> bool:
        """Tell whether images travel inside the mail."""
        return self.definition.get("images") == "inline"

    @property
    def look(self) -> Look:
        return Look.model_validate(self.definition.get("look") or {})

    @property
    def in_blocks(self) -> str:
        """Return the starter that says in blocks what this shipped template says in MJML."""
        return library.IN_BLOCKS.get(self.name, "") if self.source else ""

    @property
    def parts(self) -> list[dict[str, Any]]:
        """Return subjects, preheader and source of each language in view."""
        return [
            {
                "language": language,
                "spoken": fields.LANGUAGES[language],
                "subjects": [(v, s) for v, s in self.definition[language]["subjects"].items()],
                "preheader": self.definition[language].get("preheader") or "",
                "mjml": self.definition[language].get("mjml") or "",
                "text": self.definition[language].get("text") or "",
            }
            for language in self.languages
        ]

    @property
    def by_hand(self) -> list[Language]:
        """Return the languages in view whose text part is written by hand."""
        return [language for language in self.languages if self.definition[language].get("text")]

    @property
    def variants(self) -> list[str]:
        return list(self.definition["fr"]["subjects"])

    @property
    def rows(self) -> list[Row]:
        """Return the outline."""
        return [self._row(block) for block in self.definition.get("blocks") or ()]

    @property
    def texts(self) -> list[Row]:
        """Return the blocks that say something, each with the fields of its words."""
        found = []
        for block in self.definition.get("blocks") or ():
            words = [one for one in fields.of(dict(block), self.languages) if one.name.startswith("words.")]
            if words:
                found.append(replace(self._row(block), fields=words))
        return found

    @cached_property
    def can(self) -> tuple[bool, bool]:
        """Tell whether there is something to undo, and to redo."""
        return drafts.can_move(self.draft)

    @cached_property
    def findings(self) -> list[Said]:
        """Return what stands in the way of publication, then what would be unwise."""
        found = [self._said(finding) for finding in drafts.findings(self.definition)]
        return list(dict.fromkeys([*found, *self._surroundings()]))

    @property
    def errors(self) -> list[Said]:
        return [said for said in self.findings if said.error]

    @cached_property
    def seen(self) -> list[tuple[str, str, preview.Seen]]:
        """Return the mail in each language in view."""
        known = self.person.id if self.person else None
        return [
            (
                one,
                str(fields.LANGUAGES[one]),
                preview.see(self.definition, one, self.variant, known, sender=self.sender),
            )
            for one in self.languages
        ]

    @property
    def query(self) -> str:
        """Return what the preview's address says of who and how."""
        person = f"&person={self.person.id}" if self.person else ""
        return f"variant={self.variant}&dark={'yes' if self.dark else ''}&sender={self.sender.name}{person}"

    @property
    def senders(self) -> list[Sender]:
        """Return the senders to look at it as; none where there is but one."""
        found = list(register.in_force().values())
        return found if len(found) > 1 else []

    def _row(self, block: Mapping[str, Any]) -> Row:
        found, (label, icon) = dict(block), fields.KINDS[block["block"]]
        opened = self.opened == found["id"]
        return Row(
            id=found["id"],
            kind=found["block"],
            label=label,
            icon=icon,
            words=preview.in_words(fields.first_words(found, self.languages[0]), self.languages[0]),
            lacking=fields.lacking(found),
            fields=fields.of(found, self.languages) if opened else [],
            fixed=found["block"] == "footer" and self.commercial,
            open=opened,
        )

    def _said(self, finding: Finding) -> Said:
        block = self.definition["blocks"][finding.block] if finding.block is not None else None
        where = str(fields.KINDS[block["block"]][0]) if block else sentences.place(finding.path)
        line = finding.line or self._line_of(finding)
        return Said(
            sentences.say(finding.sentence), where, block["id"] if block else "", line, finding.language, finding.error
        )

    def _line_of(self, finding: Finding) -> int:
        """Return the line of the source that holds what a finding names, where it can be told."""
        if not self.source or not finding.language:
            return 0
        return sentences.line_of(finding.sentence, self.definition[finding.language].get("mjml") or "")

    def _surroundings(self) -> list[Said]:
        """Return what the sender and the installation's settings leave to be wished for."""
        found = []
        if self.commercial and not self.sender.postal_address:
            said = _("Your postal address is not filled in: the footer shows none. Write it on the page “Senders”.")
            page = back.leading(
                reverse("sender:sender", args=[self.sender.name]), reverse("messages:edit", args=[self.name])
            )
            found.append(Said(said, _("Sender"), "", 0, "", error=False, url=page))
        base = settings.RELANCE.base_url
        if f"{base.rstrip('/')}/images/" in str(self.definition) and hosts.here(urlsplit(base).hostname):
            said = _(
                "Images brought here are served by this machine, which recipients cannot reach (for whoever installs Relance: RELANCE_BASE_URL)."
            )
            found.append(Said(said, _("Installation"), "", 0, "", error=False))
        return found


def of(name: str, given: Mapping[str, str]) -> Desk:
    """Return the template with what the page's address says of how it is looked at."""
    definition, draft, version = drafts.current(name)
    mode = given.get("language", "")
    person = given.get("person", "")
    variants = list(definition["fr"]["subjects"])
    return Desk(
        name=name,
        definition=definition,
        draft=draft,
        version=version,
        mode=mode if mode in (*LANGUAGES, "both") else settings.RELANCE.language,
        opened=given.get("open", ""),
        variant=given["variant"] if given.get("variant") in variants else next(iter(variants), ""),
        person=preview.someone(int(person)) if person.isdecimal() and len(person) < 19 else None,
        dark=given.get("dark") == "yes",
        sender=sender_of(name, given.get("sender", "")),
        device=given["device"]
        if given.get("device") in ("phone", "desktop")
        else "phone"
        if mode == "both"
        else "desktop",
    )


def sender_of(template: str, asked: str) -> Sender:
    """Return the sender asked for, else that of the journey published last that sends the template."""
    if found := register.in_force().get(asked):
        return found
    last = Version.objects.filter(templates__has_key=template).order_by("-pk").first()
    return senders.of_version(last) if last else register.default()
