"""One sentence on a result, and what to know before believing it; never more than the interval says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core.dates import day
from relance.measurement.figures import Effect, Result
from relance.measurement.formats import number, percent, points, typography
from relance.measurement.power import Sensitivity
from relance.measurement.sentences import DID, NOUNS, SENTENCES, UNITS

Caution: TypeAlias = tuple[str, Mapping[str, object]]  # a code of `sentences`, and what its sentence names
LANGUAGES = ("en", "fr")


def concluded(result: Result, warnings: list[Caution]) -> Result:
    """Return the result with its conclusion and its notes in both languages."""
    return replace(
        result,
        conclusion={language: typography(conclusion(result, language), language) for language in LANGUAGES},
        notes={language: _notes(result, warnings, language) for language in LANGUAGES},
    )


def conclusion(result: Result, language: str) -> str:
    """Return the one sentence on the journey's own goal."""
    say, effect = SENTENCES[language], result.effect
    if result.treated + result.control == 0:
        return say["nobody"]
    if result.control == 0 or result.treated == 0:
        return say["no_control" if result.control == 0 else "no_treated"]
    if not effect.known:
        return say["unknown"].format(types=", ".join(effect.types))
    if not result.finished and result.ends_at:
        date, people = day_of(result.ends_at, language), number(result.unfinished, language)
        return say["unfinished"].format(date=date, people=people, window=window(result.window, language))
    return _finished(effect, language)


def _finished(effect: Effect, language: str) -> str:
    """Return what the interval allows to say."""
    say, did = SENTENCES[language], did_what(effect.outcome, language)
    interval, people = effect.interval, effect.incremental_interval
    if effect.scarce or interval is None or people is None or effect.difference is None or effect.incremental is None:
        return say["scarce"].format(did=did)
    limits = {"low": points(interval.low, language), "high": points(interval.high, language)}
    if interval.holds_zero:
        reach = say["reach"].format(smallest=points(effect.smallest, language)) if effect.smallest is not None else ""
        return say["zero"].format(reach=reach, **limits)
    limits |= {"gap": points(effect.difference, language), "count": number(effect.incremental, language)}
    limits |= {"least": number(people.low, language), "most": number(people.high, language)}
    return say["more" if interval.low > 0 else "fewer"].format(did=did, **limits)


def _notes(result: Result, warnings: list[Caution], language: str) -> list[str]:
    """Return the warnings, and which types the data do not cover, as sentences."""
    say = SENTENCES[language]
    notes = [_note(code, details, language) for code, details in warnings]
    notes += [
        say["uncovered"].format(types=", ".join(effect.uncovered), outcome=noun(effect.outcome, language))
        for effect in result.effects
        if effect.known and effect.uncovered
    ]
    return [typography(note, language) for note in notes]


def _note(code: str, details: Mapping[str, object], language: str) -> str:
    if code == "stale":
        latest = details["latest"]
        if not isinstance(latest, datetime):
            return SENTENCES[language]["never"]
        return SENTENCES[language]["stale"].format(latest=day_of(latest, language))
    shown = {key: window(str(value), language) if key == "window" else value for key, value in details.items()}
    return SENTENCES[language][code].format(**shown)


def before_launch(line: Sensitivity, language: str) -> str:
    """Return what to know before starting: the smallest effect that groups of these sizes can show."""
    known = {"treated": number(line.treated, language), "control": number(line.control, language)}
    if line.effect is None:
        return typography(SENTENCES[language]["before_none"].format(**known), language)
    known |= {"base": percent(line.base_rate, language), "effect": points(line.effect, language)}
    return typography(SENTENCES[language]["before"].format(**known), language)


def did_what(outcome: str, language: str) -> str:
    """Return the outcome as a past participle: people who have …"""
    return DID.get(outcome, (f"did {outcome}", f"fait {outcome}"))[language == "fr"]


def noun(outcome: str, language: str) -> str:
    """Return the outcome as a plural noun."""
    return NOUNS.get(outcome, (outcome, outcome))[language == "fr"]


def window(text: str, language: str) -> str:
    """Return a duration such as `30 days` in the language."""
    count, unit = text.split()
    if language == "en":
        return text
    one, many = UNITS[unit.removesuffix("s")]
    return f"{count} {one if count == '1' else many}"


def day_of(at: datetime, language: str) -> str:
    """Return the day of an instant in the installation's time zone."""
    return day(at.astimezone(ZoneInfo(settings.RELANCE.time_zone)).date(), language)
