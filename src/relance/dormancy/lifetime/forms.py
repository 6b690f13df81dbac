"""P(alive), expected purchases and value as Ibis columns: closed forms that run where the people are, on any engine.

The parameters are columns of a one-row table (`FITTED`), so the compiled SQL is the same every night. 2F1 is summed to 64
terms in blocks of 8, the rest taken as geometric: for z up to 0.8 (a horizon of up to four times alpha + T) within 1e-9
of the models' files, which sum to the end. `accuracy` measures it for given parameters; `keeping` refuses what is worse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis
import ibis.expr.types as ir

HORIZON = 90  # days ahead
TERMS = 64
BLOCK = 8
COLUMNS = ("p_alive", "expected_purchases", "expected_value")

# The one-row table of what is in force, ages in days; all NULL where nothing is, p, q and gamma NULL where only they were refused.
FITTED = ibis.schema(
    {"model": "string"}
    | dict.fromkeys(("r", "alpha", "a", "b", "s", "beta", "p", "q", "gamma", "mean_spend"), "float64")
)

# Of who bought once, so many whole days ago, the share that comes back within the horizon: the cohort's curve, by day.
RETURNS = ibis.schema({"age": "int64", "share": "float64"})

_DIGITS = 14.0  # of a block's first power of z, below which the block counts for nothing
_MOST = 600.0  # of an exponent: PostgreSQL raises an error where others give infinity
Ratio = Callable[[int], Any]


def counted(person: ir.Table, fitted: ir.Table, returns: ir.Table, *, pareto: bool = False) -> ir.Table:
    """Return `person` with p_alive and expected_purchases (next 90 days), float64, and the parameters in force beside.

    People have frequency, recency and T in days, purchase_days, monetary_value per purchase day. NULL where nothing is in force
    and for who never bought. Of who bought once no model knows anything but the age: p_alive is NULL, expected_purchases is
    what `returns`, the cohort's curve, says of that age, NULL where it does not reach. `pareto` tells whether Pareto/NBD is in
    force: its series are other ones.
    """
    own = person.cross_join(fitted.select(**{_of(name): fitted[name] for name in FITTED.names}))
    prepared = _pareto(own) if pareto else _growing(own)
    found = _returned(_summed(_rests(prepared, pareto=pareto), pareto=pareto), returns)
    bought, again = found.purchase_days.fill_null(0) > 0, found.frequency > 0
    return found.select(
        *own.columns,
        p_alive=(bought & again).ifelse(found.x_alive, _NULL),
        expected_purchases=bought.ifelse(again.ifelse(found.x_growth * found.x_alive, found.x_returned), _NULL),
    )


def valued(counted: ir.Table) -> ir.Table:
    """Return `counted` people, the parameters left out, with expected_value, float64."""
    kept = [name for name in counted.columns if not name.startswith(_of(""))]
    return counted.select(*kept, expected_value=counted.expected_purchases * _spend(counted))


_NULL = ibis.null("float64")


def _of(name: str) -> str:
    """Return how a parameter is called beside the columns of a person."""
    return f"fitted_{name}"


def _growing(own: ir.Table) -> ir.Table:
    """Return each person's arguments of the series of growth: x_, and the fraction's numerators, denominators and z."""
    given = {name: own[_of(name)] for name in FITTED.names}
    x, recency, age = (own[name].cast("float64") for name in ("frequency", "recency", "T"))
    own = own.mutate(x_x=x, x_recency=recency, x_age=age)
    shift = (given["model"] == "bg_nbd").ifelse(1.0, 0.0)
    return own.mutate(
        x_shift=shift,
        x_lower=given["a"] - 1.0,
        x_kept=(given["alpha"] + own.x_age) / (given["alpha"] + own.x_age + float(HORIZON)),
        growth_u=given["a"] + given["b"] - shift - given["r"],
        growth_c=given["a"] + given["b"] + own.x_x - shift,
        growth_z=_of_returned(own, float(HORIZON) / (given["alpha"] + own.x_age + float(HORIZON))),
    )


def _pareto(own: ir.Table) -> ir.Table:
    """Return each person's arguments of the series of Pareto/NBD, then (at the last purchase) and now."""
    given = {name: own[_of(name)] for name in FITTED.names}
    x, recency, age = (own[name].cast("float64") for name in ("frequency", "recency", "T"))
    own = own.mutate(x_x=x, x_recency=recency, x_age=age)
    alpha, beta = given["alpha"], given["beta"]
    wide = alpha >= beta
    large = wide.ifelse(alpha, beta)
    return own.mutate(
        x_lower=given["s"] - 1.0,
        x_kept=(beta + own.x_age) / (beta + own.x_age + float(HORIZON)),
        unit_b=wide.ifelse(given["r"] + own.x_x, given["s"] + 1.0),
        unit_c=given["r"] + given["s"] + own.x_x + 1.0,
        then_z=_of_returned(own, (alpha - beta).abs() / (large + own.x_recency)),
        now_z=_of_returned(own, (alpha - beta).abs() / (large + own.x_age)),
    )


def _of_returned(own: ir.Table, z: Any) -> Any:
    """Return z of who bought again, 0 of all others: of them no series is told, and the young would take all its terms."""
    return (own.frequency > 0).ifelse(z, 0.0)


