"""The condition as the builder's hidden input carries it."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from relance.core.errors import DefinitionError


def read(text: str) -> Any:
    """Return the condition in the hidden input, as YAML would give it; nothing at all is `{}`."""
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DefinitionError([_("The condition did not arrive whole. Reload the page and try again.")]) from error


def unfinished(data: Any) -> bool:
    """Tell whether a line of the condition still lacks something: an empty group, list or value, or none chosen."""
    if isinstance(data, dict):
        return any(unfinished(value) or value == {} for value in data.values()) or None in data or "" in data
    if isinstance(data, list):
        return not data or any(unfinished(item) or item == {} for item in data)
    return data is None or data == ""
