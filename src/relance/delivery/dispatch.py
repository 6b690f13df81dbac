"""The stage that sends: claim what is due, ask the gate, render, commit the intent, send, write down the outcome."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction

from relance.core import database, place
from relance.core.errors import ChannelError, RenderError
from relance.delivery import ledger, names, rendering, transitions, values
from relance.delivery.channels import registry
from relance.delivery.channels.protocol import Channel, Kind, Outgoing
from relance.delivery.channels.ways import Ways
from relance.delivery.ledger import Due, Transition
from relance.delivery.opening import Opening
from relance.delivery.pacing import Pacing
from relance.eligibility import gate
from relance.eligibility.breaker import door
from relance.eligibility.breaker.door import Asked
from relance.eligibility.verdicts import Allow
from relance.outbox.models import State
from relance.senders.sender import Sender

LONGEST_SECONDS = 1_800  # of one dispatch; then leases and journeys at rest are looked at again
STAGE_SECONDS = 20  # of one stage: what comes back is heard between two

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Dispatched:
    """What one dispatch did: the channel, where mails went, how many messages came to which state."""

    channel: str
    where: str
    states: dict[str, int]
    shut: bool = False

    @property
    def handled(self) -> int:
        """Return how many messages were judged or sent."""
        return sum(self.states.values())


@dataclass(frozen=True)
class Watch:
    """The instant a run was given, going on with elapsed time so that leases stay true; still in a rehearsal."""

    now: datetime
    started: float
    running: bool

    @classmethod
    def start(cls, now: datetime) -> Watch:
        return cls(now, time.monotonic(), running=not place.current().simulated)

    def elapsed(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self.started if self.running else 0)

    def read(self) -> datetime:
        return self.now + self.elapsed()

    def lease(self) -> datetime:
        return self.read() + timedelta(seconds=settings.RELANCE.lease_seconds)


@dataclass(frozen=True)
class Letter:
    """A message the gate let through, on its way out."""

    due: Due
    point_id: int | None
    outgoing: Outgoing

    @classmethod
    def addressed(cls, due: Due, point_id: int | None, address: str, sender: Sender) -> Letter:
        language, path = values.language(due), names.leaving_from(sender, due.id, due.uuid)
        one = Outgoing(
            due.id,
            due.uuid,
            address,
            due.template_version_id,
            due.variant,
            language,
            sender=due.sender,
            return_path=path,
        )
        return cls(due, point_id, one)

    def holding(self, mail: bytes | RenderError | None) -> Letter:
        """Return the letter with its mail inside, if it was rendered."""
        return replace(self, outgoing=replace(self.outgoing, mail=mail)) if isinstance(mail, bytes) else self


@dataclass
class Run:
    """One worker's dispatch: who it is, by which channel, and what it has done so far."""

    worker: str
    channel: Ways
    watch: Watch
    states: Counter[str]
    stopped: Callable[[], bool] = bool
    seconds: float = LONGEST_SECONDS
    shut: bool = False
    pacing: Pacing = field(default_factory=Pacing.in_force)
    failure: str = ""
    asks: bool = False  # the failure asks for a person
    opening: Opening = field(init=False)

    def __post_init__(self) -> None:
        self.opening = Opening(self.worker)

    @property
    def late(self) -> bool:
        """Whether the time of this run is up."""
        return self.watch.elapsed() >= timedelta(seconds=self.seconds)

    @property
    def over(self) -> bool:
        """Whether nothing more is to be offered: the channel shut, or somebody stopped the worker."""
        return self.shut or self.stopped()

    def settle(self, moves: Sequence[Transition]) -> None:
        """Write the transitions down and count them; what failed gives back its place under the caps.

        What was admitted and not offered gives back its provider's mail.
        """
        ours = ledger.settle(self.worker, moves, now=self.watch.read())
        if failed := [move.id for move in moves if move.state is State.FAILED and move.id in ours]:
            gate.release(failed)
        self.pacing.give_back(move.id for move in moves)
        self.states.update(move.state.value for move in moves)

    def give_back(self, moves: Sequence[Transition]) -> None:
        """Let messages wait that were let through and not offered, with their places: of those still ours alone, since
        who has the others now may have taken a place for them."""
        with transaction.atomic():
            gate.release(ledger.settle(self.worker, moves, now=self.watch.read()))
        self.pacing.give_back(move.id for move in moves)


