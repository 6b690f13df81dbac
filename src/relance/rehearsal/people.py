"""Simulated people: what they do by themselves, and what they do with a mail; drawn from rates, repeatable by seed.

Whatever they do of their own accord does not know which arm they are in; only mails change it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from relance.core import database
from relance.dormancy import profiles
from relance.events import engine, hot
from relance.events.hot import NewEvent
from relance.feedback import bounces, clicks, complaints, loops, unsubscribes
from relance.rehearsal import toll
from relance.rehearsal.rates import Rates

Floats = npt.NDArray[np.float64]
SOURCE = "rehearsal"
BOUNCES: tuple[tuple[bounces.Kind, str], ...] = (("hard", "hard_bounce"), ("soft", "soft_bounce"))
DRAWN = ("hard_bounce", "soft_bounce", "complain", "unsubscribe", "click")  # of each mail, in this order
ORDER_DAYS = 7.0  # an order that a mail brought comes within this time


@dataclass
class Crowd:
    """Everybody in the rehearsal, as columns in the order of their ids, and what they are about to do."""

    rates: Rates
    source: int
    seed: int
    ids: npt.NDArray[np.int64]
    states: npt.NDArray[np.str_]
    baskets: Floats
    eagerness: Floats  # times the rate of buying, by value band
    store: npt.NDArray[np.bool_]
    offers: frozenset[str] = frozenset()  # steps that carry an offer
    coming: list[tuple[datetime, int, str, dict[str, Any]]] = field(default_factory=list)
    serial: int = 0
    done: dict[str, int] = field(default_factory=dict)
    levels: Mapping[date, int] = field(default_factory=dict)  # how full inboxes are, by day
    toll: toll.Toll = field(default_factory=toll.Toll)

    def crowded(self, name: str, at: datetime) -> float:
        """Return what the day's saturation multiplies a rate by."""
        return self.rates.saturation.times(name, self.levels.get(at.astimezone(UTC).date(), 0))

    def rate(self, name: str, states: npt.NDArray[np.str_] | None = None) -> Floats:
        """Return each person's rate of this kind, by state."""
        default = self.rates.states["undetermined"]
        kinds, places = self._everybody if states is None else np.unique(states, return_inverse=True)
        return np.array([getattr(self.rates.states.get(kind, default), name) for kind in kinds], dtype=float)[places]

    @cached_property
    def _everybody(self) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.intp]]:
        """Return the states that occur, and the place of each person's among them."""
        kinds, places = np.unique(self.states, return_inverse=True)
        return kinds, places

    def plan(self, at: datetime, kind: str, **what: Any) -> None:
        """Note that something will happen at an instant."""
        self.serial += 1
        heapq.heappush(self.coming, (at, self.serial, kind, what))


def gather(rates: Rates, source: int, seed: int, offers: frozenset[str]) -> Crowd:
    """Return the crowd of the database in force, after its people were scored."""
    con = engine.connect()
    rows = con.execute(
        f"""
        SELECT contact_id, state, coalesce(monetary_value, 0), value_band, preferred_channel = 'store'
        FROM {profiles.relation()} ORDER BY 1
        """
    ).fetchnumpy()
    con.close()
    ids, states, money, bands, store = (np.asarray(rows[name]) for name in rows)  # no column has a NULL
    baskets = np.where(money.astype(float) > 0, money.astype(float), rates.basket)
    eager = np.array([rates.value_bands.get(str(band), 1.0) for band in bands])
    return Crowd(
        rates, source, seed, ids.astype(np.int64), states.astype(np.str_), baskets, eager, store.astype(bool), offers
    )


def live(crowd: Crowd, start: datetime, end: datetime) -> int:
    """Let everybody do, between two instants, what they would have done anyway; return the number of events."""
    days = (end - start).total_seconds() / 86_400
    if days <= 0:
        return 0
    draw = np.random.default_rng([crowd.seed, int(start.timestamp())])
    events: list[NewEvent] = []
    for name, kind in (("buy", "order_placed"), ("visit", "site_visited"), ("log_in", "logged_in")):
        rate = crowd.rate(name) * (crowd.eagerness if name == "buy" else 1) * crowd.crowded(name, start) * days / 30
        times = draw.poisson(rate)
        who = np.repeat(np.arange(len(crowd.ids)), times)
        moments = draw.uniform(0, days, len(who))
        noise = draw.lognormal(-0.08, 0.4, len(who))
        for index, moment, factor in zip(who, moments, noise, strict=True):
            events.append(_event(crowd, int(index), kind, start + timedelta(days=float(moment)), float(factor)))
    return _record(crowd, events)


