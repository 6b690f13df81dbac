"""Refusals of learning who comes back because of a message: those a page can meet in words, those of files in one sentence."""

from django.utils.translation import gettext_noop as _

_OF_FILES = _(
    "What was asked of the file or of the kept model cannot be done. Only the person who runs Relance can ask it."
)
AS_IT_IS = ()
IN_OTHER_WORDS = {
    "{file} is no text: its first line holds a NUL byte. Save it as CSV in UTF-8, with a header.": _OF_FILES,
    "{people} people have entered `{journey}` and are past the window of its goal ({unfinished} are within it, {objected} object to profiling); {least} are the least that anything can be said of. Wait for them.": _(
        "{people} people have entered and are past the end of the measure ({unfinished} are still within it, {objected} object to profiling). It takes {least} to learn anything: wait for them."
    ),
    "`{column}` is {value} for all {people} people: there is nothing to tell them apart by. Name another outcome, or a longer window.": _(
        "All {people} people did the same, either all came back or nobody did: there is nothing to tell them apart by. Wait, or measure over a longer time."
    ),
    "`{column}` is `{value}` for everybody: nobody got the message. Bring people who did.": _(
        "Everybody is in the control group: nobody got the message, so there is nothing to learn from."
    ),
    "{people} people have an arm and an outcome; {least} are the least that anything can be said of.": _(
        "{people} people can be learned from, and it takes {least} to learn anything. Wait for more."
    ),
    "Nobody of the arm `{arm}` has a known `{outcome}`. Bring outcomes of both arms.": _(
        "Of one of the two groups, nobody’s return is known. Wait for the end of the measure."
    ),
    "{table} has no column left to learn from: {why}. Bring what was known of people before.": _(
        "Nothing is known of these people from before the message, so nothing can tell them apart. Bring in their history."
    ),
    "Learning reactivity needs scikit-learn, which is not installed. Run: pip install 'relance[learning]'": _(
        "Learning needs a part of Relance that is not installed here (scikit-learn). Tell the person who runs Relance."
    ),
    "The kept model of reactivity is damaged ({why}). Learn it again.": _(
        "What was learned before is damaged. Learn it again."
    ),
    **dict.fromkeys(
        (
            "`{column}` has {count} values ({values}), and two arms are compared. Say which with --treated VALUE --control VALUE; rows with another value are then left out.",
            "`{column}` has the values {values}, and neither says that it is the treated one. Say which with --treated VALUE --control VALUE.",
            "The column `{column}` is empty, so nobody is known to be treated or not.",
            "`{column}` names {people} people on {rows} rows, and every row is taken for another person. Keep one row of each, such as the first send, or say with --ignore {same} that it names no people.",
            "`{value}` was named both treated and control. Name two values of `{column}`.",
            "`{column}` holds dates. The {role} is a number, or 0 and 1 for no and yes.",
            "`{column}` holds `{value}`, and the {role} is a number, or 0 and 1 for no and yes.",
            "`{value}` is no value of `{column}`. It has: {values}.",
            "The column `{column}`, which the model was learned with, is missing. Add it to the file.",
            "The column `{column}` held {kind}s when the model was learned, and holds words here (`{value}`). Bring it as it was then.",
            "{people} people cannot be cut into tenths. Bring more.",
            "the knots of a column do not fit its kind",
            "its parts do not fit each other",
            "{path} cannot be written ({why}). Name a file in a folder you may write to.",
            "The model {path} cannot be read ({why}). Make it with `relance reactivity fit … --out`.",
            "{path} is no model of reactivity ({what}: {why}). Make it again with `relance reactivity fit … --out`.",
            "One column was named for two things. Treatment, outcome and value are three columns.",
            "A cost of {cost} is none. Give what one message costs, 0 or more.",
            "A cost needs a value to be weighed against. Add --value, a column of money or what one outcome is worth.",
            "`{column}` holds no numbers. Recency is a number of days, weeks or months since the last purchase.",
            "A value of {value} is none. Give what one outcome is worth, 0 or more, or a column of money.",
            "{path} is {what}. Name a CSV file.",
            "{path} has no column `{column}`. It has: {values}. Names count with their capitals.",
            "{path} holds {rows} rows of data; {least} are the least that anything can be said of.",
            "{path} cannot be read as CSV ({why}). Save it as CSV in UTF-8, with a header.",
            "`{column}` holds {value}. A score is a number; the highest is mailed first.",
            "`{column}` is missing on {rows} of {whole} rows. Give every row a score, or leave those rows out.",
        ),
        _OF_FILES,
    ),
}
