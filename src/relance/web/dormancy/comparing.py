"""Whom a change of policies would move, before it is applied: asked for, worked out, shown, applied.

A change writes a policy, removes one, or puts them in another order: `change` in the work's result says which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.contacts.models import Contact
from relance.content.definition import LANGUAGES
from relance.core import audit, database
from relance.core.errors import NotFoundError, RefusedError, RelanceError
from relance.dormancy import arrangement, comparison, policies
from relance.dormancy import untold as dormancy_untold
from relance.dormancy.policies import PolicyDefinition
from relance.events import engine
from relance.intake.models import Work
from relance.intake.options import Progress
from relance.web import titles
from relance.web.dormancy import editing, uses
from relance.web.dormancy.standing import ORDER
from relance.web.language import current

KINDS = KIND, COUNTING = "policy comparison", "silences"
WRITE, REMOVE, ORDER_ANEW = "write", "remove", "order"
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
    new = written.policy not in {policy.policy for policy in policies.in_force()}
    return _asked({"change": WRITE, "text": text, "policy": written.policy, "new": new}, now=now, by=by)


def ask_without(name: str, *, now: datetime, by: str) -> Work:
    """Keep which policy is to be removed; one that a segment or a journey asks for is refused."""
    uses.insist_on_none(name)
    arrangement.without(policies.in_force(), name)
    _kept, written = editing.find(name)
    called = {language: titles.of_policy(written, language) for language in LANGUAGES}
    return _asked({"change": REMOVE, "policy": name, "titles": called}, now=now, by=by)


def ask_in_order(names: Sequence[str], *, now: datetime, by: str) -> Work:
    """Keep the order in which policies are to be tried; the one in force is refused."""
    before = policies.in_force()
    after = [policy.policy for policy in arrangement.ordered(before, names)]
    if after == [policy.policy for policy in before]:
        raise RefusedError(_("The policies are tried in this order already. Move one of them first."))
    return _asked({"change": ORDER_ANEW, "policy": "", "order": after}, now=now, by=by)


def _asked(result: dict[str, Any], *, now: datetime, by: str) -> Work:
    return Work.objects.create(kind=KIND, by=by, asked_at=now, result=result)


def change_of(work: Work) -> str:
    """Return what kind of change a comparison is of."""
    return str(work.result.get("change", WRITE))


def changed(work: Work, old: Sequence[PolicyDefinition]) -> list[PolicyDefinition]:
    """Return the policies that would be in force."""
    if change_of(work) == REMOVE:
        return arrangement.without(old, work.result["policy"])
    if change_of(work) == ORDER_ANEW:
        return arrangement.ordered(old, work.result["order"])
    _document, written = editing.check(work.result["text"])
    return comparison.replaced(old, [written])


def few() -> bool:
    """Tell whether the base is small enough for the person to wait."""
    return len(database.rows("SELECT 1 FROM contact LIMIT %s", [AT_ONCE + 1])) <= AT_ONCE


def run(work: Work, now: datetime, progress: Progress) -> dict[str, Any]:
    """Work a comparison out."""
    before, old = digests(), policies.in_force()
    new = changed(work, old)
    progress("compare", 0, 1)
    with engine.reading() as con:
        moves = comparison.compare(con, now, old, new)
    opens = _opens(new, now, progress) if change_of(work) == WRITE else None
    progress("compare", 1, 1)
    return {
        **work.result, "moves": _plain(moves), "digests": before,
        "opens": {"known": opens.known, "moves": _plain(opens.moves)} if opens else None,
    }  # fmt: skip


def _opens(new: Sequence[PolicyDefinition], now: datetime, progress: Progress) -> comparison.Opens | None:
    progress("opens", 0, 1)
    with engine.reading() as con:
        return comparison.opens(con, now, new)


def _plain(moves: comparison.Moves) -> dict[str, Any]:
    return asdict(moves) | {"as_of": moves.as_of.isoformat()}


def digests() -> dict[str, str]:
    """Return what tells the policies in force, in their order, from others."""
    return {
        policy.policy: f"{place} {sha256(policy.model_dump_json(by_alias=True).encode()).hexdigest()}"
        for place, policy in enumerate(policies.in_force())
    }


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
            "title": _called(one),
            "by": one.by.split(" <")[0],
            "moves": one.result.get("moves"),
            "applied": applied_at(one),
        }
        for one in works
    ]


def passages(moves: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return who falls under another policy, from which to which, in words."""
    called = {"": _("no policy")} | dict(names)
    return [
        {
            "before": called.get(one["before"], one["before"]),
            "after": called.get(one["after"], one["after"]),
            "people": one["people"],
        }
        for one in moves.get("passages", [])
    ]


def _called(work: Work) -> str:
    """Return what a comparison is called in the list of the last ones."""
    if change_of(work) == ORDER_ANEW:
        return _("Another order")
    return _("%(policy)s, removed") % {"policy": title(work)} if change_of(work) == REMOVE else title(work)


def title(work: Work) -> str:
    """Return what the policy that is written or removed is called; its name where what it said was not kept."""
    if change_of(work) == WRITE:
        try:
            _document, written = editing.check(work.result["text"])
        except RelanceError:  # written long ago, in words that are none any more
            return str(work.result["policy"])
        return titles.of_policy(written)
    said: dict[str, str] = work.result.get("titles", {})
    return said.get(current()) or str(work.result["policy"])


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


def silent(moves: Mapping[str, Any], side: str) -> int | None:
    """Return how many people are dormant, before or after; None where nobody can tell."""
    states = _states(moves, side)
    return None if dormancy_untold.people(states) else states["dormant"] + states["very_dormant"]


def untold(moves: Mapping[str, Any]) -> int:
    """Return of how many people nobody can tell whether they are dormant, before the change or after it."""
    return dormancy_untold.people(_states(moves, "before")) or dormancy_untold.people(_states(moves, "after"))


def _states(moves: Mapping[str, Any], side: str) -> Counter[str]:
    states = Counter[str]()
    for one in moves["matrix"]:
        states[one[side]] += one["people"]
    return states


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


def apply(work: Work, *, now: datetime, by: str) -> None:
    """Put the compared change in force; refuse where the policies changed since they were compared."""
    if work.state != "done":
        raise RefusedError(_("The comparison is not done yet. Wait until it shows who moves, then apply."))
    with transaction.atomic():
        if applied_at(work):
            raise RefusedError(_("This change is applied already."))
        if digests() != work.result["digests"]:
            raise RefusedError(
                _("The policies in force changed since this comparison was made. Compare again, then apply.")
            )
        act, subject = _carry_out(work, now)
        Work.objects.filter(pk=work.pk).update(result=work.result | {"applied_at": now.isoformat()})
        details = {"moved": work.result["moves"]["moved"], "people": work.result["moves"]["people"]}
        audit.record(act, subject, now=now, actor=by, details=details)


def _carry_out(work: Work, now: datetime) -> tuple[str, str]:
    """Change the policies; return the act and its subject as the audit log has them."""
    name = work.result["policy"]
    if change_of(work) == REMOVE:
        uses.insist_on_none(name)
        arrangement.remove(name)
        return "policy removed", name
    if change_of(work) == ORDER_ANEW:
        return "policies ordered", ", ".join(arrangement.arrange(work.result["order"]))
    document, _written = editing.check(work.result["text"])
    policies.apply(document, now)
    return "policy applied", name
