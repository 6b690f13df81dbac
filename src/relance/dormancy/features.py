"""Features: what each contact's events say, one row per contact who has any; one Ibis expression for every engine.

`frequency`, `recency` and `T` are those of Fader, Hardie and Lee (2005), in days: purchase days after the first,
age at the last purchase, age now; same-day purchases count once. Days are floor(elapsed seconds / 86,400).
"""

from __future__ import annotations

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir

from relance.core.durations import Duration
from relance.dormancy import cadence, counting
from relance.dormancy.cadence import FLOOR_DAYS, population, whole_days
from relance.dormancy.criteria import OPENED, Criterion
from relance.dormancy.policies import PolicyDefinition
from relance.events.schemas import ENGAGEMENTS, LEGAL_CONTACTS, PURCHASES
from relance.rules import moments
from relance.rules.compiling import EVENTS

__all__ = ["FLOOR_DAYS", "SLOT_HOURS", "aggregated", "days_between", "described", "exposed", "population"]

DAY = 86_400
SLOT_HOURS = 3
PRIOR = ("prior_interval", "prior_weight")
DAILY = ("T", "silence_days", "steady_interval", "overdue_ratio")  # change whoever does nothing: computed when read
Sought = tuple[tuple[str, ...], str]  # event types, and the channel they count on; "" for all

days_between = whole_days


def last_name(types: Iterable[str], channel: str | None = None) -> str:
    """Return the name of the column that holds the last event of these types."""
    return "last_" + _named((tuple(sorted(types)), channel or ""))


def first_name(types: Iterable[str]) -> str:
    """Return the name of the column that holds the first event of these types."""
    return "first_" + _named((tuple(sorted(types)), ""))


def exposed_name(event: str, window: Duration, channel: str | None = None) -> str:
    """Return the name of the column that counts what a person received in a window."""
    return counting.name(event, window, channel)


def exposed(policies: list[PolicyDefinition]) -> ir.Table:
    """Return what people received and did in the windows that are asked for: it changes with the day, whoever does nothing."""
    return counting.counted(policies)


def heard_of(criterion: Criterion, person: ir.Table) -> list[ir.TimestampValue]:
    """Return the columns of a person's last signs of a criterion's types; an open counts where she consented to that."""
    if criterion.event:
        return [person["last_" + exposed_name(criterion.event, criterion.duration, criterion.channel)]]
    columns = [person[last_name(types, channel)] for types, channel in _sought(criterion)]
    if criterion.reads_opens:
        columns[-1] = ibis.ifelse(opens_known(person), columns[-1], ibis.null(columns[-1].type()))
    return columns


def opens_known(person: ir.Table) -> ir.BooleanValue:
    """Return whether a person's opens may be looked at."""
    return person.opens_consented.fill_null(False) if "opens_consented" in person.columns else ibis.literal(False)


