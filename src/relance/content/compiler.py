"""One language of a template compiled to Liquid: subjects, preheader, HTML, text, numbered links; all of it tried out."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from liquid import BoundTemplate

from relance.content import liquid, mjml, plain_text, values
from relance.content.definition import Language, Part
from relance.content.links import Links
from relance.core.errors import RenderError

SUBJECT_CHARACTERS = 60
HTML_BYTES = 100_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_GAP = re.compile(r"[ \t\u00a0]+,|,\s*,")
_PEOPLE = (("the sample person", values.samples), ("a person without name or orders", values.unknown_person))
Problem = tuple[str, str]  # the field, and the sentence


@dataclass(frozen=True)
class Rendered:
    """What one person gets."""

    subject: str
    preheader: str
    html: str
    text: str


@dataclass
class Compiled:
    """One language, ready to be rendered; `values` are the roots it speaks of."""

    subjects: dict[str, str]
    preheader: str
    html: str = ""
    text: str = ""
    links: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored; links have their own table."""
        return {name: value for name, value in asdict(self).items() if name != "links"}

    def sources(self) -> dict[str, str]:
        """Return every Liquid text under the name of its field."""
        subjects = {f"subjects.{variant}": subject for variant, subject in self.subjects.items()}
        return subjects | {"preheader": self.preheader, "mjml": self.html, "text": self.text}


class Filled:
    """The parsed texts of one language, ready to be filled many times."""

    def __init__(self, compiled: Mapping[str, Any], language: str) -> None:
        def plain(source: str) -> BoundTemplate:
            return liquid.parse(source, language, escape=False)

        self.subjects = {variant: plain(subject) for variant, subject in compiled["subjects"].items()}
        self.preheader, self.text = plain(compiled["preheader"]), plain(compiled["text"])
        self.html = liquid.parse(compiled["html"], language, escape=True)

    def render(self, variant: str, known: Mapping[str, Any]) -> Rendered:
        """Return the mail for these values; a variant nobody wrote falls back to the first."""
        subject = self.subjects.get(variant) or next(iter(self.subjects.values()))
        return Rendered(
            subject=one_line(liquid.render(subject, known)),
            preheader=one_line(liquid.render(self.preheader, known)),
            html=liquid.render(self.html, known),
            text=plain_text.tidy(liquid.render(self.text, known)),
        )


def one_line(text: str) -> str:
    """Return the text without any character that could start another line or header."""
    return _CONTROL.sub(" ", text).strip()


def compile_part(
    part: Part, language: Language, own: Mapping[str, str], *, commercial: bool
) -> tuple[Compiled, list[Problem]]:
    """Return the compiled part and everything that is wrong with it."""
    compiled = Compiled(subjects=dict(part.subjects), preheader=part.preheader)
    problems = _convert(compiled, part, language)
    if problems:
        return compiled, problems
    problems = _check_values(compiled, language, own)
    problems += [("mjml", sentence) for sentence in Links(compiled.links).problems(language)]
    if not problems:
        problems = _try_out(compiled, language, own, commercial=commercial)
    return compiled, problems


def _convert(compiled: Compiled, part: Part, language: str) -> list[Problem]:
    """Fill in HTML, text and links."""
    kept, links = mjml.Liquid(), Links()
    try:
        if len(part.mjml) > liquid.MARKUP_LIMIT:
            raise RenderError(f"the MJML has {len(part.mjml):,} characters; at most {liquid.MARKUP_LIMIT:,} are taken")
        checked = mjml.check(kept.take_out(part.mjml))
        if checked.problems:
            return [("mjml", sentence) for sentence in checked.problems]
        page = mjml.to_html(checked.markup, language=language, preheader=kept.take_out(part.preheader))
    except RenderError as error:
        return [("mjml", str(error))]
    page = links.track_html(page, kept.put_back)
    text = links.track_text(part.text) if part.text else kept.put_back(plain_text.from_html(page, language))
    compiled.html, compiled.text = kept.put_back(page), text
    compiled.links, compiled.warnings = links.addresses, checked.warnings
    return []


