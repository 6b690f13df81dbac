"""Refusals about definitions in YAML: of journeys, segments and policies, their conditions, and what any of them may lack."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (
    _("{file}, line {line}, {field}: {sentence}"),
    _("{sentence} (it is {written})"),
    _("{path} is a folder; name the YAML file in it."),
    _("{path} is larger than 1 MB; a definition is a short text. Is it the right file?"),
    _("{file}, line {line}: a definition is a list of `field: value` lines; this is something else."),
    _("{path}, byte {byte}: not UTF-8. Save the file as UTF-8."),
    _("{file}, line {line}, {field}: this key stands twice. Keep one of the two."),
    _("{file}: nested too deeply. Write it flatter, or build on another definition."),
    _("{file}, line {line}: `*{name}` repeats another part. Write that part out here."),
    _("no such field here. Remove it or correct its name."),
    _("this field is missing. Add it."),
    _("text is expected here"),
    _("a whole number is expected here"),
    _("a number is expected here"),
    _("`true` or `false` is expected here"),
    _("a list is expected here: one `- ` line each"),
    _("`field: value` lines are expected here"),
    _("a day such as 2026-07-27 is expected here"),
    _("a day and an hour such as 2026-07-27 08:00 are expected here"),
    _("an hour such as 08:00 is expected here"),
    _("nothing is expected here"),
    _("this is none of {expected}"),
    _("more than {gt} is expected here"),
    _("at least {ge} is expected here"),
    _("less than {lt} is expected here"),
    _("at most {le} is expected here"),
    _("this is too short: at least {min_length} are needed"),
    _("this is too long: at most {max_length} are taken"),
    _("this is not written as it should be"),
    _("this does not fit here"),
    _("a duration is a number and a unit, such as `30 days` or `12 months`"),
    _("`states:` needs at least `dormant:`"),
    _("a budget has either an amount for each `month` or one in `total`; write two lines for both"),
    _("each state must ask for more points than the one before: cooling, dormant, very_dormant"),
    _("no one can reach {points} points: the criteria give {sum}"),
    _("no criterion is called `{name}`."),
    _("a criterion has one of `without:`, `never:` and `event:`"),
    _("`event:` and `count:` go together, such as `event: call_unanswered, count: {gte: 3}`"),
    _("`exposed_to:` goes with `without:`, or with `never:` where every type is a reaction"),
    _("no event type is called `{name}`."),
    _("no event type is called `{name}`. {hint}"),
    _("no field is called `{name}`. {hint}"),
    _("Did you mean `{name}`?"),
    _("steps are named by their ids, as in `clicked: [hello, history]`"),
    _("a holdout is a percentage up to {most}% such as `10%`, or `none` to decline"),
    _("an arm is either `when` with `steps`, or `otherwise` with the steps below it"),
    _("a branch has at least one arm, and `otherwise` stands last"),
    _("an offer either ends on a date (`ends_on`) or lasts a while (`lasts`); keep one"),
    _("a step is one line such as `- wait: 7 days`, with what belongs to it indented below"),
    _("the step `{kind}` is not available yet; available: {kinds}"),
    _("there is no step `{kind}`; available: {kinds}"),
    _("steps are a list: one `- ` line each"),
    _("waiting for `{name}` is not available yet; write a duration, or `until`"),
    _("a wait is a duration such as `7 days`, or `{until: {weekday: tuesday, hour: 10}}`"),
    _("a condition is a line such as `state: dormant`, or a list under `all:` or `any:`"),
    _("`where:` is followed by `field: value` lines"),
    _("`without:` needs `for:`, such as `for: 12 months`"),
    _("a number is expected, not {value}"),
    _("a text is expected, not {value}"),
    _("nothing fits into {value}; write a duration such as `30 days`"),
    _("`{key}` does not belong here; allowed are {allowed}"),
    _("`{key}:` is followed by a list of conditions, one `- ` each"),
    _("events are counted 0, 1, 2 and so on, not {bound}"),
    _("`{operator}` compares nothing here; use one of {allowed}"),
    _("{value} is none of {known}"),
    _("a date is written 2026-07-27, not {value}"),
    _("a segment starts with `segment: its-name`."),
    _("`segment:` is followed by the name of a segment, or a list of names"),
    _("a text of up to 500 characters, or one per language as in `{en: …, fr: …}`."),
    _("it refers to the segment `{other}`, which is not defined before it."),
    _(
        "it refers to the segment `{other}`, which is itself built on `{name}`. One of the two must do without the other."
    ),
    _("{sentence}, not {value}"),
)
IN_OTHER_WORDS = {
    "{path} cannot be read: {why}. Check the name and the permissions.": _(
        "{path} cannot be read. Check the name and the permissions."
    ),
    "{file}, line {line}: not YAML ({why}). Check indents and quotes.": _(
        "{file}, line {line}: this does not read as YAML. Check indents, colons and quotes."
    ),
    # The same where the page shows the line apart; whatever the parser said stays in the log, in its English.
    "{place}not YAML ({why}). Check indents and quotes.": _(
        "this does not read as YAML. Check indents, colons and quotes."
    ),
    "Fields are: {names}.": _("The fields are: {names}."),
    "Declare it first with `relance events declare`.": _(
        "An event of your own has to be declared first, by the person who runs Relance."
    ),
    "a boolean is expected, not {value}": _("`true` or `false` is expected, not {value}"),
    "a date is expected, not {value}": _("a day such as 2026-07-27 is expected, not {value}"),
    "a {kind} is expected, not {value}": _("this does not fit here: {value}"),
}
