"""A parsed template flattened for rendering many times: words in one piece, each value looked up once.

Mails name the same value again and again, and looking it up is most of what rendering costs. Whatever is more than words and
plain values (tags, filters) is left to the library, and may change values: after it they are looked up anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

from liquid import BoundTemplate
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import OutputNode
from liquid.exceptions import LiquidError, LiquidInterrupt, LiquidSyntaxError
from liquid.stringify import to_liquid_string

if TYPE_CHECKING:
    from liquid import RenderContext

Place = tuple[object, ...]  # a value's path: ("contact", "first_name")
Step = str | tuple[Place, OutputNode] | Node


class Flattened(BoundTemplate):
    """Renders as the library does, faster."""

    @cached_property
    def steps(self) -> list[Step]:
        """What to do, in order: words, values of a place, nodes of the library."""
        return _joined([_step(node) for node in self.nodes])

    def render(self, *args: Any, **kwargs: Any) -> str:
        """Return the template filled with these values."""
        context = self.context_class(self, globals=self.make_globals(dict(*args, **kwargs)))
        buffer = self._get_buffer()
        with context.extend(namespace={}):
            self._fill(context, buffer)
        return buffer.getvalue()

    def _fill(self, context: RenderContext, buffer: TextIO) -> None:
        known: dict[Place, str] = {}
        pieces: list[str] = []
        for step in self.steps:
            if isinstance(step, str):
                pieces.append(step)
            elif isinstance(step, tuple):  # asked before the nodes: what a node is takes long to tell
                place, node = step
                if (text := known.get(place)) is None:
                    text = known[place] = self._look_up(node, context)
                pieces.append(text)
            else:
                buffer.write("".join(pieces))
                pieces.clear()
                known.clear()
                self._leave(step, context, buffer)
        buffer.write("".join(pieces))

    def _look_up(self, node: OutputNode, context: RenderContext) -> str:
        try:
            return to_liquid_string(node.expression.evaluate(context), context.autoescape)
        except LiquidError as error:
            self.env.error(error, token=node.token)
            return ""

    def _leave(self, node: Node, context: RenderContext, buffer: TextIO) -> None:
        """Leave a node to the library."""
        try:
            node.render(context, buffer)
        except LiquidInterrupt as interrupt:
            self.env.error(LiquidSyntaxError(f"unexpected '{interrupt}'", token=node.token))
        except LiquidError as error:
            self.env.error(error, token=node.token)


def _step(node: Node) -> Step:
    if isinstance(node, ContentNode):
        return node.text
    if isinstance(node, OutputNode) and (place := _place(node.expression)):
        return place, node
    return node


def _place(expression: object) -> Place:
    """Return the path of an expression that is nothing but one, of names and numbers alone."""
    if not isinstance(expression, FilteredExpression) or expression.filters or not isinstance(expression.left, Path):
        return ()
    path = expression.left.path
    return tuple(path) if all(isinstance(segment, str | int) for segment in path) else ()


def _joined(steps: Sequence[Step]) -> list[Step]:
    joined: list[Step] = []
    for step in steps:
        if isinstance(step, str) and joined and isinstance(joined[-1], str):
            joined[-1] += step
        elif step != "":
            joined.append(step)
    return joined
