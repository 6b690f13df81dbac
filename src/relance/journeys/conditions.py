"""Conditions of branches: the rule language, and the leaves that journeys own, `clicked` and `replied`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from relance import rules
from relance.core.errors import DefinitionError
from relance.dormancy.vocabulary import FEATURES, PEOPLE, STANDING
from relance.events.schemas import ENGAGEMENTS, STATE_CHANGED
from relance.rules import grammar

if TYPE_CHECKING:
    import ibis.expr.types as ir

REACTIONS = {"clicked": "message_clicked", "replied": "message_replied"}

# What the due people did to this journey's messages since they entered; the leaves read it, `branch` puts it in place.
REACTION = """
SELECT r.contact_id, r.type, r.properties->>'step' AS step
FROM event r JOIN due ON due.contact_id = r.contact_id AND r.occurred_at >= due.entered_at
WHERE r.type IN ('message_clicked', 'message_replied') AND r.properties->>'journey' = %(journey)s
"""


def _step_names(value: Any) -> tuple[str, ...]:
    """Return the step ids written after `clicked:` or `replied:`."""
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) for name in names):
        raise ValueError("steps are named by their ids, as in `clicked: [hello, history]`")
    return tuple(names)


def _reacted(event_type: str) -> rules.Field:
    """Return the field that is true for people who reacted in this way to one of the steps named."""

    def build(context: rules.Context, names: tuple[str, ...]) -> ir.BooleanValue:
        reaction = context.table("reaction")
        chosen = reaction.filter(reaction.type == event_type, reaction.step.isin(names))
        found: ir.BooleanValue = context.person.id.isin(chosen.contact_id)
        return found

    return rules.Field(parse=_step_names, build=build)


VOCABULARY = PEOPLE.with_fields(
    {name: _reacted(event_type) for name, event_type in REACTIONS.items()},
    tables={"reaction": {"contact_id": "int64", "type": "string", "step": "string"}},
)


def read(data: Any) -> rules.Condition:
    """Return the condition written as `data`; pydantic learns the place of every problem."""
    found: list[InitErrorDetails] = []

    def note(at: Sequence[int | str], sentence: str) -> str:
        problem = PydanticCustomError("condition", "{sentence}", {"sentence": sentence})
        found.append(InitErrorDetails(type=problem, loc=tuple(at), input=None))
        return sentence

    try:
        return rules.parse(data, note, vocabulary=VOCABULARY)
    except DefinitionError as error:
        raise ValidationError.from_exception_data("condition", found) from error


def contacts_sql(condition: rules.Condition, now: datetime) -> str:
    """Return the query of the due people who meet the condition, ready for a statement with parameters."""
    query = rules.contacts_sql(condition, now=now, vocabulary=VOCABULARY, among="SELECT contact_id FROM due")
    return query.replace("%", "%%")


def is_hot(condition: rules.Condition, now: datetime) -> bool:
    """Tell whether PostgreSQL knows all that the condition asks for; a branch looks no further back."""
    return rules.engine_for(condition, now, VOCABULARY) == "postgresql"


def step_ids(condition: rules.Condition) -> set[str]:
    """Return the ids of the steps whose messages the condition speaks of."""
    compared = (
        leaf for leaf in grammar.leaves(condition) if isinstance(leaf, rules.Compare) and leaf.field in REACTIONS
    )
    return {name for leaf in compared for name in leaf.value}


def reads_scores(condition: rules.Condition) -> bool:
    """Tell whether the condition asks for what scoring says of people: a state, its change, a feature."""
    fields = {leaf.field for leaf in grammar.leaves(condition) if isinstance(leaf, rules.Compare)}
    return bool(fields & (FEATURES.keys() | STANDING.keys())) or STATE_CHANGED in rules.event_types(condition)


def shows_interest(condition: rules.Condition) -> bool:
    """Tell whether everyone who meets the condition did something: clicked, replied, visited, ordered."""
    if isinstance(condition, rules.All):
        return any(map(shows_interest, condition.parts))
    if isinstance(condition, rules.Either):
        return all(map(shows_interest, condition.parts))
    if isinstance(condition, rules.Happened):
        return bool(set(condition.types) & set(ENGAGEMENTS)) and not condition.count.holds(0)
    return isinstance(condition, rules.Compare) and condition.field in REACTIONS
