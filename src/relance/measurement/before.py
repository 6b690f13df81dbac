"""What can be known before a journey starts: who would enter now, and the smallest effect their groups can show."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import transaction

from relance.core import database
from relance.core.durations import Duration
from relance.eligibility import preview
from relance.events import engine
from relance.journeys import definition, entry, publishing
from relance.journeys.models import Version
from relance.journeys.steps import Send
from relance.measurement import conclusions, outcomes, power
from relance.measurement.formats import number, typography
from relance.measurement.outcomes import Outcome
from relance.measurement.sentences import SENTENCES
from relance.segments.models import Segment

ASSUMED = 0.02  # the base rate where no event tells one
LEAST_BASE = 100  # people below whose number a share is no rate to plan with
NINE_IN_TEN = 0.1  # of those who would enter, the quantile of silence that nine in ten reach


# What the gate says of people who did not permit the message; they stay in their group and dilute what it shows.
UNPERMITTED = (
    "suppressed", "permission_unknown", "permission_withdrawn", "permission_refused", "permission_expired", "permission_insufficient",
)  # fmt: skip


@dataclass(frozen=True)
class Base:
    """The rate at which people like those who would enter come back by themselves."""

    rate: float = ASSUMED
    assumed: bool = True
    returned: int = 0
    of: int = 0
    silent_days: int | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Expected:
    """What a journey would begin with if it started now."""

    journey: str
    segment: str
    refreshed_at: datetime | None  # of the segment; None where it never was
    members: int
    in_flight: int  # members who are in the journey
    treated: int
    control: int
    goal: str
    within: str
    base: Base
    smallest_effect: float | None  # as a difference of shares
    unpermitted: int | None = None  # of those who would enter; None while the opt-outs of the former tool are unknown
    sentences: Mapping[str, str] = field(default_factory=dict)  # by language

    @property
    def resting(self) -> int:
        """Members who were in it too recently, were put to sleep, or are erased."""
        return self.members - self.in_flight - self.treated - self.control

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for JSON."""
        return {**asdict(self), "resting": self.resting}


def expected(journey_name: str, now: datetime, codes: Mapping[str, int] | None = None) -> Expected:
    """Return who would enter the journey's latest version now, and the smallest effect their groups can show.

    The base rate is that of people silent at least as long as nine in ten of those who would enter, over as many days as
    the goal's window, up to the last event known of the goal's outcome; where fewer than a hundred people tell, it is assumed.
    `codes` is how often the gate was found to say what of them, for who has asked it already.
    """
    version = publishing.latest(journey_name)
    written = definition.of(version)
    entrants = entry.entrants(version, now)
    control = sum(entrants.values())
    outcome = next(o for o in outcomes.outcomes(written.goal.event) if _is_goal(o, written.goal.event))
    base = _base(outcome, entrants, written.goal.within, now)
    found = Expected(
        journey=journey_name, segment=written.entry.segment, **_members(version, written.entry.segment),
        treated=len(entrants) - control, control=control, goal=outcome.name, within=str(written.goal.within), base=base,
        smallest_effect=power.smallest_effect(len(entrants) - control, control, base.rate),
        unpermitted=_unpermitted(_codes(entrants, written, now) if codes is None else codes),
    )  # fmt: skip
    return Expected(
        **{**vars(found), "sentences": {language: _sentence(found, language) for language in conclusions.LANGUAGES}}
    )


def _codes(people: Collection[int], written: definition.JourneyDefinition, now: datetime) -> Mapping[str, int]:
    """Return how often the gate would say what of these people's first messages."""
    channels = [node.step.channel for node in written.nodes.values() if isinstance(node.step, Send)]
    if not people or not channels:
        return {}
    with transaction.atomic():
        database.execute(
            "CREATE TEMP TABLE entrant ON COMMIT DROP AS SELECT unnest(%s::bigint[]) AS contact_id", [list(people)]
        )
        judged = preview.judge("entrant", preview.Sample(channels[0], written.purpose, now))
        found = dict(database.rows(f"SELECT code, count(*) FROM ({judged}) AS judged GROUP BY code"))
        database.execute("DROP TABLE entrant")
    return found


