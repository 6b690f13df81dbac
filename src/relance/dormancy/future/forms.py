"""The probability of turning dormant as an expression inside the engine: nothing per contact leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import ibis
import ibis.expr.types as ir

from relance.dormancy.cadence import FLOOR_DAYS
from relance.dormancy.cadence import seconds as whole_seconds
from relance.dormancy.due import DAY
from relance.dormancy.future import deadline
from relance.dormancy.policies import PolicyDefinition
from relance.dormancy.states import reads_opens
from relance.rules import moments

HORIZONS = (30, 60, 90)  # days
AT_RISK = ("active", "cooling")
RECENCY = ("left", "left_from_third", "left_from_two_thirds")  # the baseline's: three straight lines over the horizon
CADENCE_LIMIT = 3.0  # a silence of e^3 times one's own interval, or e^-3 of it, counts as that
BOUND = 30.0  # logits beyond are taken as this
SAME_FOR_ALL = (  # terms that do not hang on the horizon
    "repeat",  # bought on more than one day
    "frequency",
    "cadence",  # silence against one's own interval, logarithm
    "tenure",  # since first seen
    "spend",  # per purchase day
    "engagement",  # since the last thing she did, whatever it was
    "click",  # since the last click in a message
    "never_clicked",
    "delivered",
    "cooling",
)
TERMS = (*RECENCY, *SAME_FOR_ALL, "left_by_frequency", "left_by_cadence")


def coefficient(horizon: int, term: str) -> str:
    """Return the name of a column of the fitted parameters."""
    return f"future_{horizon}_{term}"


FITTED = {
    "policy": "string",
    **{coefficient(horizon, term): "float64" for horizon in HORIZONS for term in ("intercept", *TERMS)},
}


def steps(people: ir.Table, policies: list[PolicyDefinition], covered: Mapping[str, datetime]) -> dict[str, ir.Table]:
    """Return the steps by name, each reading the table before it (nested they would repeat each other's expressions).

    `people` has the columns of `person` with `contact_id`, `policy` and `state`; where a policy reads opens, the first step
    also reads `contact` (`id`, `opens_consented`): an open counts of who consented to that alone. The step `future_logits`
    reads `future_fitted`, one row per policy with the columns FITTED. The last, `future_risks`, has a row per contact that is
    active or cooling: `contact_id`, `days_left` (until she is dormant if she does nothing; NULL where no known silence
    is under way), `risk_30`, `risk_60`, `risk_90` (0 to 1; NULL there too, and where the policy has no parameters).
    """
    here = people.filter(people.state.isin(AT_RISK))
    if reads_opens(policies) and "opens_consented" not in here.columns:
        here = _with_consents(here)
    terms = {f"future_{name}": value for name, value in _terms(here).items()}
    begun = deadline.beginnings(here, policies, covered)
    found = {"future_beginnings": here.select("contact_id", "policy", **terms, **begun)}
    beginnings = _after(found)
    days = deadline.silences(beginnings, policies)
    found["future_silences"] = beginnings.select("contact_id", "policy", *terms, **days)
    silences = _after(found)
    left = deadline.days_left(silences, policies)
    found["future_days"] = silences.select("contact_id", "policy", *terms, future_left=left)
    found["future_logits"] = _logits(_after(found), ibis.table(FITTED, name="future_fitted"))
    found["future_risks"] = _risks(_after(found))
    return found


def _with_consents(people: ir.Table) -> ir.Table:
    """Return people with whether their opens may be looked at; of who is not in `contact`, they may not."""
    contact = ibis.table({"id": "int64", "opens_consented": "boolean"}, name="contact")
    joined = people.left_join(contact, people.contact_id == contact.id)
    return joined.select(*people.columns, opens_consented=contact.opens_consented.fill_null(False))


def written(found: Mapping[str, ir.Table], dialect: str = "duckdb") -> str:
    """Return steps as one query; its moments are still named."""
    *inner, last = found
    kept = " MATERIALIZED" if dialect in ("duckdb", "postgres") else ""
    chain = ", ".join(f"{name} AS{kept} ({ibis.to_sql(found[name], dialect=dialect)})" for name in inner)
    return f"WITH {chain} {ibis.to_sql(found[last], dialect=dialect)}"


def _after(found: Mapping[str, ir.Table]) -> ir.Table:
    """Return the last step as a table that the next one reads by its name."""
    name = list(found)[-1]
    return ibis.table(found[name].schema(), name=name)


def _terms(people: ir.Table) -> dict[str, ir.Value]:
    """Return the terms that are the same for every horizon, from the columns of `person` and `state`."""
    frequency = people.frequency.fill_null(0).cast("float64")
    repeat = (frequency > 0).ifelse(1.0, 0.0)
    silence = ibis.greatest(people.silence_days.fill_null(0), 1).cast("float64")
    interval = ibis.greatest(people.steady_interval.cast("float64").fill_null(0.0), float(FLOOR_DAYS))
    cadence = ibis.greatest(ibis.least((silence / interval).ln(), CADENCE_LIMIT), -CADENCE_LIMIT) * repeat
    clicked = people.last_click_at.notnull()
    return {
        "repeat": repeat,
        "frequency": _log(frequency),
        "cadence": cadence,
        "tenure": _log_days(people.first_seen_at),
        "spend": _log(people.monetary_value.fill_null(0).cast("float64")),
        "engagement": _log_days(people.last_engagement_at),
        "click": ibis.ifelse(clicked, _log_days(people.last_click_at), 0.0),
        "never_clicked": ibis.ifelse(clicked, 0.0, 1.0),
        "delivered": _log(people.delivered.fill_null(0).cast("float64")),
        "cooling": ibis.ifelse(people.state == "cooling", 1.0, 0.0),
    }


def horizon_terms(people: ir.Table, horizon: int) -> dict[str, ir.Value]:
    """Return the terms that hang on the horizon, from `future_left` and the terms above."""
    left = ibis.greatest(people.future_left, 0.0) / horizon
    return {
        "left": left,
        "left_from_third": ibis.greatest(left - 1 / 3, 0.0),
        "left_from_two_thirds": ibis.greatest(left - 2 / 3, 0.0),
        "left_by_frequency": left * people.future_frequency,
        "left_by_cadence": left * people.future_cadence,
    }


def _logits(people: ir.Table, fitted: ir.Table) -> ir.Table:
    """Return the days left and each horizon's logit, NULL without parameters."""
    named = fitted.rename(future_policy="policy")
    joined = people.left_join(named, people.policy == named.future_policy)
    columns: dict[str, ir.Value] = {}
    for horizon in HORIZONS:
        here = horizon_terms(joined, horizon)
        logit = joined[coefficient(horizon, "intercept")]
        for term in TERMS:
            value = here[term] if term in here else joined[f"future_{term}"]
            logit = logit + joined[coefficient(horizon, term)] * value
        columns[f"logit_{horizon}"] = logit
    return joined.select("contact_id", "future_left", **columns)


def _risks(people: ir.Table) -> ir.Table:
    """Return the three probabilities; a longer horizon is never less likely than a shorter one."""
    risks: dict[str, ir.Value] = {}
    shorter: ir.Value = ibis.literal(0.0)
    for horizon in HORIZONS:
        logit = people[f"logit_{horizon}"]
        bounded = ibis.greatest(ibis.least(logit.fill_null(0.0), BOUND), -BOUND)
        chance = ibis.ifelse(logit.isnull(), ibis.null("float64"), 1.0 / (1.0 + (-bounded).exp()))
        longer = ibis.ifelse(chance < shorter, shorter, chance)
        told = ibis.ifelse(people.future_left <= horizon, longer, 0.0)
        risks[f"risk_{horizon}"] = ibis.ifelse(people.future_left < deadline.NEVER, told, ibis.null("float64"))
        shorter = ibis.ifelse(people.future_left <= horizon, longer, 0.0).fill_null(0.0)
    left = ibis.ifelse(people.future_left < deadline.NEVER, people.future_left, ibis.null("float64"))
    return people.select("contact_id", days_left=left, **risks)


def _log(value: ir.FloatingValue) -> ir.FloatingValue:
    return (ibis.greatest(value, 0.0) + 1.0).ln()


def _log_days(at: ir.TimestampValue) -> ir.FloatingValue:
    """Return the logarithm of the days since; 0 where it never happened."""
    seconds = whole_seconds(moments.now()) - whole_seconds(at)  # some engines count fractions
    return _log((seconds / float(DAY)).fill_null(0.0))
