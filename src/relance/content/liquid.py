"""Liquid within limits: one environment per language and kind of text, our own list of tags and filters, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache, wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from liquid import BoundTemplate, Environment, RenderContext, StrictUndefined
from liquid.ast import Node
from liquid.builtin.expressions import Path
from liquid.builtin.tags.for_tag import ForNode
from liquid.exceptions import LoopIterationLimitError, UnknownFilterError
from liquid.static_analysis import Variable

from relance.content import values
from relance.content.flattened import Flattened
from relance.core import dates
from relance.core.errors import RenderError

LOOP_LIMIT = 2_000  # turns of all loops of one rendering together
OUTPUT_LIMIT = 500_000  # bytes of one rendering
NAMESPACE_LIMIT = 200_000  # bytes of what `assign` and `capture` hold
ITEMS_LIMIT = 1_000  # elements of a list, and
CHARACTERS_LIMIT = 100_000  # characters of a text, that a filter takes or gives
NUMBER_LIMIT = Decimal(10) ** 15
MARKUP_LIMIT = 200_000  # characters of a template's source

# No `include` and `render` (nothing outside the definition), no `raw` or `liquid` (they hide markup from the checks).
TAGS = (
    "if",
    "unless",
    "case",
    "for",
    "break",
    "continue",
    "assign",
    "capture",
    "cycle",
    "echo",
    "comment",
    "#",
    "ifchanged",
)
# No `safe` (it undoes escaping), no `date` (it reads the clock and knows no French): see `day` and `money`.
FILTERS = (
    "append", "prepend", "capitalize", "upcase", "downcase", "strip", "squish", "truncate", "truncatewords", "replace",
    "remove", "escape", "newline_to_br", "url_encode", "default", "size", "first", "last", "join", "map", "plus",
    "minus", "times", "divided_by", "round", "ceil", "floor", "at_least", "at_most",
)  # fmt: skip
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "CHF": "CHF"}
_INTERNAL = ("", "illegal", "content", "output")  # the lexer's own nodes


class CountedContext(RenderContext):
    """A rendering that counts the turns of all its loops; the library counts only loops within loops."""

    turns = 0

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """Refuse a loop that would exceed the turns left."""
        super().raise_for_loop_limit(length)
        self.turns += length
        if self.turns > LOOP_LIMIT:
            raise LoopIterationLimitError("loop iteration limit reached", token=None)


class LimitedTemplate(Flattened):
    context_class = CountedContext


class LimitedEnvironment(Environment):
    """Liquid with every limit set."""

    template_class = LimitedTemplate
    loop_iteration_limit = LOOP_LIMIT
    output_stream_limit = OUTPUT_LIMIT
    local_namespace_limit = NAMESPACE_LIMIT
    block_nesting_limit = 20
    context_depth_limit = 20


@lru_cache(maxsize=8)
def environment(language: str, *, escape: bool) -> Environment:
    """Return the environment of a language; `escape` for HTML, not for subjects and plain text."""
    made = LimitedEnvironment(undefined=StrictUndefined, autoescape=escape)
    made.tags = {name: tag for name, tag in made.tags.items() if name in TAGS or _is_internal(name)}
    made.filters = {name: bounded(made.filters[name]) for name in FILTERS}
    made.filters["replace"] = bounded(_replace)
    made.filters["day"] = lambda value: day(value, language)
    made.filters["money"] = lambda value: money(value, language)
    return made


def parse(source: str, language: str, *, escape: bool) -> BoundTemplate:
    """Return the parsed template; RenderError says what is wrong with it."""
    if len(source) > MARKUP_LIMIT:
        raise RenderError(f"the text has {len(source):,} characters; at most {MARKUP_LIMIT:,} are taken")
    try:
        return environment(language, escape=escape).from_string(source)
    except Exception as error:  # the library lets ValueError, RecursionError and others through
        raise RenderError(_sentence(error)) from error


def render(template: BoundTemplate, known: Mapping[str, Any]) -> str:
    """Return the template filled with the values; RenderError where it cannot be."""
    try:
        return template.render(known)
    except Exception as error:  # a filter given the wrong kind of value raises whatever Python does
        raise RenderError(_sentence(error)) from error


def uses(template: BoundTemplate) -> list[tuple[object, ...]]:
    """Return the paths of the values the template takes from outside, such as ("contact", "first_name")."""
    found = [_path(variable) for variables in template.analyze().globals.values() for variable in variables]
    expressions = (node.expression for node in _nodes(template) if isinstance(node, ForNode))
    loops = {expression.identifier: expression.iterable for expression in expressions}
    for name, variables in template.analyze().variables.items():
        iterable = loops.get(name)
        if isinstance(iterable, Path):
            found += [(*iterable.path, "first", *_path(variable)[1:]) for variable in variables]
    return found


def problems(template: BoundTemplate, declared: values.Tree) -> list[str]:
    """Return a sentence for each value and filter that the template uses and nobody declares."""
    known = environment("en", escape=True).filters
    missing = [
        f"there is no filter `{name}`; there are {', '.join(sorted(known))}"
        for name in template.analyze().filters
        if name not in known
    ]
    for path in uses(template):
        if values.find(declared, path) is None:
            shown = ".".join(map(str, path)).replace(".first.", "[].")
            missing.append(f"the value `{shown}` is not known; known are {', '.join(values.names(declared))}")
    return list(dict.fromkeys(missing))


def bounded(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter, refusing what would take unreasonable memory or time."""

    @wraps(filter_)
    def limited(*arguments: Any, **named: Any) -> Any:
        for value in arguments:
            _check_size(value)
        result = filter_(*arguments, **named)
        _check_size(result)
        return result

    return limited


