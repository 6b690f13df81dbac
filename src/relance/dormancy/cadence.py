"""Own cadence: how long a person usually waits between purchases, steadied for those with few.

A person's intervals between purchase days are taken as exponential with a mean of her own, and those means as inverse
gamma over the base (the gamma-Poisson process of Schmittlein, Morrison and Colombo 1987). The expected mean of someone
with x intervals of mean m is then exactly the credibility estimate (Jewell 1974, "Credible means are exact Bayesian for
exponential families", ASTIN Bulletin 8) (k M + x m) / (k + x): the base's mean M weighs as much as k intervals, where
k = E[mean squared] / Var[mean] (Bühlmann 1967, "Experience rating and credibility", ASTIN Bulletin 4).

M and k come from the base by moments: of the repeat buyers' own means, M is the average and the variance is
Var + (Var + M^2) E[1/x]. Only intervals that ended are seen, so M tells of people who came back.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

FLOOR_DAYS = 30  # a mean interval shorter than this is taken as this
ENOUGH = 30  # repeat buyers; with fewer the base has no cadence to speak of, and one's own interval stands alone
ALONE = 2  # intervals a person needs where the base has no cadence
HEAVIEST = 50.0  # intervals the base's mean weighs at most: where all people are alike, k grows without bound
TENTHS, MILLIONTHS = 10, 1_000_000


def population(feature: ir.Table) -> ir.Table:
    """Return one row of whole numbers about the repeat buyers: parts of a base add up to the base, on every engine alike.

    `repeat_buyers`, the sums of their mean intervals in tenths of a day and of these squared, and of millionths of 1/x.
    """
    intervals = feature.purchase_days - 1
    repeat = (intervals >= 1).fill_null(False)
    tenths = (TENTHS * whole_days(feature.first_purchase_at, feature.last_purchase_at)) // intervals.nullif(0)
    return feature.aggregate(
        repeat_buyers=repeat.sum().fill_null(0),
        interval_tenths=tenths.sum(where=repeat).fill_null(0),
        interval_tenths_squared=(tenths * tenths).sum(where=repeat).fill_null(0),
        reciprocals=(MILLIONTHS // intervals.nullif(0)).sum(where=repeat).fill_null(0),
    )


def prior(population: ir.Table) -> ir.Table:
    """Return one row: `prior_interval`, the base's mean in days, and `prior_weight`, the intervals it weighs.

    Both NULL where the base has no cadence; rounded, since sums of fractions differ in the last bit between engines.
    """
    people = population.repeat_buyers.cast("float64").nullif(0)
    means = population.select(
        people=people,
        mean=population.interval_tenths.cast("float64") / people / TENTHS,
        squares=population.interval_tenths_squared.cast("float64") / people / TENTHS**2,
        noise=population.reciprocals.cast("float64") / people / MILLIONTHS,
    )
    seen = (means.squares - means.mean * means.mean) * means.people / (means.people - 1.0).nullif(0)
    true = (seen - means.mean * means.mean * means.noise) / (means.noise + 1.0)
    weight = ibis.ifelse(
        true * (HEAVIEST - 1.0) > means.mean * means.mean, means.mean * means.mean / true.nullif(0) + 1.0, HEAVIEST
    )
    enough = means.people >= ENOUGH
    return means.select(
        prior_interval=ibis.ifelse(enough, means.mean.round(2), ibis.null("float64")),
        prior_weight=ibis.ifelse(enough, weight.round(3), ibis.null("float64")),
    )


def steadied(intervals: Any, days: Any, base: ir.Table) -> Any:
    """Return the steadied mean interval in days of a person with so many intervals in so many days; NULL without any.

    `base` has the columns of `prior`. Where the base has no cadence it is her own, from two intervals on.
    """
    own = days.cast("float64") / intervals.nullif(0)
    drawn = (base.prior_weight * base.prior_interval + days.cast("float64")) / (base.prior_weight + intervals)
    alone = ibis.ifelse(intervals >= ALONE, own, ibis.null("float64"))
    return ibis.ifelse(intervals >= 1, drawn.fill_null(alone), ibis.null("float64"))


def overdue(silence: Any, own: Any, steady: Any) -> Any:
    """Return silence over the person's rhythm, both in days: the longest of her steadied interval, her own mean and 30 days.

    Steadying only lengthens: who buys once a year in a base of monthly buyers is not absent in between.
    """
    return silence / ibis.greatest(steady, own, ibis.literal(float(FLOOR_DAYS)))


def seconds(instant: Any) -> Any:
    """Return whole seconds since 1970: some engines count fractions."""
    return instant.epoch_seconds().floor().cast("int64")


def whole_days(start: Any, end: Any) -> Any:
    """Return whole days elapsed from `start` to `end`."""
    return (seconds(end) - seconds(start)) // 86_400
