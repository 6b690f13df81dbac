"""Whom a policy would move, before it is applied: asked for, worked out, shown, applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.contacts.models import Contact
from relance.core import audit, database
from relance.core.errors import NotFoundError, RefusedError
from relance.dormancy import comparison, policies
from relance.dormancy.models import Policy
from relance.events import engine
from relance.intake.models import Work
from relance.intake.options import Progress
from relance.web.dormancy import editing
from relance.web.dormancy.standing import ORDER

KIND, COUNTING = "policy comparison", "silences"
AT_ONCE = 20_000  # contacts up to which the person waits
RECENT = 5
STAGES: Mapping[str, Any] = {
    "compare": gettext_lazy("Judging everybody under both"),
    "opens": gettext_lazy("Looking at what clicks standing for opens changes"),
    "silences": gettext_lazy("Counting silences and returns"),
}


def ask(text: str, *, now: datetime, by: str) -> Work:
    """Keep what is to be compared with the policies in force; a definition with errors is refused."""
    _document, written = editing.check(text)
    comparison.replaced(policies.in_force(), [written])
    return Work.objects.create(
        kind=KIND, by=by, asked_at=now, result={"text": text, "policy": written.policy, "new": _is_new(written.policy)}
    )


def few() -> bool:
    """Tell whether the base is small enough for the person to wait."""
    return len(database.rows("SELECT 1 FROM contact LIMIT %s", [AT_ONCE + 1])) <= AT_ONCE


def run(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
    """Work a comparison out."""
    _document, written = editing.check(work.result["text"])
    before = digests()
    old = policies.in_force()
    new = comparison.replaced(old, [written])
    progress("compare", 0, 1)
    with engine.reading() as con:
        moves = comparison.compare(con, now, old, new)
    progress("opens", 0, 1)
    with engine.reading() as con:
        opens = comparison.opens(con, now, new)
    progress("opens", 1, 1)
    return {
        **work.result, "moves": _plain(moves), "digests": before,
        "opens": {"known": opens.known, "moves": _plain(opens.moves)} if opens else None,
    }  # fmt: skip


def _plain(moves: comparison.Moves) -> dict[str, Any]:
    return asdict(moves) | {"as_of": moves.as_of.isoformat()}


def digests() -> dict[str, str]:
    """Return what tells the policies in force from others."""
    return dict(Policy.objects.values_list("name", "digest"))


def _is_new(name: str) -> bool:
    return not Policy.objects.filter(name=name).exists()


def find(work_id: UUID, kind: str = KIND) -> Work:
    """Return the work, or raise a sentence."""
    work = Work.objects.filter(id=work_id, kind=kind).first()
    if work is None:
        raise NotFoundError(_("This comparison is not known here. Make it again from the page of the policy."))
    return work


def recent() -> list[dict[str, Any]]:
    """Return the last comparisons, for who closed the page of one meanwhile."""
    works = Work.objects.filter(kind=KIND).order_by("-asked_at")[:RECENT]
    return [
        {
            "work": one,
            "policy": one.result["policy"],
            "by": one.by.split(" <")[0],
            "moves": one.result.get("moves"),
            "applied": applied_at(one),
        }
        for one in works
    ]


def matrix(moves: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table from state to state: rows are the states of today, columns those under the change."""
    counts = {(one["before"], one["after"]): one["people"] for one in moves["matrix"]}
    used = [state for state in ORDER if any(state in pair for pair in counts)]
    rows = [
        {
            "state": before,
            "people": sum(counts.get((before, after), 0) for after in used),
            "cells": [
                {"after": after, "people": counts.get((before, after), 0), "same": before == after} for after in used
            ],
        }
        for before in used
    ]
    totals = [{"after": after, "people": sum(counts.get((before, after), 0) for before in used)} for after in used]
    moved = sorted(
        (one for one in moves["matrix"] if one["before"] != one["after"]), key=lambda one: -int(one["people"])
    )
    return {"states": used, "rows": rows, "totals": totals, "moved": moved}


def silent(moves: Mapping[str, Any], side: str) -> int:
    """Return how many people are dormant, before or after."""
    return sum(one["people"] for one in moves["matrix"] if one[side] in {"dormant", "very_dormant"})


def sample(moves: Mapping[str, Any], before: str, after: str) -> tuple[list[Contact], int]:
    """Return some of the people of a move, and how many it has."""
    for one in moves["matrix"]:
        if (one["before"], one["after"]) == (before, after) and before != after:
            people = Contact.objects.filter(pk__in=one["sample"], erased_at__isnull=True).select_related("profile")
            return list(people.order_by("pk")), int(one["people"])
    raise NotFoundError(_("Nobody makes this move."))


def applied_at(work: Work) -> datetime | None:
    """Return when the comparison's policy was applied; None where it was not."""
    at = work.result.get("applied_at")
    return datetime.fromisoformat(at) if at else None


def apply(work: Work, *, now: datetime, by: str) -> str:
    """Put the compared policy in force and return its name; refuse where the others changed since they were compared."""
    if work.state != "done":
        raise RefusedError(_("The comparison is not done yet. Wait until it shows who moves, then apply."))
    with transaction.atomic():
        if applied_at(work):
            raise RefusedError(_("This change is applied already."))
        if digests() != work.result["digests"]:
            raise RefusedError(
                _("The policies in force changed since this comparison was made. Compare again, then apply.")
            )
        document, written = editing.check(work.result["text"])
        policies.apply(document, now)
        Work.objects.filter(pk=work.pk).update(result=work.result | {"applied_at": now.isoformat()})
        details = {"moved": work.result["moves"]["moved"], "people": work.result["moves"]["people"]}
        audit.record("policy applied", written.policy, now=now, actor=by, details=details)
    return written.policy
