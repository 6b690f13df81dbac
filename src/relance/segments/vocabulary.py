"""The field segments own in the rule language: `segment: name`."""

from typing import Any

from relance.dormancy.vocabulary import PEOPLE
from relance.rules import Context, Field


def _names(value: Any) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(name, str) and name for name in names):
        raise ValueError("`segment:` is followed by the name of a segment, or a list of names")
    return tuple(names)


def _member(context: Context, names: tuple[str, ...]) -> Any:
    """Compile `segment: name` to membership."""
    segment, membership = context.table("segment"), context.table("membership")
    chosen = segment.filter(segment.name.isin(names)).id
    return context.person.id.isin(membership.filter(membership.segment_id.isin(chosen)).contact_id)


PEOPLE_AND_SEGMENTS = PEOPLE.with_fields(
    {"segment": Field(parse=_names, build=_member)},
    tables={
        "segment": {"id": "int64", "name": "string"},
        "membership": {"segment_id": "int64", "contact_id": "int64"},
    },
)
