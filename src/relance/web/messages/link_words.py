"""What asking for a link or an image found, in a marketer's words."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from relance.content.link_check.answers import Answer, Checked, State

# What readers meet with is bad; what they hardly notice is fair.
SENTENCES: dict[State, tuple[str, str]] = {
    State.WORKS: ("good", gettext_noop("It works.")),
    State.MOVED: (
        "fair",
        gettext_noop("It has moved for good to %(reached)s. Write the new address: old ones stop working one day."),
    ),
    State.INSECURE: (
        "fair",
        gettext_noop("It answers, but the address is not secure (http). Write https, if the site knows it."),
    ),
    State.DEAD: (
        "bad",
        gettext_noop(
            "Nothing stands at this address any more (%(status)s). Readers see an error: correct the address."
        ),
    ),
    State.CLOSED: (
        "fair",
        gettext_noop("The site turned this check away (%(status)s). Open it yourself: people may well get in."),
    ),
    State.FAULTY: (
        "bad",
        gettext_noop("The site answers with an error (%(status)s). Try again later, and tell its owner if it stays."),
    ),
    State.SLOW: ("fair", gettext_noop("It takes too long to answer: readers give up. Try again later.")),
    State.UNKNOWN: ("bad", gettext_noop("There is no site called %(host)s. Correct the address.")),
    State.PRIVATE: (
        "bad",
        gettext_noop("It leads into a private network, where readers cannot come. Write the public address."),
    ),
    State.UNREACHABLE: ("bad", gettext_noop("Nobody answers there. Try again later, or correct the address.")),
    State.CERTIFICATE: (
        "bad",
        gettext_noop("The site’s certificate is not valid: browsers warn people off. Tell the site’s owner."),
    ),
    State.CIRCULAR: ("bad", gettext_noop("It sends readers round in circles. Correct the address.")),
    State.NO_IMAGE: (
        "bad",
        gettext_noop("What stands there is not an image: readers see an empty frame. Bring the image again."),
    ),
    State.INCOMPLETE: ("bad", gettext_noop("This is not a complete address. It starts with https://.")),
    State.UNASKED: ("fair", gettext_noop("There was no time left to check it. Check once more.")),
}
SECURE = gettext_noop("The address is not secure (http), though the site knows https: write %(reached)s.")
ICONS = {"good": "circle-check", "fair": "alert-triangle", "bad": "circle-x"}


@dataclass(frozen=True)
class Line:
    """A link or image with what was found: level good, fair or bad."""

    address: str
    words: str
    image: bool
    level: str
    icon: str
    sentence: str

    @property
    def opens(self) -> bool:
        """Tell whether the page may lead there."""
        return self.address.lower().startswith(("http://", "https://"))


def told(checked: Checked) -> Line:
    """Return the line of a link or image, in the language of the pages."""
    (address, words, image), answer = checked
    level, sentence = SENTENCES[answer.state]
    if answer.state is State.INSECURE and answer.reached.startswith("https:"):
        sentence = SECURE
    return Line(address, words or (_("Image") if image else ""), image, level, ICONS[level], _filled(sentence, answer))


def _filled(sentence: str, answer: Answer) -> str:
    host = urlsplit(answer.reached).hostname if answer.state is State.UNKNOWN else ""
    return _(sentence) % {"status": answer.status, "reached": answer.reached, "host": host}
