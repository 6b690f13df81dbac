"""Sends of a former tool, a line for each mail and person: each column of events that is filled becomes an event of its own.

A cell holds the date of its event, a yes or a no, or a count. A yes and a count have no date of their own: their event takes the
date of the send, since it cannot have been earlier. Several opens or clicks that a count tells of are one event.
"""

from __future__ import annotations

from dataclasses import replace

from relance.intake import dates, event_types, mapping
from relance.intake.mapping import DATED, SENT
from relance.intake.table import Table, literal

DELIVERED, BOUNCED = "message_delivered", "message_bounced"
KINDS = {"message_bounced_hard": "hard", "message_bounced_soft": "soft", "message_bounced_block": "block"}
# The events in the order a mail lives through them, each with the fields that tell of it: the first that does wins.
FIELDS = {
    **{name: (name,) for name in (SENT, DELIVERED)},
    BOUNCED: (*KINDS, BOUNCED),
    **{
        name: (name,)
        for name in ("message_opened", "message_clicked", "message_replied", "message_complained", "message_unsubscribed")
    },
}  # fmt: skip

HAPPENED = ("yes", "y", "oui", "o", "true", "vrai", "x", "on", "ok", "✓", "✔", "✅")
NOTHING = (
    "no", "n", "non", "false", "faux", "off", "-", "–", "—", "n/a", "na", "nan", "nat", "null", "none", "never", "jamais", "aucun",
    "aucune", "subscribed", "abonne", "inscrit",
)  # fmt: skip
WORD = "replace(lower(strip_accents({column})), '_', ' ')"
IS_NOTHING = r"""
    ({column} IS NULL OR {word} IN ({nothing}) OR regexp_matches({word}, '^(not|never|non|pas|jamais) ')
     OR regexp_matches({word}, '^(no|aucune?|sans) (hard |soft )?(bounc|rebond|reje|err|echec|fail)')
     OR regexp_matches({word}, '^(no|aucune?|sans) (open|ouvert|cli|compl|plain|unsub|des|spam)')
     OR starts_with({column}, '0000') OR regexp_full_match({column}, '0+([.,]0+)?'))
"""
IS_COUNT = r"regexp_full_match({column}, '[0-9]{{1,6}}([.,]0+)?')"
# The kind of bounce that a word tells of.
KIND = r"""
    CASE WHEN regexp_matches({word}, '\b(hard|permanent|definiti)') THEN 'hard'
         WHEN regexp_matches({word}, '\b(soft|tempora|transi(ent|to)|passag)') THEN 'soft'
         WHEN regexp_matches({word}, '\b(block(ed|s)?|bloqu|blocage)') THEN 'block' END
"""
# Whether a column of kinds speaks of a bounce: it may be a status of the mail or of the person, of which much may be definitive.
OF_BOUNCE = r"""
    (regexp_matches({header} || ' ' || {word}, 'bounc|rebond|reje[ct]|npai|\bfail|echec')
     OR regexp_matches({header}, '\bhard\b.*\bsoft\b|\bsoft\b.*\bhard\b')
     OR regexp_full_match({word}, 'hard|soft|block(ed)?|bloquee?'))
"""

UNREAD = "“{header}” holds neither a date written as the others of its column, nor yes, no or a count"
REFUSAL = """
    CASE
        WHEN unread IS NOT NULL THEN unread
        WHEN occurred_at IS NOT NULL AND line_date IS NULL THEN 'the date is none, or not written as the others of its column'
        WHEN ({told}) AND sent IS NULL THEN 'a yes or a count takes the date of the send, which is empty'
        WHEN coalesce({types}) IS NULL THEN 'no event: each column of events is empty or says no'
        WHEN greatest({types}) > {ahead} THEN 'the date is in the future'
        WHEN least({types}) < '1970-01-01' THEN 'the date is before 1970'
    END
"""
REASONED = f"('{BOUNCED}', 'message_complained', 'message_unsubscribed')"  # events that may have a reason


def event_of(field: str) -> str:
    """Return the event that a field tells of."""
    return next(event for event, fields in FIELDS.items() if field in fields)


def types_of(table: Table) -> list[str]:
    """Return the events the columns tell of, in the order a mail lives through them."""
    found = {*table.columns.sends, *([BOUNCED] if told_by_kind(table) else [])}
    return [name for name, fields in FIELDS.items() if found & set(fields)]