def _unpermitted(codes: Mapping[str, int]) -> int | None:
    """Return how many the gate would keep from the journey's messages for want of permission."""
    return None if "opt_outs_unknown" in codes else sum(codes.get(code, 0) for code in UNPERMITTED)


def _is_goal(outcome: Outcome, event: str) -> bool:
    """Tell whether the outcome is what the goal is measured by: orders, where only a reader of mails can reach the goal."""
    return event in outcome.types or (event.startswith(outcomes.ONE_ARM_ONLY) and outcome.name == "order")


def _members(version: Version, segment_name: str) -> dict[str, Any]:
    """Return when the segment was refreshed, how many members it has, and how many of them are in the journey."""
    segment = Segment.objects.filter(name=segment_name).first()
    if segment is None:
        return {"refreshed_at": None, "members": 0, "in_flight": 0}
    ((members, inside),) = database.rows(
        """
        SELECT count(*), count(*) FILTER (WHERE EXISTS (
            SELECT FROM enrolment e WHERE e.contact_id = m.contact_id AND e.journey_id = %s AND e.ended_at IS NULL))
        FROM membership m WHERE m.segment_id = %s
        """,
        [version.journey_id, segment.pk],
    )
    return {"refreshed_at": segment.refreshed_at, "members": members, "in_flight": inside}


def _base(outcome: Outcome, people: Collection[int], within: Duration, now: datetime) -> Base:
    """Return the rate at which people silent like these came back, from the events; the assumed one where none tell."""
    days, until = _silence(outcome, people, now)
    if days is None or until is None:
        return Base()
    returned, of = power.returning(until, silent=Duration(days, "day"), within=within, types=outcome.types)
    enough = of >= LEAST_BASE
    return Base(returned / of if enough else ASSUMED, not enough, returned, of, days, until)


def _silence(outcome: Outcome, people: Collection[int], now: datetime) -> tuple[int | None, datetime | None]:
    """Return the days of silence that nine in ten of these people reach, and the instant of the last event known."""
    if not people:
        return None, None
    with engine.reading() as con:
        con.register("entrant", pa.table({"id": pa.array(list(people), pa.int64())}))
        row = con.execute(
            """
            WITH known AS (
                SELECT contact_id, max(occurred_at) AS last_at FROM events
                WHERE list_contains($types, type) AND occurred_at <= $now GROUP BY contact_id
            ), latest AS (SELECT max(last_at) AS told_until FROM known)
            SELECT CAST(quantile_disc(date_sub('day', last_at, told_until), $share) AS INTEGER), any_value(told_until)
            FROM known JOIN entrant ON id = contact_id, latest
            """,
            {"types": list(outcome.types), "now": now, "share": NINE_IN_TEN},
        ).fetchone()
    return (row[0], row[1]) if row else (None, None)


def _sentence(found: Expected, language: str) -> str:
    """Return what to know before starting, in the language."""
    say = SENTENCES[language]
    if not found.treated + found.control:
        code = "before_unrefreshed" if found.refreshed_at is None else "before_nobody"
        counts = {
            name: number(value, language)
            for name, value in (("members", found.members), ("open", found.in_flight), ("resting", found.resting))
        }
        return typography(say[code].format(segment=found.segment, **counts), language)
    line = power.Sensitivity(found.treated, found.control, found.base.rate, found.smallest_effect)
    sentence = conclusions.before_launch(line, language)
    origin = "" if found.smallest_effect is None else _origin(found, language)
    return sentence + typography(origin + _diluted(found, language), language)


def _diluted(found: Expected, language: str) -> str:
    """Return how many of those who would enter get nothing, since they permitted nothing."""
    if not found.unpermitted:
        return ""
    counts = {"count": number(found.unpermitted, language), "of": number(found.treated + found.control, language)}
    return SENTENCES[language]["before_unpermitted"].format(**counts)


def _origin(found: Expected, language: str) -> str:
    """Return where the base rate comes from."""
    base, say = found.base, SENTENCES[language]
    if base.assumed or base.until is None or base.silent_days is None:
        return say["before_assumed"]
    return say["before_base"].format(
        days=number(base.silent_days, language), did=conclusions.did_what(found.goal, language),
        window=conclusions.window(found.within, language), until=conclusions.day_of(base.until, language),
        returned=number(base.returned, language), of=number(base.of, language),
    )  # fmt: skip
