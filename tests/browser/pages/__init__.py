"""The pages of each area, for screenshots and the checks that every page must pass.

One module for each area, with PAGES: a name for the picture, and the address, or a function that brings the visitor there.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator

from tests.browser.chromium import Visitor

Way = str | Callable[[Visitor], None]


def every() -> Iterator[tuple[str, Way]]:
    """Return name and way of each page."""
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        found: dict[str, Way] = importlib.import_module(f"{__name__}.{module}").PAGES
        for name, way in found.items():
            yield f"{module}-{name}", way


def bring(visitor: Visitor, way: Way) -> None:
    """Bring the visitor to a page."""
    if isinstance(way, str):
        visitor.go(way)
    else:
        way(visitor)
