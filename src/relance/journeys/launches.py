"""What people approved: which version a journey lets people into, from when, and whether only the canary may enter."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef

from relance.core import audit, database
from relance.core.errors import NotFoundError, RefusedError
from relance.core.models import AuditEntry
from relance.core.unchanged import read_once
from relance.journeys import publishing
from relance.journeys.models import Enrolment, Journey, Launch, LaunchPerson, LaunchPlan, RampStep, Version

STOPPED = "stopped"  # why a passage ended that a person put an end to
WITHDRAWN = "approval withdrawn"  # act of who emptied the base that a launch was approved for

BEGINNINGS = (
    "start journey",
    "launch approved",
    "canary released",
)  # acts that let people in, as the audit log has them

# Of a plan: those the canary consists of, with their share of the control group.
CANARY = ("canary", "canary_control")


@read_once
def in_force(journey_id: int) -> Launch | None:
    """Return the latest approval of a journey; one started without any has none."""
    return Launch.objects.filter(journey_id=journey_id).select_related("version", "plan").order_by("-id").first()


def all_in_force(journeys: Collection[int]) -> dict[int, Launch]:
    """Return the latest approval of each of these journeys that has one, by the journey's id."""
    latest = Launch.objects.filter(journey_id__in=journeys).order_by("journey_id", "-id")
    return {launch.journey_id: launch for launch in latest.select_related("version", "plan").distinct("journey_id")}


def opening(now: datetime) -> list[tuple[Version, Launch | None]]:
    """Return the versions that running journeys let people into now: the approved one from its hour on, else the latest."""
    latest = Version.objects.filter(journey__running=True).select_related("journey")
    found: list[tuple[Version, Launch | None]] = []
    for version in latest.order_by("journey_id", "-number").distinct("journey_id"):
        launch = in_force(version.journey_id)
        if launch is None:
            found.append((version, None))
        elif launch.start_at <= now:
            found.append((launch.version, launch))
    return found


@transaction.atomic
def approve(plan: LaunchPlan, *, by: str, now: datetime, checklist: list[dict[str, Any]]) -> Launch:
    """Let the plan's canary in from its hour on, as the person `by` decides; a plan is approved once."""
    Journey.objects.select_for_update().get(pk=plan.journey_id)
    if approved(plan):
        raise RefusedError(f"This plan of {plan.journey.name} is approved already. Work it out again, then approve.")
    launch = Launch.objects.create(
        journey=plan.journey, version=plan.version, plan=plan, canary=plan.canary, start_at=plan.start_at, approved_by=by,
        approved_at=now, figures=plan.figures, checklist=checklist,
    )  # fmt: skip
    _first_step(plan, launch)
    publishing.start(plan.journey.name)
    details: dict[str, object] = {
        "version": plan.version.number, "canary": plan.canary, "start": plan.start_at.isoformat(),
        "first message": plan.figures.get("counts", {}).get("canary", 0),
    }  # fmt: skip
    audit.record("launch approved", plan.journey.name, now=now, actor=by, details=details)
    return launch


def _first_step(plan: LaunchPlan, launch: Launch) -> None:
    """Write down the canary as the first step of the plan's ramp, where it has one."""
    drawn = LaunchPerson.objects.filter(plan=plan, code="canary", step=1).values_list("band", "provider")
    counts = drawn.annotate(people=Count("contact_id")).order_by("provider")
    if counts:
        RampStep.objects.create(
            plan=plan, number=1, band=counts[0][0], providers={name: people for _, name, people in counts},
            released_at=launch.start_at, released_by=launch.approved_by,
        )  # fmt: skip


def approved(plan: LaunchPlan) -> bool:
    """Tell whether somebody let this plan begin already."""
    return Launch.objects.filter(plan=plan).exists()


def first_entry(launch: Launch) -> datetime | None:
    """Return when somebody first entered the journey since the hour of this approval; None where nobody did."""
    since = Enrolment.objects.filter(journey_id=launch.journey_id, entered_at__gte=launch.start_at)
    found: datetime | None = since.aggregate(at=Min("entered_at"))["at"]
    return found


def never_started(journey: Journey) -> bool:
    """Tell whether nobody ever let people into the journey: there is no approval, and it never ran."""
    return journey.pk in all_never_started([journey.pk])


