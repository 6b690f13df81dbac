"""How large a canary is beside those it is drawn from: a trial, or so large that what goes wrong has reached most of them."""

from __future__ import annotations

from relance.eligibility.ramp import plan as ramps
from relance.journeys.models import LaunchPlan
from relance.measurement import waterfall


def eligible(plan: LaunchPlan | None) -> int:
    """Return how many people of a plan the gate would let through: its canary and those who come after it."""
    counts = plan.figures.get("counts", {}) if plan else {}
    return int(counts.get("canary", 0)) + waterfall.following(counts)


def proposed(people: int) -> int:
    """Return the canary to propose for so many eligible people: a tenth, enough to notice harm, never above half."""
    return ramps.proposed_canary(people)


def no_trial(plan: LaunchPlan) -> bool:
    """Tell whether the canary of a plan is more than half of the eligible: what goes wrong then has reached most of them."""
    return int(plan.figures.get("counts", {}).get("canary", 0)) > max(eligible(plan) // 2, 1)
