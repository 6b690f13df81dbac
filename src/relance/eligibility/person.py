"""Who the person is and whether the message still makes sense for them."""

from __future__ import annotations

from datetime import datetime

from relance.contacts.models import OPT_OUTS, STOPS_ADDRESS
from relance.eligibility.facts import Facts
from relance.eligibility.rules import Rules
from relance.eligibility.verdicts import Block, Verdict, moment

COMPLETED = "completed"  # end of an enrolment that came to its last step: what that step sent is still wanted


def suppressed(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Block who is on the suppression list."""
    for reason, since in facts.suppressions or ():
        if facts.purpose != "transactional" or not opted_out(reason):
            return Block("suppressed", {"reason": reason, "since": since})
    return None


def opted_out(reason: str) -> bool:
    """Tell whether a suppression is an opt-out of marketing alone."""
    return reason in OPT_OUTS


def state(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Block who is erased, cannot be reached, or must not be written to for what they are."""
    if facts.erased:
        return Block("erased")
    if facts.contact_point_id is None and not facts.posted:
        return Block("no_address", {"channel": facts.channel})
    if facts.address_valid is False or facts.address_reason in STOPS_ADDRESS:
        return Block("address_invalid", {"channel": facts.channel, "reason": facts.address_reason or ""})
    return _commercial_state(facts, now, rules) if facts.commercial else None


def _commercial_state(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    if facts.objected and facts.purpose == "reactivation":
        return Block("objected")
    if facts.paused_until is not None and facts.paused_until > now:
        return Block("paused", {"until": day(facts.paused_until)})
    if facts.last_contact_at is not None and facts.last_contact_at <= rules.kept_since:
        return Block("retention_due", {"since": day(facts.last_contact_at)})
    if facts.unreachable:
        return Block("unreachable")
    if facts.out_of_target:
        return Block("out_of_target")
    return _silent(facts)


def _silent(facts: Facts) -> Verdict | None:
    """Block e-mail to whom it is sent in vain; the setting stop_unopened_days says from when on."""
    if facts.unopened_since is None or facts.channel != "email":
        return None
    return Block("unopened", {"since": facts.unopened_since.isoformat()})


def timely(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Block what came to its end without this message, or is stale."""
    if facts.met_at is not None:
        return _met(facts, facts.met_at)
    if facts.enrolment_ended_at is not None and facts.end_reason != COMPLETED:
        return Block("enrolment_ended", {"since": day(facts.enrolment_ended_at), "reason": facts.end_reason or ""})
    return Block("expired", {"since": moment(facts.expires_at)}) if facts.expires_at <= now else None


def _met(facts: Facts, at: datetime) -> Verdict:
    """Block for what happened since entry: the goal, or something that ends the journey."""
    if facts.met_goal:
        return Block("goal_reached", {"since": day(at)})
    return Block("enrolment_ended", {"since": day(at), "reason": facts.met_type or ""})


def day(at: datetime) -> str:
    """Return the day people read."""
    return moment(at)[:10]
