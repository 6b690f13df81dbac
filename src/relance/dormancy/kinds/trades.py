"""What a policy's people are to the sender: a shop's customers, companies, users of a service; and the journeys that fit each.

The policy that judges a person says it: its population, and the silence that makes its people dormant.
"""

from __future__ import annotations

from collections.abc import Iterable

from relance.dormancy import policies
from relance.dormancy.policies import PolicyDefinition
from relance.rules import All, Compare, Condition, Happened

SHOP, COMPANY, SERVICE = "shop", "company", "service"
TRADES = {
    SHOP: {"en": "Customers of a shop", "fr": "Clients d’une boutique"},
    COMPANY: {"en": "Companies", "fr": "Entreprises"},
    SERVICE: {"en": "Users of a service", "fr": "Utilisateurs d’un service"},
}
RECIPES = {"reactivation-ecommerce": SHOP, "reactivation-b2b": COMPANY, "reactivation-subscription": SERVICE}
USES = frozenset({"service_used", "subscription_started", "subscription_renewed"})
SIGNS_OF_USE = USES | {"logged_in"}


def of(policy: PolicyDefinition) -> str:
    """Return what the people of a policy are: a population of companies or users says it, or a silence of use alone."""
    parts = list(_certain(policies.population(policy)))
    if any(isinstance(part, Compare) and part.field == "kind" and _only_companies(part.value) for part in parts):
        return COMPANY
    if any(isinstance(part, Happened) and set(part.types) <= USES for part in parts):
        return SERVICE
    needed = policy.criteria.get(policy.states["dormant"].needs or "")
    silence = set(needed.types) if needed else set()
    return SERVICE if silence & USES and silence <= SIGNS_OF_USE else SHOP


def by_policy() -> dict[str, str]:
    """Return the trade of each policy in force, by its name."""
    return {policy.policy: of(policy) for policy in policies.in_force()}


def fitting(recipes: Iterable[str], trades: Iterable[str]) -> tuple[str, ...]:
    """Return those journeys that fit any of these trades; one that is for no trade in particular fits all."""
    wanted = set(trades)
    return tuple(name for name in recipes if RECIPES.get(name, next(iter(wanted), "")) in wanted)


def depends(recipes: Iterable[str]) -> bool:
    """Tell whether it depends on the trade which of these journeys fits."""
    return any(name in RECIPES for name in recipes)


def _certain(condition: Condition | None) -> Iterable[Condition]:
    """Yield what holds for everybody whom a condition selects."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _certain(part)
    elif condition is not None:
        yield condition


def _only_companies(value: object) -> bool:
    """Tell whether a test of the kind of contact lets companies through alone."""
    comparisons = getattr(value, "comparisons", ())
    return any(
        (name, bound) in {("eq", "b2b"), ("not", "b2c")} or (name == "in" and set(bound) == {"b2b"})
        for name, bound in comparisons
    )
