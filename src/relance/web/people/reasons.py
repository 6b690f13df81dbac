"""Why a person stands where they stand, in the language in force: criteria, clocks, rhythm, model, and what would change it."""

from __future__ import annotations

from typing import Any

from relance.dormancy.models import Profile
from relance.measurement import health
from relance.web.language import current
from relance.web.people import words

Fact = dict[str, Any]
UNTOLD = {"not_silent", "not_scored", "objected"}  # no reason of a silence to tell; an objection is told already


def told(found: Fact | None) -> Fact | None:
    """Return an explanation's sentences, each in the language in force; None where nothing is known of the person."""
    if found is None:
        return None
    return {
        "note": _said(found["note"]),
        "untold": _said(found["untold"]),
        "criteria": [{**line, "sentence": _said(line)} for line in found["criteria"]],
        "rhythm": _said(found["cadence"]),
        "model": _said(found["model"]),
        "changes": [_said(change) for change in found["changes"]],
        "beside": [_said(one) for one in found["beside"] if one["count"]],
        "policy": found["policy"],
        "points": found["points"],
    }


def moved(standing: Profile | None, found: Fact | None) -> Fact | None:
    """Return the state that today's criteria give where it is not the kept one, and as of when that one is; else None."""
    if standing is None or found is None or found["state"] == standing.state:
        return None
    return {"state": found["state"], "kept": standing.state, "at": health.last_scoring() or standing.scored_at}


def kinds_of(found: Fact) -> Fact:
    """Return which kinds of quiet people a person is of, how far they came, and why they went quiet where that is known."""
    reason = found["reason"]
    return {
        "kinds": [one["title"][current()] for one in found["kinds"]],
        "funnel": found["funnel"]["title"][current()] if found["funnel"] else "",
        "reason": "" if reason["code"] in UNTOLD else _said(reason),
    }


def _said(fact: Fact | None) -> str:
    """Return a fact's sentence, its days as people write them."""
    return words.dated(fact["sentence_fr" if current() == "fr" else "sentence"]) if fact else ""
