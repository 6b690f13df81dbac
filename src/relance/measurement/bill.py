"""The bill of silence: what the silent are, cost and spoil, what sleeps with them, how fast a base decays, who moved where.

Everything is computed once a week and kept; pages and the command line read what is kept.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import duckdb
from django.conf import settings

from relance.core import place
from relance.core.durations import Duration
from relance.core.errors import NotFoundError, RefusedError
from relance.dormancy import flows, policies, profiles, scoring, silences, untold
from relance.dormancy.models import Estimate
from relance.events import engine
from relance.intake import coverage
from relance.measurement import bill_intervals, intervals, overview, rates, risks
from relance.measurement.models import HealthSnapshot

KIND = "bill"
YEAR = Duration(12, "month")
USUAL_SILENT = (0.2, 0.5)  # share of a base that is inactive, as the trade commonly holds it
USUAL_DECAY = 0.30  # share of a base that goes quiet or dead in a year, as the trade commonly holds it
MONTHS = 12
PERIODS = (1, 3, 6, 12)  # months over which flows between states are kept
AGAIN_AFTER = timedelta(days=7)
UNKNOWN = {"silent": None, "share": None}
UNIT_COSTS = {"email": "mail_cost", "sms": "sms_cost", "postal": "postal_cost"}


def latest() -> dict[str, Any]:
    """Return the bill as last kept; raise NotFoundError where none is."""
    found = Estimate.objects.filter(kind=KIND).order_by("-as_of").first()
    if found is None:
        raise NotFoundError("No bill was made yet: `relance bill --refresh` makes one; the workers do so once a week.")
    return dict(found.figures)


def made() -> bool:
    """Tell whether a bill is kept."""
    return Estimate.objects.filter(kind=KIND).exists()


def due(now: datetime) -> bool:
    """Tell whether the bill is a week old, or months of its trend are missing or of policies no longer in force."""
    last = Estimate.objects.filter(kind=KIND).order_by("-as_of").first()
    return last is None or now - last.as_of >= AGAIN_AFTER or _incomplete(last.figures, now)


def _incomplete(figures: dict[str, Any], now: datetime) -> bool:
    if "untold" not in figures:  # of before what is unknown was kept as unknown
        return True
    digest = _digest()
    if not all(_holds(one, digest) for one in figures["months"]):
        return True
    return len(figures["months"]) < len(_month_ends(now)) and not figures.get("from_the_beginning", False)


def keep(now: datetime, *, months: int = 1, anew: bool = False) -> dict[str, Any]:
    """Make the bill anew and keep it; of the trend's missing months, score `months` as of their ends.

    With `anew`, no month that was scored so for an earlier bill is taken over.
    """
    figures = read(now, months=months, anew=anew)
    Estimate.objects.filter(kind=KIND).delete()
    Estimate.objects.create(kind=KIND, as_of=now, accepted=True, figures=figures)
    return figures


def read(now: datetime, *, months: int = MONTHS, anew: bool = False) -> dict[str, Any]:
    """Return the bill as of the last scoring, as plain data; raise RefusedError where people were never scored.

    What is not known is None and never 0: with `untold`, of how many people nobody can tell whether they are silent
    (see `dormancy.untold`), so are the silent, what they cost, what sleeps with them, and who fell silent.
    """
    if not silences.scored():
        raise RefusedError("Nobody was scored yet, so nobody is known to be silent: run `relance score` first.")
    base = overview.read(now)
    states, people = base.health["states"], int(base.health["people"])
    silent, unknown = sum(int(states.get(state, 0)) for state in overview.SILENT), base.silence_unknown
    known_since = _known_since()
    with engine.reading() as con:
        routing = _routing(con, now, known=not unknown)
        answered = rates.read(con, now, known_since)
        periods = {
            count: flows.since(con, Duration(count, "month").before(now), now, known_since=known_since)
            for count in PERIODS
        }
        dead = rates.dead_addresses(con, YEAR.before(now), now)
        worth = _worth(con, people)
    moved = periods[MONTHS]
    return {
        "at": now.isoformat(),
        "people": people,
        "untold": base.undetermined if unknown else 0,
        "silent": None if unknown else silent,
        "share_silent": silent / people if people and not unknown else None,
        "usual_silent": list(USUAL_SILENT),
        "routing": routing,
        "routing_cost_silent": None if unknown else round(sum(one["cost_silent"] for one in routing), 2),
        "rates": answered,
        "asleep": (dict.fromkeys(asdict(base.sleepers)) if unknown else asdict(base.sleepers)) | {"interval": worth},
        "decay": _decay(moved) | {"addresses": dead, "usual": USUAL_DECAY, "pace": _pace(periods)},
        "risk": {"level": risks.level(base), "signs": [asdict(sign) for sign in risks.found(base)]},
        "flows": moved.as_dict(),
        "flows_by_months": {str(count): one.as_dict() for count, one in periods.items()},
        **_with_rise(_trend(now, months, _kept_months("" if anew else _digest()))),
    }


_ROUTING = """
    SELECT coalesce(e.channel, 'email'), count(*), count(silent.contact_id)
    FROM events e LEFT JOIN silent USING (contact_id)
    WHERE e.type = 'message_delivered' AND e.occurred_at > $since AND e.occurred_at <= $now GROUP BY 1 ORDER BY 2 DESC, 1
