"""How a file is to be brought in; the command line, the API and the pages fill the same options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from relance.core import zones
from relance.core.errors import InputError

MODES = ("merge", "skip", "overwrite")
UNKNOWN = ("create", "reject")
DATE_ORDERS = ("", "day-first", "month-first")
DECIMALS = ("", "comma", "point")

Progress = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Options:
    """What the person who brings a file may say about it; every field has a default that suits a usual export."""

    source: str = ""  # name of where the data comes from; empty: the tool recognised, else "files"
    columns: Mapping[str, str] = field(default_factory=dict)  # column of the file -> field
    mode: str = "merge"  # of contacts already known: merge, skip or overwrite
    type: str = ""  # event type of every line, where no column says it
    unknown: str = "create"  # of people named by events and consents that nobody knows: create or reject
    dates: str = ""  # day-first or month-first, where the file leaves it open
    decimal: str = ""  # comma or point, where the file leaves it open
    zone: str = ""  # time zone of dates that name none; empty: the setting
    covered_since: datetime | None = (
        None  # the source tells of these events since then; None: since the earliest in the file
    )
    covered_until: datetime | None = None  # and up to then; None: up to the latest in the file
    dry_run: bool = False  # count everything, write nothing

    def __post_init__(self) -> None:
        _choice("--mode", self.mode, MODES)
        _choice("--unknown", self.unknown, UNKNOWN)
        _choice("--dates", self.dates, DATE_ORDERS)
        _choice("--decimal", self.decimal, DECIMALS)
        try:
            zones.zone(self.zone or "UTC")
        except ValueError as error:
            raise InputError(
                f"--zone {self.zone}: no such time zone. Write it as Europe/Paris or America/Montreal."
            ) from error

    @property
    def time_zone(self) -> str:
        """Return the zone of dates that name none."""
        return self.zone or str(settings.RELANCE.time_zone)


def _choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{name} {value}: no such choice. Choose {' or '.join(c for c in choices if c)}.")
