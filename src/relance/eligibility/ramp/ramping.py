"""A ramp under way: its canary, who is next, and the release of a step by proof or by a named person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.db import transaction

from relance.core import audit, database
from relance.core.errors import RefusedError
from relance.eligibility.ramp import drawing, evidence, plan, stops, volumes
from relance.eligibility.ramp.evidence import HOUR, Evidence
from relance.journeys import launches, senders
from relance.journeys.models import Journey, Launch, LaunchPlan, RampStep

PROOF = "Relance"  # who released a step by proof, where the audit log names somebody
SHORTEST_REASON = 3
NO_CAPS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Next:
    """The step that would be released now: its band, and its people by provider within today's allowance."""

    number: int
    band: str
    providers: dict[str, int]
    left: dict[str, dict[str, int]]  # everybody in no step yet, by band and provider
    lowered: (
        bool  # whether some provider of it was stopped and closed since the last step: it resumes a step lower there
    )
    held: Mapping[str, int]  # those of them at providers that the breaker stops

    @property
    def people(self) -> int:
        """The people of the step."""
        return sum(self.providers.values())

    @property
    def waiting(self) -> int:
        """Everybody in no step yet."""
        return sum(sum(counts.values()) for counts in self.left.values())

    @property
    def all_held(self) -> bool:
        """Whether everybody waiting is at a provider that the breaker stops."""
        return bool(self.held) and sum(self.held.values()) == self.waiting


def begin(launch_plan: LaunchPlan) -> dict[str, str]:
    """Sort a plan's people into bands, and draw its canary in the youngest; in the transaction that writes them.

    Return the youngest band in each one that smaller bands were joined into.
    """
    drawing.sort(launch_plan.pk, launch_plan.start_at)
    joined = drawing.join_small(launch_plan.pk, launch_plan.canary)
    left = drawing.left(launch_plan.pk, drawing.FIRST)
    band = drawing.youngest(left)
    if band:
        today = volumes.room(left[band], launch_plan.start_at, senders.of_version(launch_plan.version))
        shares = _shares(left[band], launch_plan.canary, today)
        name = launch_plan.journey.name
        drawing.take(launch_plan.pk, 1, band, shares, journey=name, codes=drawing.FIRST)
    database.execute(
        """
        UPDATE launch_person SET code = CASE code WHEN 'control' THEN 'canary_control' ELSE 'canary' END
        WHERE plan_id = %s AND step = 1
        """,
        [launch_plan.pk],
    )
    return joined


def waiting(journey_id: int) -> tuple[Launch, RampStep] | None:
    """Return the launch whose ramp is under way, with its last step; None where there is no ramp, or it has ended."""
    launch = launches.in_force(journey_id)
    if launch is None or launch.canary is None:
        return None
    last = RampStep.objects.filter(plan_id=launch.plan_id).order_by("-number").first()
    return (launch, last) if last else None


def known(launch: Launch, last: RampStep, now: datetime) -> Evidence:
    """Return what is known of the last step and its band, at the providers that are not stopped."""
    held = stops.of(launch.journey_id)
    first = RampStep.objects.filter(plan_id=launch.plan_id, band=last.band).earliest("number")
    return evidence.gather(launch, last, held, first.released_at, now)


def following(launch: Launch, last: RampStep, now: datetime) -> Next:
    """Return the step that comes next: thrice the largest of its band so far; a canary where a band begins.

    A provider that the breaker stops waits in the band it is in; one closed since resumes a step lower.
    """
    held, left = stops.of(launch.journey_id), drawing.left(last.plan_id)
    free = {band: {name: n for name, n in counts.items() if name not in held.open} for band, counts in left.items()}
    band = drawing.youngest(free)
    size = max(_sizes(last.plan_id, band), default=0) * plan.GROWTH or launch.canary or 1
    caps = stops.caps(last.plan_id, band, held)
    today = volumes.room(free.get(band, {}), now, senders.of_version(launch.version))
    shares = _shares(free.get(band, {}), size, today, caps)
    resumed = [name for name in shares if name in caps and held.closed[name] > last.released_at]
    waiting = {name: sum(counts.get(name, 0) for counts in left.values()) for name in sorted(held.open)}
    return Next(last.number + 1, band, shares, left, bool(resumed), {name: n for name, n in waiting.items() if n})


