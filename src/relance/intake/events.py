"""Import of events: orders with their lines, store purchases, refunds, visits, mails of a former tool, declared types."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from relance.core import database
from relance.events import flush
from relance.events.lake import Appended
from relance.events.schemas import known_types
from relance.intake import contacts, dates, event_types, loading, orders, people, runs, sends, settling, sources
from relance.intake.amounts import MONEY
from relance.intake.models import ImportRun
from relance.intake.options import Options, Progress, silent
from relance.intake.settling import Settled, Settling
from relance.intake.table import Table, literal, opened, widened

AHEAD = timedelta(days=1)  # clocks of shops run ahead, and files name days without hours
TOLD = {
    "external_id": "VARCHAR", "email": "VARCHAR", "first_name": "VARCHAR", "last_name": "VARCHAR", "country": "VARCHAR",
    "reference": "VARCHAR", "channel": "VARCHAR", "product": "VARCHAR", "product_name": "VARCHAR", "campaign": "VARCHAR", "url": "VARCHAR",
    "kind": "VARCHAR", "reason": "VARCHAR", "quantity": MONEY,
}  # fmt: skip
LINE_FIELDS = ("product", "product_name", "quantity", "unit_price")

# Why a row cannot be an event.
REASON = """
    CASE
        WHEN given.occurred_at IS NULL THEN 'the date is empty'
        WHEN moment IS NULL THEN 'the date is none, or not written as the others of its column'
        WHEN moment > {ahead} THEN 'the date is in the future'
        WHEN moment < '1970-01-01' THEN 'the date is before 1970'
        WHEN read_type IS NULL THEN 'the type is empty'
        WHEN given.amount IS NOT NULL AND read_amount IS NULL THEN 'the amount is no number'
        WHEN given.order_total IS NOT NULL AND read_total IS NULL THEN 'the total of the order is no number'
        WHEN given.quantity IS NOT NULL AND read_quantity IS NULL THEN 'the quantity is no number'
        WHEN given.unit_price IS NOT NULL AND read_price IS NULL THEN 'the unit price is no number'
        WHEN upper(given.currency) NOT IN ({currencies}) THEN 'the amount is in ' || upper(given.currency) || ', not in {currency}'
        WHEN given.email IS NOT NULL AND NOT contains(given.email, '@') AND given.external_id IS NULL
            THEN 'the e-mail has no @ and there is no external id'
        WHEN len(given.external_id) > 200 THEN 'the external id is longer than 200 characters'
    END
