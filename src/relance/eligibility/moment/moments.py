"""All that time has to say of a batch of messages, read once, so that deciding reads nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core.errors import ConfigurationError
from relance.eligibility import commercial_calendar
from relance.eligibility.calendar import comeback, volumes
from relance.eligibility.calendar.book import Book
from relance.eligibility.calendar.comeback import Pause
from relance.eligibility.calendar.days import midnight
from relance.eligibility.calendar.places import Place, place
from relance.eligibility.commercial_calendar import Ahead
from relance.eligibility.facts import Facts
from relance.eligibility.moment import holidays, lawful, zones
from relance.eligibility.moment.hours import Closed, Hours, quiet
from relance.eligibility.moment.whens import Step, steps

ROUNDS = 60  # of asking several zones in turn; after that they share no hour, and the first zone decides
NO_STEP = Step(timedelta(), None)


@dataclass(frozen=True)
class Moment:
    """Calendars, hours and what is known of each message's time. What it works out of them it keeps for the batch."""

    now: datetime
    books: Mapping[str, Book]
    lines: lawful.Table
    quiet: Hours
    fallback: str  # zone of people of whom neither zone nor country is known
    best_hour: bool
    people: Mapping[str, int] = field(default_factory=dict)  # on reactivations, where a blackout is on
    steps: Mapping[tuple[int, str], Step] = field(default_factory=dict)
    _aheads: dict[Place, Ahead] = field(default_factory=dict, repr=False, compare=False)
    _pauses: dict[tuple[Place, datetime], Pause | None] = field(default_factory=dict, repr=False, compare=False)
    _paused: dict[tuple[str, str, datetime], Pause | None] = field(default_factory=dict, repr=False, compare=False)
    _opens: dict[tuple[object, ...], datetime] = field(default_factory=dict, repr=False, compare=False)

    def knowing(self, known: Sequence[Facts]) -> Moment:
        """Return the moment with what the steps of these messages say of time."""
        return replace(self, steps=steps(sorted({one.version_id for one in known if one.version_id is not None})))

    @property
    def regions(self) -> list[str]:
        """Return how postcodes begin in the parts of France that have sales or holidays of their own."""
        special = {*self.books["FR"].departments(), *holidays.PARTS} if "FR" in self.books else set(holidays.PARTS)
        return sorted({"20" if one in {"2A", "2B"} else one[:2] for one in special})

    def step(self, facts: Facts) -> Step:
        """Return what the message's step says of time."""
        return self.steps.get((facts.version_id or 0, facts.step), NO_STEP)

    def place(self, facts: Facts) -> Place:
        """Return where the message's person lives."""
        return place(facts.country or settings.RELANCE.country, facts.postcode)

    def ahead(self, facts: Facts) -> Ahead:
        """Return the blackouts ahead where the person lives."""
        here = self.place(facts)
        book = self.books.get(here.country) or self.books[settings.RELANCE.country]
        known = book.place(here)
        if known not in self._aheads:
            self._aheads[known] = commercial_calendar.ahead(book, known.department, self.now)
        return self._aheads[known]

    def pause(self, facts: Facts, at: datetime) -> Pause | None:
        """Return the pause in force at an instant where the person lives."""
        key = (facts.country, facts.postcode, at)
        if key not in self._paused:
            self._paused[key] = self._pause(facts, at)
        return self._paused[key]

    def _pause(self, facts: Facts, at: datetime) -> Pause | None:
        ahead = self.ahead(facts)
        blackout = ahead.at(at)
        if blackout is None:
            return None
        key = (self.place(facts), blackout.ends_at)
        if key not in self._pauses:
            self._pauses[key] = ahead.pause(at, self.people.get(key[0].country, 0))
        return self._pauses[key]

    def zones(self, facts: Facts) -> zones.Zones:
        """Return the zones in each of which an hour must be right."""
        return zones.of(facts.time_zone, facts.country, facts.postcode, self.fallback)

    def line(self, facts: Facts) -> lawful.Line | None:
        """Return the lawful hours of the message's channel where the person lives."""
        return lawful.line(self.lines, self.place(facts).country, facts.channel)

    def hours(self, facts: Facts) -> Hours | None:
        """Return when the message's channel may be used; None where it always may."""
        if facts.purpose == "transactional":
            return None
        line = self.line(facts)
        if line is not None:
            return line.opening
        return self.quiet if facts.channel in {"email", "push"} and not self.quiet.always else None

    def next_open(self, facts: Facts, at: datetime) -> datetime:
        """Return the first instant from `at` on at which the channel may be used, in every zone the person may live in."""
        key = (facts.channel, facts.purpose == "transactional", facts.country, facts.postcode, facts.time_zone, at)
        found = self._opens.get(key)
        if found is None:
            found = self._opens[key] = self._next_open(facts, at)
        return found

    def _next_open(self, facts: Facts, at: datetime) -> datetime:
        hours = self.hours(facts)
        if hours is None:
            return at
        here = self.zones(facts)
        closed = self._closed(facts)
        found = _common(hours, here, at, closed) if len(here) > 1 else None
        return found or hours.next_open(at, here[0], closed) or at

    def _closed(self, facts: Facts) -> Closed:
        here = self.place(facts)
        return lambda day: holidays.closed(day, here)

    def back(self, facts: Facts, pause: Pause) -> datetime:
        """Return when the message comes back after a pause: a day drawn for the person, an open hour drawn on it."""
        day = pause.day(facts.contact_id, self.step(facts).span)
        zone, hours = self.zones(facts)[0], self.hours(facts) or Hours(((0, 1440),))
        spans = list(hours.on(day, zone, self._closed(facts)))
        start = max(midnight(day, zone).astimezone(UTC), pause.ends_at.astimezone(UTC))
        spans = [(max(a, start), b) for a, b in spans if b > start]
        left = comeback.share(f"hour/{pause.ends_at.isoformat()}/{facts.contact_id}") * sum(
            ((b - a).total_seconds() for a, b in spans), start=0.0
        )
        for a, b in spans:
            length = (b - a).total_seconds()
            if left < length:
                return a + timedelta(seconds=left)
            left -= length
        return start

    def settled(self, facts: Facts, at: datetime) -> datetime:
        """Return the first instant from `at` on that the calendar and the hours both allow."""
        for _ in range(ROUNDS):
            before = at
            if facts.purpose == "reactivation" and (pause := self.pause(facts, at)) is not None:
                at = self.back(facts, pause)
            at = self.next_open(facts, at)
            if at == before:
                break
        return at


