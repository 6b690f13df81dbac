"""The weekly judgement, kept as estimates: learned, measured, accepted or refused, with its parameters."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import duckdb
import numpy as np

from relance.core import database
from relance.dormancy import models, policies, vocabulary
from relance.dormancy.future import forms, judging, learning, parameters
from relance.dormancy.policies import PolicyDefinition
from relance.dormancy.states import reads_opens
from relance.events import lake
from relance.rules import moments

EVERY = timedelta(days=7)


def refresh(now: datetime, *, again: bool = False) -> int:
    """Judge every policy in force unless it was done within a week for the same policies; return how many were judged.

    With `again`, whatever was done before. What is older than an estimate already kept is not judged: it would not count.
    """
    named = [policy.policy for policy in policies.in_force()]
    kept = parameters.latest()
    digest = _digest()
    fresh = [e for e in kept.values() if e.figures["policies"] == digest and now - e.as_of < EVERY]
    if not named or (len(fresh) == len(named) and not again) or any(e.as_of > now for e in kept.values()):
        return 0
    for name, figures in judged(now).items():
        _keep(name, now, figures | {"policies": digest})
    return len(named)


def judged(now: datetime) -> dict[str, dict[str, Any]]:
    """Return for each policy in force what is found as of `now`; keeps nothing."""
    with learning.looking_back(now) as con:
        return {policy.policy: _figures(con, policy, now) for policy in policies.in_force()}


def _figures(con: duckdb.DuckDBPyConnection, policy: PolicyDefinition, now: datetime) -> dict[str, Any]:
    horizons = {str(horizon): _horizon(con, policy.policy, horizon) for horizon in forms.HORIZONS}
    opens = _consents(policy.policy, now) if reads_opens([policy]) else None
    return {"horizons": horizons, "share_of_base": len(learning.sample_buckets()) / lake.BUCKETS, "opens": opens}


def _consents(policy: str, now: datetime) -> dict[str, int]:
    """Return how many people the policy judges, and of how many of them opens may be looked at."""
    consented = vocabulary.OPENS_CONSENTED.format(now=moments.written(now, "postgres"))
    ((people, known),) = database.rows(
        f"""
        SELECT count(*), count(*) FILTER (WHERE {consented}) FROM profile JOIN contact ON contact.id = profile.contact_id
        WHERE profile.policy = %s AND contact.erased_at IS NULL AND contact.objected_at IS NULL
        """,
        [policy],
    )
    return {"people": int(people), "consented": int(known)}


def _horizon(con: duckdb.DuckDBPyConnection, policy: str, horizon: int) -> dict[str, Any]:
    learned = learning.rows(con, policy, horizon, learning.training(horizon))
    tested = learning.rows(con, policy, horizon, learning.held_out(horizon))
    within, every = learning.turned(con, policy, horizon)
    return asdict(judging.judge(horizon, learned, tested)) | {"turned_within": within, "turned_at_all": every}


def _keep(policy: str, now: datetime, figures: dict[str, Any]) -> None:
    """Keep an estimate; it counts as accepted when the model is on for at least one horizon."""
    found = figures["horizons"].values()
    accepted = any(horizon["accepted"] for horizon in found)
    refusal = "" if accepted else next(horizon["refusal"] for horizon in reversed(list(found)))
    models.Estimate.objects.update_or_create(
        kind=parameters.KIND,
        policy=policy,
        as_of=now,
        defaults={"accepted": accepted, "refusal": refusal, "figures": _plain(figures)},
    )


def _plain(value: Any) -> Any:
    """Return figures that JSON can hold: what is not a finite number is none."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _digest() -> str:
    written = [policy.model_dump_json(by_alias=True) for policy in policies.in_force()]
    return sha256(json.dumps(written).encode()).hexdigest()
