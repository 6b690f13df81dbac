"""The tag that draws the builder."""

from __future__ import annotations

import json
from typing import Any

from django import template

from relance.web.conditions.sentences import parts, sentence

register = template.Library()


@register.inclusion_tag("conditions/builder.html")
def condition_builder(name: str, value: Any, vocabulary: dict[str, Any], label: str = "") -> dict[str, Any]:
    """Draw the builder of the condition `value`, kept as JSON in a hidden input called `name`."""
    return {
        "name": name, "value": json.dumps(value or {}), "config": json.dumps(vocabulary), "label": label,
        "sentences": json.dumps(parts(value) if value else {}),
    }  # fmt: skip


@register.filter
def condition_sentence(value: Any) -> str:
    """Write a condition in words."""
    return sentence(value)
