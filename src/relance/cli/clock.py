"""The command line's clock: the instant commands work at, now unless `--as-of` says otherwise."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from django.conf import settings

AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Work as if it were this day or instant, such as 2026-07-27.")
]


def local(at: datetime) -> datetime:
    """Return the instant in the time zone of the settings, as people read it."""
    return at.astimezone(ZoneInfo(settings.RELANCE.time_zone))


def instant(as_of: str | None) -> datetime:
    """Return the instant meant: now, or the written one in the settings' time zone where it names none."""
    if as_of is None:
        return datetime.now(UTC)
    try:
        written = datetime.fromisoformat(as_of)
    except ValueError:
        raise typer.BadParameter(f"{as_of!r} is not a date; write 2026-07-27 or 2026-07-27T08:00.") from None
    return (written if written.tzinfo else written.replace(tzinfo=ZoneInfo(settings.RELANCE.time_zone))).astimezone(UTC)