"""


def load(path: Path, options: Options, now: datetime, progress: Progress = silent) -> ImportRun:
    """Import the events of a file and return the run with its totals.

    1. Read, classify, reject: nothing is written.
    2. In one transaction: people nobody knew, and the run.
    3. The events, by their keys: a run killed from here on is run again and adds what is missing.
    4. In one transaction: coverage, days first seen, the run's end.
    """
    with opened(path, "events", options, progress) as table:
        require(table)
        read_rows(table, now)
        runs.refuse_all_rejected(table)
        with transaction.atomic():
            settling.lock()
            run = runs.begin(table, now)
            settled = _settle(table, run, now)
            if not options.dry_run:
                run.save()
        totals = _row_totals(table, settled)
        table.con.execute("DROP TABLE row_cell")
        _make_events(table, run, now)
        built = table.count("new_event")
        if options.dry_run:
            done = Appended(0, built) if runs.same_before(run) else Appended(built, 0)
        else:
            done = flush.append(table.con, "new_event", name=f"import {run.id}", now=now, distinct=True)
        progress("events", built, built)
        with transaction.atomic():
            if not options.dry_run:
                _cover(table, run)
                _see_first(table)
            return runs.finish(table, run, _totals(table, totals, built, done, settled), now)


def require(table: Table) -> None:
    """Raise a sentence unless the file says who, and when; columns that are an event each have their own dates."""
    table.require("external_id", "email")
    if not table.columns.sends:
        table.require("occurred_at")


def read_rows(table: Table, now: datetime) -> None:
    """Make `sale (line, who, what, when, how much, class)` of the usable rows of `given`; note the others as rejected.

    A line is a row, or of sends as many as it tells of events.
    """
    con = table.con
    ahead = f"'{(now + AHEAD).isoformat()}'::TIMESTAMPTZ"
    several = bool(table.columns.sends)
    if several:
        sends.spread(table, ahead)
    read = {
        "read_type": "given.type" if several else event_types.read(table),
        "moment": "given.occurred_at" if several else table.date("occurred_at"), "read_amount": table.amount("amount"),
        "read_total": table.amount("order_total"), "read_quantity": table.amount("quantity"), "read_price": table.amount("unit_price"),
    }  # fmt: skip
    currency = str(settings.RELANCE.currency)
    symbol = {"EUR": "€", "USD": "$", "GBP": "£"}.get(currency, currency)
    refusal = REASON.format(ahead=ahead, currencies=f"'{currency}', '{symbol}'", currency=currency)
    free = [f"a{number}" for number in range(len(table.columns.free))]
    present = [*(name for name in TOLD if table.columns.has(name)), *(["assumed"] if several else [])]
    valued = f"SELECT given.*, {', '.join(f'{sql} AS {name}' for name, sql in read.items())} FROM given"
    classes = ", ".join(literal(name) for name in sorted({*known_types(), *orders.CLASSES}))
    con.execute(f"CREATE TYPE class AS ENUM ({classes})")  # a byte for each row, where the word takes up to forty
    con.execute(
        f"""
        CREATE TABLE row_cell AS
        WITH valued AS ({valued}),
        checked AS (SELECT *, {refusal} AS refusal FROM valued AS given),
        typed AS (
            SELECT * REPLACE (CASE WHEN contains(email, '@') THEN lower(email) END AS email, read_type AS type, moment AS occurred_at,
                lower(channel) AS channel, read_amount AS amount, CASE WHEN refusal IS NULL THEN read_total END AS order_total,
                read_quantity AS quantity, read_price AS unit_price)
            FROM checked
        ),
        priced AS (SELECT *, {orders.ORDER_MONEY if table.columns.has("order_total") else orders.OWN_MONEY} AS money FROM typed),
        told AS (SELECT *, external_id IS NULL AND email IS NULL AS nobody, {orders.CREDIT} AS credit, {orders.MACHINE} AS automatic
            FROM priced)
        SELECT line, refusal IS NOT NULL AS refused, occurred_at, money, ({orders.CLASS})::class AS class, {", ".join([*present, *free])}
        FROM told
        """
    )
    con.execute("SET TimeZone = 'UTC'")
    con.execute(widened("sale", "row_cell", _absent(table), "NOT refused"))
    if table.count("row_cell", "refused"):
        con.execute(f"SET TimeZone = '{table.options.time_zone}'")
        given = f"({valued} SEMI JOIN (SELECT line FROM row_cell WHERE refused) USING (line)) AS given"
        runs.reject(table, f"SELECT DISTINCT line, {refusal} FROM {given}")
        con.execute("SET TimeZone = 'UTC'")
    con.execute("DROP VIEW given")
    con.execute("DROP TABLE IF EXISTS send")
    if table.options.unknown != "reject":
        table.forget_cells()  # no further row will be rejected
    table.progress("clean", table.raw.rows, table.raw.rows)


def _absent(table: Table) -> dict[str, str]:
    """Return the columns of a sale that the file lacks."""
    return {name: f"NULL::{kind}" for name, kind in TOLD.items() if not table.columns.has(name)}


def _settle(table: Table, run: ImportRun, now: datetime) -> Settled:
    """Find whose the rows are, creating people nobody knew; makes `whose (line, contact_id)` of the rows that name somebody."""
    con = table.con
    details = ("first_name", "last_name", "country")
    last = ", ".join(
        f"{f'arg_max({name}, line)' if table.columns.has(name) else 'NULL::VARCHAR'} AS {name}" for name in details
    )
    con.execute(
        f"""
        CREATE TABLE named AS
        SELECT external_id, email, min(line) AS line, min(occurred_at) AS first_seen, {last}
        FROM sale WHERE class NOT IN {orders.LEFT_OUT} GROUP BY external_id, email
        """
    )
    con.execute("CREATE TABLE given AS SELECT DISTINCT country FROM named")
    contacts.name_regions(con)
    same = {name: name for name in ("line", "external_id", "email", "first_seen", "first_name", "last_name")}
    con.execute(
        f"CREATE TABLE person AS SELECT {people.columns({**same, 'country': 'code'})} "
        "FROM named LEFT JOIN region ON written = coalesce(country, '')"
    )
    how = Settling(
        source=run.source.id or 0,
        now=now,
        mode="skip",
        create=table.options.unknown == "create",
        write=not table.options.dry_run,
    )
    settled = settling.settle(table, how)
    con.execute(
        """
        CREATE TABLE owned AS
        WITH sale AS (SELECT * FROM row_cell WHERE NOT refused AND class NOT IN {left_out}),
        who AS (SELECT external_id, email, contact_id FROM named JOIN settled USING (line))
        SELECT sale.* EXCLUDE (refused{unneeded}), w.contact_id FROM sale
            JOIN who AS w ON w.external_id IS NOT DISTINCT FROM {external_id} AND w.email IS NOT DISTINCT FROM {email}
        """.format(
            left_out=orders.LEFT_OUT,
            unneeded="".join(f", {name}" for name in ("external_id", *details) if table.columns.has(name)),
            **{name: f"sale.{name}" if table.columns.has(name) else "NULL" for name in ("external_id", "email")},
        )
    )
    con.execute(widened("row_event", "owned", _absent(table), "contact_id IS NOT NULL"))
    con.execute("CREATE TABLE nobodys AS SELECT DISTINCT line FROM owned WHERE contact_id IS NULL")
    if table.options.unknown == "reject":
        runs.reject(table, f"SELECT line, '{runs.NOBODYS}' FROM nobodys")
    return settled


def _row_totals(table: Table, settled: Settled) -> dict[str, Any]:
    """Return rows and money by class; both add up to all of the file's. Of sends, the lines by what becomes of them."""
    if table.columns.sends:
        return _line_totals(table)
    rows = table.con.execute(
        "SELECT class, count(*), coalesce(sum(money), 0) FROM sale GROUP BY 1 ORDER BY 1"
    ).fetchall()
    whole = table.con.execute(
        "SELECT coalesce(sum(money), 0), coalesce(sum(money) FILTER (class = 'anonymous' AND money > 0), 0) FROM sale"
    ).fetchone()
    if whole and sum(money for _, _, money in rows) != whole[0]:
        raise AssertionError(f"{table.name}: the classes' money does not add up to {whole[0]}")
    return {
        "classes": {name: {"rows": count, "money": f"{money:.2f}"} for name, count, money in rows},
        "money": f"{whole[0] if whole else 0:.2f}",
        "anonymous_sales": f"{whole[1] if whole else 0:.2f}",  # what was given back to nobody known left aside
    }


