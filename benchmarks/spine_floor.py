"""The floor of scoring: what a careful person would write by hand in DuckDB for the columns of `profiles.parquet`."""

FLOOR_SQL = """
WITH f AS (
  SELECT contact_id,
    count(*) FILTER (type IN ('order_placed', 'store_purchase')) AS orders,
    count(DISTINCT floor(epoch(occurred_at) / 86400)::BIGINT) FILTER (type IN ('order_placed', 'store_purchase')) AS purchase_days,
    min(occurred_at) FILTER (type IN ('order_placed', 'store_purchase')) AS first_purchase_at,
    max(occurred_at) FILTER (type IN ('order_placed', 'store_purchase')) AS last_purchase_at,
    max(occurred_at) FILTER (type = 'store_purchase') AS last_store_purchase_at,
    count(*) FILTER (type = 'store_purchase') AS store_purchases,
    sum(amount) FILTER (type IN ('order_placed', 'store_purchase')) AS gross_revenue,
    sum(amount) FILTER (type = 'refund') AS refunded,
    min(occurred_at) AS first_event_at,
    max(occurred_at) FILTER (type IN ({engagements})) AS last_engagement_at,
    max(occurred_at) FILTER (type IN ({legal})) AS last_legal_contact_at,
    max(occurred_at) FILTER (type = 'message_clicked') AS last_click_at,
    count(*) FILTER (type = 'message_delivered') AS delivered,
    {slots},
    max(occurred_at) FILTER (type IN ('message_clicked', 'message_replied')) AS last_reaction_at,
    max(occurred_at) FILTER (type = 'logged_in') AS last_login_at,
    count(*) FILTER (type = 'message_delivered' AND occurred_at > TIMESTAMPTZ '{{now}}' - INTERVAL 6 MONTH) AS received
  FROM read_parquet({{files}}, hive_partitioning = true) WHERE occurred_at <= TIMESTAMPTZ '{{now}}' GROUP BY contact_id
), p AS (
  SELECT c.*, f.* EXCLUDE (contact_id), least(c.first_seen_at, coalesce(f.first_event_at, c.first_seen_at)) AS seen,
    greatest(coalesce(purchase_days, 0) - 1, 0) AS frequency,
    coalesce((epoch(last_purchase_at)::BIGINT - epoch(first_purchase_at)::BIGINT) // 86400, 0) AS recency,
    coalesce((epoch(TIMESTAMPTZ '{{now}}')::BIGINT - epoch(first_purchase_at)::BIGINT) // 86400, 0) AS T,
    (epoch(TIMESTAMPTZ '{{now}}')::BIGINT - epoch(last_purchase_at)::BIGINT) // 86400 AS silence_days,
    (coalesce(gross_revenue, 0) - coalesce(refunded, 0))::DECIMAL(18,4) AS revenue,
    greatest({slot_names}) AS most
  FROM contact c LEFT JOIN f ON f.contact_id = c.id
), t AS (
  SELECT *, CASE WHEN frequency > 0 THEN recency / frequency END AS mean_interval,
    CASE WHEN frequency >= 2 THEN silence_days / greatest(recency / frequency, 30.0) END AS overdue_ratio,
    coalesce(round(revenue / nullif(purchase_days, 0), 4), 0) AS monetary_value,
    CASE WHEN coalesce(orders, 0) = 0 THEN '' WHEN store_purchases * 2 > orders THEN 'store' ELSE 'web' END AS preferred_channel,
    CASE {hours} END AS preferred_hour,
    coalesce(last_purchase_at > TIMESTAMPTZ '{{now}}' - INTERVAL 12 MONTH, false) OR seen > TIMESTAMPTZ '{{now}}' - INTERVAL 12 MONTH AS bought,
    coalesce(last_reaction_at > TIMESTAMPTZ '{{now}}' - INTERVAL 6 MONTH, false) OR seen > TIMESTAMPTZ '{{now}}' - INTERVAL 6 MONTH AS reacted,
    coalesce(last_login_at > TIMESTAMPTZ '{{now}}' - INTERVAL 9 MONTH, false) OR seen > TIMESTAMPTZ '{{now}}' - INTERVAL 9 MONTH AS logged,
    coalesce(received, 0) >= 6 AS exposed
  FROM p
), s AS (
  SELECT *, coalesce(orders, 0) >= 1 AS buyer,
    CASE WHEN bought THEN 0 ELSE 3 END + CASE WHEN reacted OR NOT exposed THEN 0 ELSE 2 END + CASE WHEN logged THEN 0 ELSE 1 END AS low,
    CASE WHEN bought THEN 0 ELSE 3 END + CASE WHEN reacted THEN 0 ELSE 2 END + CASE WHEN logged THEN 0 ELSE 1 END AS high
  FROM t
)
SELECT id AS contact_id, * EXCLUDE (id, most, low, high, bought, reacted, logged, exposed, buyer, attributes, {slot_list}),
  CASE WHEN buyer THEN 'ecommerce' ELSE '' END AS policy,
  (CASE WHEN buyer THEN low ELSE 0 END)::SMALLINT AS points,
  CASE WHEN seen > TIMESTAMPTZ '{{now}}' - INTERVAL 30 DAY THEN 'new'
       WHEN last_engagement_at IS NULL AND seen >= TIMESTAMPTZ '{{now}}' - INTERVAL 731 DAY THEN 'never_active'
       WHEN NOT buyer THEN 'undetermined'
       WHEN low >= 6 AND NOT bought THEN 'very_dormant'
       WHEN low >= 3 AND NOT bought THEN 'dormant'
       WHEN high >= 3 AND NOT bought THEN 'undetermined'
       WHEN low >= 2 THEN 'cooling'
       WHEN overdue_ratio >= 3 THEN 'cooling'
       ELSE 'active' END AS state
FROM s
"""


def _filled() -> str:
    from relance.events.schemas import ENGAGEMENTS, LEGAL_CONTACTS

    engaged = ", ".join(f"'{name}'" for name in ENGAGEMENTS)
    slot = "((epoch(occurred_at)::BIGINT % 86400) // 10800)"
    return FLOOR_SQL.format(
        engagements=engaged,
        legal=", ".join(f"'{name}'" for name in LEGAL_CONTACTS),
        slots=", ".join(f"count(*) FILTER (type IN ({engaged}) AND {slot} = {n}) AS slot_{n}" for n in range(8)),
        slot_names=", ".join(f"coalesce(slot_{n}, 0)" for n in range(8)),
        slot_list=", ".join(f"slot_{n}" for n in range(8)),
        hours=" ".join(f"WHEN slot_{n} = most AND most > 0 THEN {n * 3}" for n in range(8)),
    )


FLOOR_SQL = _filled()
