"""The publisher's findings in the language of the pages. A pattern for each; a test brings every finding about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from relance.web import wording

# What content says, in its order, and how the pages say it; groups of the pattern fill the places.
SAID: tuple[tuple[str, str], ...] = (
    (
        r"there are no words in this language.*",
        gettext_noop("There are no words in this language. Write them, or delete the block."),
    ),
    (r"the button leads nowhere.*", gettext_noop("The button leads nowhere. Write an address.")),
    (r"there is no image yet.*", gettext_noop("There is no image yet. Bring one or write its address.")),
    (
        r"the image's address is not absolute.*",
        gettext_noop("The image’s address is not complete. It starts with https://."),
    ),
    (
        r"the image says nothing to those.*",
        gettext_noop("The image says nothing to those who do not see it. Describe it, or mark it as decoration."),
    ),
    (r"the list has no product.*", gettext_noop("The list has no product. Add one.")),
    (r"a product has no name.*", gettext_noop("A product has no name in this language. Write it.")),
    (r"there is no MJML yet.*", gettext_noop("There is no source yet. Write the MJML.")),
    (r"there are several footers.*", gettext_noop("There are several footers. Keep one.")),
    (r"a commercial message has no footer.*", gettext_noop("A commercial message needs its footer. Add it.")),
    (r"the subject of variant (\w+) is empty.*", gettext_noop("Subject %s is empty. Write one.")),
    (
        r"the subject of variant (\w+) has a line break.*",
        gettext_noop("Subject %s has a line break. Write it on one line."),
    ),
    (r"the preheader is empty.*", gettext_noop("The pre-header is empty. Write the line shown after the subject.")),
    (
        r"the languages have different variants.*",
        gettext_noop("The languages have different subjects. Give both the same ones."),
    ),
    (r"the value `(.+?)` is not known.*", gettext_noop("Nothing is called “%s”. Pick a value from the list.")),
    (r"there is no filter `(.+?)`.*", gettext_noop("There is no filter called “%s”.")),
    (
        r"reads “(.+?)” for (?:.*without name.*|the sample.*);.*",
        gettext_noop(
            "Reads “%s” for a person without name or orders. Put the comma or the words inside the condition."
        ),
    ),
    (
        r"the subject is empty for.*",
        gettext_noop("The subject is empty for a person without name or orders. Add words that stand alone."),
    ),
    (
        r"the image (.+?) has no absolute address.*",
        gettext_noop("The image %s has no complete address. It starts with https://."),
    ),
    (
        r"the HTML has no unsubscribe link.*",
        gettext_noop(
            "There is no unsubscribe link. Put {{ unsubscribe_url }} in the address of a link, outside any condition."
        ),
    ),
    (
        r"the text has no unsubscribe link.*",
        gettext_noop("The text part has no unsubscribe link. Put {{ unsubscribe_url }} in it."),
    ),
    (
        r"the link (.+?) uses values of one person.*",
        gettext_noop("The link %s uses values of one person. A counted link may only use the shop’s and the offer’s."),
    ),
    (
        r"the link (.+?) leads to `(.*?)`.*",
        gettext_noop("The link %s leads to “%s”, which is not a complete address. It starts with https://."),
    ),
    (r"text stands directly in <(.+?)>.*", gettext_noop("Text stands directly in <%s>. Put it in <mj-text>.")),
    (r"a `<` that starts no tag.*", gettext_noop("A “<” starts no tag. Write &lt; for the sign itself.")),
    (r"<(.+?)> is never closed", gettext_noop("<%s> is never closed.")),
    (r"</(.+?)> closes nothing.*", gettext_noop("</%s> closes nothing that is open there.")),
    (r"elements are nested more than.*", gettext_noop("Elements are nested too deep. Simplify.")),
    (
        r"the preheader is written in the field.*",
        gettext_noop("The pre-header has a field of its own. Remove <mj-preview>."),
    ),
    (
        r"a template includes no other file.*",
        gettext_noop("A template includes no other file. Write its content here."),
    ),
    (r"<(.+?)> is not an element that mails may use.*", gettext_noop("<%s> is not an element that mails may use.")),
    (
        r"Liquid stands inside the tag <(.+?)>.*",
        gettext_noop("Liquid stands inside the tag <%s> but outside quotes. Put it inside an attribute’s quotes."),
    ),
    (
        r"an image without `alt`.*",
        gettext_noop("An image without alt. Say what it shows, or leave alt empty if it only decorates."),
    ),
    (r".*an image without `width`.*", gettext_noop("An image without width may fill the screen while it loads.")),
    (r"the text holds the characters.*", gettext_noop("The characters ⟦ and ⟧ stand for Liquid here. Write others.")),
    (r"the (?:MJML|text) has ([\d,]+) characters.*", gettext_noop("The text has %s characters, which is too long.")),
    (r"the MJML cannot be read: (.+)", gettext_noop("The MJML cannot be read: %s")),
    (r"(?:cannot be rendered for .+?: )?Liquid: (.+)", gettext_noop("The Liquid cannot be read: %s")),
    (r"cannot be rendered for (.+)", gettext_noop("The message cannot be filled in: %s")),
    (
        r"The subject of variant (\w+) has (\d+) characters.*",
        gettext_noop("Subject %s has %s characters; telephones show about 60."),
    ),
    (r"The HTML has (\d+) KB.*", gettext_noop("The message weighs %s KB; Gmail cuts messages at 102 KB.")),
    (
        r"The mail does not show `(.+?)`.*",
        gettext_noop("The message does not show {{ %s }}; the law wants the sender named in each."),
    ),
    (r"this is not written as it should be.*", gettext_noop("This is not written as it should be.")),
)
PLACES = {
    "subjects": gettext_noop("Subject"),
    "preheader": gettext_noop("Pre-header"),
    "mjml": gettext_noop("Content"),
    "text": gettext_noop("Text part"),
    "blocks": gettext_noop("Content"),
}
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in SAID)


def say(sentence: str) -> str:
    """Return a finding in the language of the pages."""
    plain = sentence.strip().split(" (it is ")[0]
    for pattern, words in _PATTERNS:
        if match := pattern.fullmatch(plain):
            found = match.groups()
            if words.startswith("Subject %s"):
                found = (found[0].upper(), *found[1:])  # as the desk calls it
            return _(words) % found if found else _(words)
    words = wording.say(sentence)
    return words[:1].upper() + words[1:]


def known(sentence: str) -> bool:
    """Tell whether a finding has words of its own here."""
    plain = sentence.strip().split(" (it is ")[0]
    return any(pattern.fullmatch(plain) for pattern, _words in _PATTERNS)


def place(path: Sequence[str | int]) -> str:
    """Return what a finding concerns, in words."""
    return next((_(PLACES[str(part)]) for part in path if part in PLACES), _("The whole"))


def line_of(sentence: str, source: str) -> int:
    """Return the line of the source that holds what a sentence names between quotes; 0 where it cannot be told."""
    named = re.search(r"`([^`]+)`|the link (\S+)|the image (\S+)|near `([^`]+)`", sentence)
    words = next((group for group in (named.groups() if named else ()) if group), "")
    for number, line in enumerate(source.split("\n"), 1):
        if words and words.removeprefix("{{ ").strip() in line:
            return number
    return 0
