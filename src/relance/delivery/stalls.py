"""Why messages that are due do not leave: one code and one sentence that name what stands in the way.

`look` reads what is known, `judge` is a pure decision on it. The first cause in the order of `judge` is named: what is
further up makes what is further down impossible to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import get_language

from relance.core import place
from relance.delivery import stall_facts, stall_words, team
from relance.delivery.stall_facts import QUIET, Facts

LITTLE = 50_000_000  # bytes of disk under which nothing can be written for long
PROVIDERS = frozenset({"later", "provider_limit", "provider_pause"})  # reasons of waits that mailbox providers ask for
HALTS = frozenset(
    {"restored", "no_worker", "disk_full", "database_blocked", "channel_shut", "worker_stuck", "busy_elsewhere", "unwatched", "unattended",
     "unexplained"}
)  # fmt: skip


@dataclass(frozen=True)
class Stall:
    """What stands in the way, since when, and what its sentence tells."""

    code: str
    since: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def halts(self) -> bool:
        """Whether it is a fault; else somebody or the gate wants it so."""
        return self.code in HALTS

    @property
    def sentence(self) -> str:
        """What stands in the way and what to do, for pages: in the language in force, without the words of machines."""
        language = get_language() or settings.RELANCE.language
        return stall_words.sentence(self.code, self.since, self.details, language[:2], page=True)

    def said(self, language: str) -> str:
        """Return the sentence in a language, fr or else English, for who runs Relance: with what machines said."""
        return stall_words.sentence(self.code, self.since, self.details, language[:2])


@dataclass(frozen=True)
class Queue:
    """How many messages are due, wait, are leaving, are held for a person or in doubt; and what stands in the way."""

    counts: Mapping[str, int]
    last_sent: datetime | None
    stall: Stall | None

    def as_dict(self) -> dict[str, object]:
        """Return it for programs, with the sentence in English and French."""
        stall = self.stall
        told = None if stall is None else {
            "code": stall.code, "halts": stall.halts, "since": stall.since, "details": dict(stall.details),
            "command": stall_words.command(stall.code),
            "sentence": {language: stall.said(language) for language in ("en", "fr")},
        }  # fmt: skip
        return {**self.counts, "last_sent": self.last_sent, "stall": told}


def look(now: datetime) -> Queue:
    """Return the queue and what stands in its way."""
    known = stall_facts.gather(now)
    counts = {
        "due": known.due,
        "waiting": known.waiting,
        "leaving": known.leaving,
        "held": known.held,
        "in_doubt": known.in_doubt,
    }
    return Queue(counts, known.last_sent, judge(known, now))


def run(now: datetime) -> int:
    """Tell the team, once, of what has kept messages from leaving for longer than `stall_minutes`."""
    stall = None if place.current().simulated else look(now).stall
    if stall is None or not stall.halts or stall.code == "restored":  # of a restoration they were told
        return 0
    since = stall.since.isoformat() if stall.since else ""
    words = {"since": since, "en": stall.said("en"), "fr": stall.said("fr")}
    return int(team.tell("stalled", f"stalled:{stall.code}:{since}", words, now))


def judge(known: Facts, now: datetime) -> Stall | None:
    """Return what stands in the way of sending; None where messages leave, or none is there."""
    if known.restored_at:
        return Stall("restored", known.restored_at)
    if known.fault:
        return Stall("unwatched", known.fault.since, {"stage": known.fault.stage, "failure": known.fault.error})
    patience = timedelta(minutes=settings.RELANCE.stall_minutes)
    lives = known.sign is not None and now - known.sign.at <= QUIET
    if lives and known.alone_since and known.oldest_due and now - known.oldest_due > patience:
        return Stall("unattended", known.alone_since)
    since = known.sign.shut_since if known.sign and (known.due or lives) else None  # each try puts them off anew
    asks = since is not None and known.sign is not None and known.sign.asks  # then waiting helps nobody
    overdue = asks or any(at is not None and now - at > patience for at in (known.oldest_due, since))
    still = asks or known.last_sent is None or now - known.last_sent > patience
    if still and (overdue or (known.leased and known.leased.lost)):
        return _fault(known, now)
    return _wanted(known) if not known.due and not known.leaving else None


def _fault(known: Facts, now: datetime) -> Stall:
    """Return why due messages do not leave though nobody wants it so."""
    silent = known.sign is None or now - known.sign.at > QUIET
    return _machine(known, silent=silent) or _work(known, silent=silent)


def _machine(known: Facts, *, silent: bool) -> Stall | None:
    """Return what is amiss with the processes, the disk or the database."""
    sign, blocked = known.sign, known.blocked
    if silent and not known.worker_lives:
        return Stall("no_worker", sign.at if sign else None, {"worker": sign.worker if sign else "–"})
    if known.free < LITTLE:
        return Stall("disk_full", known.oldest_due, {"free": str(known.free // 1_000_000)})
    if blocked:
        return Stall("database_blocked", blocked.since, {"process": str(blocked.process), "holder": blocked.holder})
    return None


def _work(known: Facts, *, silent: bool) -> Stall:
    """Return what is amiss with the sending itself."""
    sign, leased, job = known.sign, known.leased, known.job
    if sign and sign.shut_since:
        return Stall("channel_shut", sign.shut_since, {"failure": sign.failure})
    if leased and leased.lost:
        return Stall("worker_stuck", leased.since, {"worker": leased.worker, "messages": str(leased.messages)})
    if silent and job:
        return Stall("busy_elsewhere", job.since, {"task": job.task})
    return Stall("unexplained", known.oldest_due, {"messages": str(known.due)})


def _wanted(known: Facts) -> Stall | None:
    """Return why nothing is due though messages wait: a person, a pause, the gate or a mailbox provider wants it so."""
    if known.waiting and known.reason and known.next_at:
        code = "provider" if known.reason in PROVIDERS else "deferred"
        told = {"reason": known.reason, "until": known.next_at.isoformat(), "messages": str(known.waiting)}
        return Stall(code, None, told)
    if known.resting:
        return Stall("journeys_paused", None, {"messages": str(known.resting)})
    return Stall("held", known.held_since, {"messages": str(known.held)}) if known.held else None
