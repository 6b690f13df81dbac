"""Refusals about commercial periods and lawful hours."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (
    _("a cancelled period has a `year` and neither `starts` nor `ends`"),
    _("a period has `starts` and `ends`, a `day` by rule, or `cancelled: true` and a `year`"),
    _("what is `likely` has a `day` by rule; dates that are announced are not likely but known"),
    _("a period by rule (`day`) has neither `starts`, `ends` nor `year`"),
    _("`ends` comes before `starts`; a day given as `ends` is the last one, whole"),
    _("a period lasts {days} days at most; did the year slip?"),
    _("{names} stands twice with the same start; keep one of the two"),
    _("{names} stands twice; keep one of the two"),
    _("a day is one of {forms}"),
    _("`unless` and `otherwise` go together: the day it may not be, and the one it is then"),
    _("the hours stand in order, each window apart from the next, such as 10:00-13:00, 14:00-20:00"),
    _("This period is not in the calendar any more. Reload the calendar."),
    _(
        "{name} comes from the file {calendar}. Change it there and apply the file again: the next time it is applied, a change made here would be lost."
    ),
    _("The period has no name. Give it one such as Private sale."),
    _("{name} is the name of a computed period. Choose another name, or move that one with a file."),
    _("The last day comes before the first. Correct one of the two days."),
    _("A period lasts {days} days at most. Shorten it, or make two of it."),
    _("The period is over already, so nothing would wait for it. Choose days to come."),
    _("departments are those of France; leave them out for another country"),
    _("{names} is no French department; write one such as 57, 2A or 974"),
    _("Departments are those of France: {country} has none. Leave the department out."),
    _("`{department}` is no French department. Write one such as 57, 2A or 974."),
    _("How full it makes inboxes is a number from 0 to 100. Correct it."),
    _("{name} stands in the calendar already from {day}. Change that one, or choose another name."),
)
IN_OTHER_WORDS = {
    "The file of lawful hours {file} cannot be read: {why}. Correct RELANCE_CONTACT_HOURS, or leave it empty for the shipped hours.": _(
        "The file of lawful hours cannot be read. Ask the person who runs Relance to correct it."
    ),
}
