"""Lines of purchases told apart: sales, refunds, stock adjustments, anonymous ones; lines of one reference make one event."""

from __future__ import annotations

from relance.events import schemas
from relance.events.schemas import ENGAGEMENTS
from relance.intake.amounts import MONEY
from relance.intake.words import yes_or_no

BY_PEOPLE = tuple(name for name in (*ENGAGEMENTS, "message_opened") if name not in schemas.PURCHASES)
PURCHASES = "('order_placed', 'store_purchase', 'refund')"

# The class of a row, the first that fits: what says nothing of a customer comes before who the customer is.
#   machine           the file says that a program clicked, opened or visited, as scanners of mail do
#   stock_adjustment  a negative quantity that is no credit note, or a unit price of 0 or less
#   anonymous         nobody is named
#   refund            a credit note: the type says so, its number is a C and digits with a negative amount, or an amount
#                     below 0 where no quantities are given
CLASS = f"""
    CASE
        WHEN automatic THEN 'machine'
        WHEN type NOT IN {PURCHASES} THEN CASE WHEN nobody THEN 'anonymous' ELSE type END
        WHEN unit_price <= 0 OR (quantity < 0 AND NOT credit) THEN 'stock_adjustment'
        WHEN nobody THEN 'anonymous'
        WHEN credit THEN 'refund'
        ELSE type
    END
"""

CLASSES = ("stock_adjustment", "anonymous", "machine", "refund")  # besides the types
LEFT_OUT = "('stock_adjustment', 'anonymous', 'machine')"  # classes that make no event

# Whether a program did what people do with a mail or on the site; of a purchase nobody says so.
MACHINE = (
    f"(type IN {BY_PEOPLE} AND coalesce({yes_or_no('machine', 'bot', 'robot', 'machine', 'prefetch', 'proxy')}, false))"
)

CREDIT = """
    (type = 'refund' OR coalesce(money < 0 AND (quantity IS NULL OR regexp_full_match(upper(reference), 'C[0-9]+[A-Z]?')), false))
"""

# The money of a row: its own amount, else quantity times unit price. A total of the whole order is counted once, on the
# first of its rows that gives it.
OWN_MONEY = f"coalesce(amount, try_cast(quantity * unit_price AS {MONEY}))"
ORDER_MONEY = f"""
    CASE WHEN reference IS NULL THEN coalesce(order_total, {OWN_MONEY})
         WHEN max(order_total) OVER (PARTITION BY reference) IS NULL THEN {OWN_MONEY}
         WHEN line = min(line) FILTER (order_total IS NOT NULL) OVER (PARTITION BY reference) THEN order_total
         ELSE 0 END
"""

# One event per reference and contact: dated by its first line, its amount the sum; a refund's amount is what was given back.
GROUPED = """
    SELECT contact_id, class AS type, min(occurred_at) AS occurred_at,
        CASE WHEN class = 'refund' THEN abs(sum(money)) ELSE sum(money) END::{money} AS amount, any_value(channel) AS channel, reference,
        NULL::VARCHAR AS import_file, NULL::BIGINT AS import_line, {properties} AS properties, count(*) AS lines
    FROM row_event WHERE reference IS NOT NULL AND class IN {purchases} AND {repeated} GROUP BY contact_id, class, reference
"""
# Rows that share their reference with no other, or have none, are events as they are.
SINGLE = """
    SELECT contact_id, class AS type, occurred_at, CASE WHEN class = 'refund' THEN abs(money) ELSE money END::{money} AS amount, channel,
        reference, CASE WHEN reference IS NULL THEN '{sha256}' END AS import_file, CASE WHEN reference IS NULL THEN line END AS import_line,
        {properties} AS properties, 1 AS lines
    FROM row_event WHERE reference IS NULL OR NOT {repeated}
"""
# Other events with a reference: the same reference twice is the same event.
NAMED = """
    SELECT contact_id, class AS type, min(occurred_at) AS occurred_at, arg_min(money, line)::{money} AS amount,
        arg_min(channel, line) AS channel, reference,
        NULL::VARCHAR AS import_file, NULL::BIGINT AS import_line, {properties} AS properties, count(*) AS lines
    FROM row_event WHERE reference IS NOT NULL AND class NOT IN {purchases} AND {repeated} GROUP BY contact_id, class, reference
"""
# Keys that may stand on several rows: two keys of one hash are grouped apart all the same.
_HASH = "hash(contact_id, class, reference)"
REPEATED = f"SELECT {_HASH} AS hashed FROM row_event WHERE reference IS NOT NULL GROUP BY hashed HAVING count(*) > 1"
_REPEATED = f"({_HASH} IN (SELECT hashed FROM repeated))"
_LINE = "{'product': product, 'name': product_name, 'quantity': quantity, 'amount': money}"


def events(sha256: str, *, lines: bool, details: str, repeated: bool) -> str:
    """Return the query of the events made of table `row_event`; `details` is the SQL of a row's own properties as JSON.

    `repeated` tells whether table `repeated` holds any key; without, no row needs to be grouped.
    """
    listed = f"list({_LINE} ORDER BY line)"
    grouped = f"json_object('lines', {listed})::VARCHAR" if lines else f"coalesce(arg_min({details}, line), '{{}}')"
    single = (
        f"CASE WHEN class IN {PURCHASES} THEN json_object('lines', [{_LINE}])::VARCHAR ELSE coalesce({details}, '{{}}') END"
        if lines else f"coalesce({details}, '{{}}')"
    )  # fmt: skip
    if not repeated:
        return SINGLE.format(money=MONEY, sha256=sha256, properties=single, repeated="false")
    parts = (
        GROUPED.format(money=MONEY, purchases=PURCHASES, properties=grouped, repeated=_REPEATED),
        SINGLE.format(money=MONEY, sha256=sha256, properties=single, repeated=_REPEATED),
        NAMED.format(
            money=MONEY,
            purchases=PURCHASES,
            properties=f"coalesce(arg_min({details}, line), '{{}}')",
            repeated=_REPEATED,
        ),
    )
    return " UNION ALL ".join(parts)
