"""Sends of a former tool, a line for each mail and person: what each filled column becomes."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relance.core.errors import InputError
from relance.events import engine
from relance.intake import coverage, events, mapping
from relance.intake.models import ImportRun
from relance.intake.options import Options

from .conftest import Write

pytestmark = pytest.mark.usefixtures("db")

DATES = (
    "Email,Campaign name,Sent at,Delivered at,Opened at,Clicked at,Bounced at,Complained at,Unsubscribed at\n"
    "anna@x.fr,Sales,2025-01-06 09:00,2025-01-06 09:01,2025-01-07 08:00,2025-01-07 08:05,,,\n"
    "boris@x.fr,Sales,2025-01-06 09:00,,,,2025-01-06 09:02,,\n"
    "chloe@x.fr,Sales,2025-01-06 09:00,2025-01-06 09:01,,,,,2025-02-01 10:00\n"
)
FRENCH = (
    "Adresse e-mail;Nom du message;Envoyé le;Délivré;Ouvert;Cliqué;Désabonné\n"
    "anna@x.fr;Soldes;06/01/2025 09:00;oui;oui;non;non\n"
    "boris@x.fr;Soldes;13/01/2025 09:00;oui;non;;oui\n"
)


def totals(path: Path, now: datetime, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = events.load(path, Options(**{"zone": "UTC"} | options), now).totals
    return found


def stored(columns: str = "type, strftime(occurred_at AT TIME ZONE 'UTC', '%m-%d %H:%M')") -> list[tuple[Any, ...]]:
    with engine.reading() as con:
        return con.execute(f"SELECT {columns} FROM events ORDER BY import_line, occurred_at, type").fetchall()


def test_each_filled_column_is_an_event_of_its_own_instant(write: Write, now: datetime) -> None:
    found = totals(write(DATES), now)
    assert (found["read"], found["taken"], found["rejected"], found["events_assumed"]) == (3, 3, 0, 0)
    assert stored("import_line, type, strftime(occurred_at AT TIME ZONE 'UTC', '%m-%d %H:%M')") == [
        (2, "message_sent", "01-06 09:00"), (2, "message_delivered", "01-06 09:01"), (2, "message_opened", "01-07 08:00"),
        (2, "message_clicked", "01-07 08:05"), (3, "message_sent", "01-06 09:00"), (3, "message_bounced", "01-06 09:02"),
        (4, "message_sent", "01-06 09:00"), (4, "message_delivered", "01-06 09:01"), (4, "message_unsubscribed", "02-01 10:00"),
    ]  # fmt: skip
    assert found["events"] == {
        "message_sent": 3, "message_delivered": 2, "message_bounced": 1, "message_opened": 1, "message_clicked": 1,
        "message_complained": 0, "message_unsubscribed": 1,
    }  # fmt: skip
    assert json.loads(stored("properties")[0][0]) == {"address": "anna@x.fr", "campaign": "Sales"}


def test_a_yes_takes_the_date_of_the_send(write: Write, now: datetime) -> None:
    found = totals(write(FRENCH, encoding="cp1252"), now)
    assert (found["taken"], found["events_new"], found["events_assumed"]) == (2, 6, 4)
    assert stored() == [
        ("message_delivered", "01-06 09:00"), ("message_opened", "01-06 09:00"), ("message_sent", "01-06 09:00"),
        ("message_delivered", "01-13 09:00"), ("message_sent", "01-13 09:00"), ("message_unsubscribed", "01-13 09:00"),
    ]  # fmt: skip


def test_a_count_is_one_event(write: Write, now: datetime) -> None:
    path = write("email,campaign,send date,opens,clicks\na@x.fr,Sales,2025-01-06,3,2.0\nb@x.fr,Sales,2025-01-06,1,0\n")
    assert totals(path, now)["events"] == {"message_sent": 2, "message_opened": 2, "message_clicked": 1}


def test_one_column_may_hold_dates_and_words(write: Write, now: datetime) -> None:
    rows = ("2025-01-08 10:00", "no", "yes", "-", "", "0", "Opened", "not opened", "0000-00-00 00:00:00")
    lines = "".join(f"p{n}@x.fr,2025-01-06,{cell}\n" for n, cell in enumerate(rows))
    assert totals(write("email,sent at,opened\n" + lines), now)["events"]["message_opened"] == 3
    opened = [at for kind, at in stored() if kind == "message_opened"]
    assert opened == ["01-08 10:00", "01-06 00:00", "01-06 00:00"]


def test_a_click_of_the_sends_day_is_not_before_the_send(write: Write, now: datetime) -> None:
    totals(
        write("email,sent at,clicked at\na@x.fr,2025-01-06 09:00,2025-01-06\nb@x.fr,2025-01-06 09:00,2025-01-07\n"), now
    )
    assert [at for kind, at in stored() if kind == "message_clicked"] == ["01-06 09:00", "01-07 00:00"]


def test_an_hour_before_the_send_stays_and_a_day_is_the_files_own(write: Write, now: datetime) -> None:
    rows = ("2025-01-06 08:00,2025-01-06 23:30,yes", "2025-01-06,2025-01-06 00:30,")
    lines = "".join(f"a@x.fr,2025-01-06 09:00,{row}\n" for row in rows)
    totals(write("email,sent at,opened at,clicked at,bounced\n" + lines), now, zone="Europe/Paris")
    told = stored("type, strftime(occurred_at AT TIME ZONE 'Europe/Paris', '%d %H:%M')")
    assert [at for kind, at in told if kind == "message_opened"] == ["06 08:00", "06 09:00"]
    assert [at for kind, at in told if kind == "message_clicked"] == ["06 23:30", "06 00:30"]


def test_the_kind_of_bounce_comes_from_its_column_or_its_word(write: Write, now: datetime) -> None:
    texts = {
        "bounced,Bounce type": ("yes,hard", "yes,Soft bounce", ",", "1,mailbox"),
        "bounced,note": ("Hard,x", "soft bounce,x", "no,x", "yes,x"),
        "hard bounces,soft bounces": ("1,4", "0,1", "0,0", "0,0"),
        "bounced,Hard or soft": ("yes,Permanent", "yes,permanent", ",", "yes,temporary"),
        "opened,Statut": (",Hard bounce", ",Soft bounce", "yes,Delivered", ",sent"),
    }
    kinds = []
    for number, (headers, cells) in enumerate(texts.items()):
        lines = "".join(f"a@x.fr,2025-01-06,{cell}\n" for cell in cells)
        totals(write(f"email,sent at,{headers}\n" + lines, f"{number}.csv"), now, source=f"tool {number}")
        with engine.reading() as con:
            kinds.append(
                con.execute(
                    "SELECT json_extract_string(properties, '$.kind') FROM events JOIN (SELECT max(source_id) AS last FROM events) "
                    "ON source_id = last WHERE type = 'message_bounced' ORDER BY import_line"
                ).fetchall()
            )
    assert [[kind for (kind,) in found] for found in kinds] == [
        ["hard", "soft", "mailbox"], ["hard", "soft", None], ["hard", "soft"], ["hard", "hard", "soft"],
        ["hard", "soft"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "bounces", "others"),
    [
        (
            "Statut",
            ("Hard bounce", "NPAI", "Échec définitif", "soft", "bounce_hard", "Blocked", "Rejet temporaire"),
            ("OK", "Oui", "1", "250", "x", "In transit", "Désabonné définitivement", "Permanent", "No hard bounce", "Délivré"),
        ),
        ("Bounce type", ("Permanent", "Transient", "hard", "bloqué"), ("OK", "1", "-", "no bounce", "mailbox")),
        ("Hard or soft", ("Permanent", "permanent", "définitif", "temporary", "soft"), ("-", "no", "mailbox")),
    ],
)  # fmt: skip
def test_a_status_alone_tells_of_a_bounce_where_its_words_speak_of_one(
    header: str, bounces: tuple[str, ...], others: tuple[str, ...], write: Write, now: datetime
) -> None:
    lines = "".join(f"a@x.fr,2025-01-06,{cell}\n" for cell in (*bounces, *others))
    totals(write(f"email,sent at,{header}\n" + lines), now)
    told = [line - 2 for line, kind in stored("import_line, type") if kind == "message_bounced"]
    assert [(*bounces, *others)[place] for place in told] == list(bounces)


def test_a_status_that_speaks_of_no_bounce_makes_none_a_hard_one(write: Write, now: datetime) -> None:
    totals(write("email,sent at,bounced,statut\na@x.fr,2025-01-06,yes,Désabonné définitivement\n"), now)
    kinds = [json.loads(found).get("kind") for kind, found in stored("type, properties") if kind == "message_bounced"]
    assert kinds == ["Désabonné définitivement"]


def test_only_a_bounce_has_a_kind_and_only_a_click_a_link(write: Write, now: datetime) -> None:
    totals(write("email,sent at,clicked,bounced,bounce type,link\na@x.fr,2025-01-06,yes,yes,hard,https://x.fr\n"), now)
    found = {kind: json.loads(properties) for kind, properties in stored("type, properties")}
    assert found == {
        "message_sent": {"address": "a@x.fr"}, "message_clicked": {"address": "a@x.fr", "url": "https://x.fr"},
        "message_bounced": {"address": "a@x.fr", "kind": "hard"},
    }  # fmt: skip


def test_lines_without_event_or_date_are_rejected_with_their_reason(write: Write, now: datetime) -> None:
    found = totals(
        write(
            "email,sent at,opened,clicked at\n1@x.fr,2025-01-06,yes,\n2@x.fr,,no,\n3@x.fr,,yes,\n4@x.fr,2025-01-06,perhaps,\n"
            "5@x.fr,2025-01-06,,2025-02-30\n6@x.fr,2025-01-06,,2027-02-28\nnobody,2025-01-06,yes,2025-01-07\n8@x.fr,2025-01-06\n"
        ),
        now,
    )
    assert (found["read"], found["taken"], found["rejected"], found["events_new"]) == (8, 1, 7, 2)
    assert {line: reason for reason, lines in found["lines"].items() for line in lines} == {
        3: "no event: each column of events is empty or says no",
        4: "a yes or a count takes the date of the send, which is empty",
        5: "“opened” holds neither a date written as the others of its column, nor yes, no or a count",
        6: "“clicked at” holds neither a date written as the others of its column, nor yes, no or a count",
        7: "the date is in the future",
        8: "the e-mail has no @ and there is no external id",
        9: "3 fields where the header has 4; a separator or a quote is missing or too many",
    } | {9: next(reason for reason in found["reasons"] if reason.startswith("2 fields"))}
    assert Path(found["rejects_file"]).read_text("utf-8").count("\n") == 8


def test_the_same_file_twice_adds_nothing(write: Write, now: datetime) -> None:
    path = write(
        DATES
        + f"dora@x.fr,Sales,{now - timedelta(days=3):%Y-%m-%d %H:%M},,{now - timedelta(days=2):%Y-%m-%d %H:%M},,,,\n"
    )
    assert totals(path, now)["events_new"] == 11
    again = totals(path, now)
    assert (again["taken"], again["events_new"], again["events_known"]) == (4, 0, 11)
    assert len(stored()) == 11


def test_an_import_that_ended_half_way_is_run_again_and_adds_the_rest(
    write: Write, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(DATES)
    half = "SELECT * FROM new_event WHERE hash(type, import_line) % 2 = 0"

    def part(con: Any, relation: str, **how: Any) -> Any:
        con.execute(f"CREATE TABLE half AS {half}")
        append(con, "half", **how)
        raise KeyboardInterrupt

    append = events.flush.append
    monkeypatch.setattr(events.flush, "append", part)
    with pytest.raises(KeyboardInterrupt):
        totals(path, now)
    monkeypatch.undo()
    found = totals(path, now)
    assert found["events_new"] + found["events_known"] == len(stored()) == 9
    assert found["events_known"] > 0 < found["events_new"]
    assert set(ImportRun.objects.values_list("state", flat=True)) == {"running", "done"}


def test_a_column_covers_its_event_since_the_files_first_date_and_none_covers_nothing(
    write: Write, now: datetime
) -> None:
    totals(write("email,sent at,clicked,complained\na@x.fr,2025-01-06,no,\nb@x.fr,2025-02-06,yes,\n"), now)
    first, last = datetime(2025, 1, 6, tzinfo=UTC), datetime(2025, 2, 6, tzinfo=UTC)
    told = ("message_sent", "message_clicked", "message_complained")
    assert {name: at for name, at in coverage.begun().items() if name.startswith("message_")} == dict.fromkeys(
        told, first
    )
    assert coverage.until(now) == dict.fromkeys(told, last)


def test_a_status_without_bounces_covers_no_bounces(write: Write, now: datetime) -> None:
    totals(write("email,sent at,opened,status\na@x.fr,2025-01-06,yes,active\n"), now)
    assert "message_bounced" not in coverage.begun()


def test_what_a_machine_did_is_left_out_of_its_line(write: Write, now: datetime) -> None:
    found = totals(
        write("email,sent at,opened,clicked,bot\na@x.fr,2025-01-06,1,1,yes\nb@x.fr,2025-01-06,1,1,no\n"), now
    )
    assert (found["taken"], found["machine"], found["events_by_machines"]) == (2, 0, 2)
    assert found["events"] == {"message_sent": 2, "message_opened": 1, "message_clicked": 1}
    only = totals(
        write("email,date,clicked,bot\na@x.fr,2025-01-06,1,yes\nb@x.fr,2025-01-06,1,no\n,2025-01-06,1,\n"), now
    )
    assert (only["read"], only["taken"], only["machine"], only["anonymous"]) == (3, 1, 1, 1)


def test_unknown_people_can_be_rejected(write: Write, now: datetime) -> None:
    totals(write("email,sent at\na@x.fr,2025-01-06\n"), now)
    found = totals(write(DATES.replace("anna", "a")), now, unknown="reject")
    assert (found["read"], found["taken"], found["rejected"], found["events_new"]) == (3, 1, 2, 4)


def test_only_events_that_are_kept_count_as_dated_by_their_send(write: Write, now: datetime) -> None:
    totals(write("email,sent at\na@x.fr,2025-01-06\n"), now)
    path = write(
        "email,sent at,opened,clicked\na@x.fr,2025-01-06,yes,\nzoe@x.fr,2025-01-06,yes,yes\n,2025-01-06,yes,\n"
    )
    found = totals(path, now, unknown="reject")
    assert (found["events_new"], found["events_assumed"]) == (2, 1)


def test_day_and_month_are_told_by_any_column_of_the_file(write: Write, now: datetime) -> None:
    totals(write("email;envoyé le;cliqué le\na@x.fr;03/02/2025;04/02/2025\nb@x.fr;13/02/2025;\n"), now)
    assert [at for kind, at in stored() if kind == "message_clicked"] == ["02-04 00:00"]
    with pytest.raises(InputError, match="may be day-first or month-first"):
        totals(write("email;envoyé le;cliqué le\na@x.fr;03/02/2025;04/02/2025\n"), now)


def test_unknown_headers_are_mapped_to_the_event_they_become(write: Write, now: datetime) -> None:
    path = write("Boîte,Jour,L,C,Type\na@x.fr,2025-01-06,2,1,newsletter\n")
    columns = {"Boîte": "email", "Jour": "message_sent", "L": "message_opened", "C": "clic", "Type": "ignore"}
    assert totals(path, now, columns=columns)["events"] == {
        "message_sent": 1, "message_opened": 1, "message_clicked": 1,
    }  # fmt: skip
    with pytest.raises(InputError, match="--map Type=type: other columns are an event of a mail each"):
        totals(path, now, columns=columns | {"Type": "type"})
    with pytest.raises(InputError, match="--type order_placed: columns of the file are an event each"):
        totals(path, now, columns=columns, type="order_placed")


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ("Email,Date,Delivered,Opens,Clicks", "email occurred_at message_delivered message_opened message_clicked"),
        ("E-mail;Envoyé;Date d'envoi;Ouvert;Ouvert le", "email message_sent occurred_at message_opened"),
        ("Email,Order,Sent at,Clicked,Revenue,Orders", "email message_sent message_clicked"),
        ("Email,Campagne,Objet,NPAI,Plainte,Date", "email campaign message_bounced message_complained occurred_at"),
        ("Email,Order number,Order date,Total,Delivered at", "email reference occurred_at amount"),
        ("Email,Type,Date,Opened", "email type occurred_at"),
        ("Email,Order number,Order date,Delivered at", "email reference occurred_at"),
        ("Email,Date,Réponse", "email occurred_at"),
        ("Email,Message ID,Date,Delivered,Spam", "email reference occurred_at message_delivered message_complained"),
        ("Email;N° commande;Date;Expédié le;Livré", "email reference occurred_at"),
    ],
)
def test_headers_tell_sends_from_orders_and_from_lines_of_one_event(headers: str, fields: str) -> None:
    found = mapping.map_columns("events", tuple(headers.replace(";", ",").split(",")), Options())
    assert set(found.fields) == set(fields.split())


@pytest.mark.parametrize(
    ("headers", "sent", "dated"),
    [
        ("Email;Date d'envoi;Heure d'envoi;Ouvert", "Date d'envoi", ""),
        ("Email;Send time;Send date;Opened", "Send date", ""),
        ("Email;Date;Envoyé;Nb envois;Ouvert", "Envoyé", "Date"),
        ("Email;Date;Envoyé;Heure d'envoi;Ouvert", "Envoyé", "Date"),
        ("Email;Envoyé;Envoyé le;Heure d'envoi;Date;Ouvert", "Envoyé", "Envoyé le"),
        ("Email;Date;Heure d'envoi;Ouvert", "Date", ""),
        ("Email;Sent;Send time;Opened", "Sent", "Send time"),
        ("Email;Send time;Opened", "Send time", ""),
    ],
)
def test_only_a_whole_date_dates_the_line(headers: str, sent: str, dated: str) -> None:
    names = tuple(headers.split(";"))
    found = mapping.map_columns("events", names, Options()).fields
    assert names[found["message_sent"]] == sent
    assert (names[found["occurred_at"]] if "occurred_at" in found else "") == dated


def test_a_file_with_day_and_hour_of_the_send_in_two_columns_is_read(write: Write, now: datetime) -> None:
    path = write("Email;Date d'envoi;Heure d'envoi;Ouvert\na@x.fr;2025-01-06;09:30;oui\n")
    assert totals(path, now)["events"] == {"message_sent": 1, "message_opened": 1}


def test_of_several_columns_of_one_event_the_dated_one_is_read() -> None:
    found = mapping.map_columns("events", ("email", "Ouvert", "Ouvertures", "Ouvert le", "Envoyé le"), Options())
    assert (found.fields["message_opened"], found.unused) == (3, ("Ouvert", "Ouvertures"))


def test_no_header_means_two_fields() -> None:
    seen: dict[str, str] = {}
    for word, name in mapping.headers_of_sends().items():
        assert seen.setdefault(word, name) == name
