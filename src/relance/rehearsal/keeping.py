"""What is kept of a rehearsal, for the launch page; every figure in it is simulated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from relance.core import place
from relance.journeys import publishing
from relance.journeys.models import LaunchRehearsal
from relance.measurement.figures import Effect
from relance.measurement.volumes import Signal
from relance.rehearsal.rehearse import Rehearsal, judged


def keep(done: Rehearsal, files: Sequence[Path], *, by: str, asked_at: datetime, now: datetime) -> LaunchRehearsal:
    """Keep a rehearsal that nobody asked the worker for: of the latest version, as it was rehearsed."""
    version, options = publishing.latest(done.options.journey), done.options
    return LaunchRehearsal.objects.create(
        journey=version.journey, version=version, start_at=options.start, days=options.days,
        rates=options.rates.model_dump(mode="json"), asked_at=asked_at, by=by, made_at=now, result=told(done, files),
    )  # fmt: skip


def told(done: Rehearsal, files: Sequence[Path]) -> dict[str, Any]:
    """Return what the page shows, as plain data; the files are those of the report, one per language."""
    result = done.result
    found = {
        "treated": result.treated, "control": result.control, "conclusion": dict(result.conclusion),
        "effects": [_effect(effect) for effect in result.effects if effect.known],
        "signals": [_signal(one) for one in result.volumes.signals],
        "revenue": result.revenue.incremental,
        "revenue_low": result.revenue.incremental_interval and result.revenue.incremental_interval.low,
        "revenue_high": result.revenue.incremental_interval and result.revenue.incremental_interval.high,
        "limits": [asdict(one) for one in judged(done)], "forced": done.options.forced,
        "files": {file.name.split(".")[-2]: str(file.relative_to(place.current().data)) for file in files},
    }  # fmt: skip
    plain: dict[str, Any] = json.loads(json.dumps(found, default=float))
    return plain


def _signal(signal: Signal) -> dict[str, Any]:
    interval = signal.interval
    return {
        "name": signal.name, "count": signal.count, "of": signal.of, "low": interval and interval.low, "high": interval and interval.high,
    }  # fmt: skip


def _effect(effect: Effect) -> dict[str, Any]:
    return {
        "outcome": effect.outcome, "treated": effect.treated and effect.treated.share, "control": effect.control and effect.control.share,
        "difference": effect.difference, "low": effect.interval and effect.interval.low, "high": effect.interval and effect.interval.high,
    }  # fmt: skip
