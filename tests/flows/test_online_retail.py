"""The walk-through of docs/ on the Online Retail file (UCI 352): its commands are run here, its numbers held."""

import csv
import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from relance.core import database, place
from relance.events import engine
from tests.flows.walking import Pages, Walk, walking

pytestmark = [pytest.mark.data, pytest.mark.slow]

PAGES = Pages("walkthrough-online-retail.md", "visite-online-retail.md")
FILE = "online_retail_until_2011-06-09.csv.gz"
CREDIT = re.compile(r"C\d+")


@pytest.fixture(scope="module")
def walk(server: None, public_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The page, followed as far as the rehearsal."""
    with walking(PAGES, tmp_path_factory.mktemp("walk"), online_retail=public_data / "online_retail" / FILE) as found:
        found.follow(until="relance journey rehearse")
        yield found


@dataclass
class Counted:
    """The file counted row by row, without any of our code."""

    rows: Counter[str] = field(default_factory=Counter)
    money: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    customers: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    invoices: defaultdict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))

    def add(self, row: dict[str, str]) -> None:
        kind = self.kind(row)
        self.rows[kind] += 1
        self.money[kind] += int(row["Quantity"]) * Decimal(row["UnitPrice"])
        self.invoices[kind].add((row["CustomerID"], row["InvoiceNo"]))
        if row["CustomerID"]:
            self.customers[row["CustomerID"]].add(row["Country"])

    @staticmethod
    def kind(row: dict[str, str]) -> str:
        credit = bool(CREDIT.match(row["InvoiceNo"]))
        if Decimal(row["UnitPrice"]) <= 0 or (int(row["Quantity"]) < 0 and not credit):
            return "stock_adjustment"
        return "anonymous" if not row["CustomerID"] else "refund" if credit else "order_placed"


@pytest.fixture(scope="module")
def counted(public_data: Path) -> Counted:
    found = Counted()
    with gzip.open(public_data / "online_retail" / FILE, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.add(row)
    return found


def test_both_pages_give_the_same_commands() -> None:
    assert len(PAGES.blocks("en")) > 6
    assert PAGES.blocks("en") == PAGES.blocks("fr")


def test_both_pages_name_the_data_and_its_licence() -> None:
    for language in ("en", "fr"):
        text = PAGES.text(language)
        assert all(word in text for word in ("Online Retail", "352", "https://doi.org/10.24432/C5BW33", "CC BY 4.0"))


def test_the_file_is_told_apart_as_a_row_by_row_count_does(walk: Walk, counted: Counted) -> None:
    totals = walk.answer("relance import events")["totals"]
    assert {name: (found["rows"], Decimal(found["money"])) for name, found in totals["classes"].items()} == {
        name: (rows, counted.money[name].quantize(Decimal("0.01"))) for name, rows in counted.rows.items()
    }
    assert totals["read"] == counted.rows.total() == 221_824
    assert sum(counted.money.values()) == Decimal("3944684.551"), "one line costs a tenth of a penny"
    assert totals["money"] == "3944684.55"
    assert totals["events"] == {name: len(counted.invoices[name]) for name in ("order_placed", "refund")}
    assert PAGES.say(
        *counted.rows.values(), counted.rows.total(), *(len(counted.invoices[name]) for name in ("order_placed", "refund")),
        *(money.quantize(Decimal("0.01")) for money in counted.money.values()), Decimal("3944684.55"),
    )  # fmt: skip


def test_what_is_kept_has_the_money_of_the_orders_and_refunds(walk: Walk, counted: Counted) -> None:
    with engine.reading() as con:
        kept = dict(
            con.execute(
                "SELECT type, sum(amount) FROM events WHERE type IN ('order_placed', 'refund') GROUP BY 1"
            ).fetchall()
        )
        ((events,),) = con.execute("SELECT count(*) FROM events").fetchall()
    assert kept == {"order_placed": counted.money["order_placed"], "refund": -counted.money["refund"]}
    assert events == 9_580
    assert PAGES.say(events)


def test_every_customer_has_an_address_and_a_consent(walk: Walk, counted: Counted) -> None:
    totals = walk.answer("relance import contacts")["totals"]
    assert totals["loaded"] == totals["consents"] == len(counted.customers) == 2_844
    assert walk.answer("relance clean")["email"]["usable"]["count"] == 2_844
    assert max(map(len, counted.customers.values())) == 2, "some bought from two countries"
    assert PAGES.say(2_844)


def test_the_shipped_policy_finds_nobody_in_half_a_year(walk: Walk) -> None:
    assert not {"dormant", "very_dormant"} & set(walk.answer("relance score")["states"])


def test_three_months_find_the_dormant_buyers_of_the_page(walk: Walk) -> None:
    states = walk.answer("relance score", 1)["states"]
    assert states == {"active": 1_747, "dormant": 798, "new": 256, "never_active": 43}
    assert walk.answer("relance segments refresh")["segments"][0]["people"] == 798
    assert PAGES.say(*states.values())


def test_never_active_are_those_of_whom_only_credit_notes_are_known(walk: Walk, counted: Counted) -> None:
    buyers = {customer for customer, _ in counted.invoices["order_placed"]}
    never = set(counted.customers) - buyers
    found = database.rows(
        "SELECT external_id FROM contact JOIN profile ON contact_id = contact.id WHERE state = 'never_active'"
    )
    assert {customer for (customer,) in found} <= never


def test_a_year_after_the_file_its_silence_is_unknown(walk: Walk) -> None:
    told = walk.run("relance score --as-of 2012-06-10 --dry-run")
    assert not {"dormant", "very_dormant", "cooling"} & set(told["states"])
    assert told["states"]["undetermined"] > 2_000


def test_the_doctor_tells_why_the_page_s_customer_is_dormant(walk: Walk) -> None:
    told = walk.answer("relance doctor")
    assert told["profile"]["state"] == "dormant"
    assert "nothing since 2010-12-02" in told["points"][0]["sentence"]
    assert [row["segment"] for row in told["segments"]] == ["dormant-buyers"]


def test_the_shipped_journey_is_rehearsed(walk: Walk) -> None:
    [line] = [
        line
        for _, text in PAGES.blocks("en")
        for line in text.splitlines()
        if line.startswith("relance journey rehearse")
    ]
    told = walk.run(line)
    result = told["result"]
    assert told["simulated"] is True
    assert result["treated"] + result["control"] > 798
    assert 0.05 < result["control"] / (result["treated"] + result["control"]) < 0.15
    assert sum(told["mails"].values()) > 1_500
    assert {sort.split("/")[2] for sort in told["mails"]} == {"en", "fr"}
    assert [Path(report).exists() for report in told["reports"]] == [True, True]
    assert not (place.current().data / "maildir").exists()
