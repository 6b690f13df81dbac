"""Where a message goes after a verdict or an attempt: pure decisions, done elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from relance.core.errors import ChannelError
from relance.delivery.channels.protocol import Kind, Outcome
from relance.delivery.ledger import Due, Transition
from relance.eligibility.verdicts import Block, Defer
from relance.outbox.models import State

_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=4)
_SHUT_WAIT = timedelta(minutes=1)


def after_verdict(due: Due, verdict: Defer | Block, now: datetime) -> Transition:
    """Return where a message goes that the gate stopped; a wait is a minute at least, so that no run spins."""
    if isinstance(verdict, Block):
        return Transition(due.id, State.BLOCKED, verdict.code)
    return Transition(due.id, State.DEFERRED, verdict.code, not_before=max(verdict.until, now + _SHUT_WAIT))


def after_attempt(due: Due, outcome: Outcome, now: datetime) -> Transition:
    """Return where a message goes that was offered to the channel."""
    match outcome.kind:
        case Kind.SENT:
            return Transition(due.id, State.SENT, tried=1, provider_id=outcome.provider_id)
        case Kind.DOUBTFUL:
            return Transition(due.id, State.UNKNOWN, outcome.reason, tried=1)
        case Kind.UNTRIED:
            return Transition(due.id, State.READY, outcome.reason)
        case Kind.SHUT:
            return after_closed_door(due, ChannelError(outcome.reason, permanent=False), now)
        case Kind.LATER:
            return _put_off(due, outcome, now)
    return Transition(due.id, State.FAILED, outcome.reason or outcome.kind.value, tried=1)


def _put_off(due: Due, outcome: Outcome, now: datetime) -> Transition:
    """Return when a message is offered again; after the last attempt it failed."""
    tries = due.attempt + 1
    if tries >= settings.RELANCE.send_attempts:
        return Transition(due.id, State.FAILED, f"gave_up after {tries} attempts: {outcome.reason}", tried=1)
    wait = min(_FIRST_WAIT * 2**due.attempt, _LONGEST_WAIT)
    return Transition(due.id, State.DEFERRED, outcome.reason, not_before=now + wait, tried=1)


def after_closed_door(due: Due, error: ChannelError, now: datetime) -> Transition:
    """Return where a message goes that the channel could not even try: it waits, and the attempt does not count."""
    return Transition(due.id, State.DEFERRED, f"channel_shut: {error}", not_before=now + _SHUT_WAIT)
