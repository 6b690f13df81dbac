"""Policies: who counts as dormant, as people write it and as the database keeps it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any, Literal

from pydantic import Field, model_validator

from relance.core.definitions import Definition, Document, validate
from relance.core.errors import DefinitionError
from relance.dormancy import models
from relance.dormancy.criteria import Beside, Count, Criterion, Exposure
from relance.dormancy.vocabulary import SCORED
from relance.events.schemas import known_types
from relance.rules import Condition, parse

__all__ = ["Beside", "Count", "Criterion", "Exposure", "PolicyDefinition", "apply", "check", "in_force", "population"]

SILENT_STATES = ("cooling", "dormant", "very_dormant")


class StateRule(Definition):
    """The points a state asks for, and the criterion it needs."""

    points: int = Field(ge=1)
    needs: str | None = None


class Cadence(Definition):
    """Silence of so many times one's own mean interval counts as cooling."""

    overdue_at: float = Field(gt=0)


class PolicyDefinition(Definition):
    """A policy as written in YAML."""

    policy: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    description: dict[Literal["en", "fr"], str] = {}
    reason: dict[Literal["en", "fr"], str] = {}  # why these windows and points, for whom reads the policy
    population: dict[str, Any] | None = None
    criteria: dict[str, Criterion]
    states: dict[Literal["cooling", "dormant", "very_dormant"], StateRule]
    cadence: Cadence | None = None
    beside: dict[str, Beside] = {}
    out_of_target: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> PolicyDefinition:
        if "dormant" not in self.states:
            raise ValueError("`states:` needs at least `dormant:`")
        points = [self.states[name].points for name in SILENT_STATES if name in self.states]
        if points != sorted(points) or len(set(points)) != len(points):
            raise ValueError("each state must ask for more points than the one before: cooling, dormant, very_dormant")
        if points[-1] > sum(criterion.points for criterion in self.criteria.values()):
            raise ValueError(
                f"no one can reach {points[-1]} points: the criteria give {sum(c.points for c in self.criteria.values())}"
            )
        return self


def check(document: Document) -> PolicyDefinition:
    """Return the policy in the document; every error names file, line and field."""
    definition = validate(PolicyDefinition, document)
    problems = _unknown_types(document, definition)
    problems += [
        document.problem(("states", name, "needs"), f"no criterion is called `{rule.needs}`.")
        for name, rule in definition.states.items()
        if rule.needs is not None and rule.needs not in definition.criteria
    ]
    for name, written in (("population", definition.population), ("out_of_target", definition.out_of_target)):
        if written is not None:
            parse(written, partial(_within, document, name), vocabulary=SCORED)
    if problems:
        raise DefinitionError(problems)
    return definition


def _unknown_types(document: Document, definition: PolicyDefinition) -> list[str]:
    """Return a problem for each event type that is neither standard nor declared."""
    types = known_types()
    named = [
        (("criteria", key, field), name)
        for key, criterion in definition.criteria.items()
        for field, name in criterion.names
    ]
    named += [
        (("beside", key, "event"), name)
        for key, beside in definition.beside.items()
        for name in (beside.event, *beside.unless)
    ]
    return [document.problem(where, f"no event type is called `{name}`.") for where, name in named if name not in types]


def _within(document: Document, field: str, location: Sequence[int | str], sentence: str) -> str:
    """Return the problem of a condition that stands under a field of the policy."""
    return document.problem((field, *location), sentence)


def apply(document: Document, now: datetime) -> models.Policy:
    """Keep the policy under its name; its place in the order stays, a new one goes last."""
    definition = check(document)
    digest = sha256(json.dumps(document.data, sort_keys=True).encode()).hexdigest()
    last = models.Policy.objects.order_by("-position").first()
    policy, _ = models.Policy.objects.update_or_create(
        name=definition.policy,
        defaults={"definition": document.data, "digest": digest, "applied_at": now},
        create_defaults={
            "definition": document.data, "digest": digest, "applied_at": now, "position": last.position + 1 if last else 0,
        },
    )  # fmt: skip
    return policy


def in_force() -> list[PolicyDefinition]:
    """Return the policies in the order in which they are tried: as they came, those for everybody last."""
    found = [_kept(json.dumps(policy.definition)) for policy in models.Policy.objects.all()]
    return sorted(found, key=lambda policy: policy.population is None)


@lru_cache(maxsize=64)
def _kept(written: str) -> PolicyDefinition:
    """Return a policy by its JSON; a night asks for the same few a dozen times, and reading one takes a millisecond."""
    return PolicyDefinition.model_validate(json.loads(written))


def population(policy: PolicyDefinition) -> Condition | None:
    """Return the condition of the policy's population; None means everybody."""
    return parse(policy.population, policy.policy, vocabulary=SCORED) if policy.population is not None else None
