"""The judgement: strengths, weaknesses, opportunities and threats of a start, its risk, and what to do."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.db import transaction

from relance.eligibility import forecast, permission
from relance.eligibility.breaker import counting, openings
from relance.eligibility.ramp import foreseeing
from relance.eligibility.ramp import plan as ramps
from relance.journeys import definition, senders, tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.models import Version
from relance.measurement import before, launch_hours
from relance.measurement.base_rate import Base
from relance.measurement.before import Expected
from relance.measurement.intervals import Interval, exact
from relance.measurement.preflight import audience, results, surroundings
from relance.measurement.preflight.audience import Audience, Sender
from relance.measurement.preflight.results import Results
from relance.measurement.sender import examination

Side = Literal["strength", "weakness", "opportunity", "threat"]
Level = Literal["note", "warning", "blocking"]
Advice = Literal["go", "slower", "not_now"]

NEVER_CLICKED_MANY = 0.5  # share of those written to of late from which it is worth a word
OLD_MANY, OLD_MOST = 0.25, 0.5  # shares of addresses silent for a year from which it is a weakness, and a grave one
DORMANT_MOST = 0.5  # share of dormant people from which a journey is a reactivation in all but name
UNVERIFIED_MANY, ROLE_MANY = 0.2, 0.05
PAST = timedelta(days=1)  # how long after its hour a start may still be judged
JUMP = 3.0  # times the usual day from which the first days are a jump


@dataclass(frozen=True)
class Finding:
    """One thing that speaks for or against the start: `words` says it; `details` are the numbers it rests on."""

    side: Side
    level: Level
    code: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """What can be said before a journey starts at an instant."""

    journey: str
    version: int
    start: datetime
    findings: tuple[Finding, ...]
    advice: Advice
    next_start: datetime | None  # the next good start, where the calendar speaks against this one
    ramp: ramps.Plan
    messages: int  # expected, of the whole journey if everybody got every message
    cost: Decimal
    bounces: Interval | None  # expected share of hard bounces, from what came back of late
    audience: Audience
    sender: Sender
    effect: float | None  # the smallest difference that the groups can show
    results: Results
    held_back: int | None
    volumes: Mapping[str, int] = field(default_factory=dict)  # the messages by channel

    @property
    def blocking(self) -> list[Finding]:
        """What a named person must override with a reason before the journey may start."""
        return [one for one in self.findings if one.level == "blocking"]

    @property
    def risk(self) -> Literal["low", "medium", "high"]:
        """The risk level: high where something blocks, medium from two warnings on."""
        warned = sum(one.level == "warning" for one in self.findings)
        return "high" if self.blocking else "medium" if warned > 1 else "low"


def judge(
    version: Version, start: datetime, now: datetime, *, canary: int = 300, drawn: ramps.Drawn | None = None
) -> Judgement:
    """Return the judgement of a published version's start at `start`; reads, and writes nothing.

    `drawn` is the ramp of a plan whose canary is drawn: it has fewer people where the gate lets few through at that hour.
    """
    written = definition.of(version)
    with transaction.atomic():
        seen = audience.gather(version, start, now)
        brought = results.expected(version, audience.treated(), start=start, now=now)
    own = audience.sender(now, senders.of_version(version).domain)
    allowance = ramps.allowance(own.largest_days)
    sends = len(tree.sends(written.nodes))
    people = seen.people if sends else {}  # what sends nothing needs no ramp
    ramp = foreseeing.work_out(people, start, now, canary=canary, allowance=allowance, drawn=drawn)
    volumes = _volumes(version, written, seen)
    money = forecast.forecast(volumes, now, journey=written.journey)
    expected = before.expected(written.journey, now, brought.natural)
    findings = (
        *_past(start, now), *_calendar(written, start, seen), *_after_window(written, start, now, ramp), *_audience(seen, sends),
        *(_sender(own, seen, version) if sends else ()), *_volume(own, ramp), *_design(written, seen, expected),
        *_around(version, written, start, seen), *_money(money),
    )  # fmt: skip
    return Judgement(
        journey=written.journey, version=version.number, start=start, findings=findings, advice=_advice(findings),
        next_start=_next_start(written, start, now, ramp), ramp=ramp, messages=sum(volumes.values()), cost=money.cost,
        bounces=exact(own.hard_bounce, own.sent) if own.sent else None, audience=seen, sender=own,
        effect=expected.smallest_effect, results=brought, held_back=expected.held_back,
        volumes=volumes,
    )  # fmt: skip


def _advice(findings: tuple[Finding, ...]) -> Advice:
    if any(one.level == "blocking" for one in findings):
        return "not_now"
    return "slower" if sum(one.level == "warning" for one in findings) > 1 else "go"


def _next_start(written: JourneyDefinition, start: datetime, now: datetime, ramp: ramps.Plan) -> datetime | None:
    """Return the start to choose instead where this one is over, or the calendar speaks against it or cuts the ramp off."""
    if start >= now - PAST:
        return launch_hours.better(written, start, now, ramp.days_after)
    found = launch_hours.good_hour(written, now, ramp.days_after)
    return found if launch_hours.window(written, found).fits else None


def _volumes(version: Version, written: JourneyDefinition, seen: Audience) -> dict[str, int]:
    """Return the messages by channel if everybody reachable got each one: the most there can be.

    Where a message may leave by several, each person's is by the one that would be chosen at the start.
    """
    found: Counter[str] = Counter()
    for _, send in tree.sends(written.nodes):
        ways = seen.ways.get(send.id)
        found.update({send.ways(version)[0]: seen.reachable} if ways is None else ways)
    return dict(found)


def _past(start: datetime, now: datetime) -> Iterator[Finding]:
    """A start that is over: who was silent then, and what the calendar said, tells nothing of a start to come."""
    if start < now - PAST:
        yield Finding("threat", "blocking", "start_past", {"start": start})


def _calendar(written: JourneyDefinition, start: datetime, seen: Audience) -> Iterator[Finding]:
    """The commercial calendar, for reactivations; and for another purpose, where most of its people are dormant."""
    if not tree.sends(written.nodes):
        return
    if not written.reactivates:
        yield from _not_held_back(written, start, seen)
        return
    found = launch_hours.window(written, start)
    if found.fits:
        yield Finding("opportunity", "note", "calendar_free", {"days": found.days})
        return
    if found.never:
        yield _no_window(found.days, start)
        return
    label = {language: found.period.label(language) if found.period else "" for language in ("en", "fr")}
    yield Finding(
        "threat", "blocking", "commercial_period", {"period": label, "until": found.until, "days": found.days}
    )


def _not_held_back(written: JourneyDefinition, start: datetime, seen: Audience) -> Iterator[Finding]:
    """Commercial mails to dormant people within a commercial period, which the gate holds back of reactivations alone."""
    if not written.commercial or not seen.reachable or seen.dormant / seen.reachable < DORMANT_MOST:
        return
    met = launch_hours.met(written, start)
    if met is not None:
        period = {language: met.blamed(start).label(language) for language in ("en", "fr")}
        share = {"people": seen.dormant, "share": seen.dormant / seen.reachable}
        yield Finding("threat", "warning", "period_not_held_back", {"period": period, "until": met.ends_at, **share})


def _no_window(days: int, start: datetime) -> Finding:
    """A journey that no stretch between two commercial periods holds: nobody would ever enter."""
    longest = launch_hours.longest(start)
    if longest is None:
        return Finding("threat", "blocking", "no_window_at_all", {"days": days})
    known = {"longest": longest.days, "first": longest.first, "last": longest.last, "over": days - longest.days}
    return Finding("threat", "blocking", "no_window", {"days": days, **known})


def _after_window(written: JourneyDefinition, start: datetime, now: datetime, ramp: ramps.Plan) -> Iterator[Finding]:
    """Steps of the ramp that come too late for all their sends to leave before the next commercial period."""
    found = launch_hours.holding(written, start) if written.reactivates else None
    if found is None or found.period is None:
        return
    late = sum(step.people for step in ramp.steps if step.day > found.latest_start.date())
    if late:
        period = {language: found.period.label(language) for language in ("en", "fr")}
        details = {"people": late, "days": ramp.days, "latest": found.latest_start, "period": period}
        held = launch_hours.better(written, start, now, ramp.days_after)
        code = "ramp_after_window" if held else "ramp_after_every_window"
        yield Finding("threat", "warning", code, details | ({"start": held} if held else {}))


def _audience(seen: Audience, sends: int = 1) -> Iterator[Finding]:
    """What the addresses tell."""
    if seen.entrants and seen.entrants == seen.control:
        yield Finding("weakness", "blocking", "all_control", {"entrants": seen.entrants})
        return
    if not sends:
        yield Finding("weakness", "note", "no_send")
    if not seen.reachable and (sends or not seen.entrants):
        yield Finding("weakness", "blocking", "nobody", {"entrants": seen.entrants})
    if not seen.reachable or not sends:
        return
    old = seen.old / seen.reachable
    values = {"share": old, "people": seen.old}
    if old >= OLD_MOST:
        yield Finding("weakness", "warning", "mostly_old", values)
    elif old >= OLD_MANY:
        yield Finding("weakness", "note", "many_old", values)
    else:
        yield Finding("strength", "note", "few_old", values)
    if seen.unverified / seen.reachable >= UNVERIFIED_MANY:
        yield Finding(
            "weakness", "warning", "unverified", {"people": seen.unverified, "share": seen.unverified / seen.reachable}
        )
    if seen.role / seen.reachable >= ROLE_MANY:
        yield Finding("weakness", "note", "role", {"people": seen.role, "share": seen.role / seen.reachable})
    if seen.doubtful:
        yield Finding("weakness", "note", "doubtful", {"people": seen.doubtful})
    silent = seen.never_clicked / seen.delivered_before if seen.delivered_before else 0.0
    if silent >= NEVER_CLICKED_MANY:
        counts = {"people": seen.never_clicked, "written_to": seen.delivered_before, "days": seen.answer_days}
        yield Finding("weakness", "note", "never_clicked", {**counts, "share": silent})


def _sender(own: Sender, seen: Audience, version: Version) -> Iterator[Finding]:
    """What the sender's own last sends, the outside and the breaker tell."""
    limit = foreseeing.strictest(sorted({name for counts in seen.people.values() for name in counts}))
    if own.sent:
        rate = exact(own.hard_bounce, own.sent)
        details = {
            "rate": own.hard_bounce / own.sent,
            "low": rate.low,
            "high": rate.high,
            "limit": limit,
            "sent": own.sent,
        }
        if own.hard_bounce / own.sent > limit:
            yield Finding("threat", "blocking", "bounces_over", details)
        elif rate.high > limit:
            yield Finding("threat", "note", "bounces_unsure", details)
        else:
            yield Finding("strength", "note", "bounces_under", details)
    else:
        yield Finding("weakness", "warning", "never_sent", {"limit": limit})
    blind = sorted({n for counts in seen.people.values() for n in counts if not counting.tells_of_complaints(n)})
    if blind:
        yield Finding("threat", "note", "blind", {"providers": blind})
    domain = senders.of_version(version).domain
    if stops := openings.of_journey(version.journey_id, domain):
        yield Finding("threat", "blocking", "breaker_open", {"count": len(stops)})
    yield from _outside(domain)


