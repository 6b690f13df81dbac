"""Files people brought through the pages: where each stands, what they said about it, which importer takes it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from relance.core import place
from relance.core.errors import InputError
from relance.intake import consents, contacts, coverage, events, runs, suppressions
from relance.intake.models import ImportRun, Upload
from relance.intake.options import Options, Progress

FOLDER = "uploads"
KEPT = timedelta(days=7)  # they hold personal data
Load = Callable[[Path, Options, datetime, Progress], ImportRun]
LOADERS: Mapping[str, Load] = {
    "contacts": contacts.load,
    "events": events.load,
    "consents": consents.load,
    "suppressions": suppressions.load,
}


def path(upload: Upload) -> Path:
    """Return where the file is, or raise a sentence if it was thrown away."""
    found = place.folder(FOLDER) / str(upload.id) / upload.file_name
    if not found.exists():
        raise InputError(f"{upload.file_name} is not here any more. Bring it again.")
    return found


def keep(upload: Upload, draft: Path) -> None:
    """Move a file that came in completely to where its upload looks for it."""
    folder = place.folder(FOLDER) / str(upload.id)
    folder.mkdir(mode=0o700, exist_ok=True)
    draft.rename(folder / upload.file_name)


def forget(upload: Upload) -> None:
    """Erase the file: it holds personal data, and what was of use is in the base."""
    shutil.rmtree(place.folder(FOLDER) / str(upload.id), ignore_errors=True)


def throw_away(upload: Upload) -> None:
    """Erase a file that is not to be brought in, and what was said of it."""
    forget(upload)
    upload.delete()


def sweep(now: datetime) -> int:
    """Erase files nobody brought in for a week, and those that never came in completely; return how many went."""
    late = list(Upload.objects.filter(run=None, at__lt=now - KEPT))
    for upload in late:
        throw_away(upload)
    known = {str(name) for name in Upload.objects.filter(run=None).values_list("id", flat=True)}
    stray = [
        path
        for path in place.folder(FOLDER).iterdir()
        if path.name not in known and path.stat().st_mtime < (now - KEPT).timestamp()
    ]
    for path in stray:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return len(late) + len(stray)


def options(upload: Upload, *, dry_run: bool = False) -> Options:
    """Return what the person said about the file, as the importer takes it."""
    said: dict[str, Any] = dict(upload.options)
    if day := said.pop("covered_since", ""):
        said["covered_since"] = _start_of(day, said.get("zone", ""))
    if day := said.pop("covered_until", ""):
        said["covered_until"] = coverage.whole_day(_start_of(day, said.get("zone", "")))
    return Options(**said, dry_run=dry_run)


def _start_of(day: str, zone: str) -> datetime:
    try:
        return datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(Options(zone=zone).time_zone)).astimezone(UTC)
    except ValueError as error:
        raise InputError(f"“{day}” is no day. Write it as 2024-01-31.") from error


def load(upload: Upload, now: datetime, progress: Progress, *, dry_run: bool = False) -> ImportRun:
    """Bring the file in, or only count what would become of it; the file goes once it is in."""
    run = LOADERS[upload.kind](path(upload), options(upload, dry_run=dry_run), now, progress)
    if not dry_run:
        Upload.objects.filter(id=upload.id).update(run=run)
        forget(upload)
        runs.renew_statistics()
    return run
