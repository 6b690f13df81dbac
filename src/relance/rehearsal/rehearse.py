"""A rehearsal: the very same stages, days in seconds, on a scratch copy with simulated people. Nothing leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from relance.core import database
from relance.core.errors import RefusedError
from relance.core.unchanged import unchanged
from relance.delivery.channels.simulated import Collected, collecting
from relance.dormancy import scoring
from relance.eligibility import commercial_calendar
from relance.eligibility.moment.checks import SLOT
from relance.events.schemas import STATE_CHANGED
from relance.intake import coverage, sources
from relance.journeys import conditions, definition, publishing
from relance.journeys.models import Version
from relance.journeys.steps.branch import Branch
from relance.journeys.steps.send import Send
from relance.measurement import experiments, health, limits, step_titles
from relance.measurement.figures import Result
from relance.rehearsal import forcing, people, promotions, scratch, toll
from relance.rehearsal.rates import Rates
from relance.segments import definitions as segments
from relance.segments.models import Segment
from relance.workers import stages

FLUSH_DAYS = 25
UNHEARD = frozenset({"hits"})  # what the network tells: invented people answer by themselves
APART = timedelta(hours=6)  # between two moments of a day: what falls due meanwhile waits for the next
Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Options:
    """What is rehearsed: a journey, from when, for how long, with which people."""

    journey: str
    start: datetime
    days: int
    rates: Rates
    seed: int = 1
    forced: bool = False  # the scratch copy's calendar holds no reactivation back
    promotions: bool = False  # the shop's own mails of those days are sent too
    launched: bool = True  # without, nobody enters: what the days are like without the journey
    lived_from: datetime | None = None  # people live on from here to the start; else from the last known of them


@dataclass
class Rehearsal:
    """What a rehearsal showed; every figure in it is simulated."""

    options: Options
    result: Result
    before: health.Health
    after: health.Health
    mails: Collected
    entered_until: datetime
    work: dict[str, int] = field(default_factory=dict)
    simulated: dict[str, int] = field(default_factory=dict)
    steps: dict[int, str] = field(default_factory=dict)  # template version -> the step that sends it
    expected: dict[str, dict[str, float]] = field(
        default_factory=dict
    )  # by purpose: what the rates make of the mails sent
    around: toll.Around = field(default_factory=lambda: toll.Around({}, ()))
    titles: dict[str, str] = field(default_factory=dict)  # what people call the journey, by language
    step_titles: dict[str, dict[str, str]] = field(default_factory=dict)  # and its messages, by language and step


def quiet(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def rehearse(options: Options, report: Report = quiet) -> Rehearsal:
    """Run the journey's days on a scratch copy and measure it as a real one would be."""
    version = publishing.latest(options.journey)
    written = definition.of(version)
    until = options.start + timedelta(days=options.days) - (written.goal.within.after(options.start) - options.start)
    if until <= options.start:
        raise RefusedError(
            f"{options.days} days are too few: the goal of `{options.journey}` counts for {written.goal.within} after entry. "
            f"Rehearse {fewest_days(written, options.start)} days or more."
        )
    with scratch.copy(), collecting() as mails:
        publishing.start(options.journey)
        database.execute("UPDATE journey SET running = (name = %s)", [options.journey])
        options = replace(options, lived_from=options.lived_from or _known_until(options.start))
        source = sources.source_id(people.SOURCE, options.start)
        _go_on_telling(source, options.start)
        sources.cover(
            sources.own_id(options.start),
            dict.fromkeys(("message_delivered", "message_clicked", "message_bounced"), options.start),
        )
        _keep_segments(written)
        database.execute(
            "DELETE FROM profile WHERE EXISTS (SELECT 1 FROM profile WHERE scored_at > %s)", [options.start]
        )
        if options.forced:
            forcing.lift_blackouts(options.start, options.start + timedelta(days=options.days))
        crowd = _crowd(options, source, _offers(written))
        before = health.read(options.start)
        campaigns = promotions.Campaigns(min(version.templates.values())) if options.promotions else None
        with unchanged():
            work = _days(options, crowd, until, campaigns, report)
        end = options.start + timedelta(days=options.days)
        return Rehearsal(
            options,
            experiments.result(options.journey, end, since=options.start),
            before,
            health.read(end),
            mails,
            until,
            work,
            dict(crowd.done),
            _senders(version, written),
            crowd.toll.expected,
            toll.around(),
            {language: written.said(language) for language in ("fr", "en")},
            {language: step_titles.of(written, language) for language in ("fr", "en")},
        )