def _rests(own: ir.Table, *, pareto: bool) -> ir.Table:
    """Return people with the sum of each series beyond its first term, last block first.

    A block is computed only for who needs it: where z is small, its terms are below what a double holds.
    """
    ratios = _ratios(own, pareto=pareto)
    rests = {name: ratio(TERMS) / (1.0 - ratio(TERMS + 1)) for name, (_, ratio) in ratios.items()}
    for first in range(TERMS - BLOCK, -1, -BLOCK):
        needed = 10.0 ** (-_DIGITS / first) if first else -1.0
        for name, (z, ratio) in ratios.items():
            total = rests[name]
            for m in range(first + BLOCK - 1, first - 1, -1):
                total = ratio(m) * (1.0 + total)
            rests[name] = (own[z] > needed).ifelse(total, 0.0)
        own = own.mutate(**{f"{name}_rest": rest for name, rest in rests.items()})
        ratios = _ratios(own, pareto=pareto)
        rests = {name: own[f"{name}_rest"] for name in rests}
    return own


def _ratios(own: ir.Table, *, pareto: bool) -> dict[str, tuple[str, Ratio]]:
    """Return for each series its z and the ratio of term m + 1 to term m."""

    def growth(m: int) -> Any:
        upper = (own.growth_u + (m + 1.0)) * (own.x_lower + (m + 1.0)) / (m + 2.0)
        return upper / (own.growth_c + (m + 1.0)) * own.growth_z

    def unit(z: Any) -> Ratio:
        return lambda m: (own.unit_b + float(m)) / (own.unit_c + float(m)) * z

    if pareto:
        return {"then": ("then_z", unit(own.then_z)), "now": ("now_z", unit(own.now_z))}
    return {"growth": ("growth_z", growth)}


def _summed(own: ir.Table, *, pareto: bool) -> ir.Table:
    """Return people with x_growth, the purchases expected of who is still a customer, and x_alive."""
    declined = _decline(own)
    if not pareto:
        power = (own.x_lower * own.x_kept.ln()).exp()
        growth = own.growth_c * declined - power * own.growth_u * own.growth_z * (1.0 + own.growth_rest)
        return own.mutate(x_growth=growth, x_alive=1.0 / _odds(own))
    own = own.mutate(x_then=_bounded(own, own.then_rest, own.x_recency), x_now=_bounded(own, own.now_rest, own.x_age))
    growth = (own.fitted_r + own.x_x) * (own.fitted_beta + own.x_age) / (own.fitted_alpha + own.x_age) * _decline(own)
    return own.mutate(x_growth=growth, x_alive=1.0 / _odds_lifetime(own))


def _returned(own: ir.Table, returns: ir.Table) -> ir.Table:
    """Return people with x_returned, the share of one-time buyers of their age that comes back; NULL where nothing is in force."""
    joined = own.left_join(returns, returns.age == own.T)
    return joined.select(*own.columns, x_returned=own.fitted_model.notnull().ifelse(joined.share, _NULL))


def _decline(own: ir.Table) -> Any:
    """Return (1 - kept^power) / power, by its own series close to power 0."""
    log = own.x_kept.ln()
    exponent = own.x_lower * log
    near = exponent.abs() < 1e-5
    safe = near.ifelse(1.0, exponent)
    return -log * near.ifelse(1.0 + exponent / 2.0 + exponent * exponent / 6.0, (safe.exp() - 1.0) / safe)


def _odds(own: ir.Table) -> Any:
    """Return 1 / P(alive) of BG/NBD and MBG/NBD."""
    b, x = own.fitted_b, own.x_x
    silence = (own.fitted_r + x) * ((own.fitted_alpha + own.x_age) / (own.fitted_alpha + own.x_recency)).ln()
    never = (own.fitted_model == "bg_nbd") & (own.frequency == 0)
    return never.ifelse(
        1.0, 1.0 + own.fitted_a / never.ifelse(1.0, b + x - own.x_shift) * ibis.least(silence, _MOST).exp()
    )


def _odds_lifetime(own: ir.Table) -> Any:
    """Return 1 / P(alive) of Pareto/NBD."""
    r, alpha, s, beta = own.fitted_r, own.fitted_alpha, own.fitted_s, own.fitted_beta
    share = s / (r + s + own.x_x)
    stretch = (r + own.x_x) * ((alpha + own.x_age) / (alpha + own.x_recency)).ln() + s * (
        (beta + own.x_age) / (beta + own.x_recency)
    ).ln()
    return (1.0 - share * own.x_now) + share * own.x_then * ibis.least(stretch, _MOST).exp()


def _bounded(own: ir.Table, series: Any, y: Any) -> Any:
    alpha, beta = own.fitted_alpha, own.fitted_beta
    return (1.0 + series) * (alpha >= beta).ifelse(1.0, (alpha + y) / (beta + y))


def _spend(own: ir.Table) -> Any:
    """Return the expected spend per purchase: Gamma-Gamma for repeat buyers, the population's mean for the others."""
    p, q, gamma = own.fitted_p, own.fitted_q, own.fitted_gamma
    n, mean = own.purchase_days.cast("float64"), own.monetary_value.cast("float64")
    told = (own.frequency > 0) & (mean > 0.0)
    personal = p * (gamma + n * mean) / (p * n + q - 1.0)
    return ibis.coalesce(told.ifelse(personal, p * gamma / (q - 1.0)), own.fitted_mean_spend)
