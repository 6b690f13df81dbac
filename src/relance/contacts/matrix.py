"""The permission matrix: which legal basis allows which purpose on which channel; one table for the gate and every count.

The lines stand in `permission.yaml` with their sources; the setting `permission_matrix` names a file that takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import product
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core.definitions import Definition, read, validate

BASES = ("opt_in", "existing_customer", "business", "contract")
CHANNELS = ("email", "sms", "push", "postal", "phone", "audience")
COMMERCIAL = ("reactivation", "promotion", "relationship")
PURPOSES = (*COMMERCIAL, "transactional", "notice")
KINDS = ("b2c", "b2b")
MARKETING, AUDIENCE, TRACKING = "marketing", "audience", "tracking"  # topics of consent
SHIPPED = Path(__file__).with_name("permission.yaml")

Basis = Literal["opt_in", "existing_customer", "business", "contract", "none"]
Channel = Literal["email", "sms", "push", "postal", "phone", "audience"]
Purpose = Literal["reactivation", "promotion", "relationship", "transactional", "notice"]
Needs = Literal["", "sale", "company", "running"]


class Line(Definition):
    """One line of the file: a basis allows purposes on channels, under a condition, between two days."""

    basis: Basis
    channel: tuple[Channel, ...]
    purpose: tuple[Purpose, ...]
    needs: Needs = ""
    since: date | None = None
    until: date | None = None
    source: str

    def holds(self, on: date) -> bool:
        """Tell whether the line is in force on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


class MatrixFile(Definition):
    """The file: its name and its lines."""

    matrix: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Person:
    """What of a person a cell may ask: a company's contact, a completed sale, a contract that runs."""

    kind: str = "b2c"
    sale: bool = False
    running: bool = False

    def meets(self, needs: str) -> bool:
        return {"": True, "sale": self.sale, "company": self.kind == "b2b", "running": self.running}[needs]


Cell = tuple[str, str, str]  # basis, channel, purpose
Cells = Mapping[Cell, tuple[str, ...]]  # what each allowed cell needs; any one of these suffices


def cells(now: datetime) -> Cells:
    """Return the cells that allow something at an instant; a cell that is not there allows nothing."""
    return _cells(*_version(), now.astimezone(ZoneInfo(settings.RELANCE.time_zone)).date())


def lines() -> tuple[Line, ...]:
    """Return the lines of the file in force."""
    return _lines(*_version())


def rows(now: datetime) -> Iterator[dict[str, object]]:
    """Yield every cell of the matrix at an instant, allowed or not, with what it needs and its source."""
    allowed, on = cells(now), now.astimezone(ZoneInfo(settings.RELANCE.time_zone)).date()
    for basis, channel, purpose in product(("none", *BASES), CHANNELS, PURPOSES):
        needs = allowed.get((basis, channel, purpose))
        sources = [one.source for one in lines() if one.holds(on) and _covers(one, basis, channel, purpose)]
        yield {
            "basis": basis, "channel": channel, "purpose": purpose, "allowed": needs is not None,
            "needs": " or ".join(filter(None, needs or ())), "source": "; ".join(sources),
        }  # fmt: skip


def permits(found: Cells, cell: Cell, person: Person) -> bool:
    """Tell whether a cell allows its purpose for this person."""
    return any(person.meets(needs) for needs in found.get(cell, ()))


def permitted_sql(
    now: datetime, purpose: str = "promotion", *, channel: str, sale: str, consent: str = "", kind: str = "kind"
) -> str:
    """Return PostgreSQL's condition under which the consent row in force permits a purpose; NULL-free, without parameters.

    `channel`, `sale` and `kind` are expressions: the channel of the message, whether a sale was completed, b2c or b2b.
    The row gives `given`, `basis` and `expires_at` (NULL where there is no row), under the alias `consent`.
    """
    row = f"{consent}." if consent else ""
    at = f"TIMESTAMPTZ '{now.astimezone(UTC).isoformat()}'"
    needs = {"": "true", "sale": f"({sale})", "company": f"{kind} = 'b2b'", "running": "true"}
    said = " OR ".join(
        f"({row}basis = '{basis}' AND {channel} = '{where}' AND ({' OR '.join(needs[one] for one in asked)}))"
        for (basis, where, what), asked in sorted(cells(now).items()) if what == purpose and basis != "none"
    )  # fmt: skip
    return (
        f"coalesce({row}given AND ({row}expires_at IS NULL OR {row}expires_at > {at}) AND ({said or 'false'}), false)"
    )


def superseded_sql(*, channel: str, topics: str, now: str) -> str:
    """Return PostgreSQL's condition on a row of `consent` under which it says nothing: on the telephone, a running contract is later.

    Such a contract allows calls. An older entry as an existing customer, or one that has run out, does not hide it.
    """
    return f"""({channel} = 'phone' AND given
            AND (coalesce(basis, '') = 'existing_customer' OR coalesce(expires_at <= {now}, false)) AND EXISTS (
                SELECT FROM consent AS running
                WHERE running.contact_id = consent.contact_id AND running.channel = 'phone' AND running.topic = ANY({topics})
                  AND running.given AND running.basis = 'contract' AND running.at BETWEEN consent.at AND {now}
                  AND (running.expires_at IS NULL OR running.expires_at > {now})))"""


def _covers(line: Line, basis: str, channel: str, purpose: str) -> bool:
    return line.basis == basis and channel in line.channel and purpose in line.purpose


def _version() -> tuple[Path, int]:
    """Return the file in force and when it was last written."""
    path = Path(settings.RELANCE.permission_matrix) if settings.RELANCE.permission_matrix else SHIPPED
    return path, path.stat().st_mtime_ns if path.is_file() else 0


@cache
def _lines(path: Path, _written: int) -> tuple[Line, ...]:
    return validate(MatrixFile, read(path)).lines


@cache
def _cells(path: Path, written: int, on: date) -> Cells:
    found: dict[Cell, tuple[str, ...]] = {}
    for line in _lines(path, written):
        for channel, purpose in product(line.channel, line.purpose) if line.holds(on) else ():
            cell = (line.basis, channel, purpose)
            found[cell] = (*found.get(cell, ()), line.needs)
    return found
