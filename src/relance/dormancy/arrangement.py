"""The order in which policies are tried, and policies taken away: whoever had one falls to the next whose population she meets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from relance.core.errors import InputError, NotFoundError
from relance.dormancy import comparison, policies, returning
from relance.dormancy.comparison import Moves
from relance.dormancy.future import parameters
from relance.dormancy.models import Estimate, Policy
from relance.dormancy.policies import PolicyDefinition
from relance.events import engine


def without(found: Sequence[PolicyDefinition], name: str) -> list[PolicyDefinition]:
    """Return the policies without one; raise NotFoundError where none is called so."""
    _insist(found, [name])
    return [policy for policy in found if policy.policy != name]


def ordered(found: Sequence[PolicyDefinition], names: Sequence[str]) -> list[PolicyDefinition]:
    """Return the policies with those named first, in that order; those for everybody stay last, since nobody gets past them.

    Raises NotFoundError where a name is none of theirs, InputError where one is named twice.
    """
    _insist(found, names)
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"The policy {twice} is named twice. Name each policy once, the first tried first.")
    by_name = {policy.policy: policy for policy in found}
    arranged = [by_name.pop(name) for name in names]
    return sorted([*arranged, *by_name.values()], key=lambda policy: policy.population is None)


def moved(now: datetime, new: Sequence[PolicyDefinition]) -> Moves:
    """Return whom putting these policies in the place of those in force would move; nothing is written."""
    with engine.reading() as con:
        return comparison.compare(con, now, policies.in_force(), new)


def remove(name: str) -> None:
    """Take a policy away, with what was counted and learned for its people; who had it is judged anew at the next scoring."""
    without(policies.in_force(), name)
    with transaction.atomic():
        Policy.objects.filter(name=name).delete()
        Estimate.objects.filter(kind__in=(returning.KIND, parameters.KIND), policy=name).delete()


def arrange(names: Sequence[str]) -> list[str]:
    """Keep the order in which policies are tried, those named first; return all names in their order."""
    with transaction.atomic():
        found = [policy.policy for policy in ordered(policies.in_force(), names)]
        for position, name in enumerate(found):
            Policy.objects.filter(name=name).update(position=position)
    return found


def _insist(found: Sequence[PolicyDefinition], names: Sequence[str]) -> None:
    known = [policy.policy for policy in found]
    for name in names:
        if name not in known:
            raise NotFoundError(f"No policy is called {name}. In force are: {', '.join(known) or 'none'}.")
