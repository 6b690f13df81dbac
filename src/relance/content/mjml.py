"""MJML to HTML through mrml: what could kill the process or fetch something is refused before it is called."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, field

import mrml

from relance.core.errors import RenderError

NESTING_LIMIT = 64  # mrml overflows the stack on deeper trees
ELEMENTS = frozenset(
    "mjml mj-head mj-body mj-title mj-attributes mj-all mj-class mj-style mj-breakpoint mj-wrapper mj-section mj-group "  # noqa: SIM905
    "mj-column mj-hero mj-text mj-button mj-image mj-divider mj-spacer mj-table mj-raw".split()
)
# Between the children of these no text may stand, so a Liquid tag there becomes a comment for mrml.
_STRUCTURE = frozenset("mjml mj-head mj-attributes mj-body mj-wrapper mj-section mj-group mj-column mj-hero".split())  # noqa: SIM905
_FORBIDDEN = frozenset("script iframe object embed form input link base".split())  # noqa: SIM905
_VOID = frozenset("area br col hr img meta wbr".split())  # noqa: SIM905
_LIQUID = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_OPEN, _CLOSE = "⟦", "⟧"  # printable: mrml writes private characters in attributes as escapes
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_TOKEN = re.compile(r"<!--.*?-->|<(/?)([A-Za-z][A-Za-z0-9:-]*)((?:\"[^\"]*\"|'[^']*'|[^'\"<>])*)>|<", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_PREVIEW_FILLER = "&#847;&zwnj;&nbsp;" * 30  # keeps the body's first words out of the line after the subject


@dataclass
class Liquid:
    """Liquid tags taken out of a text, and put back later."""

    tags: list[str] = field(default_factory=list)

    def take_out(self, text: str) -> str:
        """Return the text with a mark in place of each Liquid tag."""
        if _OPEN in text or _CLOSE in text:
            raise RenderError(
                f"the text holds the characters {_OPEN} or {_CLOSE}, which stand for Liquid here; write others"
            )
        return _LIQUID.sub(self._mark, text)

    def put_back(self, text: str) -> str:
        """Return the text with the Liquid tags in place of their marks."""
        return _MARK.sub(lambda mark: self.tags[int(mark[1])], text)

    def _mark(self, match: re.Match[str]) -> str:
        self.tags.append(match[0])
        return f"{_OPEN}{len(self.tags) - 1}{_CLOSE}"


@dataclass
class Checked:
    """What reading the markup once showed."""

    markup: str
    problems: list[str]
    warnings: list[str]


def to_html(markup: str, *, language: str, preheader: str) -> str:
    """Return the HTML of the checked, Liquid-free MJML, with the preheader hidden at its top."""
    try:
        options = mrml.ParserOptions(include_loader=mrml.noop_loader())
        output = mrml.to_html(_completed(markup, language, preheader), options, mrml.RenderOptions(fonts={}))
    except OSError as error:
        raise RenderError(f"the MJML cannot be read: {error}") from error
    content = str(output.content).replace("\u2060preview\u2060", html.escape(preheader) + _PREVIEW_FILLER)
    return re.sub(f"<!--({_OPEN}\\d+{_CLOSE})-->", r"\1", content)


def check(markup: str) -> Checked:
    """Read the markup tag by tag: names, nesting, images; turn Liquid marks between elements into comments."""
    reading = _Reading()
    last = 0
    for token in _TOKEN.finditer(markup):
        reading.text(markup[last : token.start()])
        reading.line = markup.count("\n", 0, token.start()) + 1
        reading.token(token)
        last = token.end()
    reading.text(markup[last:])
    if reading.stack:
        reading.problem(f"<{reading.stack[-1]}> is never closed")
    return Checked("".join(reading.parts), reading.problems, reading.warnings)


class _Reading:
    """The state of one pass over the markup."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.stack: list[str] = []
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.line = 1

    def problem(self, sentence: str) -> None:
        self.problems.append(f"line {self.line} of the MJML: {sentence}")

    def text(self, text: str) -> None:
        if self.stack and self.stack[-1] in _STRUCTURE:
            if _MARK.sub("", text).strip():
                self.problem(f"text stands directly in <{self.stack[-1]}>; put it in <mj-text>")
            text = _MARK.sub(lambda mark: f"<!--{mark[0]}-->", text)
        self.parts.append(text)

    def token(self, token: re.Match[str]) -> None:
        self.parts.append(_QUOTED.sub(lambda quoted: _printable(quoted[0]), token[0]) if token[2] else token[0])
        if token[0] == "<":
            self.problem("a `<` that starts no tag; write `&lt;`")
        elif token[2] is not None:
            self._tag(token[2], token[3], closing=bool(token[1]))

    def _tag(self, name: str, attributes: str, *, closing: bool) -> None:
        if closing:
            if not self.stack or self.stack.pop() != name:
                self.problem(f"</{name}> closes nothing that is open there")
            return
        self._check_tag(name, attributes)
        if name in _VOID or attributes.endswith("/"):
            return
        self.stack.append(name)
        if len(self.stack) == NESTING_LIMIT + 1:
            self.problem(f"elements are nested more than {NESTING_LIMIT} deep; simplify")

    def _check_tag(self, name: str, attributes: str) -> None:
        if name == "mj-preview":
            self.problem("the preheader is written in the field `preheader`; remove <mj-preview>")
        elif name == "mj-include":
            self.problem("a template includes no other file; write its content here")
        elif name in _FORBIDDEN or (name.startswith("mj") and name not in ELEMENTS) or name != name.lower():
            self.problem(
                f"<{name}> is not an element that mails may use here; there are {', '.join(sorted(ELEMENTS))} and HTML"
            )
        if _OPEN in _QUOTED.sub("", attributes):
            self.problem(
                f"Liquid stands inside the tag <{name}> but outside quotes; put it inside an attribute's quotes"
            )
        if name in ("img", "mj-image") and "mj-attributes" not in self.stack:
            self._check_image(attributes)

    def _check_image(self, attributes: str) -> None:
        if not re.search(r"\balt\s*=", attributes):
            self.problem('an image without `alt`; say what it shows, or `alt=""` if it only decorates')
        if not re.search(r"\bwidth\s*=", attributes):
            self.warnings.append(
                f"line {self.line} of the MJML: an image without `width` may fill the screen while it loads"
            )


def _printable(attribute: str) -> str:
    """Return the attribute with references in place of characters that mrml would write as Rust escapes."""
    return "".join(
        f"&#{ord(letter)};"
        if letter == "\\" or (letter != " " and unicodedata.category(letter)[0] in "CZM")
        else letter
        for letter in attribute
    )


def _completed(markup: str, language: str, preheader: str) -> str:
    """Return the MJML with language, title and a place for the preheader."""
    head = "<mj-preview>\u2060preview\u2060</mj-preview>" if preheader else ""
    if "<mj-head>" in markup:
        markup = markup.replace("<mj-head>", f"<mj-head>{head}", 1)
    else:
        markup = re.sub(r"(<mjml\b[^>]*>)", rf"\1<mj-head>{head}</mj-head>", markup, count=1)
    return re.sub(r"<mjml(?![^>]*\blang=)", f'<mjml lang="{language}"', markup, count=1)
