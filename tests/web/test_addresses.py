"""Every address that code and templates name is one of the pages'."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
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


def test_what_the_benchmark_of_pages_names_exists() -> None:
    pytest.importorskip("playwright")
    addresses = importlib.import_module("benchmarks.pages_addresses")
    known = set(names(get_resolver().url_patterns))
    assert addresses.LEFT_OUT.keys() <= known
    assert {name for name, _path in addresses.named(get_resolver().url_patterns)} == known
    assert all(addresses.kind_of(path) for path in addresses.FURTHER.values() if isinstance(path, str))


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """Yield the names of the patterns, each after its space."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from names(one.url_patterns, f"{one.namespace}:" if one.namespace else space)
        elif one.name:
            yield f"{space}{one.name}"