def receive(crowd: Crowd, now: datetime) -> int:
    """Let people react to the mails that left at `now`: plan clicks, orders, refusals; return the number of mails."""
    rows = database.rows(
        """
        SELECT m.id, m.contact_id, coalesce(p.state, 'undetermined'), m.step,
               coalesce(split_part(point.value, '@', 2) LIKE ANY(%s), FALSE), m.purpose
        FROM message m
        LEFT JOIN profile p ON p.contact_id = m.contact_id
        LEFT JOIN contact_point point ON point.id = m.contact_point_id
        WHERE m.sent_at = %s AND m.state = 'sent' ORDER BY m.contact_id, m.step, m.id
        """,
        [loops.patterns(), now],
    )
    if not rows:
        return 0
    draw = np.random.default_rng([crowd.seed, 1, int(now.timestamp())])
    states = np.array([row[2] for row in rows])
    lift = np.where([row[3] in crowd.offers for row in rows], crowd.rates.offer_lift, 1.0)
    chances = {name: np.minimum(crowd.rate(name, states) * crowd.crowded(name, now), 1) for name in DRAWN}
    chances["click"] = np.minimum(chances["click"] * lift, 1)
    unasked = crowd.rates.buy_after_mail * crowd.crowded("buy_after_mail", now)
    places = np.minimum(np.searchsorted(crowd.ids, [row[1] for row in rows]), len(crowd.ids) - 1)
    chances["order"] = chances["click"] * crowd.rates.buy_after_click + (1 - chances["click"]) * unasked
    crowd.toll.add(np.array([row[5] for row in rows]), chances, crowd.baskets[places])
    hits = {name: draw.random(len(rows)) < chances[name] for name in DRAWN}
    hits["complain"] &= np.array([row[4] for row in rows])  # elsewhere people complain too, and no sender learns of it
    hours = draw.exponential(crowd.rates.click_hours / np.log(2), len(rows))
    buys = draw.random(len(rows))
    after = draw.uniform(0, ORDER_DAYS, len(rows))
    for i, (message, contact, *_) in enumerate(rows):
        _react(
            crowd,
            int(message),
            int(contact),
            now,
            {name: bool(hit[i]) for name, hit in hits.items()},
            (hours[i], bool(buys[i] < (crowd.rates.buy_after_click if hits["click"][i] else unasked)), after[i]),
        )
    return len(rows)


def _react(
    crowd: Crowd, message: int, contact: int, now: datetime, hit: dict[str, bool], drawn: tuple[float, bool, float]
) -> None:
    """Plan what one mail brings: a bounce ends it; a click may lead to a visit and an order."""
    hours, buys, after = drawn
    for name in ("hard_bounce", "soft_bounce"):
        if hit[name]:
            crowd.plan(now + timedelta(minutes=5), name, message=message)
            return
    for name in ("complain", "unsubscribe"):
        if hit[name]:
            crowd.plan(now + timedelta(hours=hours), name, message=message)
    if hit["click"]:
        crowd.plan(now + timedelta(hours=hours), "click", message=message, contact=contact)
    if buys:
        crowd.plan(now + timedelta(hours=hours, days=after), "order", contact=contact)


def act(crowd: Crowd, now: datetime) -> int:
    """Do what was planned up to `now`, through the very functions that hear real answers; return how much."""
    due: dict[str, list[tuple[datetime, dict[str, Any]]]] = {}
    while crowd.coming and crowd.coming[0][0] <= now:
        at, _, kind, what = heapq.heappop(crowd.coming)
        due.setdefault(kind, []).append((at, what))
    for kind, things in due.items():
        crowd.done[kind] = crowd.done.get(kind, 0) + len(things)
    messages = {kind: [what["message"] for _, what in things if "message" in what] for kind, things in due.items()}
    clicks.record_many([clicks.Click(what["message"], 0, at) for at, what in due.get("click", [])], now)
    for kind, name in BOUNCES:
        if name in messages:
            bounces.record_many([bounces.Bounce(message, kind, "simulated") for message in messages[name]], now)
    if "complain" in messages:
        complaints.record_many(messages["complain"], now)
    if "unsubscribe" in messages:
        unsubscribes.record_many(messages["unsubscribe"], now)
    _record(crowd, _bought(crowd, due))
    return sum(map(len, due.values()))


def _bought(crowd: Crowd, due: dict[str, list[tuple[datetime, dict[str, Any]]]]) -> Iterable[NewEvent]:
    """Yield the visits and orders that clicks and mails led to."""
    for kind, event_type in (("click", "site_visited"), ("order", "order_placed")):
        for at, what in due.get(kind, []):
            index = int(np.searchsorted(crowd.ids, what["contact"]))
            if index < len(crowd.ids) and crowd.ids[index] == what["contact"]:
                yield _event(crowd, index, event_type, at, 1.0)


def _event(crowd: Crowd, index: int, kind: str, at: datetime, factor: float) -> NewEvent:
    """Return one thing a person does; an order is made where the person is used to buy."""
    crowd.serial += 1
    amount = Decimal(f"{max(crowd.baskets[index] * factor, 1):.2f}") if kind == "order_placed" else None
    in_store = kind == "order_placed" and bool(crowd.store[index])
    return NewEvent(
        int(crowd.ids[index]), crowd.source, "store_purchase" if in_store else kind, at, amount,
        "store" if in_store else "web", f"rehearsal/{crowd.serial}", recorded_at=at,
    )  # fmt: skip


def _record(crowd: Crowd, events: Iterable[NewEvent]) -> int:
    count = hot.insert(events)
    crowd.done["event"] = crowd.done.get("event", 0) + count
    return count
