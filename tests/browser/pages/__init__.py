"""The pages of each area, for screenshots and the checks that every page must pass.

One module for each area, with PAGES: a name for the picture, and the address, or a function that brings the visitor there.
INSTALLATION says on which: `shop` where nothing is said, `empty` with accounts and nothing else, `bare` which nobody has entered.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator

from tests.browser.chromium import Visitor

Way = str | Callable[[Visitor], None]


def every(installation: str = "shop") -> Iterator[tuple[str, Way]]:
    """Return name and way of each page of an installation."""
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{name}")
        if getattr(module, "INSTALLATION", "shop") == installation:
            found: dict[str, Way] = module.PAGES
            for page, way in found.items():
                yield f"{name}-{page}", way


def bring(visitor: Visitor, way: Way) -> None:
    """Bring the visitor to a page, from whichever was before."""
    visitor.leave()
    if isinstance(way, str):
        visitor.go(way)
    else:
        way(visitor)