def _outside(domain: str) -> Iterator[Finding]:
    last = examination.latest(domain)
    if last is None:
        yield Finding("weakness", "note", "sender_unexamined")
        return
    listed = [one for one in last.findings if one.code == "listed"]
    faults = [one for one in last.findings if one.level == "fault" and one.code != "listed"]
    if listed:
        yield Finding("threat", "blocking", "listed", {"zones": sorted({str(one.values["zone"]) for one in listed})})
    if faults:
        yield Finding("weakness", "warning", "sender_faults", {"count": len(faults)})
    if not listed and not faults:
        yield Finding("strength", "note", "sender_in_order", {"at": last.at})


def _volume(own: Sender, ramp: ramps.Plan) -> Iterator[Finding]:
    """How the plan's largest day stands beside the usual one, and what it leaves to trust."""
    largest = max((step.people for step in ramp.steps), default=0)
    if own.usual_day and largest > JUMP * own.usual_day:
        yield Finding("weakness", "warning", "jump", {"largest": largest, "usual": math.ceil(own.usual_day)})
    if ramp.steps:
        proof = math.ceil(ramp.sends_to_prove)
        code = "provable" if ramp.people >= proof else "too_small_to_prove"
        side: Side = "opportunity" if code == "provable" else "weakness"
        yield Finding(
            side, "note", code, {"proof": proof, "people": ramp.people, "trust": ramp.on_trust, "limit": ramp.limit}
        )


