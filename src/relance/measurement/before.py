"""What can be known before a journey starts: who would enter now, and the smallest effect their groups can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from relance.core import database
from relance.eligibility import choosing
from relance.journeys import definition, entry, publishing
from relance.journeys.models import Version
from relance.journeys.steps import Send
from relance.measurement import base_rate, conclusions, outcomes, power
from relance.measurement.base_rate import Base
from relance.measurement.formats import number, typography
from relance.measurement.outcomes import Outcome
from relance.measurement.preflight import results_words
from relance.measurement.preflight.natural_return import Natural
from relance.measurement.sentences import SENTENCES
from relance.segments.definitions import titles
from relance.segments.models import Segment

ENTRANTS = "entrant"  # the table of those who would enter: contact_id and control

# What the gate holds back for good, by what stands in the way. Such people enter and are drawn like all others, get nothing,
# and so dilute what their group shows. The launch page's bars are these.
HELD_BACK: Mapping[str, tuple[str, ...]] = {
    "suppressed": ("suppressed",),
    "permission": (
        "opt_outs_unknown", "permission_unknown", "permission_withdrawn", "permission_refused", "permission_expired",
        "permission_insufficient", "no_sale", "channel_unfit",
    ),
    "unreachable": ("erased", "no_address", "address_invalid", "unreachable"),
    "left_alone": ("objected", "paused", "retention_due", "out_of_target", "unopened"),
}  # fmt: skip
NEVER_ENTER = frozenset({"erased"})  # held back, but drawn for no group


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
    held_back: int | None = None  # of those who would enter; None while the opt-outs of the former tool are unknown
    sentences: Mapping[str, str] = field(default_factory=dict)  # by language

    @property
    def resting(self) -> int:
        """Members who were in it too recently, were put to sleep, or are erased."""
        return self.members - self.in_flight - self.treated - self.control

    def as_dict(self) -> dict[str, Any]:
        """Return the figures for JSON."""
        return {**asdict(self), "resting": self.resting}


def expected(journey_name: str, now: datetime, natural: Natural | None = None) -> Expected:
    """Return who would enter the journey's latest version now, and the smallest effect their groups can show.

    The base rate is that of the results to expect, `natural`: what people of this base did who had been silent as long
    and had come as often. Where that is unknown, it is that of people silent at least as long as nine in ten of those who
    would enter, over as many days as the goal's window, up to the last event known of the goal's outcome; where fewer
    than a hundred people tell, it is assumed.
    """
    version = publishing.latest(journey_name)
    written = definition.of(version)
    query, values = entry.entrants_sql(version, now)
    with transaction.atomic():
        database.execute(f"DROP TABLE IF EXISTS pg_temp.{ENTRANTS}")
        database.execute(
            f"CREATE TEMP TABLE {ENTRANTS} ON COMMIT DROP AS SELECT id AS contact_id, control FROM ({query}) AS who",
            values,
        )
        found = of_entrants(version, ENTRANTS, _codes(version, written, now), now, natural)
        database.execute(f"DROP TABLE {ENTRANTS}")
    return found


def of_entrants(
    version: Version, people: str, codes: Mapping[str, int], now: datetime, natural: Natural | None = None
) -> Expected:
    """Return the same of the people in a table, of whom the gate was asked already: `codes` is how often it said what."""
    written = definition.of(version)
    groups = dict(database.rows(f"SELECT control, count(*) FROM {people} GROUP BY control"))
    treated, control = groups.get(False, 0), groups.get(True, 0)
    outcome = next(o for o in outcomes.outcomes(written.goal.event) if _is_goal(o, written.goal.event))
    base = base_rate.of(outcome, people, written.goal.within, now, natural)
    found = Expected(
        journey=version.journey.name, segment=written.entry.segment, **_members(version, written.entry.segment),
        treated=treated, control=control, goal=outcome.name, within=str(written.goal.within), base=base,
        smallest_effect=power.smallest_effect(treated, control, base.rate), held_back=held_back(codes),
    )  # fmt: skip
    return replace(found, sentences={language: _sentence(found, language) for language in conclusions.LANGUAGES})


def _codes(version: Version, written: definition.JourneyDefinition, now: datetime) -> Mapping[str, int]:
    """Return how often the gate would say what of the entrants' first messages."""
    sends = [node.step for node in written.nodes.values() if isinstance(node.step, Send)]
    if not sends:
        return {}
    judged = choosing.judge(ENTRANTS, sends[0].wish(version), now)
    return dict(database.rows(f"SELECT code, count(*) FROM ({judged}) AS judged GROUP BY code"))


def held_back(codes: Mapping[str, int]) -> int | None:
    """Return how many of those who would enter get nothing for good; None while the former opt-outs are unknown."""
    if "opt_outs_unknown" in codes:
        return None
    known = {code for group in HELD_BACK.values() for code in group} - NEVER_ENTER
    return sum(count for code, count in codes.items() if code in known)


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


def _sentence(found: Expected, language: str) -> str:
    """Return what to know before starting, in the language."""
    say = SENTENCES[language]
    if not found.treated + found.control:
        code = "before_unrefreshed" if found.refreshed_at is None else "before_nobody"
        counts = {
            name: number(value, language)
            for name, value in (("members", found.members), ("open", found.in_flight), ("resting", found.resting))
        }
        return typography(say[code].format(segment=_called(found.segment, language), **counts), language)
    line = power.Sensitivity(found.treated, found.control, found.base.rate, found.smallest_effect)
    sentence = conclusions.before_launch(line, language)
    origin = "" if found.smallest_effect is None else _origin(found, language)
    return sentence + typography(origin + _diluted(found, language), language)


def _called(name: str, language: str) -> str:
    """Return what people call the segment; its name where there is none yet."""
    segment = Segment.objects.filter(name=name).first()
    return titles(segment, [language])[language] if segment else name


def _diluted(found: Expected, language: str) -> str:
    """Return how many of those who would enter get nothing, since the gate holds it back."""
    if not found.held_back:
        return ""
    code = "before_held_one" if found.held_back == 1 else "before_held"
    counts = {"count": number(found.held_back, language), "of": number(found.treated + found.control, language)}
    return SENTENCES[language][code].format(**counts)


def _origin(found: Expected, language: str) -> str:
    """Return where the base rate comes from."""
    base, say = found.base, SENTENCES[language]
    if base.assumed or base.until is None:
        return say["before_assumed"]
    if base.silent_days is None:
        return say["before_alike"].format(
            did=conclusions.did_what(found.goal, language), window=conclusions.window(found.within, language),
            windows=results_words.windows(base.windows, language), until=conclusions.day_of(base.until, language),
            watched=number(base.watched, language),
        )  # fmt: skip
    return say["before_base"].format(
        days=number(base.silent_days, language), did=conclusions.did_what(found.goal, language),
        window=conclusions.window(found.within, language), until=conclusions.day_of(base.until, language),
        returned=number(base.returned, language), of=number(base.of, language),
    )  # fmt: skip
