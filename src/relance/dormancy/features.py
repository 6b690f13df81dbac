"""Features: what each contact's events say, one row per contact who has any; one Ibis expression for every engine.

`frequency`, `recency` and `T` are those of Fader, Hardie and Lee (2005), in days: purchase days after the first,
age at the last purchase, age now; same-day purchases count once. Days are floor(elapsed seconds / 86,400).
"""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from relance.core.durations import Duration
from relance.dormancy.policies import PolicyDefinition
from relance.events.schemas import ENGAGEMENTS, LEGAL_CONTACTS, PURCHASES
from relance.rules import moments
from relance.rules.compiling import EVENTS

DAY = 86_400
FLOOR_DAYS = 30  # a mean interval shorter than this is taken as this
SLOT_HOURS = 3


def last_name(types: Iterable[str]) -> str:
    """Return the name of the column that holds the last event of these types."""
    return "last_" + "_or_".join(sorted(types))


def exposed_name(event: str, window: Duration) -> str:
    """Return the name of the column that counts what a person received in a window."""
    return f"{event}_in_{window.count}_{window.unit}s"


def days_between(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.IntegerValue:
    """Return whole days elapsed from `start` to `end`."""
    return (end.epoch_seconds() - start.epoch_seconds()) // DAY


def exposed(policies: list[PolicyDefinition]) -> ir.Table | None:
    """Return what people received in the windows the policies ask for: it changes with the day, whoever does nothing."""
    asked = _exposures(policies)
    if not asked:
        return None
    longest = ibis.least(*(moments.before(window) for _, window in asked))
    types = sorted({event for event, _ in asked})
    received = EVENTS.filter(EVENTS.type.isin(types), EVENTS.occurred_at > longest, EVENTS.occurred_at <= moments.now())
    counts = {
        exposed_name(event, window): ((received.type == event) & (received.occurred_at > moments.before(window))).sum()
        for event, window in asked
    }
    return received.group_by("contact_id").aggregate(**counts)


def aggregated(policies: list[PolicyDefinition]) -> ir.Table:
    """Return one row per contact of the view `counted`: dates, counts and sums of the events up to `now`.

    Nothing here depends on the day, so the rows of contacts who did nothing stay right.
    """
    events = ibis.table(EVENTS.schema(), name="counted")
    known = _marked(events.filter(events.occurred_at <= moments.now()), policies)
    at = known.occurred_at
    columns = {
        "orders": known.bought.sum(),
        "purchase_days": known.day.nunique(where=known.bought),
        "first_purchase_at": at.min(where=known.bought),
        "last_purchase_at": at.max(where=known.bought),
        "last_store_purchase_at": at.max(where=known.in_store),
        "store_purchases": known.in_store.sum(),
        "gross_revenue": known.amount.sum(where=known.bought),
        "refunded": known.amount.sum(where=known.refund),
        "first_event_at": at.min(),
        "last_engagement_at": at.max(where=known.engaged),
        "last_legal_contact_at": at.max(where=known.legal),
        "last_click_at": at.max(where=known.clicked),
        "delivered": known.delivered.sum(),
        **{f"slot_{n}": (known.slot == n).sum() for n in range(24 // SLOT_HOURS)},
        **{last_name(types): at.max(where=known[_of(types)]) for types in _types(policies)},
    }
    return known.group_by("contact_id").aggregate(**columns)


def _marked(known: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return the events with what the aggregates ask of each, told once: kinds, day, three-hour slot of the day (UTC)."""
    seconds = known.occurred_at.epoch_seconds()
    engaged = known.type.isin(ENGAGEMENTS)
    return known.select(
        "contact_id",
        "occurred_at",
        "amount",
        bought=known.type.isin(PURCHASES),
        in_store=known.type == "store_purchase",
        refund=known.type == "refund",
        engaged=engaged,
        legal=known.type.isin(LEGAL_CONTACTS),
        clicked=known.type == "message_clicked",
        delivered=known.type == "message_delivered",
        day=(seconds // DAY).cast("int32"),
        slot=ibis.ifelse(engaged, (seconds % DAY) // (SLOT_HOURS * 3600), ibis.null("int64")).cast("int8"),
        **{_of(types): known.type.isin(types) for types in _types(policies)},
    )


def _of(types: Iterable[str]) -> str:
    return "is_" + "_or_".join(sorted(types))


def _types(policies: list[PolicyDefinition]) -> list[tuple[str, ...]]:
    """Return the lists of types whose last event the criteria ask for, each once."""
    found = (tuple(sorted(criterion.without)) for policy in policies for criterion in policy.criteria.values())
    return list(dict.fromkeys(found))


def _exposures(policies: list[PolicyDefinition]) -> list[tuple[str, Duration]]:
    """Return the exposures the criteria ask for, each once."""
    criteria = (criterion for policy in policies for criterion in policy.criteria.values())
    found = ((c.exposed_to.event, c.exposed_to.within or c.duration) for c in criteria if c.exposed_to is not None)
    return list(dict.fromkeys(found))


def described(person: ir.Table) -> ir.Table:
    """Return people with the features that depend on today: frequency, recency, T, intervals, preferred hour."""
    at = moments.now()
    orders = person.orders.fill_null(0)
    revenue = (person.gross_revenue.fill_null(0) - person.refunded.fill_null(0)).cast("decimal(18, 4)")
    frequency = ibis.greatest(person.purchase_days.fill_null(0) - 1, 0)
    recency = days_between(person.first_purchase_at, person.last_purchase_at).fill_null(0)
    interval = ibis.ifelse(frequency > 0, recency / frequency.nullif(0), ibis.null("float64"))
    silence = days_between(person.last_purchase_at, at)
    most = ibis.greatest(*(person[f"slot_{n}"].fill_null(0) for n in range(24 // SLOT_HOURS)))
    hour = ibis.cases(*((person[f"slot_{n}"] == most, n * SLOT_HOURS) for n in range(24 // SLOT_HOURS)), else_=None)
    return person.mutate(
        first_seen_at=ibis.least(person.first_seen_at, person.first_event_at.fill_null(person.first_seen_at)),
        orders=orders,
        revenue=revenue,
        frequency=frequency,
        recency=recency,
        T=days_between(person.first_purchase_at, at).fill_null(0),
        monetary_value=ibis.ifelse(frequency >= 0, (revenue / person.purchase_days.nullif(0)).round(4), 0).fill_null(0),
        mean_interval=interval,
        silence_days=silence,
        overdue_ratio=ibis.ifelse(frequency >= 2, silence / ibis.greatest(interval, float(FLOOR_DAYS)), ibis.null("float64")),
        preferred_hour=ibis.ifelse(most > 0, hour, ibis.null("int8")).cast("int8"),
        preferred_channel=ibis.cases(
            (orders == 0, ""), (person.store_purchases * 2 > orders, "store"), else_="web"
        ),
    )  # fmt: skip