def day(value: object, language: str) -> str:
    """Return a date in words: `1er mars 2026`, `1 March 2026`; nothing for nothing."""
    if value is None or value == "":
        return ""
    when = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    if isinstance(when, datetime) and when.tzinfo is not None:
        when = when.astimezone(ZoneInfo(settings.RELANCE.time_zone))
    if not isinstance(when, date):
        raise RenderError(f"`day` takes a date, not {value!r}")
    return dates.day(when, language).replace(" ", "\u00a0", 1)


def money(value: object, language: str) -> str:
    """Return an amount in the shop's currency: `1 084,50 €`, `€1,084.50`; without cents when round."""
    if value is None or value == "":
        return ""
    try:
        amount = Decimal(str(value)).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        raise RenderError(f"`money` takes an amount, not {value!r}") from error
    text = f"{amount:,.2f}".removesuffix(".00")
    symbol = _SYMBOLS.get(settings.RELANCE.currency, settings.RELANCE.currency)
    if language == "fr":
        return text.replace(",", "\u202f").replace(".", ",") + "\u00a0" + symbol
    return f"{symbol}{text}" if len(symbol) == 1 else f"{symbol}\u00a0{text}"


def _replace(value: object, old: object, new: object = "") -> str:
    """Replace text, refusing beforehand a result too long to be meant."""
    text, old, new = ("" if part is None else str(part) for part in (value, old, new))
    if text.count(old) * max(len(new), 1) > CHARACTERS_LIMIT:
        raise RenderError("`replace` would make a text too long to be meant")
    return text.replace(old, new)


def _check_size(value: object) -> None:
    if isinstance(value, str):
        excessive = len(value) > CHARACTERS_LIMIT
    elif isinstance(value, int | float | Decimal):
        excessive = bool(abs(Decimal(value)) > NUMBER_LIMIT)
    elif isinstance(value, range):
        excessive = value.stop - value.start > ITEMS_LIMIT
    else:
        excessive = isinstance(value, list | tuple) and len(value) > ITEMS_LIMIT
    if excessive:
        raise RenderError("a filter was given, or gave, a value too large to be meant")


def _is_internal(name: str) -> bool:
    return name in _INTERNAL or not name.isalpha()


def _path(variable: Variable) -> tuple[object, ...]:
    return tuple(variable.segments)


def _nodes(template: BoundTemplate) -> Iterator[Node]:
    """Walk the parsed template."""
    context = RenderContext(template)
    waiting = list(template.nodes)
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children(context))


def _sentence(error: Exception) -> str:
    """Return the library's error as one line, with the place where it names one."""
    if isinstance(error, RenderError):
        return str(error)
    if isinstance(error, UnknownFilterError):
        return f"{error.message}; there are {', '.join(sorted((*FILTERS, 'day', 'money')))}"
    token = getattr(error, "token", None)
    near = f" near `{token.source[max(0, token.start_index - 20) : token.start_index + 30].strip()}`" if token else ""
    return f"Liquid: {getattr(error, 'message', None) or error}{near}".replace("\n", " ")


def has_loops(template: BoundTemplate) -> bool:
    """Tell whether the template loops."""
    return any(isinstance(node, ForNode) for node in _nodes(template))
