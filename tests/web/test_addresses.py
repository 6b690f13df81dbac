"""Every address that code and templates name is one of the pages'."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.urls import URLPattern, URLResolver, get_resolver

import relance

ROOT = Path(relance.__file__).parent
NAMED = re.compile(r"""(?:reverse(?:_lazy)?\(|redirect\(|\{%\s*url\s+)["']([a-z_]+:[a-z_]+)["']""")


def test_every_address_that_is_named_exists() -> None:
    texts = {file: file.read_text("utf-8") for kind in ("*.py", "*.html") for file in ROOT.rglob(kind)}
    named = {(name, file.name) for file, text in texts.items() for name in NAMED.findall(text)}
    assert len(named) > 100
    known = set(names(get_resolver().url_patterns))
    assert {one for one in named if one[0] not in known} == set()


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """Yield the names of the patterns, each after its space."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from names(one.url_patterns, f"{one.namespace}:" if one.namespace else space)
        elif one.name:
            yield f"{space}{one.name}"
