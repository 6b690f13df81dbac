"""By which policy somebody's silence is counted: what the policy is called, and which silence it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from relance.dormancy import policies
from relance.web import titles
from relance.web.dormancy import words


@dataclass(frozen=True)
class Silence:
    """A policy as a state names it: its title, and from which silence on somebody is silent, as its description says."""

    policy: str
    title: str
    counts: str


def every() -> dict[str, Silence]:
    """Return the policies in force, by name."""
    called = titles.policies()
    return {
        one.policy: Silence(one.policy, called[one.policy], words.rest(one.description)) for one in policies.in_force()
    }


def of(policy: str) -> Silence | None:
    """Return a policy by its name; None where no policy applies, or the one that did is not in force any more."""
    return every().get(policy)


def distinct(found: Iterable[Silence | None]) -> list[Silence]:
    """Return the policies met that say which silence they count, each once, by title."""
    met = {one.policy: one for one in found if one is not None and one.counts}
    return sorted(met.values(), key=lambda one: one.title.casefold())