def all_never_started(journeys: Collection[int]) -> set[int]:
    """Return those of these journeys that nobody ever let people into, or whose approval was withdrawn since."""
    own = OuterRef("pk")
    resting = Journey.objects.filter(pk__in=journeys, running=False).exclude(Exists(Launch.objects.filter(journey=own)))
    empty = dict(resting.exclude(Exists(Enrolment.objects.filter(journey=own))).values_list("name", "pk"))
    acts = AuditEntry.objects.filter(action__in=("start journey", WITHDRAWN), subject__in=empty)
    last = acts.order_by("subject", "-at", "-pk").distinct("subject")
    begun = {act.subject for act in last if act.action != WITHDRAWN}
    return {pk for name, pk in empty.items() if name not in begun}


@transaction.atomic
def withdraw_approvals(*, by: str, now: datetime) -> None:
    """Pause every journey and forget who let people in: each needs a new approval. For a base that is emptied."""
    for journey in Journey.objects.select_for_update().order_by("pk"):
        if never_started(journey):
            continue
        if journey.running:
            pause(journey, by=by, now=now)
        Launch.objects.filter(journey=journey).delete()
        audit.record(WITHDRAWN, journey.name, now=now, actor=by)


@transaction.atomic
def release(journey: Journey, *, by: str, now: datetime, figures: dict[str, Any]) -> Launch:
    """Let the rest of the segment follow the canary; `figures` is what was known when the person decided so."""
    Journey.objects.select_for_update().get(pk=journey.pk)
    before = in_force(journey.pk)
    if before is None or before.canary is None:
        raise RefusedError(f"No canary of {journey.name} waits for its release.")
    launch = Launch.objects.create(
        journey=journey, version=before.version, plan=before.plan, canary=None, start_at=max(now, before.start_at),
        approved_by=by, approved_at=now, figures=figures,
    )  # fmt: skip
    details: dict[str, object] = {"version": before.version.number, "canary": before.canary}
    audit.record("canary released", journey.name, now=now, actor=by, details=details | figures.get("told", {}))
    return launch


def stopped(names: Collection[str]) -> dict[str, AuditEntry]:
    """Return, of these journeys, those a person put an end to and nobody let begin again, each with the act."""
    acts = AuditEntry.objects.filter(subject__in=names, action__in=("stop journey", *BEGINNINGS))
    last = {act.subject: act for act in acts.order_by("at", "pk")}
    resting = set(Journey.objects.filter(name__in=names, running=False).values_list("name", flat=True))
    return {name: act for name, act in last.items() if act.action == "stop journey" and name in resting}


@transaction.atomic
def pause(journey: Journey, *, by: str, now: datetime) -> None:
    """Stop entries, steps and the messages that wait until somebody resumes them."""
    publishing.pause(journey.name)
    audit.record("pause journey", journey.name, now=now, actor=by)


@transaction.atomic
def resume(journey: Journey, *, by: str, now: datetime) -> None:
    """Let entries and steps go on; a journey that never began needs an approval first."""
    if never_started(journey):
        raise RefusedError(f"{journey.name} was never started. Approve a launch first, on its launch page.")
    publishing.start(journey.name)
    audit.record("start journey", journey.name, now=now, actor=by)


@transaction.atomic
def stop(journey: Journey, *, by: str, now: datetime) -> int:
    """End the journey for everyone in it: the gate holds back what they were still to get; return how many that is.

    The control group stays: what was sent so far is measured against it. Who had come to the end with a last message
    still to leave was not through it either; messages that wait are due now, so that the gate closes them.
    """
    publishing.pause(journey.name)
    database.execute(
        """
        UPDATE enrolment SET end_reason = %s WHERE journey_id = %s AND end_reason = 'completed' AND id IN (
            SELECT enrolment_id FROM message WHERE journey_id = %s AND state IN ('held', 'ready', 'deferred', 'claimed'))
        """,
        [STOPPED, journey.pk, journey.pk],
    )
    database.execute(
        """
        UPDATE message SET expires_at = least(expires_at, %s), not_before = least(not_before, %s),
            state = CASE state WHEN 'held' THEN 'ready' ELSE state END
        WHERE journey_id = %s AND state IN ('held', 'ready', 'deferred', 'claimed')
        """,
        [now, now, journey.pk],
    )
    ended = database.execute(
        """
        UPDATE enrolment SET ended_at = %s, due_at = NULL, end_reason = %s
        WHERE journey_id = %s AND ended_at IS NULL AND NOT control
        """,
        [now, STOPPED, journey.pk],
    )
    audit.record("stop journey", journey.name, now=now, actor=by, details={"people": ended})
    return ended


def journey(name: str) -> Journey:
    """Return the journey of this name."""
    found = Journey.objects.filter(name=name).first()
    if found is None:
        raise NotFoundError(f"No journey is called {name}. `relance journey list` shows them; publish it first.")
    return found
