"""Whether nobody is said silent only because nobody can tell: the one place that decides it, for pages, JSON and command line.

A silence of 0 would then say what is not known. What is known instead is of how many people nobody can tell; since when,
and of what, is said in `measurement.telling`.
"""

from __future__ import annotations

from collections.abc import Mapping

from relance.dormancy.states import QUIET

MUCH = 0.10  # of some people: from this share on it weighs that nobody can tell
UNDETERMINED = "undetermined"


def people(states: Mapping[str, int], *, of: int | None = None) -> int:
    """Return of how many nobody can tell whether they are silent, where no silence is known because of that; else 0.

    `states` counts people per state; `of` is how many there are, where some have none.
    """
    untold, everybody = int(states.get(UNDETERMINED, 0)), sum(states.values()) if of is None else of
    silent = sum(int(states.get(state, 0)) for state in QUIET)
    return 0 if silent or untold < MUCH * everybody else untold
