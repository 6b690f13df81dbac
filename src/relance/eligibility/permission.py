"""Who may be written to: purpose, channel and legal basis; and whether the former tool's opt-outs are in."""

from __future__ import annotations

from datetime import datetime

from relance.contacts import matrix
from relance.contacts.matrix import TRACKING, Person
from relance.core import audit, database
from relance.core.errors import InputError
from relance.eligibility.facts import LATEST, Facts
from relance.eligibility.person import day, opted_out
from relance.eligibility.rules import Rules
from relance.eligibility.verdicts import Block, Verdict
from relance.intake.models import OptOutDeclaration

ANY = "none"  # the row of the matrix that needs no permission


def judge(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Block what the person did not permit; what is not known is not permitted.

    A transactional message rests on the contract and needs nothing else; a notice is information that is owed, and
    stops only at a withdrawal.
    """
    if facts.commercial:
        return _consent(facts, facts.purpose, now, rules) if rules.opt_outs_known else Block("opt_outs_unknown")
    if (ANY, facts.channel, facts.purpose) not in rules.cells:
        return Block("channel_unfit", {"purpose": facts.purpose, "channel": facts.channel})
    if facts.purpose == "notice" and facts.consent_given is False:
        return _withdrawn(facts)
    return None


def may_advertise(facts: Facts, now: datetime, rules: Rules) -> bool:
    """Tell whether a transactional message may carry a block that sells: only with a permission to market."""
    return (
        rules.opt_outs_known
        and not facts.objected
        and not any(opted_out(reason) for reason, _ in facts.suppressions or ())
        and _consent(facts, "promotion", now, rules) is None
    )


def _consent(facts: Facts, purpose: str, now: datetime, rules: Rules) -> Verdict | None:
    if facts.consent_given is None:
        return Block("permission_unknown", {"channel": facts.channel})
    if not facts.consent_given:
        return _withdrawn(facts)
    if facts.consent_expires_at is not None and facts.consent_expires_at <= now:
        return Block("permission_expired", {"channel": facts.channel, "since": day(facts.consent_expires_at)})
    basis = facts.consent_basis or ""
    needs = rules.cells.get((basis, facts.channel, purpose), ())
    if "" in needs or any(_person(facts).meets(one) for one in needs):
        return None
    if "sale" in needs:
        return Block("no_sale", {"channel": facts.channel})
    return Block("permission_insufficient", {"basis": basis, "purpose": purpose, "channel": facts.channel})


def _person(facts: Facts) -> Person:
    """Return what cells ask of the person; a contract in the ledger runs until it expires."""
    return Person(facts.kind, facts.bought, facts.consent_basis == "contract")


def _withdrawn(facts: Facts) -> Verdict:
    since = day(facts.consent_at) if facts.consent_at else ""
    if not facts.consent_basis:  # an imported file says no of somebody who never said yes: nothing was withdrawn
        return Block("permission_refused", {"channel": facts.channel, "since": since})
    return Block("permission_withdrawn", {"channel": facts.channel, "since": since})


def permits(basis: str, purpose: str, channel: str, person: Person, now: datetime) -> bool:
    """Tell whether a legal basis allows a purpose on a channel to such a person."""
    return matrix.permits(matrix.cells(now), (basis, channel, purpose), person)


def opted_in(contact: str, at: str, topic: str, channel: str = "") -> str:
    """Return the SQL that is true where a person's last word on a topic is a yes of their own that has not run out.

    Contact, instant and topic are SQL themselves; without a channel a word on any channel counts.
    """
    there = f" AND channel = '{channel}'" if channel else ""
    return f"""coalesce((
        SELECT given AND basis = 'opt_in' AND (expires_at IS NULL OR expires_at > {at}) FROM consent
        WHERE consent.contact_id = {contact} AND topic = {topic} AND at <= {at}{there} ORDER BY {LATEST} LIMIT 1
    ), false)"""


def tracked(contact: str, at: str) -> str:
    """Return the SQL that is true where a person consented to having opens read: a topic that mailing consent never implies.

    CNIL, deliberation 2026-042; withdrawing it leaves the permission to write as it was, and the other way round.
    """
    return opted_in(contact, at, f"'{TRACKING}'")


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
