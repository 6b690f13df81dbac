"""Refusals about starts: overriding the pre-flight."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (
    _("Starting in spite of a blocking finding needs the name of who decides it."),
    _("Say in a sentence why the journey starts in spite of what blocks it."),
    _("Nothing blocks this start, so there is nothing to override."),
    _(
        "This cannot be overridden: the opt-outs of the former tool have to be in, or a person declares that there are none."
    ),
    _("This cannot be overridden: the start lies in the past. Choose an hour to come."),
    _("This cannot be overridden: nobody would get the first message."),
    _(
        "This cannot be overridden: no stretch between commercial periods holds all the sends, so nobody would ever enter. Shorten the journey."
    ),
)
IN_OTHER_WORDS = {
    "There is no journey {name} here. `relance journey list` names them.": _(
        "There is no such journey any more. Open the list of journeys."
    ),
}