def fewest_days(written: definition.JourneyDefinition, start: datetime) -> int:
    """Return the days a rehearsal needs at least: those in which the goal counts for who enters first, and one more."""
    return (written.goal.within.after(start) - start).days + 1


def _crowd(options: Options, source: int, offers: frozenset[str]) -> people.Crowd:
    """Return the people as they are at the start; those of an earlier base first live the days up to it."""
    first = options.lived_from
    if first is None or (options.start - first).days < 1:
        first = options.start
    levels = commercial_calendar.saturated(
        settings.RELANCE.country, first.date(), (options.start + timedelta(days=options.days)).date()
    )
    scoring.score(first)
    crowd = replace(people.gather(options.rates, source, options.seed, offers), levels=levels)
    if first == options.start:
        return crowd
    for day in range((options.start - first).days):
        people.live(crowd, first + timedelta(days=day), first + timedelta(days=day + 1))
    scoring.score(options.start)
    return replace(people.gather(options.rates, source, options.seed, offers), levels=levels, serial=crowd.serial)


def _known_until(start: datetime) -> datetime | None:
    """Return until when something is known of people before the start: the last scoring, or what happened since then."""
    ((scored,),) = database.rows("SELECT max(scored_at) FROM profile")
    if scored is None or scored >= start:
        return None
    ((latest,),) = database.rows("SELECT max(occurred_at) FROM event WHERE occurred_at < %s", [start])
    known: datetime = max(scored, latest or scored)
    return known


def _go_on_telling(source: int, start: datetime) -> None:
    """Let the simulated people tell, from the last scoring on, of what was told then, and of what they do."""
    ((scored,),) = database.rows("SELECT max(scored_at) FROM profile")
    seen = min(scored or start, start)
    told = {name for name, since in coverage.covered(seen).items() if since <= seen}
    sources.cover(source, dict.fromkeys(told, seen))
    sources.cover(source, dict.fromkeys(("order_placed", "site_visited", "logged_in"), start))


def _keep_segments(written: definition.JourneyDefinition) -> None:
    """Leave only the segments the journey enters by, and those that one builds on: nobody looks at the others here."""
    needed, found = {written.entry.segment}, {segment.name: segment for segment in Segment.objects.all()}
    for name in list(found)[::-1]:
        if name in needed:
            needed |= set(segments.referred(segments.condition_of(found[name].definition)))
    Segment.objects.exclude(name__in=needed).delete()


def _offers(written: definition.JourneyDefinition) -> frozenset[str]:
    """Return the ids of the steps that carry an offer."""
    steps = (node.step for node in written.nodes.values())
    return frozenset(step.id for step in steps if isinstance(step, Send) and step.offer)


def _senders(version: Version, written: definition.JourneyDefinition) -> dict[int, str]:
    """Return the step that sends each template version."""
    steps = (node.step for node in written.nodes.values())
    sends = [step for step in steps if isinstance(step, Send)]
    return {version.templates[step.template_for(channel)]: step.id for step in sends for channel in step.ways(version)}


def _days(
    options: Options, crowd: people.Crowd, until: datetime, campaigns: promotions.Campaigns | None, report: Report
) -> dict[str, int]:
    """Go through the days: one tick each, and one at each due moment in between."""
    work: dict[str, int] = {}
    written = definition.of(publishing.latest(options.journey))
    apart, asked = _apart(written), _reads_scores(written)
    for day in range(options.days + 1):
        report("virtual days", day, options.days)
        morning = options.start + timedelta(days=day)
        people.live(crowd, morning - timedelta(days=1) if day else morning, morning)
        if campaigns:
            campaigns.morning(crowd, morning)
        skip = _left_out(options, day, entering=morning <= until, asked=asked)
        _tick(crowd, morning, work, nightly=True, skip=skip)
        now = morning
        while day < options.days and (moment := _next_moment(now, morning + timedelta(days=1), apart)):
            now = moment
            _tick(crowd, now, work, nightly=False, skip=UNHEARD | {"enter"})
    return work


