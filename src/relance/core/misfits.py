"""What pydantic finds wrong in a definition, in our words: a sentence for each of its error types."""

from __future__ import annotations

from typing import Any

TEXT = "text is expected here"
WHOLE_NUMBER = "a whole number is expected here"
NUMBER = "a number is expected here"
YES_OR_NO = "`true` or `false` is expected here"
LIST = "a list is expected here: one `- ` line each"
LINES = "`field: value` lines are expected here"
DAY = "a day such as 2026-07-27 is expected here"
MOMENT = "a day and an hour such as 2026-07-27 08:00 are expected here"
HOUR = "an hour such as 08:00 is expected here"
NOT_CHOSEN = "this is none of {expected}"
TOO_SHORT, TOO_LONG = (
    "this is too short: at least {min_length} are needed",
    "this is too long: at most {max_length} are taken",
)
OTHER = "this does not fit here"

# pydantic's error type -> our sentence; the places are filled from the error's context.
SENTENCES = {
    "missing": "this field is missing. Add it.",
    "extra_forbidden": "no such field here. Remove it or correct its name.",
    **dict.fromkeys(("string_type", "string_unicode"), TEXT),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), WHOLE_NUMBER),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number", "decimal_type", "decimal_parsing"), NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), YES_OR_NO),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), LIST),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"), LINES),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), DAY),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"), MOMENT),
    **dict.fromkeys(("time_type", "time_parsing"), HOUR),
    **dict.fromkeys(("literal_error", "enum"), NOT_CHOSEN),
    **dict.fromkeys(("string_too_short", "too_short"), TOO_SHORT),
    **dict.fromkeys(("string_too_long", "too_long"), TOO_LONG),
    "none_required": "nothing is expected here",
    "greater_than": "more than {gt} is expected here",
    "greater_than_equal": "at least {ge} is expected here",
    "less_than": "less than {lt} is expected here",
    "less_than_equal": "at most {le} is expected here",
    "string_pattern_mismatch": "this is not written as it should be",
}


def sentence(problem: dict[str, Any]) -> str:
    """Return one of pydantic's problems as a sentence; what our own validators say stays as they say it."""
    context = problem.get("ctx", {})
    if "error" in context or "sentence" in context:
        return str(context.get("error") or context["sentence"])
    said = SENTENCES.get(problem["type"], OTHER)
    return said.format_map({name: str(value) for name, value in context.items()})