def _line_totals(table: Table) -> dict[str, Any]:
    """Return the lines of sends by what becomes of them, and the events that machines made, and that took the send's date."""
    ((taken, anonymous, machine, by_machines),) = table.con.execute(
        """
        SELECT count(*) FILTER (NOT anonymous AND NOT machine), count(*) FILTER (anonymous), count(*) FILTER (machine AND NOT anonymous),
            coalesce(sum(by_machines), 0)::BIGINT
        FROM (SELECT bool_or(class = 'anonymous') AS anonymous, bool_and(class = 'machine') AS machine,
                  count(*) FILTER (class = 'machine') AS by_machines FROM sale GROUP BY line)
        """
    ).fetchall()
    return {
        "taken": taken - table.count("nobodys"), "anonymous": anonymous, "machine": machine, "events_by_machines": by_machines,
        "events_assumed": table.count("row_event", "assumed"),
    }  # fmt: skip


def _make_events(table: Table, run: ImportRun, now: datetime) -> None:
    """Make `new_event` with the columns of the event table."""
    product = {"product": "product"} if table.columns.has("product") else {}
    pairs = {**product, **{name: name for name in ("campaign", "url", "kind", "reason") if table.columns.has(name)}}
    if table.columns.has("email"):  # of several addresses, the one a mail went to
        pairs |= {"address": "CASE WHEN class LIKE 'message_%' THEN lower(trim(email)) END"}
    pairs |= {name: f"a{number}" for number, name in enumerate(table.columns.free)}
    written = ", ".join(f"{literal(name)}, {column}" for name, column in pairs.items())
    details = f"json_merge_patch('{{}}', json_object({written}))::VARCHAR" if written else "'{}'"
    lines = table.columns.has(*LINE_FIELDS)
    table.con.execute(f"CREATE TABLE repeated AS {orders.REPEATED}")
    repeated = table.count("repeated") > 0
    query = orders.events(table.file.sha256, lines=lines, details=details, repeated=repeated)
    table.con.execute(
        f"CREATE {'TABLE' if repeated else 'VIEW'} new_event AS SELECT contact_id, {run.source.id or 0}::INTEGER AS source_id, "
        f"type::VARCHAR AS type, * EXCLUDE (contact_id, type), '{now.isoformat()}'::TIMESTAMPTZ AS recorded_at FROM ({query})"
    )


