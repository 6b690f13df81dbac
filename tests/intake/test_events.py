"""Events: orders made of their lines, what is no order, whose they are, and the same file twice."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from relance.contacts.models import Contact
from relance.core.errors import InputError
from relance.events import engine
from relance.events.models import EventType
from relance.intake import contacts, coverage, events
from relance.intake.models import ImportRun
from relance.intake.options import Options

from .conftest import Write

pytestmark = pytest.mark.usefixtures("db")

LINES = (
    "Numéro de commande;N° client;Date de commande;Référence article;Désignation;Quantité;Prix unitaire\n"
    "A1;7;25/12/2025 10:00;P1;Lampe;2;10,50\n"
    "A1;7;25/12/2025 10:01;P2;Vase;1;5,00\n"
    "A1;7;25/12/2025 10:00;P1;Lampe;2;10,50\n"
)


def totals(path: Path, now: datetime, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = events.load(path, Options(**options), now).totals
    return found


def stored(columns: str) -> list[tuple[Any, ...]]:
    with engine.reading() as con:
        return con.execute(
            f"SELECT {columns} FROM events ORDER BY occurred_at, reference, type, import_line"
        ).fetchall()


def test_lines_of_one_order_make_one_event(write: Write, now: datetime) -> None:
    found = totals(write(LINES), now)
    ((kind, amount, reference, properties, at),) = stored(
        "type, amount, reference, properties, epoch(occurred_at)::BIGINT"
    )
    assert (kind, amount, reference) == ("order_placed", Decimal("47.0000"), "A1")
    assert datetime.fromtimestamp(at, UTC) == datetime(2025, 12, 25, 9, 0, tzinfo=UTC)
    assert [line["quantity"] for line in json.loads(properties)["lines"]] == [2, 1, 2]
    assert (found["read"], found["loaded"], found["merged"]) == (3, 1, 2)


def test_the_same_file_twice_adds_nothing(write: Write, now: datetime) -> None:
    path = write("customer id,date,amount\n7,2025-01-05,10\n7,2025-01-05,10\n7,2026-07-20,10\n")
    assert totals(path, now)["loaded"] == 3
    again = totals(path, now)
    assert (again["loaded"], again["known"]) == (0, 3)
    assert len(stored("type")) == 3


def test_refunds_adjustments_and_anonymous_sales_are_told_apart(write: Write, now: datetime) -> None:
    found = totals(
        write(
            "InvoiceNo,CustomerID,InvoiceDate,StockCode,Quantity,UnitPrice\n"
            "1,7,2025-01-05,P1,2,10.00\n"
            "C2,7,2025-01-06,P1,-1,10.00\n"
            "3,,2025-01-06,P1,1,4.00\n"
            "4,7,2025-01-06,P1,-5,2.00\n"
            "5,7,2025-01-06,P1,5,0.00\n"
            "C6,,2025-01-06,P1,-1,3.00\n"
        ),
        now,
    )
    assert found["classes"] == {
        "anonymous": {"rows": 2, "money": "1.00"}, "order_placed": {"rows": 1, "money": "20.00"},
        "refund": {"rows": 1, "money": "-10.00"}, "stock_adjustment": {"rows": 2, "money": "-10.00"},
    }  # fmt: skip
    assert found["money"] == "1.00"
    assert stored("type, amount") == [("order_placed", Decimal("20.0000")), ("refund", Decimal("10.0000"))]


def test_a_total_of_the_order_counts_once(write: Write, now: datetime) -> None:
    totals(
        write(
            "Name,Email,Financial Status,Created at,Total,Currency,Lineitem quantity,Lineitem name,Lineitem price\n"
            "#1,anna@x.fr,paid,2025-01-05 10:00:00 +0100,25.00,EUR,2,Lamp,10.00\n"
            "#1,anna@x.fr,,2025-01-05 10:00:00 +0100,,,1,Vase,8.00\n"
        ),
        now,
    )
    ((amount, properties),) = stored("amount, properties")
    assert amount == Decimal("25.0000")
    assert [line["name"] for line in json.loads(properties)["lines"]] == ["Lamp", "Vase"]


def test_types_come_from_a_column(write: Write, now: datetime) -> None:
    EventType.objects.create(name="club_joined")
    path = write(
        "email,type,date\na@x.fr,Opened Email,2025-01-05\na@x.fr,connexion,2025-01-06\na@x.fr,club_joined,2025-01-07\n"
    )
    found = totals(path, now)
    assert found["events"] == {"club_joined": 1, "logged_in": 1, "message_opened": 1}


def test_an_unknown_type_is_refused_with_its_line(write: Write, now: datetime) -> None:
    with pytest.raises(InputError, match="line 3: “danced” is no event type"):
        totals(write("email,type,date\na@x.fr,order,2025-01-05\na@x.fr,danced,2025-01-06\n"), now)
    with pytest.raises(InputError, match="--type: “danced” is no event type"):
        totals(write("email,date\na@x.fr,2025-01-05\n"), now, type="danced")
    assert not ImportRun.objects.exists()


def test_a_file_that_says_no_type_asks(write: Write, now: datetime) -> None:
    path = write("email,date\na@x.fr,2025-01-05\n")
    with pytest.raises(InputError, match="no column says what happened"):
        totals(path, now)
    assert totals(path, now, type="site_visited")["events"] == {"site_visited": 1}


def test_events_find_contacts_by_id_then_email(write: Write, now: datetime) -> None:
    contacts.load(write("id,email\n7,anna@x.fr\n"), Options(), now)
    found = totals(
        write("customer id,email,date,amount\n7,,2025-01-05,1\n,ANNA@x.fr,2025-01-06,2\n99,anna@x.fr,2025-01-07,3\n"),
        now,
    )
    assert (found["contacts_created"], Contact.objects.count()) == (0, 1)
    assert len({row[0] for row in stored("contact_id")}) == 1


def test_unknown_people_are_created_and_first_seen_then(write: Write, now: datetime) -> None:
    totals(write("customer id,email,date,amount\n7,anna@x.fr,2025-02-05,1\n7,anna@x.fr,2025-01-05,1\n"), now)
    anna = Contact.objects.get()
    assert (anna.external_id, anna.first_seen_at) == ("7", datetime(2025, 1, 4, 23, 0, tzinfo=UTC))


def test_unknown_people_can_be_rejected(write: Write, now: datetime) -> None:
    contacts.load(write("id\n7\n"), Options(), now)
    found = totals(write("customer id,date,amount\n7,2025-02-05,1\n8,2025-01-05,1\n"), now, unknown="reject")
    assert (found["loaded"], found["rejected"]) == (1, 1)
    assert found["examples"] == [{"line": 3, "reason": "nobody has this external id or e-mail"}]


def test_a_known_contact_was_first_seen_at_their_first_event(write: Write, now: datetime) -> None:
    contacts.load(write("id\n7\n"), Options(), now)
    totals(write("customer id,date,amount\n7,2024-02-05,1\n"), now)
    assert Contact.objects.get().first_seen_at == datetime(2024, 2, 4, 23, 0, tzinfo=UTC)


def test_coverage_starts_at_the_earliest_event_or_where_said(write: Write, now: datetime) -> None:
    path = write("customer id,date,amount\n7,2025-02-05,1\n8,2025-01-05,1\n")
    totals(path, now)
    assert coverage.begun()["order_placed"] == datetime(2025, 1, 4, 23, 0, tzinfo=UTC)
    totals(path, now, covered_since=datetime(2024, 1, 1, tzinfo=UTC))
    assert coverage.begun()["order_placed"] == datetime(2024, 1, 1, tzinfo=UTC)


def test_bad_rows_are_rejected_with_reasons(write: Write, now: datetime) -> None:
    found = totals(
        write(
            "customer id,date,amount,currency\n1,2025-01-05,12,EUR\n2,,12,EUR\n3,2025-02-30,12,EUR\n4,2027-01-05,12,EUR\n"
            "5,2025-01-05,abc,EUR\n6,2025-01-05,12,USD\n"
        ),
        now,
    )
    assert [example["line"] for example in found["examples"]] == [3, 4, 5, 6, 7]
    assert "the amount is in USD, not in EUR" in found["reasons"]


def test_a_files_own_reasons_are_no_reasons_to_reject(write: Write, now: datetime) -> None:
    found = totals(write("customer id,type,date,motif\n1,bounce,2025-01-05,mailbox full\n2,bounce,2025-02-30,\n"), now)
    assert (found["loaded"], [example["line"] for example in found["examples"]]) == (1, [3])
    assert [json.loads(properties) for (properties,) in stored("properties")] == [{"reason": "mailbox full"}]


def test_a_dry_run_counts_and_writes_nothing(write: Write, now: datetime) -> None:
    found = totals(write(LINES), now, dry_run=True)
    assert (found["loaded"], found["merged"], found["contacts_created"]) == (1, 2, 1)
    assert not Contact.objects.exists()
    assert stored("type") == []


def test_a_check_knows_nothing_of_rows_that_were_left_out_before(write: Write, now: datetime) -> None:
    totals(write("customer id,date,amount\n7,2025-01-05,1\n", "first.csv"), now)
    path = write("customer id,date,amount\n7,2025-02-05,10\n8,2025-02-06,10\n")
    totals(path, now, unknown="reject")
    check = totals(path, now, dry_run=True)
    assert (check["known"], check["contacts_created"]) == (0, 1)
    totals(path, now)
    for unknown in ("create", "reject"):
        check = totals(path, now, unknown=unknown, dry_run=True)
        assert (check["loaded"], check["known"]) == (0, 2)


def test_the_zone_of_dates_can_be_said(write: Write, now: datetime) -> None:
    totals(write("customer id,date,amount\n7,2025-01-05 12:00,1\n"), now, zone="America/Montreal")
    assert stored("epoch(occurred_at)::BIGINT") == [(int(datetime(2025, 1, 5, 17, 0, tzinfo=UTC).timestamp()),)]


def test_lines_that_share_a_reference_are_joined_and_others_stay(write: Write, now: datetime) -> None:
    found = totals(
        write(
            "customer id,type,date,amount,order number,campaign\n7,order,2025-01-05,1,A,\n"
            "7,order,2025-01-06,2,B,\n7,order,2025-01-04,3,A,\n"
            "8,order,2025-01-05,4,A,\n7,click,2025-01-07,,A,spring\n7,click,2025-01-08,,A,summer\n7,click,2025-01-09,,,\n"
        ),
        now,
    )
    assert (found["read"], found["loaded"], found["merged"]) == (7, 5, 2)
    assert stored("type, reference, amount, import_line, properties") == [
        ("order_placed", "A", Decimal(4), None, "{}"), ("order_placed", "A", Decimal(4), None, "{}"),
        ("order_placed", "B", Decimal(2), None, "{}"), ("message_clicked", "A", None, None, '{"campaign":"spring"}'),
        ("message_clicked", None, None, 8, "{}"),
    ]  # fmt: skip


@pytest.mark.parametrize("written", [" 7", "7\t", "7\u00a0", "\u202f7", "\ufeff7 "])
def test_blanks_around_a_value_are_no_part_of_it(write: Write, now: datetime, written: str) -> None:
    found = totals(write(f"customer id,date,amount\n7,2025-01-05,1\n{written},2025-01-06,2\n"), now)
    assert (found["contacts_created"], found["loaded"]) == (1, 2)


def test_rejected_rows_are_written_as_they_came(write: Write, now: datetime) -> None:
    found = totals(write("customer id,date,amount\n 7 ,2025-01-05,1\n 8 ,2025-02-30, 2 \n"), now)
    assert Path(found["rejects_file"]).read_text(encoding="utf-8").splitlines()[1].endswith(", 8 ,2025-02-30, 2 ")


MAILS = "email,type,date,reference,{header}\n" + "".join(
    f"anna@x.fr,{kind},2025-12-25 10:0{n},m{n},{flag}\n"
    for n, (kind, flag) in enumerate(
        [("message_delivered", ""), ("message_clicked", "yes"), ("message_clicked", "bot"), ("message_clicked", "no"),
         ("message_opened", "1"), ("message_delivered", "yes"), ("message_clicked", "")]
    )
)  # fmt: skip


@pytest.mark.parametrize(("header", "said"), [
    ("is_bot", {}), ("Clic automatique", {}), ("agent", {"agent": "machine"}), ("agent", {"agent": "property:machine"}),
])  # fmt: skip
def test_what_a_machine_did_is_counted_and_is_no_event(
    write: Write, now: datetime, header: str, said: dict[str, str]
) -> None:
    found = totals(write(MAILS.format(header=header)), now, columns=said)
    assert (found["read"], found["loaded"], found["machine"]) == (7, 4, 3)
    assert found["events"] == {"message_clicked": 2, "message_delivered": 2}


def test_without_such_a_column_every_click_is_a_persons(write: Write, now: datetime) -> None:
    found = totals(write(MAILS.format(header="note")), now)
    assert (found["loaded"], found["machine"]) == (7, 0)