def covered(table: Table) -> set[str]:
    """Return the events whose absence means something: they have a column. A column of kinds alone may tell of no bounce at all."""
    return set(types_of(table)) - ({BOUNCED} if told_by_kind(table) else set())


def spread(table: Table, ahead: str) -> None:
    """Make of each row of `given` one for each of its events, with `type` and `occurred_at` as read; reject lines without any.

    `assumed` tells that an event took the date of its send. Nothing may be later than `ahead`.
    """
    con, types = table.con, types_of(table)
    _read_cells(table)
    _place(table, types, ahead)
    con.execute("INSERT INTO reject SELECT line, refusal FROM send WHERE refusal IS NOT NULL")
    con.execute("DROP TABLE cell")
    con.execute(
        f"""
        CREATE OR REPLACE VIEW given AS
        SELECT * EXCLUDE (assumptions) REPLACE (
                CASE WHEN type = '{BOUNCED}' THEN kind END AS kind, CASE WHEN type = 'message_clicked' THEN url END AS url,
                CASE WHEN type IN {REASONED} THEN reason END AS reason),
            list_contains(assumptions, type) AS assumed
        FROM (SELECT * EXCLUDE (refusal) FROM send WHERE refusal IS NULL) UNPIVOT (occurred_at FOR type IN ({", ".join(types)}))
        """
    )
    if BOUNCED in types:  # kinds may come from other columns than one of kinds
        table.columns = replace(table.columns, values={**table.columns.values, "kind": ""})


def told_by_kind(table: Table) -> bool:
    """Tell whether the kind of bounce is all that tells of bounces: where it names one, there was one."""
    return "kind" in table.columns.fields and not table.columns.has(*FIELDS[BOUNCED])


def _read_cells(table: Table) -> None:
    """Make `cell`: of each column of events the text where it is a date, and whether a word or a count tells of the event.

    `told_…` is true where it happened, false where it did not, NULL where there is a date, or what cannot be read.
    """
    names, told = table.columns.sends, {}
    for event, fields in FIELDS.items():
        for name in fields:
            told[name] = _told(name, event)
    texts = ", ".join(f"CASE WHEN ({told[name]}) IS NULL THEN {name} END AS {name}" for name in names)
    flags = [f"{told[name]} AS told_{name}" for name in names]
    if told_by_kind(table):
        flags.append(f"coalesce({_told_by_status(table)}, false) AS told_kind")
    kinds = [KIND.format(word=WORD.format(column=BOUNCED)), _kind_by_status(table)]
    table.con.execute(
        f"""
        CREATE TABLE cell AS
        SELECT * REPLACE ({texts}, coalesce({", ".join(kinds)}, kind) AS kind), {", ".join(flags)} FROM given
        """
    )


def _told(column: str, event: str) -> str:
    """Return the SQL of whether a cell says that an event happened; NULL where it says neither yes nor no."""
    word = WORD.format(column=column)
    yes = f"{word} IN ({', '.join(map(literal, HAPPENED))}, {_own(event)}) OR {IS_COUNT.format(column=column)}"
    if event == BOUNCED:
        yes += f" OR ({KIND.format(word=word)}) IS NOT NULL"
    return f"CASE WHEN {_nothing(column)} THEN false WHEN {yes} THEN true END"


def _nothing(column: str) -> str:
    """Return the SQL of whether a cell says that nothing happened."""
    return IS_NOTHING.format(column=column, word=WORD.format(column=column), nothing=", ".join(map(literal, NOTHING)))


def _own(event: str) -> str:
    """Return the SQL of the words that mean an event, as they are compared."""
    return ", ".join(WORD.format(column=literal(known)) for known in event_types.words_of(event))


def _told_by_status(table: Table) -> str:
    """Return the SQL of whether the column of kinds names a bounce: a yes, an OK or a number there may be of any status."""
    told = f"{WORD.format(column='kind')} IN ({_own(BOUNCED)}) OR ({_kind_by_status(table)}) IS NOT NULL"
    return f"NOT {_nothing('kind')} AND ({told})"


def _kind_by_status(table: Table) -> str:
    """Return the SQL of the kind of bounce that the column of kinds names, whose header may say that it speaks of bounces."""
    number, word = table.columns.fields.get("kind"), WORD.format(column="kind")
    header = WORD.format(column=literal(table.raw.headers[number] if number is not None else ""))
    return f"CASE WHEN {OF_BOUNCE.format(header=header, word=word)} THEN {KIND.format(word=word)} END"


