"""The list of stages: what Relance does, in this order, each on all that is due at `now`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection

from relance.core import database, faults
from relance.delivery import alerts, dispatch, overdue, stalls
from relance.dormancy import scoring
from relance.dormancy.future import keeping as foreseeing
from relance.eligibility import choosing, permission, queues
from relance.eligibility.breaker import clicks, pruning
from relance.eligibility.breaker import stage as breaker
from relance.eligibility.ramp import opening, ramping
from relance.events import flush, maintenance
from relance.feedback import bounces, deliveries, judging, unopened
from relance.feedback.mails import mailbox
from relance.hygiene import stages as hygiene
from relance.journeys import advance, definition, entry
from relance.journeys.models import Version
from relance.measurement import reconciliation, snapshots, tallies
from relance.measurement.sender import examination, mail_domains
from relance.outbox.models import OWED
from relance.segments import refresh

log = structlog.get_logger(__name__)

MUCH = 1000  # rows after which a plan made for an empty table can take minutes


@dataclass(frozen=True)
class Stage:
    """A stage: its name, what it does (returning the work done), and whether once a night is enough."""

    name: str
    run: Callable[[datetime], int]
    nightly: bool = False
    fills: tuple[str, ...] = ()  # tables whose statistics are renewed after much work, ahead of autovacuum
    guards: bool = False  # it stops sending where harm shows: while it fails, nothing that sells leaves
    guards_after: timedelta = timedelta(0)  # for how long it may fail until then
    needs: str = ""  # the stage without which it is not run: where that one has just failed, it waits for the next pass


def enter(now: datetime) -> int:
    """Let people into running journeys; who may not start yet waits, since a first message refused is spent."""
    return entry.run(now, may_start, opening.room)


def move_on(now: datetime) -> int:
    """Do every step that is due; where a message may leave by several channels, each person's is chosen."""
    return advance.run(now, choosing.chosen)


def may_start(version: Version, now: datetime) -> float:
    """Return the share of those who wait that a journey may let in now: the opt-outs are known, the calendar holds its sends."""
    known = _needs_no_permission(version) or permission.opt_outs_known()
    return queues.share(version, now) if known and fits_the_calendar(version, now) else 0.0


def fits_the_calendar(version: Version, now: datetime) -> bool:
    """Tell whether a journey may let people in now: a reactivation only if no commercial period falls on its sends."""
    written = definition.of(version)
    return not written.reactivates or queues.fits(written, now)


def _needs_no_permission(version: Version) -> bool:
    return definition.of(version).purpose in OWED


STAGES = (
    Stage("clean", hygiene.run, nightly=True),
    Stage("flush", flush.run, nightly=True),
    Stage("maintain", maintenance.run, nightly=True),
    Stage("score", scoring.run, nightly=True),
    Stage("segments", refresh.run, nightly=True),
    Stage("foresee", foreseeing.refresh, nightly=True),
    Stage("measure", snapshots.run, nightly=True),
    Stage("clicks", clicks.run, nightly=True),
    Stage("prune", pruning.run, nightly=True),
    Stage("sender", examination.run, nightly=True),
    Stage("domains", mail_domains.run, nightly=True),
    Stage("unopened", unopened.run, nightly=True),
    Stage("hits", judging.run, fills=("event",)),
    Stage("reconcile", reconciliation.run),
    Stage("overdue", overdue.notice),
    Stage("enter", enter, fills=("enrolment",), needs="overdue"),
    Stage("advance", move_on, fills=("enrolment", "message"), needs="overdue"),
    Stage("dispatch", dispatch.run, fills=("message", "event", "pressure_reservation")),
    Stage("returned", mailbox.run, guards=True, guards_after=mailbox.UNHEARD),
    Stage("heed", bounces.heed, guards=True),
    Stage("settle", deliveries.settle, guards=True),
    Stage("breaker", breaker.run, guards=True),
    Stage("ramp", ramping.run),
    Stage("stall", stalls.run),
    Stage("alert", alerts.run),
    Stage("tally", tallies.run),
)


def run(now: datetime, *, nightly: bool, skip: frozenset[str] = frozenset()) -> Iterator[tuple[str, int]]:
    """Run the stages due and yield the work each did; the first that fails ends it."""
    for stage in _due(nightly=nightly, skip=skip):
        yield stage.name, _run(stage, now)


def run_each(now: datetime, *, nightly: bool) -> Iterator[tuple[str, int]]:
    """Run the stages due, and those after one that fails as well; what failed is kept in `core.faults` and the log.

    A database that is away is no fault of a stage: the error goes on to the caller. One that answers another question is
    there, and then a statement that timed out or found no room is the stage's fault like any other. Faults of stages that
    an earlier version had are dropped: nobody would ever clear them.
    """
    faults.keep({stage.name for stage in STAGES})
    failing, failed = {fault.stage for fault in faults.known()}, set[str]()
    for stage in _due(nightly=nightly):
        if stage.needs in failed:
            continue
        try:
            done = _run(stage, now)
        except Exception as error:
            if isinstance(error, OperationalError | InterfaceError) and not _database_answers():
                raise
            times = faults.note(
                stage.name, f"{type(error).__name__}: {error}", now, guards=stage.guards, after=stage.guards_after
            )
            failed.add(stage.name)
            log.exception("stage failed", stage=stage.name, times=times)
            continue
        if stage.name in failing:
            faults.clear(stage.name)
            log.info("stage works again", stage=stage.name)
        yield stage.name, done


def _database_answers() -> bool:
    connection.close()
    try:
        return database.rows("SELECT true") == [(True,)]
    except (OperationalError, InterfaceError):
        return False


def _due(*, nightly: bool, skip: frozenset[str] = frozenset()) -> list[Stage]:
    return [stage for stage in STAGES if stage.name not in skip and (nightly or not stage.nightly)]


def _run(stage: Stage, now: datetime) -> int:
    done = stage.run(now)
    if done >= MUCH and stage.fills:
        database.execute(f"ANALYZE {', '.join(stage.fills)}")
    return done
