"""Daily figures that mailbox providers publish of a sender: Gmail's Postmaster Tools, Microsoft's SNDS; brought by a file.

They speak of a sender, never of a journey, and of days, never of messages. Complaints come as a share, so the messages
we sent that day make it a number; where a feedback loop tells of each complaint, the loop is believed and not the share.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from relance.core import audit, database
from relance.core.errors import InputError
from relance.eligibility.breaker import counting, providers
from relance.eligibility.breaker.counting import ALL, COUNTED, Cohort, Touched
from relance.eligibility.breaker.limits import Signal

Days = Mapping[datetime, tuple[int, int]]  # noon of a day: messages, bad answers
LARGEST_FILE = 20_000_000
# SNDS has no header: address, period begins, period ends, RCPT, DATA, recipients, filter, complaint rate, trap period
# begins, ends, trap hits, sample HELO, sample sender, comments (Microsoft, SNDS automated data access).
SNDS_COLUMNS, SNDS_START, SNDS_RECIPIENTS, SNDS_RATE, SNDS_TRAPS = 10, 1, 5, 7, 10
_SNDS_DATES = ("%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M", "%m/%d/%Y")
_HEADERS = {
    "day": ("date", "day", "jour"),
    "rate": ("spam rate", "user reported spam rate", "user-reported spam rate", "userreportedspamratio", "spam_rate",
             "complaint rate", "complaint_rate", "taux de spam"),
    "sends": ("sends", "messages", "recipients", "volume", "sent"),
    "bad": ("complaints", "bad", "plaintes"),
    "provider": ("provider", "fournisseur"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A day of a provider: a share, or a number of bad answers of so many messages; None where the file is silent."""

    provider: str
    signal: Signal
    day: date
    rate: float | None = None
    bad: int | None = None
    sends: int | None = None


@dataclass(frozen=True)
class Brought:
    """What an import did: its format, days kept, and days without messages of ours, which a share says nothing of."""

    form: str
    provider: str
    kept: int
    without_sends: int


def bring(path: Path, *, by: str, now: datetime, provider: str = "", domain: str = "") -> Brought:
    """Keep the figures of a file: Postmaster's CSV or JSON, SNDS's CSV, or a CSV with date, rate and provider.

    They are of the sender of `domain`, that of the settings where none is named. A day brought again
    takes the place of the one before. InputError where the file is none of these.
    """
    form, lines = _read(path, provider)
    domain = domain or counting.sender()
    with transaction.atomic():
        sent = _sent({line.day for line in lines}, {line.provider for line in lines}, domain)
        kept = [row for line in lines if (row := _row(line, sent)) is not None]
        database.execute(
            """
            INSERT INTO provider_report (sender, provider, signal, day, sends, bad, source, at)
            SELECT %s, provider, signal, day, sends, bad, %s, %s::timestamptz
            FROM unnest(%s::text[], %s::text[], %s::date[], %s::int[], %s::int[]) AS new (provider, signal, day, sends, bad)
            ON CONFLICT (sender, provider, signal, day, source)
            DO UPDATE SET sends = excluded.sends, bad = excluded.bad, at = excluded.at
            """,
            [
                domain,
                form,
                now,
                *(list(column) for column in (zip(*kept, strict=True) if kept else [()] * 5)),
            ],
        )
        touched = sorted({line.provider for line in lines})
        _touch(touched, domain, now)
        audit.record("provider report", path.name, now=now, actor=by, details={"form": form, "days": len(kept)})
    return Brought(form, ", ".join(touched), len(kept), len(lines) - len(kept))


def of(senders: Collection[str], since: datetime) -> dict[tuple[Touched, Signal], dict[datetime, tuple[int, int]]]:
    """Return the daily figures published of these senders, at the noon of their days."""
    found: dict[tuple[Touched, Signal], dict[datetime, tuple[int, int]]] = {}
    for sender, provider, signal, day, sends, bad in database.rows(
        """
        SELECT sender, provider, signal, day, max(sends), max(bad) FROM provider_report
        WHERE sender = ANY(%s) AND day >= %s::date GROUP BY sender, provider, signal, day ORDER BY day
        """,
        [list(senders), since],
    ):
        at = datetime.combine(day, time(12), UTC)
        found.setdefault((Touched(ALL, sender, provider), signal), {})[at] = (sends, bad)
    return found


def beside(own: list[Cohort], days: Days, signal: Signal) -> list[Cohort]:
    """Return the cohorts a sender is judged by: its own, and the days a provider published where it tells no more."""
    if not days or (signal == "complaint" and any(cohort.told for cohort in own)):
        return own
    none = dict.fromkeys(COUNTED, 0)
    published = [Cohort("", at, sends, sends, **{**none, signal: bad}) for at, (sends, bad) in days.items()]
    return sorted([*([] if signal == "complaint" else own), *published], key=lambda one: one.cohort)


def _row(line: Line, sent: Mapping[tuple[str, date], int]) -> tuple[str, str, date, int, int] | None:
    """Return what is kept of a line; None where nobody knows how many messages its share is of."""
    sends = line.sends if line.sends is not None else sent.get((line.provider, line.day), 0)
    if not sends:
        return None
    bad = line.bad if line.bad is not None else round((line.rate or 0) * sends)
    return line.provider, line.signal, line.day, max(sends, bad), bad


def _sent(days: Collection[date], names: Collection[str], domain: str) -> dict[tuple[str, date], int]:
    """Return the messages sent from a domain to these providers on these days (UTC)."""
    if not days:
        return {}
    start = datetime.combine(min(days), time(), UTC)
    end = datetime.combine(max(days), time(), UTC) + timedelta(days=1)
    found: dict[tuple[str, date], int] = {}
    for one in counting.cohorts(ALL, start, end, domain=domain):
        if one.provider in names:
            key = (one.provider, one.cohort.astimezone(UTC).date())
            found[key] = found.get(key, 0) + one.sends
    return found


