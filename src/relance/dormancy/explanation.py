"""Why someone is in a state: one sentence per criterion, from the very expressions that scored her, and what would change it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import ibis
from django.conf import settings

from relance.core.durations import Duration
from relance.dormancy import counting, markers, outlook, policies, scoring, sentences
from relance.dormancy.criteria import Beside, Criterion
from relance.dormancy.lifetime import keeping
from relance.dormancy.outlook import Change, Person
from relance.dormancy.sentences import CRITERIA, NONE_KNOWN, REST, STATES, UNTOLD, pair
from relance.events import engine
from relance.events.schemas import PURCHASES
from relance.intake import coverage
from relance.rules import moments

Fact = dict[str, Any]
TOO_FEW = {0: "none", 1: "one"}  # delivered of the messages needed
_SCORED = """
    SELECT scored.*, contact.opens_consented FROM scored JOIN contact ON contact.id = scored.contact_id
    WHERE scored.contact_id = ?
"""


def explain(contact_id: int, now: datetime, language: str = "en") -> list[Fact]:
    """Return for each criterion of the contact's policy its points, its verdict (+, - or ?) and a sentence."""
    row, _ = _row(contact_id, now)
    said = "sentence_fr" if language == "fr" else "sentence"
    return [
        {**{name: line[name] for name in ("criterion", "verdict", "points")}, "sentence": line[said]}
        for line in (_lines(row, now) if row else [])
    ]


def whole(contact_id: int, now: datetime) -> Fact | None:
    """Return everything that explains a contact's state at `now`, each with a sentence in both languages; None if unknown.

    `state`, `since`, `reason`, `policy`, `points`, `value_band`; `criteria`: one line each; `clocks` (see `clocks`);
    `cadence` and `model`, None where there is none, and no cadence once purchases are told of no longer; `changes`: what
    would change the state; `beside`: what is counted without points; `note`: the objection to profiling, or that no policy
    is for this person; `untold`: for the undetermined whom a policy judges, why their state cannot be told.
    """
    row, beside = _row(contact_id, now)
    if row is None:
        return None
    free, judged = not row.get("objected_at"), _judged(row, now)
    return {
        **{name: row.get(name) for name in ("state", "since", "reason", "policy", "points", "value_band")},
        "criteria": _lines(row, now),
        "clocks": _clocks(row, now),
        "cadence": _cadence(row) if free and not coverage.over(coverage.covered(now), PURCHASES) else None,
        "model": _model(row) if free else None,
        "changes": [_change(judged, change) for change in _changes(judged)] if judged else [],
        "beside": beside if free else [],
        "note": _note(row),
        "untold": _untold(judged) if judged and row["state"] == "undetermined" else None,
    }


def clocks(contact_id: int, now: datetime) -> Fact | None:
    """Return the three clocks of a contact at `now`, kept apart: last purchase, last sign of life, last legal contact.

    Each has `at` and a sentence in both languages; `legal` also `counted_from` (`last contact`, or `first seen` where none
    is known), `counted_since`, `due_at` and `due`. An open moves none of them.
    """
    row, _ = _row(contact_id, now)
    return None if row is None else _clocks(row, now)


def _row(contact_id: int, now: datetime) -> tuple[Fact | None, list[Fact]]:
    """Return the contact's row of a scoring, and what is counted beside its points."""
    with engine.reading(contacts=[contact_id]) as con:
        scoring.compute(con, now, contact_id)
        found = con.execute(_SCORED, [contact_id])
        names = [column[0] for column in found.description]
        row = found.fetchone()
        held = dict(zip(names, row, strict=True)) if row else None
        return held, _beside(con, now) if held else []


def _judged(row: Fact, now: datetime) -> Person | None:
    """Return the person with her policy; None where no policy judges her."""
    policy = next((p for p in policies.in_force() if p.policy == row["policy"]), None)
    if policy is None or row.get("objected_at"):
        return None
    return Person(row, policy, coverage.covered(now), now, coverage.ended(now))


def _lines(row: Fact, now: datetime) -> list[Fact]:
    person = _judged(row, now)
    return [_line(person, key, criterion) for key, criterion in person.policy.criteria.items()] if person else []


def _line(person: Person, key: str, criterion: Criterion) -> Fact:
    """Return a criterion's verdict, the points it gives of those it can, its last sign and its sentence."""
    mark, last, until = person.marks[key], person.last(criterion), person.told_until(criterion)
    count = criterion.count or (criterion.exposed_to.count if criterion.exposed_to else None)
    said = pair(
        CRITERIA[_case(person, criterion, mark)],
        types=sentences.labels(criterion.without or criterion.types, criterion.channel),
        after=sentences.labels(criterion.after),
        last=_day(last) if last else sentences.EVER,
        until=_day(until) if until else "",
        duration=sentences.spoken(criterion.duration),
        received=person.received(criterion),
        needed=count.gte if count else 0,
        points=criterion.points,
    )
    given = {"verdict": mark, "points": criterion.points if mark == "+" else 0, "of": criterion.points, "last_at": last}
    label = {"label": markers.label(key, "en"), "label_fr": markers.label(key, "fr")}
    return {"criterion": key, **label, **given, **said}