def at(now: datetime, countries: Collection[str]) -> Moment:
    """Return what holds at an instant for people of these countries, before any message is known."""
    ours = settings.RELANCE
    found = commercial_calendar.books({*countries, ours.country})
    people = {}
    for country, book in found.items():
        blackout = commercial_calendar.ahead(book, "", now).at(now)
        if blackout is not None:
            people[country] = volumes.people(country, blackout.ends_at, now)
    return Moment(
        now=now, books=found, lines=lines(), quiet=quiet(ours.quiet_from, ours.quiet_until), fallback=ours.time_zone,
        best_hour=ours.best_hour, people=people,
    )  # fmt: skip


def lines() -> lawful.Table:
    """Return the lawful hours in force."""
    file = settings.RELANCE.contact_hours
    try:
        return lawful.table(file)
    except OSError as error:
        raise ConfigurationError(
            f"The file of lawful hours {file} cannot be read: {error.strerror}. "
            "Correct RELANCE_CONTACT_HOURS, or leave it empty for the shipped hours."
        ) from error


def _common(hours: Hours, here: Sequence[ZoneInfo], at: datetime, closed: Closed) -> datetime | None:
    """Return the first instant from `at` on that is open in every zone; None where they share none."""
    for _ in range(ROUNDS):
        nexts = [hours.next_open(at, zone, closed) for zone in here]
        latest = max((one for one in nexts if one is not None), default=None)
        if latest is None or None in nexts:
            return None
        if latest == at:
            return latest
        at = latest
    return None