def _place(table: Table, types: list[str], ahead: str) -> None:
    """Make `send`: a column for each event with its instant, and why a line is refused."""
    fields = table.columns.sends
    own = {"line_date" if name == DATED else f"own_{name}": sql for name, sql in _dates(table).items()}
    sent = [f"own_{name}" if name in fields else "NULL" for name in (SENT, DELIVERED)]
    told = [f"told_{name}" for name in (*fields, *(["kind"] if told_by_kind(table) else []))]
    unread = (
        f"WHEN {name} IS NOT NULL AND own_{name} IS NULL THEN "
        + literal(UNREAD.format(header=table.raw.headers[table.columns.fields[name]]))
        for name in fields
    )
    kept = ["line", *_kept(), *(f"a{number}" for number in range(len(table.columns.free)))]
    refusal = REFUSAL.format(told=" OR ".join(told), types=", ".join(types), ahead=ahead)
    table.con.execute(
        f"""
        CREATE TABLE send AS
        WITH dated AS (SELECT *, {", ".join(f"{sql} AS {name}" for name, sql in own.items())} FROM cell),
        placed AS (SELECT *, CASE {" ".join(unread)} END AS unread, coalesce({sent[0]}, line_date, {sent[1]}) AS sent FROM dated),
        happened AS (SELECT *, {", ".join(f"{_instant(name)} AS at_{name}" for name in fields)} FROM placed),
        told AS (
            SELECT * EXCLUDE ({", ".join(name for names in FIELDS.values() for name in names)}) REPLACE ({_kind(fields)} AS kind),
                {", ".join(f"{_event(table, name)} AS {name}" for name in types)},
                [{", ".join(_assumed(table, name) for name in types)}]::VARCHAR[] AS assumptions
            FROM happened
        )
        SELECT {", ".join([*kept, *types, "assumptions"])}, {refusal} AS refusal FROM told
        """
    )


def _kept() -> list[str]:
    """Return the fields that stay as they are: of whom and of which mail the events are."""
    left = (*mapping.fields_of("events"),)
    return [name for name in left if not name.startswith(mapping.SEND) and name not in ("type", DATED)]


def _dates(table: Table) -> dict[str, str]:
    """Return the SQL that reads each column of dates; where one leaves day and month open, the others of the file tell."""
    names = [name for name in (*table.columns.sends, DATED) if name in table.columns.fields]
    options = table.options
    if not options.dates:
        options = replace(options, dates=dates.order(table.con, "cell", names))
    read = {name: dates.decide(table.con, "cell", name, options, label=table.label(name)) for name in names}
    return {DATED: "NULL::TIMESTAMPTZ", **read}


def _instant(name: str) -> str:
    """Return the SQL of when a column's event happened; a day without hours, of the day of the send, is not before it.

    Days are those of the file's time zone. An hour earlier than the send's stays as the file tells it.
    """
    if name == SENT:
        return f"CASE WHEN told_{name} THEN sent ELSE own_{name} END"
    own = f"own_{name}"
    return f"CASE WHEN told_{name} OR ({own} < sent AND {own} = date_trunc('day', sent)) THEN sent ELSE {own} END"


def _told_of(table: Table, event: str) -> list[str]:
    return [name for name in FIELDS[event] if name in table.columns.fields]


def _event(table: Table, event: str) -> str:
    """Return the SQL of an event's instant."""
    instants = [f"at_{name}" for name in _told_of(table, event)] or ["CASE WHEN told_kind THEN sent END"]
    return f"coalesce({', '.join(instants)})"


def _assumed(table: Table, event: str) -> str:
    """Return the SQL of the event's name where it took the date of its send, else NULL."""
    if event == SENT:
        return "NULL"
    cases = " ".join(f"WHEN at_{name} IS NOT NULL THEN told_{name}" for name in _told_of(table, event))
    told = f"CASE {cases} END" if cases else "told_kind"
    return f"CASE WHEN {told} THEN {literal(event)} END"


def _kind(fields: tuple[str, ...]) -> str:
    """Return the SQL of the kind of bounce: that of the column that tells of it, else what a word says."""
    cases = " ".join(f"WHEN at_{name} IS NOT NULL THEN '{kind}'" for name, kind in KINDS.items() if name in fields)
    return f"CASE {cases} ELSE kind END" if cases else "kind"
