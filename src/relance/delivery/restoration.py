"""Notices that the database is not the one that was left: then nothing is sent until a person has looked.

The pulse in the database only grows, and the data folder remembers how far it had come. A database whose pulse lies
behind was put back from a backup; a folder's mark that was copied was put back with it; a folder that the database does
not know, or another cluster, means that it moved. Each time messages may be due that left already.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from django.db import transaction

from relance.core import database
from relance.delivery import beats, folder_mark, team, workers
from relance.delivery.beats import Counted
from relance.delivery.folder_mark import Mark
from relance.delivery.workers import LONGEST_PASS
from relance.outbox.pulse import DataFolder, Restoration

log = structlog.get_logger(__name__)
JOINING = timedelta(minutes=2)  # time in which others prove that a folder joins them and did not take their place
BEYOND = 1_000_000  # what the pulse leaps by once noticed, past all that other folders may remember

_only_sends: ContextVar[bool] = ContextVar("_only_sends", default=False)


@contextmanager
def only_sending() -> Iterator[None]:
    """Within it, who sends does not do the stages: a worker that does them is somebody else."""
    token = _only_sends.set(True)
    try:
        yield
    finally:
        _only_sends.reset(token)


@dataclass(frozen=True)
class Seen:
    """What was known before the pulse was counted on: by the folder, and by the database."""

    mark: Mark | None
    at: datetime | None


def open_one() -> Restoration | None:
    """Return the restoration that a person has yet to settle."""
    return Restoration.objects.filter(settled_at=None).first()


def awaits(now: datetime) -> bool:
    """Tell whether sending waits for a person, since this database or its folder may be older than what was sent.

    The folder's mark is read before the pulse is counted on: another process of this folder can only have written a
    lower number.
    """
    seen = Seen(folder_mark.read(), beats.last()[0])
    counted = beats.count(seen.mark.folder if seen.mark else None)
    if counted.awaited:
        if seen.mark:  # what this folder knew is answered by what the person will say
            folder_mark.write(Mark(seen.mark.folder, counted.cluster, counted.number, now))
        return True
    kind = _judge(seen, counted, now)
    if kind in {"went_back", "copied", "moved"}:
        _open(kind, seen, counted, now)
    elif seen.mark and counted.number > seen.mark.number:
        folder_mark.write(Mark(seen.mark.folder, counted.cluster, counted.number, now))
    return bool(kind)


def _judge(seen: Seen, counted: Counted, now: datetime) -> str:
    """Return why sending has to wait; empty where it need not."""
    mark = seen.mark
    if mark is None:
        return _newcomer(counted, now)
    known = DataFolder.objects.filter(pk=mark.folder).first()
    if known is None:
        return _stranger(mark, counted, now)
    return _at_home(mark, counted) if known.admitted else _joining(known, now)


def _at_home(mark: Mark, counted: Counted) -> str:
    """Judge a folder that sends from this database: is it still the one that the folder remembers?"""
    if counted.number <= mark.number:
        return "went_back"
    if mark.copied:
        return "copied"
    alone = not DataFolder.objects.exclude(pk=mark.folder).exists()
    if counted.cluster != mark.cluster and not (alone and counted.number == mark.number + 1):
        return "moved"  # a dump after which nobody began to send lacks nothing
    return ""


def _newcomer(counted: Counted, now: datetime) -> str:
    """Give a name to a folder without one: the first is at home, another joins those that are.

    Of two processes that begin in one folder the quicker names it; the other takes its own name back, and leaves it the
    place at home where it had come first in the database.
    """
    mark, first = Mark(uuid4(), counted.cluster, counted.number, now), not DataFolder.objects.exists()
    _know(mark.folder, counted, now, admitted=first)
    if not folder_mark.create(mark):
        if named := folder_mark.read():
            _yield_to(named.folder, mark.folder, first=first)
            return "joining"
        folder_mark.write(mark)  # in the place of a file that cannot be read
    return "" if first else "joining"


@transaction.atomic
def _yield_to(named: UUID, ours: UUID, *, first: bool) -> None:
    DataFolder.objects.filter(pk=ours).delete()
    if first:
        DataFolder.objects.filter(pk=named).update(admitted=True)


def _stranger(mark: Mark, counted: Counted, now: datetime) -> str:
    """Judge a folder with a name that the database does not know; an empty database has nothing to send again."""
    empty = not DataFolder.objects.exists() and database.rows("SELECT EXISTS (SELECT FROM message)") == [(False,)]
    _know(mark.folder, counted, now, admitted=True)
    if empty:
        folder_mark.write(replace(mark, cluster=counted.cluster, number=counted.number, at=now))
        return ""
    return "went_back" if counted.number <= mark.number else "moved"


def _joining(known: DataFolder, now: datetime) -> str:
    """Admit a folder once one of those at home counted on; while nobody else lives, it has taken their place.

    Those at home do not count while a night or a long work keeps them from sending: until it ends, the folder waits.
    """
    if DataFolder.objects.filter(admitted=True, number__gt=known.number).exists():
        DataFolder.objects.filter(pk=known.pk).update(admitted=True)
        return ""
    if now - known.first_seen_at < JOINING or (_only_sends.get() and workers.at_stages(LONGEST_PASS)):
        return "joining"
    return "moved"


def _know(folder: UUID, counted: Counted, now: datetime, *, admitted: bool) -> None:
    DataFolder.objects.get_or_create(
        id=folder, defaults={"first_seen_at": now, "at": now, "number": counted.number, "admitted": admitted}
    )


@transaction.atomic
def _open(kind: str, seen: Seen, counted: Counted, now: datetime) -> None:
    """Write down what was noticed, tell the team, and leap past every number that a folder may remember."""
    known_at = seen.mark.at if seen.mark else None
    opened = database.rows(
        """
        INSERT INTO restoration (kind, noticed_at, snapshot_at, known_at, proven, settled_by) VALUES (%s, %s, %s, %s, 0, '')
        ON CONFLICT DO NOTHING RETURNING id
        """,
        [kind, now, seen.at, known_at],
    )
    if not opened:
        return
    remembered = seen.mark.number if seen.mark else 0
    ((number,),) = database.rows(
        "UPDATE pulse SET number = greatest(number, %s) + %s RETURNING number", [remembered, BEYOND]
    )
    DataFolder.objects.update(admitted=True)  # once the person has spoken, all that are here are at home
    team.tell(
        "restored", f"restored:{opened[0][0]}", {"kind": kind, "since": _text(seen.at), "until": _text(known_at)}, now
    )
    log.warning("database restored or moved: sending waits for a person", kind=kind)
    if seen.mark:
        mark = Mark(seen.mark.folder, counted.cluster, number, now)
        transaction.on_commit(lambda: folder_mark.write(mark))


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""
