"""The floor of scoring with everything: hand-written DuckDB SQL for every column of `profiles.parquet`.

The shop's policy, the steadied cadence, states with their reason and beginning, value bands, BG/NBD and Gamma-Gamma with
expected purchases by 64 terms of 2F1 (as blocks, each for whom it counts), all for one fixed policy, coverage and model.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.spine import NOW
from relance.core.durations import Duration
from relance.events.schemas import ENGAGEMENTS, LEGAL_CONTACTS

TERMS, BLOCK, HORIZON = 64, 8, 90
NEVER = 9007199254740992
MONTHS = {"p": 12, "r": 6, "l": 9}
BOUGHT, REACTED = "type IN ('order_placed', 'store_purchase')", "type IN ('message_clicked', 'message_replied')"

AGGREGATED = """
  SELECT contact_id, count(*) FILTER (bought) AS orders, count(DISTINCT day) FILTER (bought) AS purchase_days,
    min(occurred_at) FILTER (bought) AS first_purchase_at, max(occurred_at) FILTER (bought) AS last_purchase_at,
    max(occurred_at) FILTER (type = 'store_purchase') AS last_store_purchase_at,
    count(*) FILTER (type = 'store_purchase') AS store_purchases,
    sum(amount) FILTER (bought) AS gross_revenue, sum(amount) FILTER (type = 'refund') AS refunded,
    min(occurred_at) AS first_event_at, max(occurred_at) FILTER (engaged) AS last_engagement_at,
    max(occurred_at) FILTER (type IN ({legal})) AS last_legal_contact_at,
    max(occurred_at) FILTER (type = 'message_clicked') AS last_click_at,
    count(*) FILTER (type = 'message_delivered') AS delivered,
    count(*) FILTER (type = 'message_delivered' AND occurred_at > {before_6}) AS message_delivered_in_6_months,
    last_purchase_at AS last_order_placed_or_store_purchase, max(occurred_at) FILTER (type = 'logged_in') AS last_logged_in,
    max(occurred_at) FILTER ({reacted}) AS last_message_clicked_or_message_replied,
    {slots}
  FROM (SELECT contact_id, type, occurred_at, amount, {bought} AS bought, type IN ({engaged}) AS engaged,
          (epoch_us(occurred_at) // 86400000000)::INT AS day, (epoch_us(occurred_at) // 10800000000) % 8 AS slot
        FROM read_parquet({files}, hive_partitioning = true) WHERE occurred_at <= {now})
  GROUP BY contact_id
"""

DESCRIBED = """
  SELECT c.* REPLACE (least(c.first_seen_at, coalesce(f.first_event_at, c.first_seen_at)) AS first_seen_at),
    f.* EXCLUDE (contact_id, orders, message_delivered_in_6_months), coalesce(orders, 0) AS orders,
    coalesce(message_delivered_in_6_months, 0) AS message_delivered_in_6_months,
    (coalesce(gross_revenue, 0) - coalesce(refunded, 0))::DECIMAL(18, 4) AS revenue,
    greatest(coalesce(purchase_days, 0) - 1, 0) AS frequency,
    coalesce(epoch_us(last_purchase_at) // 1000000 - epoch_us(first_purchase_at) // 1000000, 0) // 86400 AS recency,
    coalesce({second} - epoch_us(first_purchase_at) // 1000000, 0) // 86400 AS T,
    ({second} - epoch_us(last_purchase_at) // 1000000) // 86400 AS silence_days,
    objected_at IS NULL AS free, greatest({slot_names}) AS most
  FROM contact c LEFT JOIN f ON f.contact_id = c.id
"""

PRIOR = """
  SELECT round(m, 2) AS m, round(CASE WHEN v * 49.0 > m * m THEN m * m / v + 1 ELSE 50.0 END, 3) AS k FROM (
    SELECT m, ((s - m * m) * n / (n - 1) - m * m * e) / (e + 1) AS v FROM (
      SELECT count(*)::DOUBLE AS n, sum(tenths)::DOUBLE / n / 10 AS m, sum(tenths * tenths)::DOUBLE / n / 100 AS s,
        sum(1000000 // frequency)::DOUBLE / n / 1000000 AS e
      FROM (SELECT frequency, 10 * recency // frequency AS tenths FROM p WHERE frequency > 0)))
"""

PACED = """
  SELECT *, CASE WHEN frequency > 0 AND free THEN recency / frequency END AS mean_interval,
    CASE WHEN frequency > 0 AND free THEN (k * m + recency) / (k + frequency) END AS steady_interval,
    silence_days / greatest(steady_interval, coalesce(mean_interval, 0), 30.0) AS late,
    CASE WHEN steady_interval IS NOT NULL THEN late END AS overdue_ratio,
    coalesce(revenue::DOUBLE / nullif(purchase_days, 0), 0) AS monetary_value,
    CASE WHEN orders = 0 OR NOT free THEN '' WHEN store_purchases * 2 > orders THEN 'store' ELSE 'web' END AS preferred_channel,
    CASE WHEN NOT free THEN NULL {hours} END::TINYINT AS preferred_hour,
    epoch_us(first_seen_at) // 1000000 AS seen,
    greatest(coalesce(epoch_us(last_purchase_at) // 1000000, 0), seen) AS p_began,
    greatest(coalesce(epoch_us(last_message_clicked_or_message_replied) // 1000000, 0), seen) AS r_began,
    greatest(coalesce(epoch_us(last_logged_in) // 1000000, 0), seen) AS l_began,
    greatest(coalesce(last_purchase_at, first_seen_at), first_seen_at) <= {before_12} AS p,
    greatest(coalesce(last_message_clicked_or_message_replied, first_seen_at), first_seen_at) <= {before_6} AS r_quiet,
    CASE WHEN NOT r_quiet THEN false WHEN message_delivered_in_6_months >= 6 THEN true END AS r,
    greatest(coalesce(last_logged_in, first_seen_at), first_seen_at) <= {before_9} AS l,
    orders >= 1 AS buyer
  FROM p CROSS JOIN prior
"""

TALLIED = """
  SELECT *, 3 * p::INT + 2 * coalesce(r, false)::INT + l::INT AS low, 3 * p::INT + 2 * coalesce(r, true)::INT + l::INT AS high,
    CASE WHEN low >= 6 AND p THEN 'very_dormant' WHEN low >= 3 AND p THEN 'dormant' WHEN low >= 2 THEN 'cooling' ELSE 'active' END AS surely,
    CASE WHEN p THEN p_began + {p_length} ELSE {never} END AS p_at,
    CASE WHEN r THEN r_began + {r_length} ELSE {never} END AS r_at,
    CASE WHEN l THEN l_began + {l_length} ELSE {never} END AS l_at,
    CASE surely WHEN 'very_dormant' THEN 6 WHEN 'dormant' THEN 3 ELSE 2 END AS asks,
    CASE WHEN surely IN ('very_dormant', 'dormant') THEN p_at ELSE 0 END AS needs,
    CASE WHEN overdue_ratio >= 3 THEN epoch_us(last_purchase_at) // 1000000
      + ceil(silence_days / nullif(overdue_ratio, 0) * 3 - 1e-6)::BIGINT * 86400 END AS overdue_at
  FROM t
"""

DATED = """
  SELECT *, least({completed}) AS first,
    CASE WHEN surely IN ('very_dormant', 'dormant') THEN surely WHEN high >= 3 AND p THEN 'undetermined'
         WHEN surely = 'active' AND overdue_at IS NOT NULL THEN 'cooling' ELSE surely END AS judged,
    CASE WHEN buyer THEN judged ELSE 'undetermined' END AS by_policy,
    CASE WHEN NOT free THEN 'undetermined' WHEN first_seen_at > {before_new} THEN 'new'
         WHEN last_engagement_at IS NULL AND first_seen_at >= {covered} THEN 'never_active'
         WHEN last_engagement_at IS NULL AND by_policy = 'active' THEN 'undetermined' ELSE by_policy END AS state,
    (surely IN ('very_dormant', 'dormant') OR first <= coalesce(overdue_at, {never})) AND first < {never} AS by_points,
    CASE WHEN NOT by_points THEN 'cadence' WHEN p_at = first AND p_on THEN 'no_purchase' WHEN r_at = first AND r_on THEN 'no_reaction'
         ELSE 'no_visit' END AS moved,
    CASE WHEN p THEN p_at ELSE p_began END AS p_sign, CASE WHEN r THEN r_at ELSE r_began END AS r_sign,
    CASE WHEN l THEN l_at ELSE l_began END AS l_sign, greatest(p_sign, r_sign, l_sign) AS latest
  FROM (SELECT *, {on} FROM a)
"""

STANDING = """
  SELECT *, CASE WHEN NOT free THEN 'objection' WHEN state <> by_policy OR NOT buyer THEN ''
      WHEN state = 'undetermined' AND r IS NULL THEN 'no_reaction'
      WHEN state IN ('cooling', 'dormant', 'very_dormant') THEN moved
      WHEN NOT p AND p_sign = latest THEN 'no_purchase' WHEN NOT r AND r_sign = latest THEN 'no_reaction'
      WHEN NOT l AND l_sign = latest THEN 'no_visit' ELSE '' END AS reason,
    CASE WHEN state NOT IN ('cooling', 'dormant', 'very_dormant') OR NOT buyer THEN NULL
      WHEN moved = 'no_purchase' THEN p_began WHEN moved = 'no_reaction' THEN r_began WHEN moved = 'no_visit' THEN l_began ELSE overdue_at END AS start,
    CASE moved WHEN 'no_purchase' THEN 12 WHEN 'no_reaction' THEN 6 WHEN 'no_visit' THEN 9 ELSE 0 END AS months,
    make_timestamp(start * 1000000) AS from_at, from_at + to_months(months) AS clamped,
    CASE WHEN day(clamped) <> day(from_at) THEN date_trunc('day', clamped) + INTERVAL 1 DAY ELSE clamped END AS passed,
    CASE state WHEN 'new' THEN seen WHEN 'never_active' THEN seen + {new} ELSE epoch_us(passed) // 1000000 END AS known_second,
    CASE WHEN state IN ('cooling', 'dormant', 'very_dormant') AND start IS NOT NULL THEN greatest(known_second, seen + {new}) ELSE known_second END AS since_second
  FROM d
"""

MODELLED = """
  SELECT *, {a} + {b} + frequency - 1 AS c, {horizon} / ({alpha} + T + {horizon}) AS z, ({alpha} + T) / ({alpha} + T + {horizon}) AS kept,
    CASE WHEN frequency = 0 THEN 1 ELSE 1 / (1 + {a} / ({b} + frequency - 1) * (({alpha} + T) / ({alpha} + recency)) ** ({r} + frequency)) END AS alive
  FROM s
"""

ANSWER = """
  SELECT id AS contact_id, e.* EXCLUDE (id, {inner}),
    CASE WHEN buyer THEN 'ecommerce' ELSE '' END AS policy, (CASE WHEN buyer AND free THEN low ELSE 0 END)::SMALLINT AS points,
    CASE WHEN NOT buyer OR NOT free THEN '' ELSE 'no_visit' || CASE WHEN l THEN '+' ELSE '-' END || ' no_purchase'
      || CASE WHEN p THEN '+' ELSE '-' END || ' no_reaction' || CASE WHEN r IS NULL THEN '?' WHEN r THEN '+' ELSE '-' END END AS criteria,
    coalesce(last_store_purchase_at > {before_12} AND NOT coalesce(last_click_at > {before_6}, false) AND message_delivered_in_6_months >= 6, false) AND free AS false_inactive,
    false AS out_of_target, to_timestamp(since_second) AS since,
    CASE WHEN NOT free THEN '' WHEN orders = 0 THEN 'none' WHEN revenue >= high_from THEN 'high' WHEN revenue >= medium_from THEN 'medium' ELSE 'low' END AS value_band,
    {lifetime},
    NULL::DOUBLE AS risk_30, NULL::DOUBLE AS risk_60, NULL::DOUBLE AS risk_90
  FROM e CROSS JOIN (SELECT quantile_cont(revenue::DOUBLE, 0.8) AS high_from, quantile_cont(revenue::DOUBLE, 0.5) AS medium_from
                     FROM p WHERE orders > 0 AND free)
"""

LIFETIME = """
    CASE WHEN frequency > 0 AND free THEN alive * (c * (1 - kept ** ({a} - 1)) / ({a} - 1)
      - kept ** ({a} - 1) * ({a} + {b} - 1 - {r}) * z * (1 + rest)) END AS expected_purchases,
    CASE WHEN frequency > 0 AND free THEN alive END AS p_alive,
    expected_purchases * CASE WHEN frequency > 0 AND monetary_value > 0 THEN {p} * ({gamma} + purchase_days * monetary_value) / ({p} * purchase_days + {q} - 1)
      ELSE {p} * {gamma} / ({q} - 1) END AS expected_value
"""

UNTOLD = "NULL::DOUBLE AS p_alive, NULL::DOUBLE AS expected_purchases, NULL::DOUBLE AS expected_value"

UNMODELLED = "0 AS c, 0 AS z, 0 AS kept, 0 AS alive, 0 AS rest"

INNER = (
    "attributes, opens_consented, free, most, m, k, late, seen, p_began, r_began, l_began, p, r, l, r_quiet, buyer, low, high, "
    "surely, p_at, r_at, l_at, asks, needs, overdue_at, p_on, r_on, l_on, first, judged, by_policy, by_points, moved, p_sign, "
    "r_sign, l_sign, latest, start, months, from_at, clamped, passed, known_second, since_second, c, z, kept, alive, rest"
)


def sql(files: list[str], model: dict[str, float], spend: dict[str, float], covered: datetime) -> str:
    """Return the whole query; without a model in force (both empty) nothing is told of lifetimes."""
    slots = [f"slot_{n}" for n in range(8)]
    values: dict[str, Any] = {
        **model, **spend, "files": files, "now": _at(NOW), "second": int(NOW.timestamp()), "never": NEVER, "horizon": float(HORIZON),
        "legal": _listed(LEGAL_CONTACTS), "engaged": _listed(ENGAGEMENTS), "bought": BOUGHT, "reacted": REACTED,
        "slots": ", ".join(f"count(*) FILTER (engaged AND slot = {n}) AS slot_{n}" for n in range(8)),
        "slot_names": ", ".join(f"coalesce({slot}, 0)" for slot in slots),
        "hours": " ".join(f"WHEN {slot} = most AND most > 0 THEN {n * 3}" for n, slot in enumerate(slots)),
        "before_new": _at(Duration(30, "day").before(NOW)), "new": 30 * 86400, "covered": _at(covered),
        **{f"before_{n}": _at(Duration(n, "month").before(NOW)) for n in MONTHS.values()},
        **{f"{key}_length": round(Duration(n, "month").days * 86400) for key, n in MONTHS.items()},
        "completed": ", ".join(f"CASE WHEN {key}_on THEN {key}_at ELSE {NEVER} END" for key in MONTHS),
        "on": ", ".join(_on(key) for key in MONTHS),
        "inner": f"{INNER}, {', '.join(slots)}",
    }  # fmt: skip
    steps = {"f": AGGREGATED, "p": DESCRIBED, "prior": PRIOR, "t": PACED, "a": TALLIED, "d": DATED, "s": STANDING}
    chain = ", ".join(f"{name} AS {_kept(name)} ({text.format(**values)})" for name, text in steps.items())
    told = _series(MODELLED.format(**values), model) if model else f"SELECT *, {UNMODELLED} FROM s"
    lifetime = LIFETIME.format(**values) if model else UNTOLD
    return f"WITH {chain}, e AS ({told}) {ANSWER.format(**values, lifetime=lifetime)}"


def differing(ours: Path, theirs: Path) -> dict[str, int]:
    """Return by column how many people two files of profiles tell otherwise; none where all agree, in all columns."""
    con = duckdb.connect()
    a, b = (f"read_parquet('{path}')" for path in (ours, theirs))
    kinds = {name: kind for name, kind, *_ in con.execute(f"DESCRIBE FROM {a}").fetchall() if name != "contact_id"}
    columns = []
    for name, kind in kinds.items():
        near = f'OR abs(a."{name}" - b."{name}") <= 1e-9 * greatest(abs(a."{name}"), 1e-3)' if kind == "DOUBLE" else ""
        columns.append(f'count(*) FILTER (NOT coalesce(a."{name}" IS NOT DISTINCT FROM b."{name}" {near}, false))')
    alone = "count(*) FILTER (a.contact_id IS NULL OR b.contact_id IS NULL)"
    found = con.execute(
        f"SELECT {', '.join((alone, *columns))} FROM {a} a FULL JOIN {b} b USING (contact_id)"
    ).fetchone()
    return {name: count for name, count in zip(("contact_id", *kinds), found or (), strict=True) if count}


def _kept(name: str) -> str:
    return "MATERIALIZED" if name in ("p", "t", "a", "d", "s") else ""


def _on(key: str) -> str:
    """Tell whether a silence completed the state."""
    points = " + ".join(f"{n} * ({other}_at <= {key}_at)::INT" for other, n in (("p", 3), ("r", 2), ("l", 1)))
    return f"surely <> 'active' AND {key}_at < {NEVER} AND needs <= {key}_at AND {points} >= asks AS {key}_on"


def _series(query: str, model: dict[str, float]) -> str:
    """Return the query with `rest`: the sum of the terms beyond the first (Horner), blocks only for whom they count."""
    upper, lower = model["a"] + model["b"] - 1 - model["r"], model["a"] - 1

    def ratio(m: int) -> str:
        return f"{(upper + m + 1) * (lower + m + 1) / (m + 2)!r} / (c + {m + 1}) * z"

    rest = f"{ratio(TERMS)} / (1 - {ratio(TERMS + 1)})"
    for first in range(TERMS - BLOCK, -1, -BLOCK):
        for m in range(first + BLOCK - 1, first - 1, -1):
            rest = f"{ratio(m)} * (1 + {rest})"
        needed = 10 ** (-14 / first) if first else -1
        query, rest = (
            f"SELECT *, CASE WHEN z > {needed!r} THEN {rest} ELSE 0 END AS rest_{first} FROM ({query})",
            f"rest_{first}",
        )
    dropped = ", ".join(f"rest_{first}" for first in range(BLOCK, TERMS, BLOCK))
    return f"SELECT * EXCLUDE ({dropped}, rest_0), rest_0 AS rest FROM ({query})"


def _at(instant: datetime) -> str:
    return f"TIMESTAMPTZ '{instant.isoformat()}'"


def _listed(names: Any) -> str:
    return ", ".join(f"'{name}'" for name in names)
