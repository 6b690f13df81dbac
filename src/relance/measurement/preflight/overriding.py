"""Starting in spite of a blocking finding: a named person, a reason, kept in the audit log; the gate still judges each message."""

from __future__ import annotations

from datetime import datetime

from relance.core import audit
from relance.core.errors import RefusedError
from relance.core.models import AuditEntry
from relance.measurement.preflight.judging import Judgement

ACTION = "override pre-flight"
LEAST = 10  # characters of a reason
# Law, and arithmetic.
FINAL = frozenset({"opt_outs_unknown", "nobody", "all_control", "start_past", "no_window", "no_window_at_all"})


def override(judgement: Judgement, *, by: str, reason: str, now: datetime) -> None:
    """Keep that `by` starts in spite of what blocks. Errors: RefusedError without a name, a reason, or anything that blocks."""
    if not by.strip():
        raise RefusedError("Starting in spite of a blocking finding needs the name of who decides it.")
    if len(reason.strip()) < LEAST:
        raise RefusedError("Say in a sentence why the journey starts in spite of what blocks it.")
    if not judgement.blocking:
        raise RefusedError("Nothing blocks this start, so there is nothing to override.")
    codes = {one.code for one in judgement.blocking}
    if "opt_outs_unknown" in codes:
        raise RefusedError(
            "This cannot be overridden: the opt-outs of the former tool have to be in, or a person declares that there are none."
        )
    if "start_past" in codes:
        raise RefusedError("This cannot be overridden: the start lies in the past. Choose an hour to come.")
    if {"no_window", "no_window_at_all"} & codes:
        raise RefusedError(
            "This cannot be overridden: no stretch between commercial periods holds all the sends, so nobody would ever enter. "
            "Shorten the journey."
        )
    if "nobody" in codes:
        raise RefusedError("This cannot be overridden: nobody would get the first message.")
    details: dict[str, object] = {
        "version": judgement.version, "start": judgement.start.isoformat(), "reason": reason.strip(),
        "findings": sorted(codes),
    }  # fmt: skip
    audit.record(ACTION, judgement.journey, now=now, actor=by.strip(), details=details)


def overridden(judgement: Judgement) -> AuditEntry | None:
    """Return the latest override of this start that covers everything that blocks it now; None where there is none."""
    wanted = {one.code for one in judgement.blocking}
    entries = of_start(judgement.journey, judgement.version, judgement.start)
    return next((entry for entry in entries if wanted <= set(entry.details["findings"])), None)


def of_start(journey: str, version: int, start: datetime) -> list[AuditEntry]:
    """Return the overrides of a version's start, the latest first."""
    told = {"version": version, "start": start.isoformat()}
    found = AuditEntry.objects.filter(action=ACTION, subject=journey, details__contains=told)
    return list(found.order_by("-at", "-pk"))


def covered(journey: str, version: int, start: datetime) -> set[str]:
    """Return the codes of the findings that somebody overrode for this start."""
    return {code for entry in of_start(journey, version, start) for code in entry.details["findings"]}