def _check_values(compiled: Compiled, language: str, own: Mapping[str, str]) -> list[Problem]:
    """Return what is unknown in any of the texts, and note which values they use."""
    declared = values.samples(own, language) | {"links": [""]}
    problems: list[Problem] = []
    roots: set[str] = set()
    for name, source in compiled.sources().items():
        try:
            template = liquid.parse(source, language, escape=False)
            problems += [(name, sentence) for sentence in liquid.problems(template, declared)]
            roots |= {str(path[0]) for path in liquid.uses(template)}
        except RenderError as error:
            problems.append((name, str(error)))
    compiled.values = sorted(roots & set(values.SAMPLES))
    return problems


def _try_out(compiled: Compiled, language: Language, own: Mapping[str, str], *, commercial: bool) -> list[Problem]:
    """Render each variant for a sample person and for one of whom nothing is known, and look at the result."""
    filled = Filled(compiled.as_json(), language)
    problems: list[Problem] = []
    links = [f"https://relance.example.org/c/{position}" for position in range(len(compiled.links))]
    for who, make in _PEOPLE:
        known = make(own, language) | {"links": links}
        for variant in compiled.subjects:
            problems += _try_one(filled, variant, known, who)
            if problems:
                return problems
        problems += _look(filled.render(variant, known), who, commercial=commercial)
    compiled.warnings += _warnings(filled, compiled, values.samples(own, language), commercial=commercial)
    return problems


def _try_one(filled: Filled, variant: str, known: values.Tree, who: str) -> list[Problem]:
    """Render one variant; return what stands in its way, or reads badly."""
    try:
        rendered = filled.render(variant, known)
    except RenderError as error:
        return [("mjml", f"cannot be rendered for {who}: {error}")]
    if not rendered.subject:
        return [(f"subjects.{variant}", f"the subject is empty for {who}; write words that stand without values")]
    parts = {f"subjects.{variant}": rendered.subject, "preheader": rendered.preheader, "text": rendered.text}
    for name, text in parts.items():
        if gap := _GAP.search(text):
            shown = text[max(0, gap.start() - 25) : gap.end() + 5].replace("\n", " ").strip()
            return [(name, f"reads “{shown}” for {who}; put the comma or the words inside `{{% if … %}}`")]
    return []


def _look(rendered: Rendered, who: str, *, commercial: bool) -> list[Problem]:
    """Return what the finished mail lacks."""
    page = _Page(rendered.html)
    problems = [("mjml", f"the image {src} has no absolute address; write https://…") for src in page.relative_images]
    if commercial:
        address = str(values.SAMPLES["unsubscribe_url"])
        put = "put `{{ unsubscribe_url }}` outside any condition"
        if address not in page.addresses:
            lacks = f"the HTML has no unsubscribe link for {who}; {put} in the href of an <a> or <mj-button>"
            problems.append(("mjml", lacks))
        if address not in rendered.text:
            problems.append(("text", f"the text has no unsubscribe link for {who}; {put}"))
    return problems


def _warnings(filled: Filled, compiled: Compiled, known: values.Tree, *, commercial: bool) -> list[str]:
    """Return what is allowed but unwise."""
    known["links"] = compiled.links
    found = []
    for variant in compiled.subjects:
        rendered = filled.render(variant, known)
        if len(rendered.subject) > SUBJECT_CHARACTERS:
            count = f"{len(rendered.subject)} characters; telephones show about {SUBJECT_CHARACTERS}"
            found.append(f"The subject of variant {variant} has {count}.")
    size = len(rendered.html.encode())
    if size > HTML_BYTES:
        found.append(f"The HTML has {size // 1000} KB; Gmail cuts mails at {HTML_BYTES // 1000} KB.")
    for name in ("name", "postal_address") if commercial else ():
        if html.escape(known["shop"][name]) not in rendered.html:
            found.append(f"The mail does not show `shop.{name}`; the law wants the sender named in each.")
    return found


class _Page(HTMLParser):
    """The addresses and images of a finished page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.relative_images: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.addresses.append(given.get("href") or "")
        elif tag == "img" and urlsplit(given.get("src") or "").scheme not in ("http", "https"):
            self.relative_images.append(given.get("src") or "without `src`")
