"""Whether a criterion holds for a person: yes, no, or nobody can tell; and when that turned so."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from relance.dormancy.cadence import seconds
from relance.dormancy.criteria import Criterion
from relance.dormancy.features import exposed_name, first_name, heard_of, opens_known
from relance.intake import coverage
from relance.rules import Context, moments

DAY = 86_400


def truth(criterion: Criterion, context: Context) -> ir.BooleanValue:
    """Return whether the criterion holds.

    A silence is false when something was heard or it is too early; a count is true when it is reached. NULL where
    nobody could tell: not covered, not exposed, or opens of a person who did not consent to their being looked at.
    """
    if criterion.event:
        return _repeated(criterion, context)
    person, start = context.person, moments.before(criterion.duration)
    heard = ibis.or_(*(_heard(last, criterion, start) for last in heard_of(criterion, person)))
    early = (begun(criterion, person) > start).fill_null(True)  # NULL: she never did what it counts from
    known = _covered(criterion, context)
    if criterion.exposed_to is not None:
        known = known & (received(criterion, person) >= criterion.exposed_to.count.gte)
    if criterion.reads_opens:
        known = known & opens_known(person)
    return ibis.ifelse(heard | early, False, ibis.ifelse(known, True, ibis.null("boolean")))


def began(criterion: Criterion, context: Context) -> ir.IntegerValue:
    """Return the second at which the silence of a criterion began, or its last sign; NULL where it does not concern her."""
    person = context.person
    signs = [seconds(last).fill_null(0) for last in heard_of(criterion, person)]
    last = ibis.greatest(*signs) if len(signs) > 1 else signs[0]
    if criterion.event:
        return last.nullif(0)
    beginning = seconds(begun(criterion, person))
    if criterion.never:
        return ibis.ifelse(last > 0, last, beginning)
    return ibis.ifelse(last > beginning, last, beginning)


def turned(criterion: Criterion, holds: ir.BooleanValue, began: ir.IntegerValue) -> ir.IntegerValue:
    """Return about the second at which a criterion that holds came true; for one that does not, that of the last sign.

    To order criteria by; months count their mean length here (the calendar costs a second per million people).
    """
    if criterion.event:
        return began
    return ibis.ifelse(holds.fill_null(False), began + round(criterion.duration.days * DAY), began)


def begun(criterion: Criterion, person: ir.Table) -> Any:
    """Return when a person's time under a criterion began: the day first seen, or the first of what it counts from."""
    return person[first_name(criterion.after)] if criterion.after else person.first_seen_at


def received(criterion: Criterion, person: ir.Table) -> ir.IntegerValue:
    """Return how much a person received of what a criterion's silence is an answer to."""
    if criterion.exposed_to is None:
        return ibis.literal(0)
    window = criterion.exposed_to.within or criterion.duration
    return person[exposed_name(criterion.exposed_to.event, window, criterion.channel)].fill_null(0)


def _heard(last: Any, criterion: Criterion, start: Any) -> Any:
    return last.notnull() if criterion.never else (last > start).fill_null(False)


def _repeated(criterion: Criterion, context: Context) -> ir.BooleanValue:
    """Return whether something happened so often; NULL where some of it may not have been told."""
    times = context.person[exposed_name(str(criterion.event), criterion.duration, criterion.channel)].fill_null(0)
    often = times >= (criterion.count.gte if criterion.count else 1)
    return ibis.ifelse(often, True, ibis.ifelse(_covered(criterion, context), False, ibis.null("boolean")))


def _covered(criterion: Criterion, context: Context) -> ir.BooleanValue:
    """Return whether some source told of the criterion's types over the person's whole window; of `never`, all her time.

    What the types of one list need is said in `coverage.since`.
    """
    since = coverage.since(context.covered, criterion.types)
    if since is None:
        return ibis.literal(False)
    if criterion.never:
        return context.person.first_seen_at >= moments.at(since)
    beginning = begun(criterion, context.person)
    reaches = moments.before(criterion.duration) >= moments.at(since)
    return ((beginning >= moments.at(since)) | reaches).fill_null(False)
