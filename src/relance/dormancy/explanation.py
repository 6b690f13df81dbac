"""Why someone is in a state: one sentence per criterion, from the very expressions that scored her."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from relance.dormancy import policies, scoring
from relance.dormancy.features import last_name
from relance.dormancy.policies import Criterion
from relance.events import engine

_SENTENCES = {
    ("en", "+"): "{types}: nothing since {last}, which is longer than {duration}: {points} points.",
    ("en", "-"): "{types}: heard on {last}, or known for less than {duration}: no points.",
    ("en", "?"): "{types}: unknown; the data does not reach far enough, or too few messages were delivered.",
    ("fr", "+"): "{types} : rien depuis {last}, soit plus de {duration} : {points} points.",
    ("fr", "-"): "{types} : signe de vie le {last}, ou contact connu depuis moins de {duration} : aucun point.",
    ("fr", "?"): "{types} : inconnu ; les données ne remontent pas assez loin, ou trop peu de messages ont été remis.",
}
_NEVER = {"en": "ever", "fr": "toujours"}


def explain(contact_id: int, now: datetime, language: str = "en") -> list[dict[str, Any]]:
    """Return for each criterion of the contact's policy its points, its verdict (+, - or ?) and a sentence."""
    with engine.reading(contacts=[contact_id]) as con:
        scoring.compute(con, now, contact_id)
        found = con.execute("SELECT * FROM scored WHERE contact_id = ?", [contact_id])
        names = [column[0] for column in found.description]
        row = found.fetchone()
    if row is None:
        return []
    person = dict(zip(names, row, strict=True))
    policy = next((p for p in policies.in_force() if p.policy == person["policy"]), None)
    marks = {mark[:-1]: mark[-1] for mark in person["criteria"].split()}
    if policy is None:
        return []
    return [_line(key, criterion, marks[key], person, language) for key, criterion in policy.criteria.items()]


def _line(key: str, criterion: Criterion, mark: str, person: dict[str, Any], language: str) -> dict[str, Any]:
    last = person.get(last_name(criterion.without))
    sentence = _SENTENCES[language, mark].format(
        types=", ".join(criterion.without), last=f"{last:%Y-%m-%d}" if last else _NEVER[language],
        duration=criterion.duration, points=criterion.points,
    )  # fmt: skip
    return {"criterion": key, "verdict": mark, "points": criterion.points if mark == "+" else 0, "sentence": sentence}