def run(now: datetime) -> int:
    """Send what is due, for a part of a minute, and return how many messages were handled; a stage.

    A shut channel counts as nothing done: the next try is the next minute's.
    """
    done = dispatch(now, seconds=STAGE_SECONDS)
    return 0 if done.shut else done.handled


def dispatch(
    now: datetime, channel: Channel | None = None, stopped: Callable[[], bool] = bool, seconds: float = LONGEST_SECONDS
) -> Dispatched:
    """Send what is due by the channel in force (or by `channel`) and tell what was done.

    Once `stopped` says so, what is in hand is ended and the rest of the batch given back.

    1. Free what lost its lease, and the places of what waits in journeys that rest.
    2. Unless a person is awaited (`opening`), claim a batch, send it, and so on until nothing is due, the channel shuts, or
       `seconds` have passed. Where what watches over sending fails, only what people wait for is claimed.
    """
    ledger.retake(now)
    gate.release_resting()
    worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    with closing(Ways(channel or registry.choose())) as chosen:
        this = Run(worker, chosen, Watch.start(now), Counter(), stopped, seconds)
        for batch in _batches(this):
            _handle(this, batch)
        this.opening.note(this.watch.read(), this.failure, asks=this.asks)
    done = Dispatched(chosen.name, chosen.where, dict(this.states), this.shut)
    if done.handled and not place.current().simulated:
        log.info("messages dispatched", channel=done.channel, where=done.where, **done.states)
    return done


def _batches(this: Run) -> Iterator[list[Due]]:
    """Yield what the open ways may carry, until nothing is due or time is up; then one message of each way that rested.

    What the gate keeps was not offered: the next time in this run it is twice as many.
    """
    size = 1
    while True:
        yield from _served(this)
        tried = False
        for senders in this.channel.rested(this.watch.read()):
            if _may_go_on(this) and (batch := _claimed(this, size, of=senders)):
                tried = True
                yield batch
        size *= 2
        if not tried or this.late:
            return


def _served(this: Run) -> Iterator[list[Due]]:
    """Yield batches of the senders that nothing holds up."""
    while not this.late and _may_go_on(this):
        this.channel.look(this.watch.read())
        this.failure = this.channel.failure
        full = max(settings.RELANCE.batch, this.channel.slice)
        batch = _claimed(this, full if this.channel.partly else this.opening.most(full), but=this.channel.held_up)
        if not batch:
            return
        yield batch


def _may_go_on(this: Run) -> bool:
    return not this.over and this.opening.may_send(this.watch.read(), this.failure)


def _claimed(this: Run, most: int, *, but: Sequence[str] = (), of: Sequence[str] = ()) -> list[Due]:
    """Claim due messages for this run; without those that sell where nobody watches over them."""
    now = this.watch.read()
    sells, until = this.opening.sells(now), this.watch.lease()
    return ledger.claim(this.worker, most, now=now, lease_until=until, sells=sells, but=but, of=of)


def _handle(this: Run, batch: Sequence[Due]) -> None:
    """Take a claimed batch through the gate and out; what half the lease does not suffice for is given back."""
    give_back_at = this.watch.read() + timedelta(seconds=settings.RELANCE.lease_seconds / 2)
    paced, waits = this.pacing.admit(batch, this.watch.read())
    this.settle(waits)
    letters = _allowed(this, paced)
    prepared = _prepared(this, letters)
    for start in range(0, len(letters), this.channel.slice):
        part = letters[start : start + this.channel.slice]
        if this.over or this.watch.read() > give_back_at:
            this.settle([Transition(letter.due.id, State.READY) for letter in part])
        else:
            _send(this, _uncaught(this, _rendered(this, part, prepared)))


def _uncaught(this: Run, letters: Sequence[Letter]) -> list[Letter]:
    """Return the letters that no stop, and no provider's pause, has caught since the gate; the others go back and wait."""
    now = this.watch.read()
    asked = [
        Asked(
            one.due.id,
            one.due.journey_id,
            one.outgoing.address,
            one.due.purpose,
            this.channel.sender(one.due.sender).domain,
        )
        for one in letters
    ]
    waits = {wait.id: wait for wait in this.pacing.caught([(one.due.id, one.outgoing.address) for one in letters], now)}
    waits |= {message: Transition(message, State.READY) for message in door.caught(asked, now)}
    if waits:
        this.give_back(list(waits.values()))
        this.states.update(wait.state.value for wait in waits.values())
    return [one for one in letters if one.due.id not in waits]


