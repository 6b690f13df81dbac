"""What the code below the pages says when it refuses: every sentence of an error, read from the source."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import relance
from relance.core import errors

ROOT = Path(relance.__file__).parent
ERRORS = {name for name, found in vars(errors).items() if inspect.isclass(found)} | {"ValueError"}
NAMES = {"sentence", "said", "hint"}  # what a sentence is called before it is raised
PLACE = "1"  # stands for a name or a number that a sentence is filled with


@cache
def modules() -> dict[str, ast.Module]:
    """Return every module of the package, read."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = ("relance", *path.relative_to(ROOT).with_suffix("").parts)
        if "migrations" not in parts:
            found[".".join(parts).removesuffix(".__init__")] = ast.parse(path.read_text("utf-8"))
    return found


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the modules that a module names in its imports; the package imports by whole names only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reachable() -> set[str]:
    """Return the modules that run behind a page."""
    seen: set[str] = set()
    waiting = [name for name in modules() if name.startswith("relance.web")]
    while waiting:
        name = waiting.pop()
        if name not in seen and name in modules():
            seen.add(name)
            waiting += imported(modules()[name])
    return seen


def sentences() -> Iterator[tuple[str, str]]:
    """Yield (where, sentence) of each error that may reach a page from below; places are filled in."""
    for name in sorted(reachable()):
        if not name.startswith("relance.web"):
            for node in ast.walk(modules()[name]):
                for text in spoken(node):
                    if " " in text:  # else it is made of nothing but places: what fills them is said elsewhere
                        yield f"{name}:{node.lineno}", text  # type: ignore[attr-defined]


def spoken(node: ast.AST) -> Iterator[str]:
    """Yield what one `raise` says, one call that gathers sentences for an error, or one sentence with a name."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and called(node.exc) in ERRORS:
        yield from (text for argument in node.exc.args[:1] for text in written(argument))
    elif isinstance(node, ast.Call) and gathers(node):
        pair = node.args[-1]
        yield from written(pair.elts[-1] if isinstance(pair, ast.Tuple) else pair)
    elif isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id in NAMES for to in node.targets):
        yield from written(node.value)


def gathers(call: ast.Call) -> bool:
    """Tell whether a call gathers a problem: `document.problem(at, sentence)`, `self.problems.append((at, sentence))`."""
    to = call.func
    if not isinstance(to, ast.Attribute) or not call.args:
        return False
    return to.attr == "problem" or (to.attr == "append" and ast.unparse(to.value).endswith("problems"))


def called(call: ast.Call) -> str:
    """Return the name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def written(node: ast.expr) -> Iterator[str]:
    """Yield the sentences written out in an argument: a text, one with places, or a list or pair of them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else PLACE for part in node.values)  # type: ignore[misc]
    elif isinstance(node, ast.IfExp):
        yield from (*written(node.body), *written(node.orelse))
    elif isinstance(node, ast.List):
        yield from (text for element in node.elts for text in written(element))
