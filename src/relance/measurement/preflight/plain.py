"""A judgement as plain data, for JSON and for what is kept."""

from __future__ import annotations

import json
from typing import Any

from relance.measurement.preflight import results, results_words, words
from relance.measurement.preflight.judging import Judgement


def data(judgement: Judgement) -> dict[str, Any]:
    """Return a judgement with its sentences in both languages, the ramp day by day, and the figures behind it."""
    ramp = judgement.ramp
    return {
        "journey": judgement.journey, "version": judgement.version, "start": judgement.start, "advice": judgement.advice,
        "risk": judgement.risk, "next_start": judgement.next_start,
        "findings": [
            {
                "side": one.side, "level": one.level, "code": one.code, "details": dict(one.details),
                "sentences": {language: words.sentence(one, language) for language in ("en", "fr")},
            }
            for one in judgement.findings
        ],
        "ramp": {
            "days": ramp.days, "people": ramp.people, "on_trust": ramp.on_trust, "limit": ramp.limit, "sends_to_prove": ramp.sends_to_prove,
            "steps": [
                {
                    "step": step.number, "day": step.day, "band": step.band.key,
                    "silence": {language: step.silence(language) for language in ("en", "fr")},
                    "people": step.people, "canary": step.approved,
                    "providers": dict(step.providers), "upper_bound_before": step.bound, "proved": step.proved,
                }
                for step in ramp.steps
            ],
        },
        "expected": {
            "messages": judgement.messages, "cost": judgement.cost, "channels": dict(judgement.volumes),
            "chosen": bool(judgement.audience.ways),
            "smallest_effect": judgement.effect, "held_back": judgement.held_back,
            "hard_bounces": vars(judgement.bounces) if judgement.bounces else None,
            "results": results.as_dict(judgement.results) | {
                "sentences": {
                    language: results_words.sentences(judgement.results, judgement.effect, language) for language in ("en", "fr")
                },
            },
        },
        "audience": judgement.audience.as_dict(), "sender": judgement.sender.as_dict(),
    }  # fmt: skip


def kept(judgement: Judgement) -> dict[str, Any]:
    """Return the same in what JSON has forms for, to be kept with a plan."""
    return dict(json.loads(json.dumps(data(judgement), default=str)))
