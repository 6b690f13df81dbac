"""Refusals about accounts, launches, works and results."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (
    _("{address} has an account already. Change its role instead."),
    _("{email} is the last administrator. Make someone else administrator first."),
    _("You may send {quota} tests in 24 hours; {left} are left. Try again later."),
    _("This plan of {name} is approved already. Work it out again, then approve."),
    _("No canary of {name} waits for its release."),
    _("Releasing a step needs the name of a person and a reason. Give both; they are kept."),
    _("{name} is paused. Resume it, then release the next step of its ramp."),
    _("Step {number} of {name} came in meanwhile. Look at what is known of the next one."),
    _("The breaker stops {name}. Mend the cause and close it, then release the next step."),
    _("What the mailbox providers may get today is used up. Release the next step tomorrow."),
    _("{name} was never started. Approve a launch first, on its launch page."),
    _("No recipe is called {name}. The library lists those there are."),
    _("The draft is called {name}, but its text names another journey. Correct `journey:`."),
    _("No draft is called {name}. Open the journey to begin one."),
    _("{successes} of {people} is no rate: give a group of at least one person, and no more events than people."),
    _("A canary has at least one person. Give a number such as 100."),
    _("The start lies in the past. Choose an hour to come."),
    _(
        "{by} changed or published version {number} of {name}, so somebody else approves it. Ask a person of the team who may approve."
    ),
    _("{folder} is a file; name a folder for the sample shop."),
    _(
        "The sample shop cannot have {contacts} contacts over {months} months: ask for at least {fewest} contacts and {least} months."
    ),
    _("The work was stopped, as somebody asked. Start it again when it suits."),
    _("`{address}` is neither an e-mail address nor a telephone number. Nothing was changed."),
    _("`{channel}` is no channel of this address. Take {channels}. Nothing was changed."),
)
IN_OTHER_WORDS = {
    "`{level}` is no level. Take `{asked}` (no marketing) or `{never}` (nothing at all).": _(
        "Say whether messages about orders may still leave. Nothing was changed."
    ),
    "A suppression needs its reason and who decides it (--why, --by). Nothing was changed.": _(
        "A suppression needs its reason and who decides it. Nothing was changed."
    ),
    "No account has the address {email}. `relance account list` shows them all.": _(
        "No account has the address {email}. The team’s page shows them all."
    ),
    "`{role}` is not a role. The roles are {roles}.": _("There is no role of this name. Choose one of those shown."),
    "`{email}` is not an e-mail address. Give one such as anna@example.org.": _(
        "“{email}” is not an e-mail address. Give one such as anna@example.org."
    ),
    "A declaration needs the name of who makes it. Give it with --by NAME.": _(
        "A declaration needs the name of who makes it. Give it."
    ),
    "No {days} days in a row are free of commercial periods in {country} within {years} years. Shorten the journey, or lower blackout_lead_days and blackout_tail_days.": _(
        "No {days} days in a row are free of commercial periods in {country} within {years} years. Shorten the journey, or have the margins around the periods lowered in the settings."
    ),
    "The gate was asked about messages that do not exist ({messages}). Claim again.": _(
        "Messages the gate was asked about do not exist any more. Reload the page."
    ),
    "No journey is called {name}. `relance journey list` shows them; publish it first.": _(
        "No published journey is called {name}. The list of journeys shows those there are."
    ),
    "No journey is called `{name}`. `relance journey list` shows those there are.": _(
        "No published journey is called {name}. The list of journeys shows those there are."
    ),
    "The journey `{name}` was never published. Publish it, then start it.": _(
        "The journey {name} was never published. Publish it, then launch it."
    ),
    "{sentence} [{code}]": _("{sentence}"),
    "The base rate {rate} is no rate. Give a number from 0 to 1, such as 0.02.": _(
        "The base rate is no percentage. Give a number from 0 to 100."
    ),
    "There is no report in `{language}`. Ask for one of: {languages}.": _(
        "There is no report in this language. Ask for it in French or in English."
    ),
    "This installation holds people of {names}; the sample shop would mix invented ones with them. Give the demonstration a folder of its own: RELANCE_DATA=relance-demo relance demo.": _(
        "This installation holds people of {names}; the sample shop would mix invented ones with them."
    ),
    "{days} days are too few: the goal of `{journey}` counts for {within} after entry. Rehearse {fewest} days or more.": _(
        "{days} days are too few: the goal of {journey} counts for {within} after entry. Rehearse {fewest} days or more."
    ),
}