def _touch(names: Sequence[str], domain: str, now: datetime) -> None:
    """Have the stage judge these providers at its next run, though nothing was sent."""
    database.execute(
        """
        INSERT INTO breaker_count (journey_id, sender, provider, cohort)
        SELECT 0, %s, name, date_trunc('hour', %s::timestamptz, 'UTC') FROM unnest(%s::text[]) AS name
        """,
        [domain, now, list(names)],
    )


def _read(path: Path, provider: str) -> tuple[str, list[Line]]:
    """Return which form a file has, and its lines."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check the name and the permissions.") from error
    if len(raw) > LARGEST_FILE:
        raise InputError(f"{path} is larger than 20 MB; a provider's report is a short file. Is it the right one?")
    text = raw.decode("utf-8-sig", "replace")
    if text.lstrip().startswith(("{", "[")):
        return "postmaster", list(_postmaster_json(path, text))
    try:
        lines = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
        rows = [row for row in lines if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InputError(f"{path} is no table ({error}). Bring the provider's file unchanged.") from error
    if rows and len(rows[0]) > SNDS_COLUMNS and re.fullmatch(r"[\d.]+|[0-9a-fA-F:]+", rows[0][0].strip()):
        return "snds", list(_snds(path, rows))
    return "table", list(_table(path, rows, provider or "gmail"))


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _postmaster_json(path: Path, text: str) -> Iterator[Line]:
    """Give the days of an answer of Gmail's Postmaster Tools API (trafficStats: name, userReportedSpamRatio)."""
    try:
        answer: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}, line {error.lineno}: not JSON ({error.msg}). Save the answer whole.") from error
    except RecursionError as error:
        raise InputError(
            f"{path}: nested too deeply to be an answer of Postmaster Tools. Save the answer whole."
        ) from error
    stats = answer.get("trafficStats", []) if isinstance(answer, dict) else answer
    for one in stats:
        found = re.search(r"trafficStats/(\d{8})$", str(one.get("name", ""))) if isinstance(one, dict) else None
        if found is None:
            raise InputError(f"{path}: no day is named in a part of this answer. Save what trafficStats.list answers.")
        day = datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC).date()
        yield Line("gmail", "complaint", day, rate=float(one.get("userReportedSpamRatio", 0)))


def _snds(path: Path, rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    """Give the days of SNDS, over all addresses: trap hits, and complaints where the share is told."""
    days: dict[date, tuple[int, int, float]] = {}
    for number, row in enumerate(rows, start=1):
        day, recipients, traps, rate = _snds_row(path, number, row)
        sends, hits, complained = days.get(day, (0, 0, 0.0))
        days[day] = (sends + recipients, hits + traps, complained + rate * recipients)
    for day, (sends, hits, complained) in days.items():
        yield Line("microsoft", "trap", day, bad=hits, sends=sends)
        yield Line("microsoft", "complaint", day, bad=round(complained), sends=sends)


def _snds_row(path: Path, number: int, row: Sequence[str]) -> tuple[date, int, int, float]:
    try:
        day = _moment(row[SNDS_START])
        recipients, traps = int(row[SNDS_RECIPIENTS] or 0), int(row[SNDS_TRAPS] or 0)
    except (ValueError, IndexError) as error:
        raise InputError(f"{path}, line {number}: not a line of SNDS ({error}). Bring its CSV unchanged.") from error
    return day, recipients, traps, 0.0 if "<" in row[SNDS_RATE] else _share(path, number, row[SNDS_RATE])


def _moment(text: str) -> date:
    for form in _SNDS_DATES:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise ValueError(f"no date: {text!r}")


def _table(path: Path, rows: Sequence[Sequence[str]], provider: str) -> Iterator[Line]:
    """Give the days of a table with a header: a date, a share (or a number of complaints), perhaps provider and messages."""
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    place = {
        name: next((header.index(word) for word in words if word in header), None) for name, words in _HEADERS.items()
    }
    if place["day"] is None or (place["rate"] is None and place["bad"] is None):
        raise InputError(
            f"{path}: no column with a date and a spam rate is found. Name them `date` and `spam rate`, or bring the file "
            "of Postmaster Tools or SNDS unchanged."
        )
    for number, row in enumerate(rows[1:], start=2):
        cells = {name: row[at].strip() if at is not None and at < len(row) else "" for name, at in place.items()}
        yield _table_line(path, number, cells, provider)


def _table_line(path: Path, number: int, cells: Mapping[str, str], provider: str) -> Line:
    try:
        day = date.fromisoformat(re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", cells["day"]))
        sends, bad = (int(cells[name]) if cells[name] else None for name in ("sends", "bad"))
    except ValueError as error:
        raise InputError(f"{path}, line {number}: {error}. Write dates as 2027-01-31 and whole numbers.") from error
    whose = (cells["provider"] or provider).lower()
    if whose not in providers.PROVIDERS:
        raise InputError(
            f"{path}, line {number}: no such provider: {whose}. There are {', '.join(providers.PROVIDERS)}."
        )
    rate = _share(path, number, cells["rate"]) if cells["rate"] else None
    return Line(whose, "complaint", day, rate=rate, bad=bad, sends=sends)


def _share(path: Path, number: int, text: str) -> float:
    """Return a share written as 0.001, 0.1 % or 0,1%."""
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*(%?)", text.strip())
    share = float(found[1].replace(",", ".")) / (100 if found[2] else 1) if found else -1.0
    if not 0 <= share <= 1:
        raise InputError(f"{path}, line {number}: no share: {text!r}. Write it as 0.001 or 0.1%.")
    return share
