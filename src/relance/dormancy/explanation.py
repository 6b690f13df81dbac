"""Why someone is in a state: one sentence per criterion, from the very expressions that scored her."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core.durations import Duration
from relance.dormancy import policies, scoring
from relance.dormancy.features import exposed_name, last_name
from relance.dormancy.policies import Criterion
from relance.events import engine
from relance.events.schemas import STANDARD
from relance.intake import sources

_SENTENCES = {
    ("en", "+"): "{types}: nothing since {last}, longer than {duration}: {points} points.",
    ("en", "-"): "{types}: seen on {last}: no points.",
    ("en", "early"): "{types}: known for less than {duration}: no points yet.",
    ("en", "short"): "{types}: unknown, since the data does not reach {duration} back for this person.",
    ("en", "few"): "{types}: unknown, since only {received} of the {needed} messages that would tell were delivered.",
    ("fr", "+"): "{types} : rien depuis {last}, soit plus de {duration} : {points} points.",
    ("fr", "-"): "{types} : signe de vie le {last} : aucun point.",
    ("fr", "early"): "{types} : contact connu depuis moins de {duration} : pas encore de point.",
    ("fr", "short"): "{types} : inconnu, car les données ne remontent pas à {duration} pour cette personne.",
    (
        "fr",
        "few",
    ): "{types} : inconnu, car seuls {received} des {needed} messages nécessaires pour le dire ont été remis.",
}
_NEVER = {"en": "ever", "fr": "toujours"}
_UNITS = {"day": "jour", "week": "semaine", "month": "mois", "year": "an", "hour": "heure", "minute": "minute"}


def explain(contact_id: int, now: datetime, language: str = "en") -> list[dict[str, Any]]:
    """Return for each criterion of the contact's policy its points, its verdict (+, - or ?) and a sentence."""
    with engine.reading(contacts=[contact_id]) as con:
        scoring.compute(con, now, contact_id)
        found = con.execute("SELECT * FROM scored WHERE contact_id = ?", [contact_id])
        names = [column[0] for column in found.description]
        row = found.fetchone()
    if row is None:
        return []
    person = {**dict(zip(names, row, strict=True)), "as_of": now}
    policy = next((p for p in policies.in_force() if p.policy == person["policy"]), None)
    marks = {mark[:-1]: mark[-1] for mark in person["criteria"].split()}
    if policy is None:
        return []
    return [_line(key, criterion, marks[key], person, language) for key, criterion in policy.criteria.items()]


def _line(key: str, criterion: Criterion, mark: str, person: dict[str, Any], language: str) -> dict[str, Any]:
    last = person.get(last_name(criterion.without))
    received, needed = _exposure(criterion, person)
    sentence = _SENTENCES[language, _case(criterion, mark, person)].format(
        received=received,
        needed=needed,
        types=", ".join(_label(name, language) for name in criterion.without),
        last=f"{last.astimezone(ZoneInfo(settings.RELANCE.time_zone)):%Y-%m-%d}" if last else _NEVER[language],
        duration=_spoken(criterion.duration, language),
        points=criterion.points,
    )
    if criterion.points == 1:
        sentence = sentence.replace("1 points", "1 point")
    return {"criterion": key, "verdict": mark, "points": criterion.points if mark == "+" else 0, "sentence": sentence}


def _case(criterion: Criterion, mark: str, person: dict[str, Any]) -> str:
    """Return which sentence tells the mark: why it is too early, or which of two things keeps anybody from knowing."""
    start, last = criterion.duration.before(person["as_of"]), person.get(last_name(criterion.without))
    if mark == "-":
        return "early" if last is None or last <= start else "-"
    if mark != "?":
        return mark
    covered = sources.covered_since()
    since = min((covered[name] for name in criterion.without if name in covered), default=None)
    return "short" if since is None or since > max(start, person["first_seen_at"]) else "few"


def _exposure(criterion: Criterion, person: dict[str, Any]) -> tuple[int, int]:
    """Return how many messages the person got of those the criterion asks for."""
    if criterion.exposed_to is None:
        return 0, 0
    column = exposed_name(criterion.exposed_to.event, criterion.exposed_to.within or criterion.duration)
    return int(person.get(column) or 0), criterion.exposed_to.count.gte


def _label(name: str, language: str) -> str:
    """Return what people call an event type; a declared one goes by its name."""
    schema = STANDARD.get(name)
    return name if schema is None else schema.label_fr if language == "fr" else schema.label_en


def _spoken(duration: Duration, language: str) -> str:
    if language == "en":
        return str(duration)
    unit = _UNITS[duration.unit]
    return f"{duration.count} {unit}{'s' if duration.count > 1 and not unit.endswith('s') else ''}"