"""


def _routing(con: duckdb.DuckDBPyConnection, now: datetime, *, known: bool) -> list[dict[str, Any]]:
    """Return the messages of 12 months by channel, those that went to people silent today, and their price.

    The count is the overview's: messages delivered to people who are dormant today; None where these are not `known`.
    """
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE silent AS SELECT contact_id FROM {profiles.relation()} WHERE state IN {overview.SILENT!r}"
    )
    rows = con.execute(_ROUTING, {"since": YEAR.before(now), "now": now}).fetchall()
    return [_priced(channel, messages, to_silent if known else None) for channel, messages, to_silent in rows]


def _priced(channel: str, messages: int, to_silent: int | None) -> dict[str, Any]:
    price = float(getattr(settings.RELANCE, UNIT_COSTS[channel])) if channel in UNIT_COSTS else 0.0
    return {
        "channel": channel,
        "messages": messages,
        "to_silent": to_silent,
        "unit_cost": price,
        "cost": round(messages * price, 2),
        "cost_silent": None if to_silent is None else round(to_silent * price, 2),
    }


def _decay(moved: flows.Flows) -> dict[str, Any]:
    """Return which share of the awake of 12 months ago is silent now; None where nobody can tell who is or was."""
    then, known = moved.people(flows.AWAKE), not moved.untold
    gone = moved.people(flows.AWAKE, flows.QUIET)
    possible = intervals.exact(gone, then) if then and known else None
    return {
        "since": moved.since.isoformat(),
        "source": moved.source,
        "awake_then": then,
        "silent_now": gone if known else None,
        "share": gone / then if then and known else None,
        "interval": [possible.low, possible.high] if possible else None,
    }


def _pace(periods: dict[int, flows.Flows]) -> dict[str, Any] | None:
    """Return the decay of a year told from the longest period that people are known for, where a year is not.

    Whoever fell silent is taken to have done so halfway.
    """
    known = [
        (months, one)
        for months, one in sorted(periods.items(), reverse=True)
        if one.people(flows.AWAKE) and not one.untold
    ]
    if not known or known[0][0] == MONTHS:
        return None
    months, moved = known[0]
    then, gone, days = moved.people(flows.AWAKE), moved.people(flows.AWAKE, flows.QUIET), moved.until - moved.since
    found = bill_intervals.lost_at_pace(gone, (then - gone / 2) * days.total_seconds() / 86_400)
    if found is None:
        return None
    return {"months": months, "share": found.share, "interval": [found.interval.low, found.interval.high]}


_WORTH = f"""
    SELECT {bill_intervals.MONEY_SUMS} FROM (
        SELECT (revenue / greatest(recency / 365.25, 1))::DOUBLE AS amount
        FROM {{profiles}} WHERE state IN {overview.SILENT!r} AND orders + store_purchases > 0
    )
