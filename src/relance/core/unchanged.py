"""What people define, read once where nobody can change it meanwhile: a rehearsal goes through months with one set of definitions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

_read: ContextVar[dict[Hashable, Any] | None] = ContextVar("read", default=None)


@contextmanager
def unchanged() -> Iterator[None]:
    """Until the block ends, let the functions marked `read_once` answer as they did the first time."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def read_once(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function that reads definitions by its hashable arguments; callers leave what it returns as it is."""

    @wraps(function)
    def answer(*arguments: P.args, **named: P.kwargs) -> R:
        known = _read.get()
        if known is None:
            return function(*arguments, **named)
        key = (function, arguments, *named.items())
        if key not in known:
            known[key] = function(*arguments, **named)
        return cast(R, known[key])

    return answer
