"""Whether now is the right moment: commercial periods, lawful and quiet hours, calls, the person's own best hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from relance.eligibility.calendar import comeback
from relance.eligibility.calendar.days import DAY, local_day, midnight
from relance.eligibility.facts import Facts
from relance.eligibility.moment.lawful import Line
from relance.eligibility.moment.moments import Moment
from relance.eligibility.rules import Rules
from relance.eligibility.verdicts import Defer, Verdict, moment

SLOT = timedelta(hours=3)  # what a best hour stands for
PATIENCE = timedelta(days=1)  # how long a message waits for it at most


def commercial_period(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Defer a reactivation while a commercial period of the contact's country keeps inboxes full."""
    if facts.purpose != "reactivation":
        return None
    pause = rules.moment.pause(facts, now)
    if pause is None:
        return None
    until = rules.moment.settled(facts, rules.moment.back(facts, pause))
    return Defer(until, "commercial_period", {"period": pause.period.name})


def hours(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Defer what would reach a person in quiet hours, or at an hour the law closes to the channel."""
    opening = rules.moment.next_open(facts, now)
    if opening <= now:
        return None
    until = rules.moment.settled(facts, opening)
    zone = rules.moment.zones(facts)[0].key
    if rules.moment.line(facts) is None:
        return Defer(until, "quiet_hours", {"zone": zone})
    return Defer(until, "legal_hours", {"zone": zone, "channel": facts.channel})


def calls(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Defer a call to a person who refused one lately, or was called often enough; days are those of the calendar."""
    if facts.channel != "phone" or facts.purpose == "transactional":
        return None
    line = rules.moment.line(facts)
    return _refused(facts, now, rules.moment, line) or _often(facts, now, rules.moment, line) if line else None


def best_hour(facts: Facts, now: datetime, rules: Rules) -> Verdict | None:
    """Defer a mail or push to the hours the person is most often seen in, a day at most, where the step or setting asks."""
    here = rules.moment
    asked = here.step(facts).best_hour
    if facts.best_hour is None or not (here.best_hour if asked is None else asked):
        return None
    if facts.purpose == "transactional" or facts.channel not in {"email", "push"}:
        return None
    until = _at_best(facts, now, here, facts.best_hour, (facts.created_at or now) + PATIENCE)
    return None if until is None else Defer(until, "best_hour")


def _at_best(facts: Facts, now: datetime, here: Moment, hour: int, latest: datetime) -> datetime | None:
    """Return when the message leaves in its person's hours; None where it may go now, or they come too late."""
    start = now.astimezone(UTC).replace(hour=hour, minute=0, second=0, microsecond=0)
    if any(start + shift <= now < start + shift + SLOT for shift in (-DAY, timedelta())):
        return None
    start += DAY if start <= now else timedelta()
    spread = start + SLOT * comeback.share(f"best/{facts.message_id}") * 0.9
    for chosen in (spread, start):
        until = here.settled(facts, chosen)
        if until <= latest and until < start + SLOT:
            return until
    return None


def _refused(facts: Facts, now: datetime, here: Moment, line: Line) -> Verdict | None:
    if facts.refused_at is None or not line.pause_after_refusal:
        return None
    over = _after(facts.refused_at, line.pause_after_refusal + 1, facts, here)
    if over <= now:
        return None
    details = {"since": moment(facts.refused_at)[:10], "days": str(line.pause_after_refusal)}
    return Defer(here.settled(facts, over), "call_refused", details)


def _often(facts: Facts, now: datetime, here: Moment, line: Line) -> Verdict | None:
    if line.most is None:
        return None
    ends = sorted(end for call in facts.calls if (end := _after(call, line.most.days, facts, here)) > now)
    if len(ends) < line.most.calls:
        return None
    details = {"count": str(line.most.calls), "days": str(line.most.days)}
    return Defer(here.settled(facts, ends[-line.most.calls]), "calls", details)


def _after(at: datetime, days: int, facts: Facts, here: Moment) -> datetime:
    """Return the midnight so many local days after the day of an instant."""
    zone = here.zones(facts)[0]
    return midnight(local_day(at, zone) + days * DAY, zone).astimezone(UTC)