def _allowed(this: Run, batch: Sequence[Due]) -> list[Letter]:
    """Return the messages the gate lets through, with their addresses; the others go where it says."""
    now = this.watch.read()
    verdicts = gate.check([due.id for due in batch], now)
    addresses = _addresses([one.contact_point_id for one in verdicts if isinstance(one, Allow)])
    letters, stopped = [], []
    for due, verdict in zip(batch, verdicts, strict=True):
        if not isinstance(verdict, Allow):
            stopped.append(transitions.after_verdict(due, verdict, now))
        elif verdict.contact_point_id in addresses:
            told = replace(due, sells=verdict.sells)
            sender = this.channel.sender(due.sender)
            letters.append(
                Letter.addressed(told, verdict.contact_point_id, addresses[verdict.contact_point_id], sender)
            )
        else:
            stopped.append(
                Transition(due.id, State.FAILED, "no_address: the address went while the message was being sent")
            )
    this.settle(stopped)
    return [replace(one, outgoing=this.pacing.routed(one.outgoing)) for one in letters]


def _addresses(points: Sequence[int | None]) -> dict[int | None, str]:
    """Return the addresses of these contact points."""
    return dict(database.rows("SELECT id, value FROM contact_point WHERE id = ANY(%s::bigint[])", [list(points)]))


def _prepared(this: Run, letters: Sequence[Letter]) -> rendering.Prepared:
    """Return what the mails are made of that the channel wants to see."""
    wanted = set(this.channel.wanted([letter.outgoing for letter in letters]))
    chosen = [letter for letter in letters if letter.due.id in wanted]
    addresses = {letter.due.id: letter.outgoing.address for letter in chosen}
    return rendering.prepare([letter.due for letter in chosen], addresses, this.watch.read(), this.channel.senders)


def _rendered(this: Run, letters: Sequence[Letter], prepared: rendering.Prepared) -> list[Letter]:
    """Return the letters with their mails; those that cannot be rendered fail, and say why."""
    mails = {one.due.id: prepared.mail(one.due) for one in letters if one.due.id in prepared.envelopes}
    failed = {message: error for message, error in mails.items() if isinstance(error, RenderError)}
    this.settle([Transition(message, State.FAILED, f"render: {error}") for message, error in failed.items()])
    return [letter.holding(mails.get(letter.due.id)) for letter in letters if letter.due.id not in failed]


def _send(this: Run, letters: Sequence[Letter]) -> None:
    """Commit the intent, send, and write down what came of each.

    1. `sending` is committed first: whatever happens next, nobody else sends these.
    2. Only those still ours are offered; a lost lease means another worker has them, and what belongs to a journey
       paused meanwhile goes back, with its place under the caps.
    3. A crash between 1 and the last line leaves them `sending`, which becomes `unknown` and is listed.
    """
    begun = ledger.begin(this.worker, [(one.due.id, one.point_id) for one in letters], lease_until=this.watch.lease())
    ours = {one.due.id: one for one in letters if one.due.id in begun}
    if back := [one.due.id for one in letters if one.due.id not in begun]:
        this.give_back([Transition(message, State.READY) for message in back])
    try:
        outcomes = this.channel.send([one.outgoing for one in ours.values()]) if ours else []
    except ChannelError as error:
        log.warning("channel shut", channel=this.channel.name, error=str(error))
        this.shut, this.failure, this.asks = True, str(error), error.permanent
        now = this.watch.read()
        this.channel.rest(now)
        this.settle([transitions.after_closed_door(one.due, error, now) for one in ours.values()])
        return
    now = this.watch.read()
    offered = [outcome.id for outcome in outcomes if outcome.kind not in {Kind.UNTRIED, Kind.SHUT}]
    this.opening.offered |= bool(offered)
    this.pacing.used(offered)
    this.channel.rest(now)
    this.failure = this.channel.failure
    gate.release([outcome.id for outcome in outcomes if outcome.kind is Kind.SHUT])
    this.settle([transitions.after_attempt(ours[outcome.id].due, outcome, now) for outcome in outcomes])
    this.pacing.heed([(ours[outcome.id].outgoing.address, outcome) for outcome in outcomes], now)
