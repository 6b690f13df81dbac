"""Refusals about who sends."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (
    _("The sender {name} cannot be removed: {named} sends as it. Name another sender there first."),
    _("Messages of the sender {name} wait to leave. Let them go, or stop their journey, and remove it then."),
    _("No sender is called {name}. There are: {names}."),
)
IN_OTHER_WORDS = {
    "a selector has letters, digits and hyphens, such as s2026": _(
        "a name of a DKIM key is not well written; tell the person who runs Relance"
    ),
    "name a file in the data folder, such as dkim/outlet.pem": _(
        "the file of a DKIM key is not well named; tell the person who runs Relance"
    ),
    "the sender {name} leaves by RELANCE_SMTP_URL; leave it out": _(
        "the main sender leaves by the installation’s mail server; tell the person who runs Relance"
    ),
    "RELANCE_SENDER_RELAYS names no relay {relay} ({names}); write {line} there first": _(
        "the settings do not name the mail servers of this sender; tell the person who runs Relance"
    ),
    "Messages left as {name} from {before}, which their answers count for. Give {domain} a sender of another name.": _(
        "Messages left from {before}, which their answers count for. Keep an address of that domain here, and add another sender for {domain}."
    ),
    "Nothing is written for the default sender: the settings say it, RELANCE_MAIL_FROM and those beside it.": _(
        "Nothing was written here for the main sender: the installation’s settings say it."
    ),
}