def _totals(table: Table, totals: dict[str, Any], built: int, done: Appended, settled: Settled) -> dict[str, Any]:
    """Return the totals: rows read = loaded + known + merged + adjustments + anonymous + machine + suppressed + rejected.

    Of sends: lines read = taken + anonymous + machine + suppressed + rejected, and the events beside.
    """
    if table.columns.sends:
        return _send_totals(table, totals, built, done, settled)
    rows = {name: figures["rows"] for name, figures in totals["classes"].items()}
    lost = table.count("nobodys")
    parts = {
        "loaded": done.added, "known": done.known, "merged": table.count("row_event") - built,
        "stock_adjustment": rows.get("stock_adjustment", 0), "anonymous": rows.get("anonymous", 0), "machine": rows.get("machine", 0),
        "suppressed": 0 if table.options.unknown == "reject" else lost, "rejected": runs.rejected(table),
    }  # fmt: skip
    people_, (counted, latest) = asdict(settled), _counted(table)
    return {
        **runs.add_up(table, parts), **totals, "contacts_created": people_["loaded"], "contacts_known": people_["known"],
        "events": counted, "latest": latest, "rows_repeated": _repeated(table),
    }  # fmt: skip


def _repeated(table: Table) -> int:
    """Return how many rows of orders repeat another in all that is read of them; they count like any other."""
    told = [name for name in ("product", "product_name", "quantity", "channel") if table.columns.has(name)]
    columns = ", ".join(["contact_id", "class", "occurred_at", "money", "reference", *told])
    rows = f"FROM row_event WHERE reference IS NOT NULL AND class IN {orders.PURCHASES}"
    found = table.con.execute(f"SELECT count(*) - count(DISTINCT hash({columns})) {rows}").fetchone()
    return int(found[0]) if found and LINE_FIELDS[0] in told else 0


def _send_totals(table: Table, lines: dict[str, Any], built: int, done: Appended, settled: Settled) -> dict[str, Any]:
    """Return the totals of a file of sends; an event that none of its lines tells of counts 0, where it has a column."""
    lost = 0 if table.options.unknown == "reject" else table.count("nobodys")
    parts = {name: lines[name] for name in ("taken", "anonymous", "machine")}
    (counted, latest), told = _counted(table), sends.covered(table)
    return {
        **runs.add_up(table, parts | {"suppressed": lost, "rejected": runs.rejected(table)}),
        "events_new": done.added, "events_known": done.known, "events_merged": table.count("row_event") - built,
        "events_by_machines": lines["events_by_machines"], "events_assumed": lines["events_assumed"],
        "contacts_created": settled.loaded, "contacts_known": settled.known,
        "events": {name: counted.get(name, 0) for name in sends.types_of(table) if name in counted or name in told},
        "latest": latest,
    }  # fmt: skip


def _counted(table: Table) -> tuple[dict[str, int], str]:
    """Return how many events of each type the file has, and the instant of the latest; "" where it has none. It is run through."""
    found = table.con.execute(
        "SELECT type, count(*), max(epoch_us(occurred_at)) FROM new_event GROUP BY 1 ORDER BY 1"
    ).fetchall()
    latest = dates.instant(max(last for *_, last in found)).isoformat() if found else ""
    return {name: number for name, number, _ in found}, latest


def _cover(table: Table, run: ImportRun) -> None:
    """Note from when to when the source tells of each type in the file: to its latest event, whatever that one's type.

    Columns that are an event each tell of it from the file's first event on, even where none is filled.
    """
    found = table.con.execute(
        "SELECT type, min(epoch_us(occurred_at)), max(max(epoch_us(occurred_at))) OVER () FROM new_event GROUP BY 1"
    ).fetchall()
    if found and table.columns.sends:
        first, last = min(one[1] for one in found), found[0][2]
        found = [(name, first, last) for name in {*sends.covered(table), *(one[0] for one in found)}]
    since, until = table.options.covered_since, table.options.covered_until
    for name, first, last in found:
        begun = since or dates.instant(first)
        sources.cover(run.source.id, {name: begun}, until or dates.instant(last))


def _see_first(table: Table) -> None:
    """Move the day a contact was first seen back to their first event, where that is earlier."""
    loading.temporary(
        table.con, "SELECT contact_id, min(occurred_at) FROM new_event GROUP BY 1", "arriving_first",
        "id bigint, first_seen timestamptz",
    )  # fmt: skip
    database.execute(
        """
        UPDATE contact SET first_seen_at = a.first_seen FROM arriving_first AS a
        WHERE contact.id = a.id AND a.first_seen < contact.first_seen_at
        """
    )