def _design(written: JourneyDefinition, seen: Audience, expected: Expected) -> Iterator[Finding]:
    """What the journey will let one learn, and whether its offer is one."""
    if not written.holdout:
        yield Finding("weakness", "warning", "no_control_group")
    elif expected.smallest_effect is not None:
        yield _shown_by(seen.control, expected.smallest_effect, expected.base)
    sends = tree.sends(written.nodes)
    if sends and all(len(send.subjects) < 2 for _, send in sends):
        yield Finding("opportunity", "note", "no_test")


def _shown_by(people: int, effect: float, alone: Base) -> Finding:
    """What a control group can show: hardly anything, where as many again as come back by themselves would go unseen."""
    details = {"people": people, "effect": effect}
    if effect > alone.rate:
        assumed = {"en": " (assumed)", "fr": " (supposé)"} if alone.assumed else {"en": "", "fr": ""}
        return Finding("weakness", "note", "control_group_small", {**details, "share": alone.rate, "assumed": assumed})
    return Finding("strength", "note", "control_group", details)


def _around(version: Version, written: JourneyDefinition, start: datetime, seen: Audience) -> Iterator[Finding]:
    """The team's other sends in those days, and the opt-outs of the former tool."""
    span = definition.sends_span(written) + timedelta(days=1)
    found = surroundings.other_sends(version.journey_id, start, start + span)
    if found.messages:
        yield Finding("threat", "note", "other_sends", {"messages": found.messages, "journeys": found.journeys})
    if seen.elsewhere.people:
        names = {
            "en": ", ".join(f"“{one['en']}”" for one in seen.elsewhere.titles),
            "fr": ", ".join(f"« {one['fr']} »" for one in seen.elsewhere.titles),
        }
        details = {"people": seen.elsewhere.people, "journeys": names}
        yield Finding("threat", "warning", "in_other_journeys", details)
    if found.launches:
        yield Finding("threat", "warning", "team_busy", {"launches": found.launches})
    for code in surroundings.open_offers(version, start):
        yield Finding("weakness", "warning", "offer_open_to_all", {"code": code})
    if not permission.opt_outs_known():
        yield Finding("threat", "blocking", "opt_outs_unknown")


def _money(money: forecast.Forecast) -> Iterator[Finding]:
    short = [one.name for one in money.ceilings if one.after < 0]
    if short:
        yield Finding("weakness", "warning", "budget_short", {"budgets": short})
