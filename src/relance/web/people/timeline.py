"""Everything that happened with one person, newest first: events, messages, verdicts, consents, journeys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.core import database
from relance.eligibility import verdicts
from relance.events import engine
from relance.events.schemas import PURCHASES
from relance.web import keyset, step_titles, tags, titles
from relance.web.people import words

KINDS: dict[str, Any] = {
    "purchase": gettext_lazy("Purchases"),
    "activity": gettext_lazy("Visits and acts"),
    "message": gettext_lazy("Messages"),
    "verdict": gettext_lazy("Verdicts"),
    "state": gettext_lazy("States"),
    "consent": gettext_lazy("Consents"),
    "journey": gettext_lazy("Journeys"),
}
ICONS = {
    "purchase": "shopping-bag", "activity": "activity", "message": "mail", "verdict": "shield-check", "state": "moon",
    "consent": "checklist", "journey": "route",
}  # fmt: skip
BOUGHT = (*PURCHASES, "refund")
STATES = ("state_changed", "journey_sunset")
SIZE = 40


@dataclass(frozen=True)
class Entry:
    """One thing that happened: its place in the order, its kind, what it is called, and what more is known."""

    at: datetime
    rank: int
    key: str | int
    kind: str
    title: str
    text: str = ""
    tone: str = ""

    @property
    def icon(self) -> str:
        """Return the picture of its kind."""
        return ICONS[self.kind]

    @property
    def place(self) -> tuple[datetime, int, str | int]:
        """Return where it stands; keys are compared within a rank only."""
        return (self.at, self.rank, self.key)


@dataclass(frozen=True)
class Page:
    """Entries, and the cursor of those before them; empty at the end."""

    entries: list[Entry]
    following: str


class Bound(NamedTuple):
    """The last entry shown; what comes is older, or of the same instant and after it in the order."""

    at: datetime
    rank: int
    key: Any

    def of(self, rank: int) -> tuple[str, list[Any]]:
        """Return the condition on (at, key) of a source of this rank, with {at} and {key} to fill."""
        if rank == self.rank:
            return "({at} < {mark} OR ({at} = {mark} AND {key} < {mark}))", [self.at, self.at, self.key]
        return ("{at} <= {mark}" if rank < self.rank else "{at} < {mark}"), [self.at]


@dataclass(frozen=True)
class Source:
    """Where entries come from; each has a rank of its own in the order of one instant."""

    rank: int
    kinds: frozenset[str]
    read: Callable[[int, frozenset[str], Bound | None], Iterable[Entry]]


def page(contact_id: int, kinds: frozenset[str], after: str = "") -> Page:
    """Return the newest entries of these kinds (none: of all), older than the cursor."""
    wanted = kinds & KINDS.keys() or frozenset(KINDS)
    bound = _bound(after)
    found = [entry for source in SOURCES if source.kinds & wanted for entry in source.read(contact_id, wanted, bound)]
    found.sort(key=lambda entry: entry.place, reverse=True)
    following = keyset.write(found[SIZE - 1].place) if len(found) > SIZE else ""
    return Page(found[:SIZE], following)


def _bound(cursor: str) -> Bound | None:
    key = keyset.read(cursor)
    try:
        at, rank, last = key
        return Bound(datetime.fromisoformat(at), int(rank), last if rank == EVENTS else int(last))
    except (ValueError, TypeError):
        return None


EVENTS, MESSAGES, VERDICTS, CONSENTS, ENTRIES, ENDS = range(6)

HAPPENED = """
    SELECT occurred_at, concat_ws('/', type, source_id, reference, import_file, import_line) AS key, type, amount, channel, reference,
           properties
    FROM events WHERE contact_id = ? AND {kinds} AND {bound}
    ORDER BY occurred_at DESC, key DESC LIMIT {limit}