"""


def _worth(con: duckdb.DuckDBPyConnection, people: int) -> list[float] | None:
    """Return the interval of the money asleep a year; None with fewer than 100 dormant buyers."""
    row = con.execute(_WORTH.format(profiles=profiles.relation())).fetchone()
    if row is None:
        return None
    sums = bill_intervals.MoneySums(*row)
    found = bill_intervals.money(sums, max(people, sums.people))
    return [found.interval.low, found.interval.high] if found else None


def _with_rise(trend: dict[str, Any]) -> dict[str, Any]:
    """Return the trend with how much the share of the silent rises a month; None with fewer than six months."""
    found = bill_intervals.trend([one["share"] for one in trend["months"] if one["share"] is not None])
    rise = {"value": found.value, "interval": [found.interval.low, found.interval.high]} if found else None
    return trend | {"rise": rise}


def _known_since() -> datetime | None:
    """Return when this base was first scored, as far as its snapshots tell."""
    first = HealthSnapshot.objects.order_by("day").first()
    return first.at if first else None


def _trend(now: datetime, months: int, kept: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return people and silent people at the end of each of the last months, from snapshots, or scored as of then.

    Months before anything was covered are not told: everybody would be undetermined.
    """
    ends, known = _month_ends(now), kept | _snapshots()
    covered = coverage.begun()
    told, begun = {}, min(covered.get(name, now) for name in ("order_placed", "message_delivered"))
    for month, end in reversed(ends.items()):
        if month in known:
            told[month] = known[month]
        elif end > begun and months > 0:
            told[month], months = _as_of(month, end), months - 1
    wanted = [month for month, end in ends.items() if end > begun]
    return {"months": [told[month] for month in sorted(told)], "from_the_beginning": set(wanted) <= set(told)}


def _month_ends(now: datetime) -> dict[str, datetime]:
    """Return the last 12 ends of months before `now`, by name, oldest first."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ends = [Duration(count, "month").before(first) for count in reversed(range(MONTHS))]
    return {f"{Duration(1, 'day').before(end):%Y-%m}": end for end in ends}


def _kept_months(digest: str) -> dict[str, dict[str, Any]]:
    """Return the months of the last bill, without those scored by policies other than these."""
    last = Estimate.objects.filter(kind=KIND).order_by("-as_of").first()
    held = [] if last is None else [one for one in last.figures["months"] if _holds(one, digest)]
    return {one["month"]: one | (UNKNOWN if untold.people(one["states"]) else {}) for one in held}


def _holds(month: dict[str, Any], digest: str) -> bool:
    """Tell whether a kept month still says what scoring would: what was written then does, whatever the policies are now."""
    return month["source"] != "recomputed" or month.get("policies") == digest


def _digest() -> str:
    """Return the hash of the policies in force, in the order in which they are tried."""
    written = "\n".join(policy.model_dump_json(by_alias=True) for policy in policies.in_force())
    return sha256(written.encode()).hexdigest()


def _snapshots() -> dict[str, dict[str, Any]]:
    """Return the last snapshot of each month."""
    return {f"{one.day:%Y-%m}": _month(f"{one.day:%Y-%m}", one) for one in HealthSnapshot.objects.order_by("day")}


def _month(month: str, snapshot: HealthSnapshot) -> dict[str, Any]:
    found = overview.of(snapshot)
    figures = _counted(month, found.health["states"], "history")
    if found.silence_unknown:
        return figures | {"asleep": None, "routing_cost_silent": None}
    return figures | {"asleep": found.health["money_asleep"], "routing_cost_silent": round(found.routing_cost, 2)}


def _as_of(month: str, end: datetime) -> dict[str, Any]:
    return _counted(month, scoring.score(end, write=False).states, "recomputed") | {
        "asleep": None,
        "routing_cost_silent": None,
        "policies": _digest(),
    }


def _counted(month: str, states: dict[str, int], source: str) -> dict[str, Any]:
    people, known = sum(states.values()), not untold.people(states)
    silent = sum(states.get(state, 0) for state in overview.SILENT) if known else None
    share = silent / people if people and silent is not None else None
    return {"month": month, "people": people, "silent": silent, "share": share, "states": states, "source": source}


def run(now: datetime) -> int:
    """Keep the bill where it is due; the work done. A rehearsal shows nobody a page."""
    if place.current().simulated or not silences.scored() or not due(now):
        return 0
    keep(now)
    return 1
