"""Refusals about the breaker: limits, stops, quarantine, reports of providers, spam traps."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (
    _("an allowed rate lies above 0 and up to {most}; it is {rate}"),
    _("alternatives are multiples above 1, each with a weight, and the weights sum to 1"),
    _("watches are counted from 1"),
    _("weights are numbers of which one at least is above 0"),
    _("no such provider: {names}; there are {providers}"),
    _("no line for {signals}"),
    _("nobody names a rate for {signals}; write one as `ours`"),
    _("{file}: no limits are known of the mailing service {service}; there are {services}."),
    _("Closing the breaker needs the name of a person and a reason. Give both; they are kept."),
    _("A wider stop of this sender is open as well. Close that one first."),
    _("Bounces in quarantine are {decisions}. Choose one of the two."),
    _("Deciding on bounces in quarantine needs the name of a person. Give it; it is kept."),
    _("Declaring spam traps needs the name of a person. Give it; it is kept."),
    _("{file} is larger than 20 MB; a provider's report is a short file. Is it the right one?"),
    _(
        "{file}: no column with a date and a spam rate is found. Name them `date` and `spam rate`, or bring the file of Postmaster Tools or SNDS unchanged."
    ),
    _("{file}, line {line}: no such provider: {name}. There are {providers}."),
    _("{file}, line {line}: no share: {text}. Write it as 0.001 or 0.1%."),
    _("{file}, line {line}: not JSON ({why}). Save the answer whole."),
    _("{file}: nested too deeply to be an answer of Postmaster Tools. Save the answer whole."),
    _("{file}: no day is named in a part of this answer. Save what trafficStats.list answers."),
    _("{file}, line {line}: not a line of SNDS ({why}). Bring its CSV unchanged."),
    _("{file}, line {line}: {why}. Write dates as 2027-01-31 and whole numbers."),
    _("{file} is no table ({why}). Bring the provider's file unchanged."),
    _("no date: {text}"),
    _("{file} holds no address. Write one address a line."),
    _("{file} cannot be read as text ({why}). Bring a file with one address a line."),
)
IN_OTHER_WORDS = {
    "Nothing is watched under the number {scope}. `relance breaker list` names what is.": _(
        "Nothing is watched under this number any more. The page “Sender” shows what is."
    ),
    "There is no stop {stop}. `relance breaker list` names those in force.": _(
        "This stop does not exist. Reload the page."
    ),
    "There is no stop {stop}. `relance breaker list --closed` names them all.": _(
        "This stop does not exist. Reload the page."
    ),
    "Stop {stop} was closed already. `relance breaker list` names those in force.": _(
        "This stop was closed already. Reload the page."
    ),
}
