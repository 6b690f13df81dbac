"""The walk-through of docs/ on the Online Retail file (UCI 352): its commands are run here, its numbers held."""

import csv
import gzip
import json
import re
import shlex
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from typer.testing import CliRunner

from relance.cli import commands
from relance.core import database, place
from relance.events import engine
from relance.settings import read

pytestmark = pytest.mark.data

ROOT = Path(__file__).parents[2]
PAGES = {"en": ROOT / "docs/en/walkthrough-online-retail.md", "fr": ROOT / "docs/fr/visite-online-retail.md"}
FILE = "online_retail_until_2011-06-09.csv.gz"
CREDIT = re.compile(r"C\d+")


def blocks(language: str) -> list[tuple[str, str]]:
    """Return the code of a page: what stands after the fence, and the text."""
    return re.findall(
        r"^```(\w[^\n]*)\n(.*?)^```$", PAGES[language].read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


@dataclass
class Walk:
    """Follows the page in a folder of its own, and keeps what each command answered."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def follow(self, until: str) -> None:
        """Do what the page says, up to the command that begins with `until`, which is left out."""
        for kind, text in blocks("en"):
            language, _, name = kind.partition(" ")
            if name:
                (self.folder / name).write_text(text, encoding="utf-8")
            for line in text.splitlines() if language == "sh" else ():
                if line.startswith(until):
                    return
                self.run(line)

    def run(self, line: str) -> dict[str, Any]:
        """Run a line of the page's shell; return what the command answered as JSON."""
        words = shlex.split(line)
        if words[0] == "export":
            self.set(dict(word.split("=", 1) for word in words[1:]))
        elif words[0] == "python":
            subprocess.run([sys.executable, *words[1:]], check=True)
        elif words[0] == "relance":
            files = [
                found
                for word in words[1:]
                for found in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
            ]
            answer = CliRunner().invoke(commands.app, [*files, "--json"])
            assert answer.exit_code == 0, f"{line}: {answer.output} {answer.exception}"
            self.answers[line] = json.loads(answer.stdout)
        return self.answers.get(line, {})

    def set(self, variables: dict[str, str]) -> None:
        """Put the settings in force as their environment variables would."""
        kept = {f"RELANCE_{name.upper()}": str(value) for name, value in settings.RELANCE.model_dump().items()}
        self.monkeypatch.setattr(settings, "RELANCE", read(kept | variables))

    def answer(self, start: str, number: int = 0) -> dict[str, Any]:
        """Return what the nth command that begins so answered."""
        return [found for line, found in self.answers.items() if line.startswith(start)][number]


@pytest.fixture(scope="module")
def walk(server: None, public_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The page, followed as far as the rehearsal."""
    folder = tmp_path_factory.mktemp("walk")
    (folder / "online-retail").mkdir()
    (folder / "src").symlink_to(ROOT / "src")
    (folder / "online-retail" / FILE).symlink_to((public_data / "online_retail" / FILE).resolve())
    with (
        database.scratch(), place.elsewhere(data=folder / "relance-data", lake=str(folder / "lake")),
        pytest.MonkeyPatch.context() as monkeypatch,
    ):  # fmt: skip
        monkeypatch.chdir(folder)
        found = Walk(folder, monkeypatch)
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


def said(number: int | Decimal, language: str) -> str:
    """Return a number as a page of the language writes it."""
    text = f"{number:,}"
    return text if language == "en" else text.replace(",", "\u202f").replace(".", ",")


def are_on_the_pages(*numbers: int | Decimal) -> bool:
    """Tell whether both pages say these numbers."""
    pages = {language: page.read_text("utf-8") for language, page in PAGES.items()}
    return all(
        re.search(rf"(?<!\d){re.escape(said(n, name))}(?!\d)", text) for name, text in pages.items() for n in numbers
    )


def test_both_pages_give_the_same_commands() -> None:
    assert len(blocks("en")) > 6
    assert blocks("en") == blocks("fr")


def test_both_pages_name_the_data_and_its_licence() -> None:
    for page in PAGES.values():
        text = page.read_text("utf-8")
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
    assert are_on_the_pages(
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
    assert are_on_the_pages(events)


def test_every_customer_has_an_address_and_a_consent(walk: Walk, counted: Counted) -> None:
    totals = walk.answer("relance import contacts")["totals"]
    assert totals["loaded"] == totals["consents"] == len(counted.customers) == 2_844
    assert walk.answer("relance clean")["email"]["usable"]["count"] == 2_844
    assert max(map(len, counted.customers.values())) == 2, "some bought from two countries"
    assert are_on_the_pages(2_844)


def test_the_shipped_policy_finds_nobody_in_half_a_year(walk: Walk) -> None:
    assert not {"dormant", "very_dormant"} & set(walk.answer("relance score")["states"])


def test_three_months_find_the_dormant_buyers_of_the_page(walk: Walk) -> None:
    states = walk.answer("relance score", 1)["states"]
    assert states == {"active": 1_747, "dormant": 798, "new": 256, "never_active": 43}
    assert walk.answer("relance segments refresh")["segments"][0]["people"] == 798
    assert are_on_the_pages(*states.values())


def test_never_active_are_those_of_whom_only_credit_notes_are_known(walk: Walk, counted: Counted) -> None:
    buyers = {customer for customer, _ in counted.invoices["order_placed"]}
    never = set(counted.customers) - buyers
    found = database.rows(
        "SELECT external_id FROM contact JOIN profile ON contact_id = contact.id WHERE state = 'never_active'"
    )
    assert {customer for (customer,) in found} <= never


def test_a_year_after_the_file_its_silence_is_taken_for_theirs(walk: Walk) -> None:
    """A limit the page owns up to: a source says since when it tells, not until when."""
    states = walk.run("relance score --as-of 2012-06-10 --dry-run")["states"]
    assert states["dormant"] == 2_800
    assert are_on_the_pages(2_800)


def test_the_doctor_tells_why_the_page_s_customer_is_dormant(walk: Walk) -> None:
    told = walk.answer("relance doctor")
    assert told["profile"]["state"] == "dormant"
    assert "nothing since 2010-12-02" in told["points"][0]["sentence"]
    assert [row["segment"] for row in told["segments"]] == ["dormant-buyers"]


def test_the_shipped_journey_is_rehearsed(walk: Walk) -> None:
    [line] = [
        line for _, text in blocks("en") for line in text.splitlines() if line.startswith("relance journey rehearse")
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