def _left_out(options: Options, day: int, *, entering: bool, asked: bool) -> frozenset[str]:
    """Return the nightly stages a virtual day does without; the same with the journey as without, where both are compared.

    While somebody could be `entering`, everybody is scored every night; afterwards on the last day, every night too where the
    journey has `asked` for what scoring says, and weekly where the shop's own mails go to people by their states.
    """
    skip = {*UNHEARD, "clean", "maintain", "foresee", "measure", "clicks", "prune", "sender", "domains"}
    wanted = entering or asked or day == options.days or (options.promotions and day % 7 == 0)
    if day == 0 or not wanted:
        skip.add("score")  # on the first day everybody has just been, to know the people
    if not (entering and options.launched):
        skip |= {"enter", "segments"}
    if day % FLUSH_DAYS != FLUSH_DAYS - 1 or "score" in skip:
        skip.add("flush")  # fewer hot rows are for those who read events
    return frozenset(skip)


def _tick(crowd: people.Crowd, now: datetime, work: dict[str, int], *, nightly: bool, skip: frozenset[str]) -> None:
    """Hear what people did, run the stages, let people receive what was sent."""
    people.act(crowd, now)
    for name, done in stages.run(now, nightly=nightly, skip=skip):
        work[name] = work.get(name, 0) + done
    people.receive(crowd, now)


def _reads_scores(written: definition.JourneyDefinition) -> bool:
    """Tell whether a branch of the journey asks for states or features, or a change of state ends it."""
    branches = (node.step for node in written.nodes.values() if isinstance(node.step, Branch))
    asked = [case.when for branch in branches for case in branch.cases if case.when is not None]
    return STATE_CHANGED in {written.goal.event, *written.exit_when} or any(map(conditions.reads_scores, asked))


def _apart(written: definition.JourneyDefinition) -> timedelta:
    """Return how far the moments of a day lie apart: no farther than a person's best hours last, where a step asks for them."""
    steps = (node.step for node in written.nodes.values())
    asked = [step.best_hour for step in steps if isinstance(step, Send)]
    awaited = any(settings.RELANCE.best_hour if one is None else one for one in asked)
    return SLOT if awaited else APART


def _next_moment(after: datetime, before: datetime, apart: timedelta) -> datetime | None:
    """Return the next instant at which something falls due, rounded up to the hour, if it comes before the next day.

    Of what a tick left behind (due by then and not done) nothing is tried again before the next morning.
    """
    ((due,),) = database.rows(
        """
        SELECT least(
            (SELECT min(due_at) FROM enrolment WHERE due_at > %(after)s AND NOT control),
            (SELECT min(not_before) FROM message WHERE state IN ('ready', 'deferred') AND not_before > %(after)s)
        )
        """,
        {"after": after},
    )
    if due is None:
        return None
    rounded = due.replace(minute=0, second=0, microsecond=0) + timedelta(
        hours=1 if due.minute or due.second or due.microsecond else 0
    )
    moment = max(rounded, after + apart)
    return moment if moment < before else None


def good_start(journey: str, now: datetime) -> datetime:
    """Return the first morning on which the journey may let people in: a reactivation's sends fit before the next period."""
    written = definition.of(publishing.latest(journey))
    if written.purpose != "reactivation":
        return now
    span = definition.sends_span(written)
    window = commercial_calendar.next_window(settings.RELANCE.country, now, round(span.total_seconds() / 86_400))
    return max(window, now)


def judged(rehearsal: Rehearsal) -> list[limits.Judged]:
    """Return the rates a sender is judged by, each beside the limit at which a journey stops."""
    return limits.judge(rehearsal.result.volumes, rehearsal.simulated.get("hard_bounce", 0))


def summary(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return the rehearsal as plain data."""
    return {
        "simulated": True,
        "seed": rehearsal.options.seed,
        "limits": [{**asdict(one), "level": one.level} for one in judged(rehearsal)],
        "journey": rehearsal.options.journey,
        "start": rehearsal.options.start,
        "days": rehearsal.options.days,
        "entered_until": rehearsal.entered_until,
        "forced": rehearsal.options.forced,
        "rates": rehearsal.options.rates.model_dump(),
        "result": rehearsal.result.as_dict(),
        "before": rehearsal.before.as_dict(),
        "after": rehearsal.after.as_dict(),
        "work": rehearsal.work,
        "expected": rehearsal.expected,
        "openings": list(rehearsal.around.openings),
        "mails": {"/".join(map(str, sort)): count for sort, count in rehearsal.mails.counts.items()},
    }
