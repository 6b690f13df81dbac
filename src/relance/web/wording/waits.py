"""Refusals about what waits for a person: overdue messages, a restored database."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (_("A decision on messages that wait needs the name of who takes it."),)
IN_OTHER_WORDS = {
    "No journey is called {name}. `relance held list` shows those that have messages waiting.": _(
        "There is no such journey any more. Open the list of journeys."
    ),
    "No restored database waits for a decision: messages leave as ever.": _(
        "Somebody has decided meanwhile: messages leave as ever."
    ),
}
