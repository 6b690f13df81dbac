"""Refusals about silences, states and what models say of them, and the warehouse events may be read from."""

from django.utils.translation import gettext_noop as _

AS_IT_IS = (
    _("a criterion has one of `without:`, `never:` and `event:`"),
    _("`event:` and `count:` go together, such as `event: call_unanswered, count: {gte: 3}`"),
    _("`exposed_to:` goes with `without:`, or with `never:` where every type is a reaction"),
    _("{start} is not before {now}: name an earlier day for flows to start from."),
    _("{days} days is no threshold: choose from 0 to {longest} days of silence."),
    _("`contact_key:` is one of {names}"),
    _("Two of the policies are called {name}. Compare one of them at a time."),
    _("No logistic regression fits: the outcomes are separated by a column, or a column is a sum of others."),
    _("Calibration needs probabilities that differ; all of them are the same."),
    _("Fewer than two people with either outcome: nothing can be measured."),
    _("No kind of people is called {code}. There are: {names}."),
    _("no such time zone; write one such as Europe/Paris"),
    _("No policy is called {name}. In force are: {names}."),
    _("The policy {name} is named twice. Name each policy once, the first tried first."),
    _("The policy {name} cannot be removed: {uses} asks for it by name. Change these conditions first."),
)
IN_OTHER_WORDS = {
    "Nobody was sorted into kinds yet: `relance kinds --refresh` does, and so do the workers each night.": _(
        "Nobody was sorted into kinds yet. People are sorted each night."
    ),
    "{count} customers have {what}; the first is number {number}: x = {first}, t_x = {last}, T = {age}. Correct or leave out these rows.": _(
        "The purchases of {count} customers contradict each other. Correct the file that brought them."
    ),
    "--until {day}: purchases end on {last}, {days} days later, and {least} are the least to measure a model on. "
    "Name {earlier} or an earlier day, or leave --until out.": _(
        "{day}: purchases end on {last}, {days} days later, and {least} are the least to measure a model on. "
        "Name {earlier} or an earlier day, or leave it out."
    ),
    "--until {day}: purchases run from {first} to {last}. Name a day between them.": _(
        "{day}: purchases run from {first} to {last}. Name a day between them."
    ),
    "Nobody was scored yet, so nobody moved: run `relance score` first.": _(
        "Nobody was scored yet, so nobody moved. The base is scored each night."
    ),
    "Nobody was scored yet, so nobody is known to be silent: run `relance score` first.": _(
        "Nobody was scored yet, so nobody is known to be silent. The base is scored each night."
    ),
    "RELANCE_ENGINE names a Spark cluster, but PySpark is not installed here. Run: pip install 'relance[spark]' (it needs Java 17), or leave RELANCE_ENGINE out to score with DuckDB.": _(
        "Scoring is set to run on Spark, which is not installed here. Tell the person who runs Relance."
    ),
    "A policy asks something that {dialect} cannot compute (step {name}: {why}). Take the condition out of the policy, or score with DuckDB or Spark.": _(
        "A policy asks something that {dialect} cannot compute. Take the condition out of the policy, or tell the person who runs Relance."
    ),
    "The Spark cluster {engine} cannot be reached ({why}). Check RELANCE_ENGINE, and that Java 17 is installed here.": _(
        "The Spark cluster cannot be reached. Tell the person who runs Relance."
    ),
    "No silences are kept for {whom}. Kept: {known}. `relance silences --refresh` counts them anew.": _(
        "No silences were counted for these people yet. They are counted once a week."
    ),
    "No chance within {chosen} days is kept. Kept are {kept}; set RELANCE_RETURN_DAYS, then run `relance silences --refresh`.": _(
        "No chance of a return within {chosen} days was counted. Those within these days were: {kept}."
    ),
    "RELANCE_WAREHOUSE names a warehouse, but nothing says what its tables mean. Write a mapping file and name it in RELANCE_WAREHOUSE_MAPPING; see docs/en/warehouses.md.": _(
        "A warehouse is set, but nothing says what its tables mean. Tell the person who runs Relance."
    ),
    "The column {column} of {table} holds {kind}, not a date or an instant. Name another column in `occurred_at:`, or a view that casts it.": _(
        "The column {column} of the warehouse’s table {table} holds {kind}, not a date. Tell the person who runs Relance."
    ),
    "The warehouse cannot be reached: {why}. Check the address in RELANCE_WAREHOUSE.": _(
        "The warehouse cannot be reached. Tell the person who runs Relance."
    ),
    "The table {table} cannot be read as the mapping says: {why}. Correct the mapping, or give the account of RELANCE_WAREHOUSE the right to read the table.": _(
        "The warehouse’s table {table} cannot be read. Tell the person who runs Relance."
    ),
    "No preset is called {name}. There are: {names}.": _("No preset is called {name}. The list shows those there are."),
    "{sleepers} sleepers are not among {people} people: give the size of the whole base.": _(
        "The counts of sleepers and of people contradict each other. Tell the person who runs Relance."
    ),
    "{into} in and {out} out are not among {people} people: give the whole group's size.": _(
        "The counts of people who moved and of people contradict each other. Tell the person who runs Relance."
    ),
    "No bill was made yet: `relance bill --refresh` makes one; the workers do so once a week.": _(
        "No bill of silence was made yet. One is made each week."
    ),
}
