"""The live count: how many people the condition in the editor takes in, said as surely as it is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from relance.core.errors import DefinitionError
from relance.rules import Condition
from relance.segments import definitions
from relance.segments import preview as previews
from relance.web import conditions
from relance.web.conditions.vocabulary import event_labels
from relance.web.segments import forms, people


def counted(post: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Return what the preview shows: the count and a few people, or a hint while the condition is not one yet."""
    try:
        document = forms.document(post, "…")
        data = definitions.data_of(document.data)
        if conditions.unfinished(data):
            return {"hint": "unfinished"}
        _name, condition = definitions.check(document)
    except DefinitionError as error:
        return {"hint": "wrong", "problems": [problem.sentence for problem in forms.problems(error)][:3]}
    found = previews.preview(condition, now)
    return {
        "found": found, "count": rounded(found), "people": people.shown(found.shown), "sentence": conditions.sentence(data),
        "uncovered": uncovered(condition, now),
    }  # fmt: skip


def uncovered(condition: Condition, now: datetime) -> str:
    """Return the labels of the events asked for that no source tells of over the whole window."""
    labels = event_labels()
    return ", ".join(labels.get(name, name) for name in previews.uncovered(condition, now))


def rounded(found: previews.Preview) -> dict[str, int]:
    """Return count and margin with no more digits than the sample deserves."""
    if found.margin is None:
        return {"people": found.people, "margin": 0}
    step = 10 ** math.floor(math.log10(max(found.margin, 1)))
    people = round(found.people / step) * step
    margin = found.margin + abs(people - found.people)  # what rounding moved is doubt too
    return {"people": people, "margin": math.ceil(margin / step) * step}
