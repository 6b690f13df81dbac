"""What a spam filter holds against a mail, in a marketer's words; a rule not known here keeps the filter's own."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from relance.delivery.spam_filter.report import Rule, Score

# By the beginning of the rule's name: many rules come in grades.
WORDS: tuple[tuple[str, str], ...] = (
    ("SUBJ_ALL_CAPS", gettext_noop("The subject is all in capitals. Write it as a sentence.")),
    ("HTML_IMAGE_ONLY", gettext_noop("There is little text beside the images. Say in words what they show.")),
    ("HTML_IMAGE_RATIO", gettext_noop("There is little text for so many images. Say more in words.")),
    ("HTML_SHORT_LINK_IMG", gettext_noop("The message is short, with an image that links. Say more in words.")),
    ("HTML_FONT_LOW_CONTRAST", gettext_noop("Some text has nearly the colour of its ground. Choose colours further apart.")),
    ("HTML_FONT_TINY", gettext_noop("Some text is too small to be read. Make it larger.")),
    ("MIME_HTML_ONLY", gettext_noop("The message has no text part.")),
    ("MPART_ALT_DIFF", gettext_noop("The text part says something else than the message. Make it from the message again.")),
    ("DRUGS_", gettext_noop("Some words remind of advertising for drugs. Choose others.")),
    ("LOTS_OF_MONEY", gettext_noop("The message speaks of large sums of money. Leave them out if they are not needed.")),
    ("ADVANCE_FEE", gettext_noop("Some phrases remind of letters that promise money. Choose others.")),
    ("MONEY_", gettext_noop("Some phrases remind of letters that promise money. Choose others.")),
    ("NUMERIC_HTTP_ADDR", gettext_noop("A link leads to a number instead of a name. Use the site’s name.")),
    ("NORMAL_HTTP_TO_IP", gettext_noop("A link leads to a number instead of a name. Use the site’s name.")),
    ("WEIRD_PORT", gettext_noop("A link leads to an unusual port. Use the site’s usual address.")),
    ("URIBL_", gettext_noop("A site that the message links to is on a blocklist. Take the link out, or ask the site’s owner.")),
    ("URL_SHORTENER", gettext_noop("A link is shortened. Write the address it leads to.")),
    ("FREEMAIL_", gettext_noop("The sender’s address belongs to a free mail service. Send from your own domain.")),
    ("DKIM_INVALID", gettext_noop("The mail’s DKIM signature is not valid. Tell the person who runs Relance.")),
    ("DKIM_VALID", gettext_noop("The mail’s DKIM signature is valid.")),
    ("DKIM_SIGNED", gettext_noop("The mail bears a DKIM signature, which is not counted until it is checked.")),
    ("SPF_", gettext_noop("It concerns the servers that may send for your domain (SPF). See the page “Sender”.")),
    ("BAYES_", gettext_noop("The filter has learned that mails such as this one are, or are not, spam.")),
    ("ALL_TRUSTED", gettext_noop("The mail comes from a machine that the filter trusts.")),
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A score in words: the share of the threshold reached, from 0 to 100, and per rule its points, words and name."""

    points: float
    threshold: float
    spam: bool
    filled: int
    rules: tuple[tuple[float, str, str], ...]


def told(score: Score) -> Told:
    """Return the score in the language of the pages."""
    filled = round(100 * max(0.0, score.points) / score.threshold) if score.threshold > 0 else 100
    rules = tuple((rule.points, words(rule), rule.name) for rule in score.rules)
    return Told(score.points, score.threshold, score.spam, min(100, filled), rules)


def words(rule: Rule) -> str:
    """Return what a rule says."""
    known = next((sentence for start, sentence in WORDS if rule.name.startswith(start)), "")
    return _(known) if known else rule.words