"""


def _events(contact_id: int, kinds: frozenset[str], bound: Bound | None) -> list[Entry]:
    """Read the person's events: one bucket of the lake, and the hot rows."""
    condition, given = bound.of(EVENTS) if bound else ("true", [])
    key = "concat_ws('/', type, source_id, reference, import_file, import_line)"
    query = HAPPENED.format(
        kinds=_types(kinds), bound=condition.format(at="occurred_at", key=key, mark="?"), limit=SIZE + 1
    )
    with engine.reading(contacts=[contact_id]) as con:
        rows = con.execute(query, [contact_id, *given]).fetchall()
    known = [json.loads(row[-1] or "{}") for row in rows]
    steps = step_titles.of_named({str(one["journey"]) for one in known if one.get("journey")})
    for one in known:
        if title := steps.get((str(one.get("journey")), str(one.get("step")))):
            one["step"] = title
    return [_event(*row, known=one) for (*row, _properties), one in zip(rows, known, strict=True)]


def _types(kinds: frozenset[str]) -> str:
    """Return the SQL of the event types of these kinds."""
    bought, states = (", ".join(f"'{name}'" for name in names) for names in (BOUGHT, STATES))
    parts = {
        "purchase": f"type IN ({bought})",
        "state": f"type IN ({states})",
        "message": "starts_with(type, 'message_')",
        "activity": f"NOT starts_with(type, 'message_') AND type NOT IN ({bought}, {states})",
    }
    return "(" + " OR ".join(f"({parts[kind]})" for kind in parts if kind in kinds) + ")"


def _event(
    at: datetime, key: str, kind: str, amount: Any, channel: str | None, reference: str | None, *, known: dict[str, Any]
) -> Entry:
    title = words.event_label(kind)
    if kind == "state_changed":
        title = _("%(before)s, then %(after)s") % {
            "before": tags.state_name(known.get("from", "")), "after": tags.state_name(known.get("to", ""))
        }  # fmt: skip
    if amount is not None and kind in BOUGHT:
        title = f"{title}, {tags.money(amount, 2)}"
    return Entry(at, EVENTS, key, _kind(kind), title, _details(kind, reference, known))


def _kind(kind: str) -> str:
    if kind in BOUGHT:
        return "purchase"
    if kind in STATES:
        return "state"
    return "message" if kind.startswith("message_") else "activity"


def _details(kind: str, reference: str | None, known: dict[str, Any]) -> str:
    """Return what more an event says: what was bought, which step, which product."""
    lines = known.get("lines") or []
    if lines:
        bought = [f"{_quantity(line)} × {line.get('name') or line.get('product')}" for line in lines[:6]]
        return ", ".join(bought) + ("…" if len(lines) > 6 else "")
    if known.get("act"):
        return " · ".join(
            filter(None, (words.word(words.PREFERENCES, known["act"]), words.dated(known.get("until", ""))))
        )
    if kind in BOUGHT:
        return _("Number %s") % reference if reference else ""
    return str(known.get("step") or known.get("product") or "")


def _quantity(line: dict[str, Any]) -> str:
    """Return how many of a product: whole numbers without decimals."""
    try:
        return f"{float(line.get('quantity') or 1):g}"
    except (TypeError, ValueError):
        return str(line["quantity"])


def _sql(rank: int, bound: Bound | None, at: str, key: str) -> tuple[str, list[Any]]:
    condition, given = bound.of(rank) if bound else ("true", [])
    return condition.format(at=at, key=key, mark="%s"), given


def _messages(contact_id: int, kinds: frozenset[str], bound: Bound | None) -> list[Entry]:
    """Read the messages written for the person; those that left are told by their events too."""
    condition, given = _sql(MESSAGES, bound, "m.created_at", "m.id")
    rows = database.rows(
        f"""
        SELECT m.created_at, m.id, m.state, m.step, coalesce(m.journey_id, 0), m.channel
        FROM message m WHERE m.contact_id = %s AND {condition} ORDER BY m.created_at DESC, m.id DESC LIMIT {SIZE + 1}
        """,
        [contact_id, *given],
    )
    journeys = {row[4] for row in rows if row[4]}
    called, steps = titles.journeys(journeys), step_titles.of_journeys(journeys)
    return [
        Entry(at, MESSAGES, pk, "message", _("Message written: %s") % words.word(words.MESSAGE_STATES, state),
              " · ".join(filter(None, (called.get(journey, ""), steps.get((journey, step), step), words.channel(channel)))))
        for at, pk, state, step, journey, channel in rows
    ]  # fmt: skip


