"""The linter: what a journey's text alone shows to be wrong or unwise. `installation` checks what it refers to."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from relance.contacts.matrix import AUDIENCE, MARKETING, TRACKING
from relance.journeys import conditions, definition, tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.findings import Finding, found
from relance.journeys.steps import Branch, Node, Send

RESERVED = frozenset({AUDIENCE, TRACKING})  # topics that no message is of


def review(journey: JourneyDefinition, now: datetime) -> list[Finding]:
    """Return all that is found in the definition, errors first."""
    findings = [finding for check in CHECKS for finding in check(journey, now)]
    return sorted(findings, key=lambda finding: finding.level)


def _ends(journey: JourneyDefinition, now: datetime) -> Iterator[Finding]:
    """A reactivation ends in sunset or exit on every way, and leaves time to answer its last message."""
    reachable = tree.elapsed(journey.nodes)
    for node in journey.nodes.values():
        if node.position not in reachable:
            yield found("never_reached", node)
        elif journey.reactivates and None in node.successors:
            yield found("no_sunset", node)
        elif journey.reactivates and isinstance(node.step, Send) and _ends_at_once(journey, node):
            yield found("dead_end", node)


def _ends_at_once(journey: JourneyDefinition, send: Node) -> bool:
    """Tell whether a way leads from the message to the end of the journey without a wait or another message."""
    pending, seen = [*send.successors], set[str]()
    while pending:
        position = pending.pop()
        if position is None or position in seen:
            continue
        seen.add(position)
        node = journey.nodes[position]
        if node.step.ends:
            return True
        if not node.step.holds and not isinstance(node.step, Send):
            pending += node.successors
    return False


def _waits(journey: JourneyDefinition, now: datetime) -> Iterator[Finding]:
    """Waits lead somewhere, and not past the legal clock; messages have one between them."""
    limit = timedelta(days=settings.RELANCE.legal_years * 365.25)
    longest = tree.elapsed(journey.nodes)
    for node in journey.nodes.values():
        start = longest.get(node.position, timedelta(0))
        if node.step.holds and node.following is None:
            yield found("wait_before_nothing", node)
        if node.step.holds and start <= limit < start + node.step.longest:
            yield found("wait_too_long", node, years=settings.RELANCE.legal_years)


def _together(journey: JourneyDefinition, now: datetime) -> Iterator[Finding]:
    """Two messages do not leave at the same moment."""
    fresh: set[str | None] = set()  # positions one may reach straight after a message
    for node in journey.nodes.values():
        if isinstance(node.step, Send):
            if node.position in fresh:
                yield found("sends_together", node)
            fresh.update(node.successors)
        elif node.position in fresh and not node.step.holds:
            fresh.update(node.successors)


def _ids(journey: JourneyDefinition, now: datetime) -> Iterator[Finding]:
    """Each step has an id of its own."""
    counts = Counter(node.step.name for node in journey.nodes.values() if node.step.name)
    for node in journey.nodes.values():
        if counts[node.step.name] > 1:
            yield found("duplicate_step", node, ("send", "id"), name=node.step.name)


def _conditions(journey: JourneyDefinition, now: datetime) -> Iterator[Finding]:
    """Branches ask about messages sent before them, and about events still at hand."""
    ids = {send.id: node.position for node, send in tree.sends(journey.nodes)}
    before = tree.before(journey.nodes)
    for node in journey.nodes.values():
        for index, case in enumerate(node.step.cases if isinstance(node.step, Branch) else ()):
            place = ("branch", index, "when")
            if case.when is None:
                continue
            if not conditions.is_hot(case.when, now):
                yield found("looks_too_far_back", node, place, days=settings.RELANCE.hot_days)
            for name in sorted(conditions.step_ids(case.when)):
                if name not in ids:
                    yield found("unknown_step", node, place, name=name, known=", ".join(ids) or "none")
                elif ids[name] not in before[node.position]:
                    yield found("step_not_before", node, place, name=name)


def _offers(journey: JourneyDefinition, now: datetime) -> Iterator[Finding]:
    """Offers go to people who showed interest, and press nobody with what does not exist."""
    for node, send in tree.sends(journey.nodes):
        if send.offer is None:
            continue
        place, name = ("send", "offer"), send.offer.code
        if send.offer.urgency and not (send.offer.ends_on or send.offer.lasts or send.offer.stock):
            yield found("false_urgency", node, place, name=name)
        if send.offer.ends_on and send.offer.ends_on <= now.date():
            yield found("offer_over", node, place, name=name, ends=send.offer.ends_on)
        if not _after_interest(journey, node):
            yield found("offer_early", node)


def _topics(journey: JourneyDefinition, now: datetime) -> Iterator[Finding]:
    """A topic is one of consent to messages, where consent is asked for at all."""
    for node, send in tree.sends(journey.nodes):
        if send.topic in RESERVED:
            yield found("topic_reserved", node, ("send", "topic"), name=send.topic)
        elif send.topic != MARKETING and not journey.commercial:
            yield found("topic_needless", node, ("send", "topic"), name=send.topic)


def _channels(journey: JourneyDefinition, now: datetime) -> Iterator[Finding]:
    """Of the channels of a message some may not be built yet: they are passed over, which the reader is to know."""
    for node, send in tree.sends(journey.nodes):
        if waiting := [channel for channel in send.channel if channel not in send.leaving]:
            named, others = ", ".join(waiting), ", ".join(send.leaving)
            yield found("channel_not_built", node, ("send", "channel"), channel=named, others=others)


def _after_interest(journey: JourneyDefinition, node: Node) -> bool:
    """Tell whether the step stands in an arm that only people who did something take."""
    path = node.position.split(".")
    for depth in range(1, len(path), 2):
        branch = journey.nodes[".".join(path[:depth])].step
        when = branch.cases[int(path[depth])].when if isinstance(branch, Branch) else None
        if when is not None and conditions.shows_interest(when):
            return True
    return False


def _lengths(journey: JourneyDefinition, now: datetime) -> Iterator[Finding]:
    """The whole fits the time events stay at hand, and a passage is measured before the next begins."""
    length, again = definition.length(journey), journey.entry.again_after
    if length > timedelta(days=settings.RELANCE.hot_days):
        yield found("longer_than_hot", location=("steps",), length=length.days, days=settings.RELANCE.hot_days)
    window = definition.measured_at(journey, now) - now
    if again is not None and again.after(now) - now < window:
        yield found("again_too_soon", location=("entry", "again_after"), again=again, days=window.days)
    if journey.holdout == 0:
        yield found("no_holdout", location=("holdout",))


CHECKS = (_ends, _waits, _together, _ids, _conditions, _offers, _topics, _channels, _lengths)
