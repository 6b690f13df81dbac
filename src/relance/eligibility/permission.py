"""Who may be written to: purpose, channel and legal basis; and whether the former tool's opt-outs are in."""

from __future__ import annotations

from datetime import datetime

from relance.core import audit, database
from relance.core.errors import InputError
from relance.eligibility.facts import Facts
from relance.eligibility.person import day
from relance.eligibility.rules import Rules
from relance.eligibility.verdicts import Block, Verdict
from relance.intake.models import OptOutDeclaration

EVERY = frozenset({"email", "sms", "push", "postal", "phone"})
COMMERCIAL = frozenset({"reactivation", "promotion", "relationship"})

# What each legal basis allows: purposes, and the channels it holds for (CPCE art. L34-5; RULES, Law).
MATRIX: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "opt_in": (COMMERCIAL, EVERY),
    "existing_customer": (COMMERCIAL, frozenset({"email", "sms"})),
    "business": (COMMERCIAL, frozenset({"email"})),
    "contract": (frozenset(), EVERY),
}


def judge(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Block what the person did not permit; what is not known is not permitted.

    A transactional message rests on the contract and needs nothing else; a notice is information that is owed, and
    stops only at a withdrawal.
    """
    if facts.purpose == "transactional":
        return None
    if facts.purpose == "notice":
        return _withdrawn(facts) if facts.consent_given is False else None
    if not rules.opt_outs_known:
        return Block("opt_outs_unknown")
    return _consent(facts, now)


def _consent(facts: Facts, now: datetime) -> Verdict | None:
    if facts.consent_given is None:
        return Block("permission_unknown", {"channel": facts.channel})
    if not facts.consent_given:
        return _withdrawn(facts)
    if facts.consent_expires_at is not None and facts.consent_expires_at <= now:
        return Block("permission_expired", {"channel": facts.channel, "since": day(facts.consent_expires_at)})
    basis = facts.consent_basis or ""
    if permits(basis, facts.purpose, facts.channel, facts.kind):
        return None
    return Block("permission_insufficient", {"basis": basis, "purpose": facts.purpose, "channel": facts.channel})


def _withdrawn(facts: Facts) -> Verdict:
    since = day(facts.consent_at) if facts.consent_at else ""
    if not facts.consent_basis:  # an imported file says no of somebody who never said yes: nothing was withdrawn
        return Block("permission_refused", {"channel": facts.channel, "since": since})
    return Block("permission_withdrawn", {"channel": facts.channel, "since": since})


def permits(basis: str, purpose: str, channel: str, kind: str) -> bool:
    """Tell whether a legal basis allows a commercial purpose on a channel to a person of this kind."""
    purposes, channels = MATRIX.get(basis, (frozenset(), frozenset()))
    return purpose in purposes and channel in channels and (basis != "business" or kind == "b2b")


def opt_outs_known() -> bool:
    """Tell whether the former tool's opt-outs are in, or a named person declared that there are none."""
    return bool(
        database.rows(
            """
            SELECT EXISTS (SELECT 1 FROM opt_out_declaration)
                OR EXISTS (SELECT 1 FROM import_run WHERE kind = 'suppressions' AND state = 'done')
                OR EXISTS (SELECT 1 FROM import_run r JOIN consent c ON c.source_id = r.source_id AND NOT c.given
                           WHERE r.kind = 'consents' AND r.state = 'done')
            """
        )[0][0]
    )


def declare_no_opt_outs(by: str, note: str, now: datetime) -> None:
    """Write down that a named person declares that no opt-out exists outside this installation."""
    if not by.strip():
        raise InputError("A declaration needs the name of who makes it. Give it with --by NAME.")
    OptOutDeclaration.objects.create(by=by.strip(), at=now, note=note)
    audit.record("declared no opt-outs", "opt-outs", now=now, actor=by.strip(), details={"note": note})