def _verdicts(contact_id: int, kinds: frozenset[str], bound: Bound | None) -> list[Entry]:
    """Read what the gate said of the person's messages."""
    condition, given = _sql(VERDICTS, bound, "at", "id")
    rows = database.rows(
        f"""
        SELECT at, id, decision, code, details, until FROM verdict
        WHERE message_id = ANY (ARRAY(SELECT id FROM message WHERE contact_id = %s)) AND {condition}
        ORDER BY at DESC, id DESC LIMIT {SIZE + 1}
        """,
        [contact_id, *given],
    )
    return [
        Entry(at, VERDICTS, pk, "verdict", str(words.DECISIONS[decision][0]), sentence(code, details, until),
              words.DECISIONS[decision][1])
        for at, pk, decision, code, details, until in rows
    ]  # fmt: skip


def sentence(code: str, details: Any, until: datetime | None) -> str:
    """Return the sentence of a verdict read back; a code of an older version by its name."""
    known = json.loads(details) if isinstance(details, str) else details
    try:
        return words.dated(verdicts.sentence(code, known or {}, until))
    except KeyError:
        return words.word(words.VERDICTS, code)


def _consents(contact_id: int, kinds: frozenset[str], bound: Bound | None) -> list[Entry]:
    """Read the ledger of consents."""
    condition, given = _sql(CONSENTS, bound, "at", "id")
    rows = database.rows(
        f"""
        SELECT at, id, channel, given, basis, proof FROM consent WHERE contact_id = %s AND {condition}
        ORDER BY at DESC, id DESC LIMIT {SIZE + 1}
        """,
        [contact_id, *given],
    )
    entries = []
    for at, pk, channel, given_now, basis, proof in rows:
        # A file that says no of somebody who never said yes withdraws nothing: such an entry has no basis.
        said = _("Consent given") if given_now else _("Consent withdrawn") if basis else _("Consent refused")
        text = " · ".join(filter(None, (words.word(words.BASES, basis) if given_now else "", words.proof(proof))))
        title = f"{said} · {words.channel(channel)}"
        entries.append(Entry(at, CONSENTS, pk, "consent", title, text, "green" if given_now else "red"))
    return entries


def _entries(contact_id: int, kinds: frozenset[str], bound: Bound | None) -> list[Entry]:
    """Read when the person entered journeys."""
    condition, given = _sql(ENTRIES, bound, "e.entered_at", "e.id")
    rows = database.rows(
        f"""
        SELECT e.entered_at, e.id, e.journey_id, e.control FROM enrolment e
        WHERE e.contact_id = %s AND {condition} ORDER BY e.entered_at DESC, e.id DESC LIMIT {SIZE + 1}
        """,
        [contact_id, *given],
    )
    called = titles.journeys({row[2] for row in rows})
    return [
        Entry(at, ENTRIES, pk, "journey", _("Entered %s") % called[journey],
              _("Drawn for the control group: gets nothing, so that the effect can be measured.") if control else "")
        for at, pk, journey, control in rows
    ]  # fmt: skip


def _ends(contact_id: int, kinds: frozenset[str], bound: Bound | None) -> list[Entry]:
    """Read when the person left journeys."""
    condition, given = _sql(ENDS, bound, "e.ended_at", "e.id")
    rows = database.rows(
        f"""
        SELECT e.ended_at, e.id, e.journey_id, e.end_reason FROM enrolment e
        WHERE e.contact_id = %s AND e.ended_at IS NOT NULL AND {condition} ORDER BY e.ended_at DESC, e.id DESC LIMIT {SIZE + 1}
        """,
        [contact_id, *given],
    )
    called = titles.journeys({row[2] for row in rows})
    return [
        Entry(at, ENDS, pk, "journey", _("Left %s") % called[journey], words.ending(reason))
        for at, pk, journey, reason in rows
    ]


SOURCES = (
    Source(EVENTS, frozenset({"purchase", "activity", "message", "state"}), _events),
    Source(MESSAGES, frozenset({"message"}), _messages),
    Source(VERDICTS, frozenset({"verdict"}), _verdicts),
    Source(CONSENTS, frozenset({"consent"}), _consents),
    Source(ENTRIES, frozenset({"journey"}), _entries),
    Source(ENDS, frozenset({"journey"}), _ends),
)
