"""Refusals about files brought in, beyond what the pages on imports say of them."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (_("{file}, line {line}: {sentence}"),)
IN_OTHER_WORDS = {
    "{column} holds {count} different words; it is no event type. Say which it is with --type.": _(
        "The column of the type holds {count} different words: it is no type of event. Choose one type for all lines."
    ),
    "{path} is a folder. Name the file in it.": _("This is a folder. Bring the file in it."),
    "{path} does not exist. Check the name.": _("This file does not exist. Bring it again."),
    "{path} is not a file. Write its content to a file first.": _("This is not a file. Bring a CSV file."),
    "{path} is {what}. Export it as CSV, encoded in UTF-8, and bring that file.": _(
        "This is no text file. Export it as CSV, and bring that file."
    ),
    "{path} cannot be read: {why}. Check the permissions.": _("The file cannot be read. Bring it again."),
    "{file}, line {line} or later: not {encoding} as its first bytes say. Save it as UTF-8.": _(
        "Line {line} or later: the file is not {encoding} as its first bytes say. Save it as UTF-8."
    ),
    "{file}, line {line}: {why}. A quote opened there is probably never closed.": _(
        "Line {line}: a quote opened there is probably never closed. Close it in the file."
    ),
    "{file}, line {line}: {why}. Is this a CSV file?": _(
        "Line {line} does not read as CSV. Export the file again as CSV."
    ),
    "--map {column}: the file has no such column. It has: {columns}.": _(
        "The file has no column “{column}” any more. It has: {columns}."
    ),
    "--map {column}={field}: no such field. Fields of {kind}: {fields}, ignore.": _(
        "The column “{column}” cannot be “{field}”. Choose among what the list offers."
    ),
    "--map {column}: positions run from 1, first before last, such as 13-20.": _(
        "Positions of columns run from 1, first before last, such as 13-20."
    ),
    "{option} {value}: no such choice. Choose {choices}.": _(
        "“{value}” is none of the choices. Choose one of the list."
    ),
}
