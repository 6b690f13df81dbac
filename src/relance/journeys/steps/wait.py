"""`wait`: a duration, or until a weekday and an hour; counts from when the message before it really left."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from pydantic import Field, TypeAdapter, model_validator

from relance.core import database
from relance.core.definitions import Definition
from relance.core.durations import Duration
from relance.journeys.steps.step import Due, Step

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NOT_YET = ("date", "event")


class Until(Definition):
    """The next time it is this hour (on this weekday), in the time zone of the settings."""

    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] | None = None
    hour: int = Field(ge=0, le=23)

    @property
    def days(self) -> int:
        """After how many days the moment comes round again."""
        return 7 if self.weekday else 1

    def after(self, now: datetime) -> datetime:
        """Return the first such moment after `now`."""
        zone = ZoneInfo(settings.RELANCE.time_zone)
        local = now.astimezone(zone).replace(tzinfo=None)
        start = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.weekday:
            start += timedelta(days=WEEKDAYS.index(self.weekday) - start.weekday())
        moment = start + timedelta(hours=self.hour)
        moment += timedelta(days=self.days) if moment <= local else timedelta(0)
        return moment.replace(tzinfo=zone).astimezone(UTC)

    def after_sql(self, instant: str) -> str:
        """Return the SQL of `after` for the expression `instant`."""
        zone = settings.RELANCE.time_zone
        local = f"({instant} AT TIME ZONE '{zone}')"
        shift = f"interval '{WEEKDAYS.index(self.weekday) if self.weekday else 0} days {self.hour} hours'"
        moment = f"(date_trunc('{'week' if self.weekday else 'day'}', {local}) + {shift})"
        again = f"CASE WHEN {moment} <= {local} THEN interval '{self.days} days' ELSE interval '0' END"
        return f"(({moment} + {again}) AT TIME ZONE '{zone}')"


class Wait(Step):
    """`wait: 7 days`, or `wait: {until: {weekday: tuesday, hour: 10}}`."""

    kind: ClassVar[str] = "wait"
    holds: ClassVar[bool] = True
    time: Duration | None = None
    until: Until | None = None

    @classmethod
    def read(cls, value: Any) -> Self:
        """Return the wait written as a duration or as `until`."""
        if not isinstance(value, dict):
            return cls(time=TypeAdapter(dict[str, Duration]).validate_python({cls.kind: value})[cls.kind])
        if late := [name for name in NOT_YET if name in value]:
            raise ValueError(f"waiting for `{late[0]}` is not available yet; write a duration, or `until`")
        return super().read(value)

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.time is None) == (self.until is None):
            raise ValueError("a wait is a duration such as `7 days`, or `{until: {weekday: tuesday, hour: 10}}`")
        return self

    @property
    def longest(self) -> timedelta:
        """How long someone may wait here."""
        return timedelta(days=self.time.days if self.time else self.until.days if self.until else 0)

    @property
    def shortest(self) -> timedelta:
        """How long someone waits here at least: until the next Tuesday may be no time at all."""
        return self.longest if self.time else timedelta(0)

    def due_after(self, now: datetime) -> datetime:
        """Return when the wait of those who reach it at `now` is over."""
        end = self.time or self.until
        return end.after(now) if end else now

    def advance(self, due: Due) -> int:
        """Begin the wait of those who come out of another one, and prolong it where a message left late."""
        begun = self._begin(due) if due.node.taken_from else 0
        if due.node.last_sends:
            self._prolong(due)
        return begun + (self._finish(due) if due.node.following is None else 0)

    @staticmethod
    def _begin(due: Due) -> int:
        """Bring here the rows whose wait just before is over."""
        move, values = due.move(due.node.position)
        return database.execute(f"UPDATE enrolment e SET {move} WHERE {due.ROWS}", due.values | values)

    def _prolong(self, due: Due) -> None:
        """Move the end of the wait to where it falls counted from the sending of the message before it.

        A message still to leave counts from when it may. The slack spares a second move for the minutes
        that a message normally takes to leave.
        """
        base = """CASE WHEN m.sent_at IS NOT NULL THEN m.sent_at
            WHEN m.state IN ('held', 'ready', 'deferred', 'claimed', 'sending') THEN greatest(m.not_before, %(now)s) END"""
        end = (
            f"({base} + interval '{self.time}')"
            if self.time
            else self.until.after_sql(f"({base})")
            if self.until
            else ""
        )
        slack = min(timedelta(hours=1), self.longest / 10) if self.time else timedelta(0)
        statement = f"""
            UPDATE enrolment e SET due_at = {end}
            FROM message m
            WHERE {due.ROWS} AND m.contact_id = e.contact_id AND m.enrolment_id = e.id AND m.step = ANY(%(sends)s)
              AND {end} > %(now)s + %(slack)s
        """
        own = {"positions": [due.node.position], "sends": list(due.node.last_sends), "slack": slack}
        database.execute(statement, due.values | own)

    @staticmethod
    def _finish(due: Due) -> int:
        """End the rows whose wait is over where nothing follows it."""
        end, values = due.end("completed")
        own = {"positions": [due.node.position]}
        return database.execute(f"UPDATE enrolment e SET {end} WHERE {due.ROWS}", due.values | values | own)
