"""What people received in windows that end today, from what they had when they were last scored.

A count in a window changes by the events that came into it, all of them new, and by those that left it, found where the
lake's files hold the days in between. Told late, joined or left unfinished (carts), a history is counted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from relance.core.durations import Duration
from relance.dormancy import counting
from relance.dormancy.counting import Tally
from relance.dormancy.criteria import Beside
from relance.dormancy.policies import PolicyDefinition
from relance.rules import moments

_SLACK = timedelta(days=3)  # a month more or less is a few days longer or shorter than that before it

_OLD = "(FROM judged_id ANTI JOIN recounted USING (contact_id)) LEFT JOIN kept_profile USING (contact_id)"


@dataclass(frozen=True)
class Windows:
    """The counts the policies ask for, from one scoring to the next."""

    tallies: tuple[Tally, ...]
    left: tuple[Beside, ...]
    then: datetime
    now: datetime

    @classmethod
    def of(cls, policies: list[PolicyDefinition], then: datetime, now: datetime) -> Windows:
        """Return the windows of these policies between two instants."""
        left = {counting.beside_name(b): b for policy in policies for b in policy.beside.values() if b.unless}
        return cls(tuple(counting.asked(policies)), tuple(left.values()), then, now)

    def leave(self, con: duckdb.DuckDBPyConnection) -> None:
        """Make the table `leaving` of the events that left a window since."""
        types: dict[Duration, set[str]] = {}
        for tally in self.tallies:
            types.setdefault(tally.window, set()).add(tally.event)
        parts = (
            f"SELECT contact_id, type, channel, '{window}' AS span FROM events WHERE {_typed(kinds)} "
            f"AND {_between(window.before(self.then), window.before(self.now))}"
            for window, kinds in types.items()
        )
        con.execute(f"CREATE TABLE leaving AS {' UNION ALL '.join(parts)}")

    def unfinished(self) -> str:
        """Return the query of the people whose counts of what was left unfinished may differ; "" where nothing counts that."""
        parts = []
        for beside in self.left:
            kinds = {beside.event, *beside.unless}
            spans = [
                _between(span.before(self.then) - slack, span.before(self.now) + slack)
                for span, slack in ((one, _slack(one)) for one in (beside.wait, beside.within))
            ]
            parts.append(f"SELECT contact_id FROM events WHERE type = '{beside.event}' AND ({' OR '.join(spans)})")
            parts.append(f"SELECT contact_id FROM new_event WHERE {_typed(kinds)}")
        return " UNION ".join(parts)

    def receive(self, con: duckdb.DuckDBPyConnection, columns: str, counted: str) -> None:
        """Make the table `received` of the people of `judged_id`, from `kept_profile`, `new_event`, `leaving` and `again`.

        `columns` are the table's, with their types; `counted` is the query that counts the events of who is counted again.
        """
        con.execute(
            f"CREATE TABLE entering AS SELECT contact_id, {', '.join(self._entering())} FROM new_event GROUP BY 1"
        )
        con.execute(f"CREATE TABLE gone_by AS SELECT contact_id, {', '.join(self._leaving())} FROM leaving GROUP BY 1")
        moved = f"{_OLD} LEFT JOIN entering USING (contact_id) LEFT JOIN gone_by USING (contact_id)"
        con.execute(
            f"CREATE TABLE received AS SELECT {columns} FROM (SELECT contact_id, {', '.join(self._moved())} FROM {moved} "
            f"UNION ALL BY NAME (WITH events AS (FROM again) {counted}))"
        )

    def _entering(self) -> Sequence[str]:
        now = f"occurred_at <= {moments.written(self.now)}"
        columns = []
        for tally in self.tallies:
            there = f"{_is(tally)} AND {now} AND occurred_at > {moments.written(tally.window.before(self.then))}"
            columns.append(f'count(*) FILTER ({there}) AS "in_{tally.name}"')
            columns.append(f'max(occurred_at) FILTER ({there}) AS "at_{tally.name}"')
        return columns

    def _leaving(self) -> Sequence[str]:
        return [
            f"count(*) FILTER ({_is(tally)} AND span = '{tally.window}') AS \"out_{tally.name}\""
            for tally in self.tallies
        ]

    def _moved(self) -> Sequence[str]:
        columns = [f'coalesce("{name}", 0) AS "{name}"' for name in map(counting.beside_name, self.left)]
        for tally in self.tallies:
            name = tally.name
            count = f'coalesce("{name}", 0) + coalesce("in_{name}", 0) - coalesce("out_{name}", 0)'
            columns.append(f'{count} AS "{name}"')
            if tally.dated:
                columns.append(f'CASE WHEN {count} > 0 THEN greatest("last_{name}", "at_{name}") END AS "last_{name}"')
        return columns


def _slack(duration: Duration) -> timedelta:
    return _SLACK if duration.unit in ("month", "year") else timedelta(seconds=2)


def _between(start: datetime, end: datetime) -> str:
    return f"(occurred_at > {moments.written(start)} AND occurred_at <= {moments.written(end)})"


def _typed(kinds: set[str]) -> str:
    return f"type IN ({', '.join(repr(kind) for kind in sorted(kinds))})"


def _is(tally: Tally) -> str:
    channel = f" AND coalesce(channel = '{tally.channel}', false)" if tally.channel else ""
    return f"type = '{tally.event}'{channel}"
