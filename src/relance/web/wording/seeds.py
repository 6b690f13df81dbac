"""Refusals of files with the results of a seed list."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (
    _("{file} is no file of seed results, or larger than 20 MB. Nothing was changed."),
    _("{file} is not text in UTF-8. Save it as CSV in UTF-8. Nothing was changed."),
    _("{file} is no CSV file: {why}. Nothing was changed."),
    _("{file} has no line below its header. Nothing was changed."),
    _("{file}, line {line}: the columns are not those of seed results: {names}. Nothing was changed."),
    _("{file}, line {line}: `{value}` is no date. Write it as 2026-07-27. Nothing was changed."),
    _("{file}, line {line}: `{value}` is no placement. Write inbox, spam or missing. Nothing was changed."),
    _("{file}, line {line}: `{value}` is no count of seeds. Nothing was changed."),
)
IN_OTHER_WORDS: dict[str, str] = {}