def _case(person: Person, criterion: Criterion, mark: str) -> str:
    """Return which sentence tells the verdict: why it is too early, or what keeps anybody from knowing."""
    begun, last = person.begun(criterion), person.last(criterion)
    start = criterion.duration.before(person.now)
    if mark == "?" and person.told_until(criterion):
        return "ended"
    if criterion.event:
        return {"+": "often", "-": "seldom", "?": "short"}[mark]
    if mark == "+":
        return "never" if criterion.never else "+"
    if mark == "-":
        heard = last is not None and (bool(criterion.never) or last > start)
        return "-" if heard else "apart" if begun is None else "early"
    if criterion.reads_opens and not person.row.get("opens_consented"):
        return "unasked"
    since = person.covered_since(criterion)
    reach = person.row["first_seen_at"] if criterion.never else max(start, begun or start)
    return "short" if since is None or since > reach else TOO_FEW.get(person.received(criterion), "few")


def _clocks(row: Fact, now: datetime) -> Fact:
    legal = row["last_legal_contact_at"]
    since = legal or row["first_seen_at"]
    due_at = Duration(settings.RELANCE.legal_years, "year").after(since)
    known = {name: row[f"last_{name}_at"] for name in ("purchase", "engagement")}
    counted = {"at": legal, "counted_from": "last contact" if legal else "first seen", "counted_since": since}
    return {
        **{name: {"at": at, **pair(REST[name], day=_day(at) if at else NONE_KNOWN)} for name, at in known.items()},
        "legal": {
            **counted, "due_at": due_at, "due": due_at <= now, **pair(REST["legal" if legal else "first seen"], day=_day(since)),
        },
    }  # fmt: skip


def _cadence(row: Fact) -> Fact | None:
    """Return a person's own rhythm, in days, and how many times it she has been silent; None without one."""
    if not row.get("overdue_ratio"):
        return None
    figures = {name: row[name] for name in ("mean_interval", "steady_interval", "silence_days", "overdue_ratio")}
    said = pair(
        REST["cadence"],
        interval=round(row["mean_interval"]),
        steady=round(row["steady_interval"]),
        silence=row["silence_days"],
        ratio=_number(row["overdue_ratio"], 1),
    )
    return {**figures, **said}


def _model(row: Fact) -> Fact | None:
    """Return what the lifetime model in force says of a buyer, in words; None where no model is in force."""
    if not row["orders"] or row.get("objected_at") is not None:
        return None
    expected_purchases = row.get("expected_purchases")
    if not row["frequency"] and (expected_purchases is not None or keeping.parameters() is not None):
        return {"p_alive": None, "expected_purchases": expected_purchases, **pair(REST["once"])}
    if expected_purchases is None:
        return None
    figures = {name: row.get(name) for name in ("p_alive", "expected_purchases", "expected_value")}
    alive, expected = _number(100 * float(row["p_alive"] or 0), 0), _number(row["expected_purchases"], 2)
    return {**figures, **pair(REST["alive"], alive=alive, expected=expected)}


def _changes(person: Person) -> list[Change]:
    alone = outlook.by_silence(person)
    return [*outlook.by_signs(person), *([alone] if alone else [])]


def _change(person: Person, change: Change) -> Fact:
    """Return a change of state with its sentence."""
    facts = {"to": change.to, "criteria": list(change.criteria), "at": change.at}
    if change.at is not None:
        return {**facts, **pair(REST["silence"], state=STATES[change.to], day=_day(change.at))}
    criteria = [person.policy.criteria[key] for key in change.criteria]
    named = sentences.signs([(criterion.types, criterion.channel) for criterion in criteria])
    return {**facts, **pair(REST["signs"], signs=named, state=STATES[change.to])}


def _beside(con: duckdb.DuckDBPyConnection, now: datetime) -> list[Fact]:
    """Return how many carts the person left and how often she turned to support: reasons of a silence, not silences."""
    return [
        {"name": key, "count": count, **pair(REST[key], count=count, duration=sentences.spoken(beside.within))}
        for key, beside in markers.BESIDE.items()
        for count in [_count(con, beside, now)]
    ]


def _count(con: duckdb.DuckDBPyConnection, beside: Beside, now: datetime) -> int:
    query = moments.fill(str(ibis.to_sql(counting.counted_beside(beside), dialect="duckdb")), now)
    found = con.execute(f"SELECT sum(COLUMNS(* EXCLUDE contact_id)) FROM ({query})").fetchone()
    return int(found[0] or 0) if found else 0


def _note(row: Fact) -> Fact | None:
    if row.get("objected_at"):
        return pair(REST["objection"], day=_day(row["objected_at"]))
    return None if row["policy"] else pair(REST["no policy"])


def _untold(person: Person) -> Fact:
    """Return what keeps anybody from knowing: each reason once, in the order of the criteria."""
    reasons: dict[tuple[str, str], None] = {}
    for key, criterion in person.policy.criteria.items():
        if person.marks[key] == "?":
            case, until = _case(person, criterion, "?"), person.told_until(criterion)
            english, french = UNTOLD["few" if case in TOO_FEW.values() else case]
            day = _day(until) if until else ""
            reasons[english.format(until=day), french.format(until=day)] = None
    why = (" and ".join(one[0] for one in reasons), ", et ".join(one[1] for one in reasons))
    return pair(REST["undetermined"], why=why) if reasons else pair(REST["nothing known"])


def _day(at: datetime) -> str:
    """Return the day as it is in the zone of the settings."""
    return f"{at.astimezone(ZoneInfo(settings.RELANCE.time_zone)):%Y-%m-%d}"


def _number(value: float, digits: int) -> tuple[str, str]:
    """Return a number as it is written in both languages."""
    said = f"{float(value):.{digits}f}"
    return said, said.replace(".", ",")
