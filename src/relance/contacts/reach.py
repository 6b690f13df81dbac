"""Who may be written to for marketing, channel by channel: a usable address that nobody stopped, and a yes in force.

One reading of addresses, suppressions and consents for every count of the reachable. The gate still decides, message by
message: it also knows the person, the purpose and the hour.
"""

from __future__ import annotations

from datetime import UTC, datetime

from relance.core.ids import postgresql_digest

# Legal bases that carry marketing; "contract" carries none, and "business" holds for e-mail alone (CPCE art. L34-5).
BASES = ("opt_in", "existing_customer", "business")

# Of consents the latest counts, as the gate reads it: one that rests on a contract only where there is no other, and a
# no before a yes of the same instant.
_POINTS = """
    WITH addressed AS MATERIALIZED (
        SELECT DISTINCT cp.contact_id, cp.channel
        FROM contact_point cp JOIN contact c ON c.id = cp.contact_id AND c.erased_at IS NULL
        WHERE cp.valid IS NOT FALSE AND {only}
          AND NOT EXISTS (SELECT 1 FROM suppression s WHERE s.channel = cp.channel AND s.digest = {digest})
    ), latest AS MATERIALIZED (
        SELECT contact_id, channel, given, basis, expires_at FROM (
            SELECT contact_id, channel, given, basis, expires_at,
                   row_number() OVER (PARTITION BY contact_id, channel ORDER BY (given AND basis = 'contract'), at DESC, given) AS n
            FROM consent WHERE topic = 'marketing' AND at <= {now} AND {only}
        ) consents WHERE n = 1
    )
    SELECT contact_id, channel,
           coalesce(given AND basis IN {bases} AND (basis <> 'business' OR channel = 'email')
                    AND coalesce(expires_at > {now}, true), false) AS permitted
    FROM addressed LEFT JOIN latest USING (contact_id, channel)
"""


def points(now: datetime, only: str = "true") -> str:
    """Return PostgreSQL's query of `contact_id, channel, permitted`: a row per person and channel with a usable address.

    `only` is a condition on `contact_id`, for a part of the base. The query has no parameters.
    """
    at = f"TIMESTAMPTZ '{now.astimezone(UTC).isoformat()}'"
    return _POINTS.format(now=at, only=only, bases=BASES, digest=postgresql_digest("cp.value"))


def reachable(now: datetime, only: str = "true", *, channel: str = "") -> str:
    """Return PostgreSQL's query of the `contact_id` of who may be written to: on this channel, else on some channel."""
    there = f"AND channel = '{channel}'" if channel else ""
    return f"SELECT DISTINCT contact_id FROM ({points(now, only)}) point WHERE permitted {there}"
