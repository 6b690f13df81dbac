"""From data to what the template shows: every figure as text in the language, every chart as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from relance.measurement import conclusions
from relance.measurement.formats import number, percent, typography
from relance.measurement.health import TOLD_BY_MAILS, Health
from relance.measurement.report import comparison, words
from relance.measurement.report.charts import bar
from relance.measurement.report.data import Finding, ReportData
from relance.measurement.report.glossary import GLOSSARY
from relance.measurement.report.words import text, word
from relance.measurement.volumes import ExitVolume, StepVolume

Row = dict[str, Any]
# A frame is a document of its own: what the page says of printing does not reach the mail inside.
IN_PRINT = (
    "<style>@media print{html{overflow:hidden;-webkit-print-color-adjust:exact;print-color-adjust:exact}}</style>"
)
FLAGS = ("unreachable", "false_inactive", "out_of_target", "due_for_erasure")


def context(data: ReportData, language: str) -> dict[str, Any]:
    """Return everything the template shows."""
    result, french = data.result, language == "fr"
    return {
        "language": language,
        "say": {key: words.text(key, language) for key in words.TEXTS if "{" not in words.TEXTS[key][0]},
        "simulated": data.simulated,
        "pending": not result.finished,
        "kind": text("kind_simulated" if data.simulated else "kind_real", language),
        "title": typography(data.titles.get(language) or result.journey, language),
        "subtitle": _subtitle(data, language),
        "conclusion": result.conclusion[language],
        "cautions": [*data.remarks.get(language, ()), *result.notes[language]],
        "tiles": comparison.tiles(data, language),
        "effects": comparison.effects(result, language),
        "money": comparison.money_row(data, language),
        "power": comparison.power_note(result, language),
        **_journey(data, language),
        **_gate(data, language),
        **_health(data, language),
        "calendar": [
            {
                "name": typography(p.labels[language], language),
                "from": conclusions.day_of(p.starts_at, language),
                "to": conclusions.day_of(p.ends_at, language),
            }
            for p in data.calendar
        ],
        "mails": [replace(mail, step=_called(data, mail.step, language)) for mail in data.mails],
        "in_print": IN_PRINT,
        "assumptions": _assumptions(data, language),
        "definitions": [
            {"term": typography(one.term[french], language), "meaning": typography(one.meaning[french], language)}
            for one in GLOSSARY
        ],
        "footer": text("footer", language, date=conclusions.day_of(result.at, language)),
    }


def _subtitle(data: ReportData, language: str) -> list[str]:
    start, end = (conclusions.day_of(at, language) for at in (data.starts_at, data.ends_at))
    days = number((data.ends_at - data.starts_at).days, language)
    window = conclusions.window(data.result.window, language)
    parts = [data.shop] if data.shop else []
    parts += [text("from_to", language, start=start, end=end), text("days", language, days=days)]
    return [*parts, text("goal", language, event=word(words.GOALS, data.result.goal, language), window=window)]


def _share(count: int, of: int, language: str) -> str:
    return percent(count / of, language) if of else ""


def _bars(rows: Sequence[tuple[str, int, int]], tone: str, language: str, *, longest: bool = False) -> list[Row]:
    """Return bar rows (label, count, of); with `longest`, bars fill relative to the longest one."""
    most = max((count / of for _, count, of in rows if of), default=0.0) if longest else 1.0
    return [
        {
            "label": label,
            "count": number(count, language),
            "of": number(of, language),
            "share": _share(count, of, language),
            "svg": bar(
                count / of / most if of and most else 0.0,
                tone,
                f"{label}: {number(count, language)}",
                whole=not longest,
            ),
        }
        for label, count, of in rows
    ]


def _journey(data: ReportData, language: str) -> dict[str, Any]:
    """Return the steps, what came back, and how people left."""
    volumes, result = data.result.volumes, data.result
    left = sum(e.treated for e in volumes.exits)
    return {
        "steps": [_step(step, _called(data, step.step, language), result.treated, language) for step in volumes.steps],
        "signals": [
            {
                "label": word(words.SIGNALS, s.name, language),
                "count": number(s.count, language),
                "share": percent(s.count / s.of, language, 2) if s.interval else "",
                "interval": s.interval
                and f"{percent(s.interval.low, language, 2)} – {percent(s.interval.high, language, 2)}",
                "of": f"{number(s.of, language)} {word(words.DENOMINATORS, s.denominator, language)}",
            }
            for s in volumes.signals
        ],
        "exits": _exits(volumes.exits, result.treated, result.control, language),
        "exits_intro": text("exits_intro", language, open=number(result.treated - left, language)),
    }


def _called(data: ReportData, step: str, language: str) -> str:
    """Return what people call a message of the journey; its key where nobody says."""
    return typography(data.step_titles.get(language, {}).get(step) or step, language)


def _step(step: StepVolume, name: str, people: int, language: str) -> Row:
    sent, delivered = step.signals["sent"], step.signals["delivered"]
    return {
        "name": name,
        "variant": text("variant", language, name=step.variant) if step.variant else "",
        "planned": number(step.messages, language),
        "sent": number(sent, language),
        "delivered": number(delivered, language),
        "delivered_share": _share(delivered, sent, language),
        "clicked": number(step.signals["clicked"], language),
        "clicked_share": _share(step.signals["clicked"], delivered, language),
        "svg": bar(sent / people if people else 0.0, "accent", f"{name} {step.variant}: {number(sent, language)}"),
    }


def _exits(exits: Sequence[ExitVolume], treated: int, control: int, language: str) -> list[Row]:
    return [
        {
            "label": _exit_word(e.reason, language),
            "treated": number(e.treated, language),
            "treated_share": _share(e.treated, treated, language),
            "control": number(e.control, language),
            "control_share": _share(e.control, control, language),
            "svg": bar(e.treated / treated if treated else 0.0, "accent", _exit_word(e.reason, language)),
        }
        for e in exits
    ]


def _exit_word(reason: str, language: str) -> str:
    if reason.startswith("blocked:"):
        return text("refused", language, reason=word(words.REASONS, reason.removeprefix("blocked:"), language).lower())
    return word(words.EXITS, reason, language)


def _gate(data: ReportData, language: str) -> dict[str, Any]:
    """Return the refusals by reason."""
    refused = [v for v in data.result.volumes.verdicts if v.decision != "allow"]
    rows = [
        (f"{word(words.REASONS, v.code, language)} ({word(words.DECISIONS, v.decision, language)})", v.messages, v.of)
        for v in refused
    ]
    of = refused[0].of if refused else 0
    return {
        "gate": _bars(rows, "warm", language, longest=True),
        "gate_intro": text("gate_intro", language, of=number(of, language)),
    }


def _health(data: ReportData, language: str) -> dict[str, Any]:
    """Return people per state, before and after, and what hygiene found."""
    before, after = data.before, data.after
    codes = [*words.STATES, *(code for code in before.states if code not in words.STATES)]
    rows = [(word(words.STATES, code, language), before.states.get(code, 0), before.people) for code in codes]
    states = _bars([row for row in rows if row[1]], "accent", language, longest=True)
    if after is not None:
        later = {
            word(words.STATES, code, language): after.states.get(code, 0) for code in codes if code not in TOLD_BY_MAILS
        }
        for row in states:
            if row["label"] in later:
                row["after"] = text("health_after", language, people=number(later[row["label"]], language))
    flags = [(text(name, language), int(getattr(before, name)), before.people) for name in FLAGS]
    return {
        "states": states,
        "health_intro": text(
            "health_intro",
            language,
            people=number(before.people, language),
            date=conclusions.day_of(before.at, language),
        ),
        "health_later": _later(before, after, language) if after else "",
        "asleep": comparison.cash(before.money_asleep, data.currency, language),
        "addresses": _bars(_found(data.unreachable, language), "warm", language, longest=True),
        "hygiene": _bars(flags + _found(data.hygiene, language), "warm", language, longest=True),
    }


def _later(before: Health, after: Health, language: str) -> str:
    """Return when the simulated figures are of, and those of the states that a rehearsal cannot tell apart."""
    said = text("health_later", language, date=conclusions.day_of(after.at, language))
    sums = {"before": number(before.silent_or_unknown, language), "after": number(after.silent_or_unknown, language)}
    return f"{said} {text('health_together', language, **sums)}"


def _found(found: Sequence[Finding], language: str) -> list[tuple[str, int, int]]:
    return [(word(words.FINDINGS, f.code, language), f.count, f.of) for f in found]


def _assumptions(data: ReportData, language: str) -> dict[str, Any] | None:
    """Return the assumed rates as a table, where there are any."""
    assumed = data.assumptions
    if assumed is None:
        return None
    names = list(dict.fromkeys(name for rates in assumed.by_state.values() for name in rates))
    return {
        "head": [word(words.STATES, code, language) for code in assumed.by_state],
        "rows": [
            {
                "label": word(words.RATES, name, language),
                "cells": [_rate(rates[name], language) for rates in assumed.by_state.values()],
            }
            for name in names
        ],
        "others": [
            {"label": word(words.RATES, name, language), "value": _constant(name, value, language)}
            for name, value in assumed.others.items()
        ],
        "loops": text("feedback_loops", language, domains=", ".join(assumed.feedback_loops))
        if assumed.feedback_loops
        else "",
    }


def _rate(value: float, language: str) -> str:
    return percent(value, language, 2 if value < 0.01 else 1)


def _constant(name: str, value: float, language: str) -> str:
    if name in words.SHARES:
        return _rate(value, language)
    return number(value, language, 0 if value == int(value) else 2)
