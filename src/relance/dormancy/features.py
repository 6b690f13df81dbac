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


def aggregated(policies: list[PolicyDefinition], events: ir.Table = EVENTS) -> ir.Table:
    """Return one row per contact: dates, counts and sums of the events up to `now`, and what the policies ask for."""
    known = events.filter(events.occurred_at <= moments.now())
    bought = known.type.isin(PURCHASES)
    at = known.occurred_at
    columns = {
        "orders": bought.sum(),
        "purchase_days": (at.epoch_seconds() // DAY).nunique(where=bought),
        "first_purchase_at": at.min(where=bought),
        "last_purchase_at": at.max(where=bought),
        "last_store_purchase_at": at.max(where=known.type == "store_purchase"),
        "store_purchases": (known.type == "store_purchase").sum(),
        "gross_revenue": known.amount.sum(where=bought),
        "refunded": known.amount.sum(where=known.type == "refund"),
        "first_event_at": at.min(),
        "last_engagement_at": at.max(where=known.type.isin(ENGAGEMENTS)),
        "last_legal_contact_at": at.max(where=known.type.isin(LEGAL_CONTACTS)),
        "last_click_at": at.max(where=known.type == "message_clicked"),
        "delivered": (known.type == "message_delivered").sum(),
        **_slots(known),
        **_asked(known, policies),
    }
    return known.group_by("contact_id").aggregate(**columns)


def _slots(known: ir.Table) -> dict[str, ir.Value]:
    """Return engagements counted by three-hour slots of the day (UTC), from which the preferred hour is read."""
    engaged = known.type.isin(ENGAGEMENTS)
    slot = (known.occurred_at.epoch_seconds() % DAY) // (SLOT_HOURS * 3600)
    return {f"slot_{n}": (engaged & (slot == n)).sum() for n in range(24 // SLOT_HOURS)}


def _asked(known: ir.Table, policies: list[PolicyDefinition]) -> dict[str, ir.Value]:
    """Return the columns the policies' criteria need: last events of their types, exposures in their windows."""
    columns: dict[str, ir.Value] = {}
    for criterion in (criterion for policy in policies for criterion in policy.criteria.values()):
        columns[last_name(criterion.without)] = known.occurred_at.max(where=known.type.isin(criterion.without))
        if criterion.exposed_to is not None:
            window = criterion.exposed_to.within or criterion.duration
            received = (known.type == criterion.exposed_to.event) & (known.occurred_at > moments.before(window))
            columns[exposed_name(criterion.exposed_to.event, window)] = received.sum()
    return columns


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
