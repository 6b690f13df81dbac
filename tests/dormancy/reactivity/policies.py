"""Simulated people whose answer with and without a message is written down, and what each way to mail them earns.

A past randomised send teaches; the next send is decided for other people of the same kind. Net of a policy: value of the
purchases, minus a cost per mail, minus the cost of each complaint a mail draws (people put off by it complain more often).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relance.dormancy.reactivity import scores, study
from relance.dormancy.reactivity.effort import Effort
from relance.dormancy.reactivity.preparation import Question, prepare
from relance.dormancy.reactivity.reading import Bools, Column, Floats, Table
from relance.measurement.reactivity import limits

VALUE, MAIL, COMPLAINT = 40.0, 0.02, 20.0
PER = 1000


@dataclass(frozen=True)
class World:
    """Effects on the chance to buy: of those who can be woken (`gain`), of those a message puts off (`loss`); `even`: on everybody."""

    gain: float
    loss: float
    even: float


WORLDS = {
    "mixed": World(0.06, -0.04, 0.0),
    "even": World(0.0, 0.0, 0.03),
    "harmful": World(0.0, 0.0, -0.01),
    "none": World(0.0, 0.0, 0.0),
}


@dataclass(frozen=True)
class People:
    """Features as a table, chances to buy without and with a message, chance to complain of one."""

    table: Table
    without: Floats
    with_message: Floats
    complaint: Floats


@dataclass(frozen=True)
class Compared:
    """Net per thousand people and share mailed of each policy; what the study of the past send said."""

    net: dict[str, float]
    mailed: dict[str, float]
    verdict: str


def gathered(world: World, count: int, random: np.random.Generator) -> People:
    """Return people of a world."""
    recency, clicks = random.integers(1, 36, count), random.poisson(1.0, count)
    store, orders = random.random(count) < 0.4, 1 + random.poisson(2.0, count)
    without = np.clip(0.02 + 0.01 * orders + 0.05 * store - 0.001 * recency, 0.005, 1.0)
    woken, put_off = (clicks > 0) & ~store, store & (clicks == 0)
    effect = world.gain * woken + world.loss * put_off + world.even
    complaint = np.where(put_off, 0.004, 0.0005)
    columns = {"recency": recency, "clicks": clicks, "store": store, "orders": orders}
    numbers = {name: Column(name, "number", 2, numbers=np.asarray(values, float)) for name, values in columns.items()}
    return People(Table("people", count, numbers), without, np.clip(without + effect, 0.0, 1.0), complaint)


def past(some: People, random: np.random.Generator) -> tuple[Table, float]:
    """Return a randomised send to half of the people, and what one mail cost, complaints included."""
    mailed = random.random(some.table.rows) < 0.5
    bought = random.random(some.table.rows) < np.where(mailed, some.with_message, some.without)
    complaints = (random.random(some.table.rows) < some.complaint)[mailed].mean()
    extra = {
        name: Column(name, "number", 2, numbers=values.astype(float))
        for name, values in (("mailed", mailed), ("bought", bought))
    }
    return Table("past", some.table.rows, some.table.columns | extra), MAIL + COMPLAINT * float(complaints)


def compared(world: World, *, people: int, seed: int) -> Compared:
    """Return what each policy earns on people to come, each chance taken for what it is."""
    random = np.random.default_rng(seed)
    table, cost = past(gathered(world, people, random), random)
    question = Question("bought", "mailed", value=str(VALUE), cost=cost)
    found = study.study(prepare(table, question), question, Effort(5, 2, 300, seed), limits)
    to_come = gathered(world, people, random)
    chosen = scores.score(found.model, to_come.table).mail
    if chosen is None:  # left open: whoever must choose all the same goes by the difference shown
        bought, mailed = table.columns["bought"].numbers, table.columns["mailed"].numbers
        assert bought is not None
        assert mailed is not None
        chosen = np.full(people, VALUE * (bought[mailed == 1].mean() - bought[mailed == 0].mean()) > cost)
    recency = to_come.table.columns["recency"].numbers
    assert recency is not None
    worth = VALUE * (to_come.with_message - to_come.without) - MAIL - COMPLAINT * to_come.complaint
    ways: dict[str, Bools] = {
        "relance": chosen,
        "everybody": np.ones(people, bool),
        "nobody": np.zeros(people, bool),
        "recency": recency <= np.median(recency),
        "oracle": worth > 0,
    }
    net = {name: float((worth * way).mean() * PER) for name, way in ways.items()}
    return Compared(net, {name: float(way.mean()) for name, way in ways.items()}, found.verdict)
