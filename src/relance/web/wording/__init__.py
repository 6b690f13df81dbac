"""What the code below the pages says when it refuses, as the pages say it: in the reader's language, without commands.

The code below speaks English: to the command line, to programs and to the log; and some of its sentences are kept, as
that of a work which failed. So the pages know each sentence by its form and say it anew. The modules beside this one
hold the forms, `{name}` where a sentence is filled in: those the pages say as they are, and those they put otherwise.
A test reads every refusal in the code and fails where a form is missing.
"""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext

from relance.measurement import formats
from relance.web.language import current
from relance.web.wording import (
    breaker,
    calendars,
    contents,
    definitions,
    files,
    launches,
    machines,
    people,
    reactivity,
    seeds,
    senders,
    silences,
    waits,
)

MODULES = (
    breaker,
    calendars,
    people,
    definitions,
    contents,
    silences,
    reactivity,
    launches,
    machines,
    seeds,
    senders,
    waits,
    files,
)
_PLACE = re.compile(r"\{([a-z_]+)\}")
NUMBERS = {
    "line",
    "byte",
    "code",
}  # places that hold one word, so that forms with few words of their own fit nothing else
SENTENCES = {"sentence", "hint"}  # places that hold another sentence


def say(sentence: str) -> str:
    """Return a refusal, of one line or several, for the page; one of no known form stays as it is."""
    return "\n".join(_said(line) for line in sentence.split("\n"))


def in_field(field: str, sentence: str) -> str:
    """Return what is wrong in a field of a definition, after the field's name; where there is none, by itself."""
    colon = "\u00a0:" if current() == "fr" else ":"
    return f"{field}{colon} {say(sentence)}" if field else say(sentence)


def known(sentence: str) -> bool:
    """Tell whether the pages have words for a sentence."""
    return _match(sentence) is not None


def fits(form: str, sentence: str) -> bool:
    """Tell whether a sentence is of this form."""
    return _compiled(form).fullmatch(sentence) is not None


def forms() -> dict[str, str]:
    """Return what the page says for each form of the code."""
    return {
        form: words
        for module in MODULES
        for form, words in ({form: form for form in module.AS_IT_IS} | module.IN_OTHER_WORDS).items()
    }


def _said(line: str) -> str:
    found = _match(line)
    if found is None:
        return line
    words, parts = found
    filled = {name: _said(part) if name in SENTENCES else part for name, part in parts.items()}
    pieces = _PLACE.split(formats.typography(gettext(words), current()))
    return "".join(filled.get(piece, piece) if position % 2 else piece for position, piece in enumerate(pieces))


def _match(line: str) -> tuple[str, dict[str, str]] | None:
    """Return the page's words for a line, and what fills their places; a sentence within it must be known too."""
    for pattern, words in _patterns():
        if match := pattern.fullmatch(line):
            parts = match.groupdict()
            if all(part.isdecimal() or known(part) for name, part in parts.items() if name in SENTENCES):
                return words, parts
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the forms as patterns, those with the most words of their own first."""
    ordered = sorted(forms().items(), key=lambda form: -len(_PLACE.sub("", form[0])))
    return tuple((_compiled(form), words) for form, words in ordered)


def _compiled(form: str) -> re.Pattern[str]:
    """Return the pattern of a form, its places named."""
    pieces = [
        (f"(?P<{piece}>{'[^ ]+' if piece in NUMBERS else '.*?'})") if position % 2 else re.escape(piece)
        for position, piece in enumerate(_PLACE.split(form))
    ]
    return re.compile("".join(pieces), re.DOTALL)