def _sizes(plan_id: int, band: str) -> list[int]:
    """Return the people of the band's steps."""
    return [sum(one.providers.values()) for one in RampStep.objects.filter(plan_id=plan_id, band=band)]


@transaction.atomic
def release(journey: Journey, *, by: str, reason: str, now: datetime, number: int | None = None) -> RampStep:
    """Let the next step in because the named person says so, with what was known then; all in the audit log.

    `number` is that of the step the person looked at: where another came in meanwhile, RefusedError.
    """
    if not by.strip() or len(reason.strip()) < SHORTEST_REASON:
        raise RefusedError("Releasing a step needs the name of a person and a reason. Give both; they are kept.")
    Journey.objects.select_for_update().get(pk=journey.pk)
    found = waiting(journey.pk)
    if found is None or found[0].start_at > now:
        raise RefusedError(f"No canary of {journey.name} waits for its release.")
    if not Journey.objects.get(pk=journey.pk).running:
        raise RefusedError(f"{journey.name} is paused. Resume it, then release the next step of its ramp.")
    if number is not None and number != found[1].number + 1:
        raise RefusedError(f"Step {number} of {journey.name} came in meanwhile. Look at what is known of the next one.")
    return _let_in(*found, by=by.strip(), reason=reason.strip(), now=now)


@transaction.atomic
def release_by_proof(journey: Journey, now: datetime) -> RampStep | None:
    """Let the next step in where the one before is answered and proves its band; None where it does not, or nobody may."""
    Journey.objects.select_for_update().get(pk=journey.pk)
    found = waiting(journey.pk)
    if found is None or found[0].start_at > now:
        return None
    launch, last = found
    step = following(launch, last, now)
    if (step.waiting and not step.people) or not known(launch, last, now).proved:
        return None
    return _let_in(launch, last, by="", reason="", now=now)


def run(now: datetime) -> int:
    """Release by proof what waits for nothing else; each ramp is looked at once an hour. Return the steps released."""
    released = 0
    for journey in Journey.objects.filter(running=True).order_by("id"):
        found = waiting(journey.pk)
        if found is None or (found[1].looked_at and now - HOUR < found[1].looked_at <= now):
            continue
        RampStep.objects.filter(pk=found[1].pk).update(looked_at=now)
        released += release_by_proof(journey, now) is not None
    return released


def _let_in(launch: Launch, last: RampStep, *, by: str, reason: str, now: datetime) -> RampStep:
    """Write the step and its people down; with the last of them, everybody else of the segment may enter."""
    step, seen = following(launch, last, now), known(launch, last, now)
    if step.all_held:
        raise RefusedError(
            f"The breaker stops {launch.journey.name}. Mend the cause and close it, then release the next step."
        )
    if step.waiting and not step.people:
        raise RefusedError("What the mailbox providers may get today is used up. Release the next step tomorrow.")
    made = RampStep.objects.create(
        plan_id=last.plan_id, number=step.number, band=step.band or last.band, providers=step.providers,
        released_at=now, released_by=by, reason=reason, evidence=seen.as_dict(),
    )  # fmt: skip
    shares, name = _with_controls(step), launch.journey.name
    drawing.take(made.plan_id, made.number, made.band, shares, journey=name, codes=drawing.EVERYBODY)
    details: dict[str, object] = {
        "step": made.number,
        "people": step.people,
        "unanswered": seen.unanswered,
        "why": reason,
    }
    audit.record("ramp step released", launch.journey.name, now=now, actor=by or PROOF, details=details)
    if step.waiting == step.people:
        launches.release(launch.journey, by=by or PROOF, now=now, figures={"ramp_steps": made.number})
    return made


def _with_controls(step: Next) -> dict[str, int]:
    """Return the shares of a step, with a share of nobody where a provider has none left but its control group."""
    alone = {name: 0 for name, people in step.left.get(step.band, {}).items() if not people}
    return alone | step.providers


def _shares(
    left: Mapping[str, int], size: float, today: Mapping[str, int], caps: Mapping[str, int] = NO_CAPS
) -> dict[str, int]:
    """Return the people of a step by provider: each its share of those left, none more than its cap and today's room."""
    room = {name: min(people, caps.get(name, people)) for name, people in today.items()}
    open_to = {name: people for name, people in left.items() if people and room[name]}
    return plan.drawn(open_to, min(size, sum(open_to.values())), room) if open_to else {}