def aggregated(policies: list[PolicyDefinition]) -> ir.Table:
    """Return one row per contact of the view `counted`: dates, counts and sums of the events up to `now`.

    Nothing here depends on the day, so the rows of contacts who did nothing stay right.
    """
    events = ibis.table(EVENTS.schema(), name="counted")
    known = _marked(events.filter(events.occurred_at <= moments.now()), policies)
    at = known.occurred_at
    columns = {
        "orders": known.count(where=known.bought),
        "first_purchase_at": at.min(where=known.bought),
        "last_purchase_at": at.max(where=known.bought),
        "last_store_purchase_at": at.max(where=known.in_store),
        "store_purchases": known.count(where=known.in_store),
        "gross_revenue": known.amount.sum(where=known.bought),
        "refunded": known.amount.sum(where=known.refund),
        "first_event_at": at.min(),
        "last_engagement_at": at.max(where=known.engaged),
        "last_legal_contact_at": at.max(where=known.legal),
        "last_click_at": at.max(where=known.clicked),
        "delivered": known.count(where=known.delivered),
        **{f"slot_{n}": known.count(where=known.slot == n) for n in range(24 // SLOT_HOURS)},
        **{f"last_{_named(sought)}": at.max(where=known[_of(sought)]) for sought in _last(policies) if _own(sought)},
        **{f"first_{_named(sought)}": at.min(where=known[_of(sought)]) for sought in _first(policies)},
    }
    found = known.group_by("contact_id").aggregate(**columns)
    same = {f"last_{_named(sought)}": found.last_purchase_at for sought in _last(policies) if not _own(sought)}
    return _with_days(found.mutate(**same), events)


def _with_days(found: ir.Table, events: ir.Table) -> ir.Table:
    """Return the aggregates with `purchase_days`: told apart, since few events are purchases and a wide count is slow."""
    bought = events.filter(events.occurred_at <= moments.now(), events.type.isin(PURCHASES))
    days = bought.select("contact_id", day=_day(bought.occurred_at)).distinct()
    counted = days.group_by("contact_id").aggregate(purchase_days=days.count())
    joined = found.left_join(counted, found.contact_id == counted.contact_id)
    return joined.select(*found.columns, purchase_days=joined.purchase_days.fill_null(0))


def _own(sought: Sought) -> bool:
    """Tell whether the last event sought is not simply the last purchase, which is told already."""
    return sought != (tuple(sorted(PURCHASES)), "")


def _day(instant: ir.TimestampValue) -> ir.IntegerValue:
    """Return the day (UTC) since 1970."""
    return (instant.epoch_seconds() // DAY).cast("int32")


def _marked(known: ir.Table, policies: list[PolicyDefinition]) -> ir.Table:
    """Return the events with what the aggregates ask of each, told once: kinds, three-hour slot of the day (UTC)."""
    seconds = known.occurred_at.epoch_seconds()
    engaged = known.type.isin(ENGAGEMENTS)
    asked = dict.fromkeys((*filter(_own, _last(policies)), *_first(policies)))
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
        slot=ibis.ifelse(engaged, (seconds % DAY) // (SLOT_HOURS * 3600), ibis.null("int64")).cast("int8"),
        **{_of(sought): _is(known, sought) for sought in asked},
    )


def _is(known: ir.Table, sought: Sought) -> ir.BooleanValue:
    types, channel = sought
    return known.type.isin(types) & (known.channel == channel).fill_null(False) if channel else known.type.isin(types)


def _named(sought: Sought) -> str:
    types, channel = sought
    return "_or_".join(types) + (f"_by_{channel}" if channel else "")


def _of(sought: Sought) -> str:
    return "is_" + _named(sought)


def _sought(criterion: Criterion) -> list[Sought]:
    """Return the lists of types whose last event a criterion asks for; opens apart, and last: they need a consent."""
    channel = criterion.channel or ""
    if not criterion.reads_opens:
        return [(criterion.types, channel)]
    others = tuple(name for name in criterion.types if name != OPENED)
    return [*([(others, channel)] if others else []), ((OPENED,), channel)]


def _last(policies: list[PolicyDefinition]) -> list[Sought]:
    """Return the lists of types whose last event the criteria ask for, each once."""
    criteria = (criterion for policy in policies for criterion in policy.criteria.values() if not criterion.event)
    return list(dict.fromkeys(sought for criterion in criteria for sought in _sought(criterion)))


def _first(policies: list[PolicyDefinition]) -> list[Sought]:
    """Return the lists of types whose first event the criteria count from, each once."""
    criteria = (criterion for policy in policies for criterion in policy.criteria.values())
    return list(dict.fromkeys((tuple(sorted(criterion.after)), "") for criterion in criteria if criterion.after))


def described(person: ir.Table, population: ir.Table | None = None) -> ir.Table:
    """Return people with the features that depend on today: frequency, recency, T, intervals, preferred hour.

    `population` has the one row of `cadence.population`; without it one's own mean interval stands alone. Who objected
    to profiling has no interval, no overdue ratio and no preference.
    """
    revenue = (person.gross_revenue.fill_null(0) - person.refunded.fill_null(0)).cast("decimal(18, 4)")
    known = person.mutate(
        first_seen_at=ibis.least(person.first_seen_at, person.first_event_at.fill_null(person.first_seen_at)),
        orders=person.orders.fill_null(0),
        revenue=revenue,
        frequency=ibis.greatest(person.purchase_days.fill_null(0) - 1, 0),
        recency=days_between(person.first_purchase_at, person.last_purchase_at).fill_null(0),
        T=_age(person),
        monetary_value=(revenue.cast("float64") / person.purchase_days.nullif(0)).fill_null(0.0),
        silence_days=_silence(person),
    )
    return _paced(known, population, _preferred(known, known.orders, _profiled(known)))


def renewed(kept: ir.Table, population: ir.Table) -> ir.Table:
    """Return people judged on an earlier day with what today alone changes: T, silence, rhythm and lateness (DAILY)."""
    return _paced(kept.mutate(T=_age(kept), silence_days=_silence(kept)), population, {})


def _age(person: ir.Table) -> ir.IntegerValue:
    return days_between(person.first_purchase_at, moments.now()).fill_null(0)


def _silence(person: ir.Table) -> ir.IntegerValue:
    return days_between(person.last_purchase_at, moments.now())


def _paced(known: ir.Table, population: ir.Table | None, more: dict[str, ir.Value]) -> ir.Table:
    """Return people with their own rhythm and how late they are by it."""
    empty = ibis.null("float64")
    if population is None:
        based = known.mutate(prior_interval=empty, prior_weight=empty)
    else:
        based = known.cross_join(cadence.prior(population))
    free = _profiled(based)
    own = ibis.ifelse((based.frequency > 0) & free, based.recency.cast("float64") / based.frequency.nullif(0), empty)
    steady = ibis.ifelse(free, cadence.steadied(based.frequency, based.recency, based), empty)
    overdue = cadence.overdue(based.silence_days, own.fill_null(0.0), steady.fill_null(0.0))
    found = based.mutate(
        mean_interval=own,
        steady_interval=steady,
        overdue_ratio=ibis.ifelse(steady.notnull(), overdue, empty),
        **more,
    )
    return found.select(*(name for name in found.columns if name not in PRIOR))  # Ibis drops in no order


def _profiled(person: ir.Table) -> ir.BooleanValue:
    """Return whether a person did not object to profiling."""
    return person.objected_at.isnull() if "objected_at" in person.columns else ibis.literal(True)


def _preferred(person: ir.Table, orders: ir.IntegerValue, free: ir.BooleanValue) -> dict[str, ir.Value]:
    """Return the hour of the day (UTC) a person is most often seen in, and where she buys."""
    slots = [person[f"slot_{n}"].fill_null(0) for n in range(24 // SLOT_HOURS)]
    most = ibis.greatest(*slots)
    hour = ibis.cases(*((slot == most, n * SLOT_HOURS) for n, slot in enumerate(slots)), else_=None)
    in_store = person.store_purchases.fill_null(0) * 2 > orders
    return {
        "preferred_hour": ibis.ifelse((most > 0) & free, hour, ibis.null("int8")).cast("int8"),
        "preferred_channel": ibis.cases(((orders == 0) | ~free, ""), (in_store, "store"), else_="web"),
    }
