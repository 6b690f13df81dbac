"""The sample shop's files hold what its summary says."""

import hashlib
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from relance.core.errors import InputError
from relance.rehearsal.sample_shop import generate, write_definitions
from tests.rehearsal.brought import (
    DIALECTS,
    SIZE,
    TODAY,
    Brought,
    amount,
    duplicates,
    kind_of,
    local,
    of_known_customers,
    readable,
)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    summaries = [generate(tmp_path / name, contacts=300, seed=7) for name in ("a", "b")]
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert summaries[0] == summaries[1]


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate(tmp_path / str(seed), contacts=300, seed=seed)
    first, second = digests(tmp_path / "1"), digests(tmp_path / "2")
    assert {name for name in first if first[name] == second[name]} == {"README.txt", "products.csv"}


def test_each_file_has_the_lines_the_summary_counts(shop: Brought) -> None:
    assert {name: len(rows) for name, rows in shop.rows.items()} == shop.summary.lines
    assert shop.summary.lines["contacts.csv"] == SIZE


def test_readme_explains_every_file_and_forbids_sending(shop: Brought) -> None:
    text = (shop.folder / "README.txt").read_text(encoding="utf-8")
    assert all(text.count(f"\n{name} ") == 2 for name in DIALECTS)
    assert "SEND NO MAIL" in text
    assert "N'ENVOYEZ AUCUN MESSAGE" in text


def test_headers_are_those_of_common_exports(shop: Brought) -> None:
    assert list(shop["contacts.csv"][0])[:5] == ["N° client", "Prénom", "Nom", "E-mail", "Téléphone"]
    assert list(shop["visits.csv"][0]) == ["customer_id", "type", "occurred_at", "product", "reference"]
    assert list(shop["orders.csv"][0])[:4] == ["N° commande", "Date de commande", "N° client", "Référence"]


def test_one_in_five_speaks_english(shop: Brought) -> None:
    languages = Counter(row["Langue"] for row in shop["contacts.csv"])
    assert set(languages) == {"fr", "en"}
    assert 0.17 < languages["en"] / SIZE < 0.23


def test_duplicates_are_as_many_as_counted(shop: Brought) -> None:
    rows, summary = shop["contacts.csv"], shop.summary
    numbers = [row["N° client"] for row in rows]
    assert len(numbers) - len(set(numbers)) == summary.same_number
    emails = [row["E-mail"].strip().lower() for row in rows if row["E-mail"]]
    assert len(emails) - len(set(emails)) == summary.same_number + summary.same_email
    assert summary.people == SIZE - summary.same_number - summary.same_email - summary.probable_duplicates


def test_probable_duplicates_share_name_and_phone_but_not_address(shop: Brought) -> None:
    people = defaultdict(set)
    for row in shop["contacts.csv"]:
        phone = re.sub(r"\D", "", row["Téléphone"])[-9:]
        if phone:
            people[row["Prénom"], row["Nom"].lower(), phone].add(row["E-mail"].strip().lower())
    assert sum(len(emails) - 1 for emails in people.values()) == shop.summary.probable_duplicates > 0


def test_dirty_addresses_are_as_many_as_counted(shop: Brought) -> None:
    found: Counter[str] = Counter(kind_of(row["E-mail"]) for row in shop["contacts.csv"])
    kinds = ("mistyped", "broken", "disposable", "role", "without_email")
    assert {kind: found[kind] for kind in kinds} == {kind: getattr(shop.summary, kind) for kind in kinds}


def test_addresses_belong_to_nobody(shop: Brought) -> None:
    emails = [row["E-mail"].strip().lower() for row in shop["contacts.csv"] if kind_of(row["E-mail"]) != "broken"]
    invented = re.compile(r"\.ex[ae]mple\d+b?@|\.example\.com$")
    assert [email for email in emails if email and not invented.search(email)] == []


def test_phones_are_in_ranges_kept_for_fiction(shop: Brought) -> None:
    fiction = re.compile(r"063998|019900|026191|035301|046571|053649|07700900|0207946|01[1-6]\d4960|01174960")
    phones = [re.sub(r"^\+(33|44)", "0", re.sub(r"[ .]", "", row["Téléphone"])) for row in shop["contacts.csv"]]
    assert [phone for phone in phones if phone and not fiction.match(phone)] == []
    assert 0.3 < sum(map(bool, phones)) / SIZE < 0.7


def test_people_who_moved_are_abroad_overseas_or_lost(shop: Brought) -> None:
    rows, summary = shop["contacts.csv"], shop.summary
    assert sum(row["Pays"] not in {"FR", "BE", "LU", "GB", "IE"} for row in rows) == summary.moved_abroad
    assert sum(row["Pays"] == "FR" and row["Code postal"][:2] in {"97", "98"} for row in rows) == summary.moved_overseas
    assert sum("n'habite pas" in row["Remarque"] for row in rows) == summary.moved_unknown


def test_dead_mailboxes_bounce_once_and_receive_nothing_afterwards(shop: Brought) -> None:
    dead = {row["email"]: row["occurred_at"] for row in shop["mailings.csv"] if row["kind"] == "hard"}
    assert len(dead) == shop.summary.dead_mailboxes
    later = [
        r
        for r in shop["mailings.csv"]
        if r["type"] == "message_delivered" and r["occurred_at"] > dead.get(r["email"], "9")
    ]
    assert later == []


def test_optouts_received_no_more_and_some_still_stand_as_consenting(shop: Brought) -> None:
    optouts = {row["email"]: row["date"] for row in shop["optouts.csv"]}
    consent = {row["E-mail"].strip().lower(): row["Optin e-mail"] for row in shop["contacts.csv"]}
    assert len(optouts) == shop.summary.optouts
    assert sum(consent[email] == "Oui" for email in optouts) == shop.summary.optouts_still_consenting > 0
    late = [
        r for r in shop["mailings.csv"] if "delivered" in r["type"] and optouts.get(r["email"], "9") < r["occurred_at"]
    ]
    assert late == []


def test_withdrawn_consents_stand_in_no_customer_file(shop: Brought) -> None:
    withdrawn = {row["N° client"] for row in shop["consents.csv"] if row["Consentement"] == "non"}
    standing = {row["N° client"] for row in shop["contacts.csv"] if row["Optin e-mail"] == "Oui"}
    assert withdrawn
    assert not withdrawn & standing
    assert standing <= {row["N° client"] for row in shop["consents.csv"]} | duplicates(shop)


def test_unreadable_lines_are_as_many_as_counted(shop: Brought) -> None:
    lines = [(row["Date de commande"], row["Montant TTC"]) for row in shop["orders.csv"]]
    lines += [(row["Date"], row["Montant TTC"]) for row in shop["store_purchases.csv"]]
    assert sum(local(when) is None for when, _ in lines) == shop.summary.unreadable_dates > 0
    assert sum(amount(money) is None for _, money in lines) == shop.summary.unreadable_amounts > 0


def test_identical_unknown_and_anonymous_lines_are_as_many_as_counted(shop: Brought) -> None:
    orders, tickets = ([tuple(row.values()) for row in shop[name]] for name in ("orders.csv", "store_purchases.csv"))
    assert len(orders + tickets) - len(set(orders)) - len(set(tickets)) == shop.summary.identical_lines > 0
    known = {row["N° client"] for row in shop["contacts.csv"]}
    unknown = [row for row in shop["orders.csv"] if row["N° client"] not in known]
    assert (len({r["N° commande"] for r in unknown}), len(unknown)) == (
        shop.summary.unknown_customers,
        shop.summary.unknown_customer_lines,
    )
    anonymous = [row for row in shop["store_purchases.csv"] if not row["N° client"]]
    assert len({row["N° ticket"] for row in anonymous}) == shop.summary.anonymous_sales
    assert len(anonymous) == shop.summary.anonymous_lines


def test_money_and_orders_add_up_to_the_summary(shop: Brought) -> None:
    known = of_known_customers(shop)
    online, store = (sum((amount(r["Montant TTC"]) or Decimal() for r in rows), Decimal()) for rows in known.values())
    assert (online, store) == (shop.summary.order_revenue, shop.summary.store_revenue)
    assert len({row["N° commande"] for row in known["orders.csv"]}) == shop.summary.events["order_placed"]
    assert len({row["N° ticket"] for row in known["store_purchases.csv"]}) == shop.summary.events["store_purchase"]
    refunded = sum((amount(row["Montant TTC"]) or Decimal() for row in shop["refunds.csv"]), Decimal())
    assert refunded == shop.summary.refunded


def test_other_events_are_as_many_as_counted(shop: Brought) -> None:
    found = Counter(row["type"] for name in ("visits.csv", "mailings.csv") for row in shop[name])
    found["refund"] = len(shop["refunds.csv"])
    assert found == Counter(
        {k: v for k, v in shop.summary.events.items() if k not in {"order_placed", "store_purchase"}}
    )
    assert 15 * SIZE < sum(shop.summary.events.values()) < 30 * SIZE


def test_everything_happens_within_the_history(shop: Brought) -> None:
    instants = [row["occurred_at"] for name in ("visits.csv", "mailings.csv") for row in shop[name]]
    assert min(instants) >= "2024-07-27"
    assert max(instants) < "2026-07-27"
    days = [local(row["Date de commande"]) for row in readable(shop["orders.csv"], "Date de commande")]
    assert all(day and datetime(2024, 7, 27, tzinfo=UTC) <= day < TODAY for day in days)


def test_a_shorter_history_ends_the_day_before(tmp_path: Path) -> None:
    summary = generate(tmp_path, contacts=300, today=date(2025, 3, 31), months=13)
    orders = (tmp_path / "visits.csv").read_text(encoding="utf-8").splitlines()[1:]
    instants = sorted(line.split(",")[2] for line in orders)
    assert instants[0] >= "2024-02-29"
    assert instants[-1] < "2025-03-31"
    assert summary.people > 280


@pytest.mark.parametrize(("contacts", "months"), [(10, 24), (300, 3)])
def test_too_small_a_shop_is_refused(tmp_path: Path, contacts: int, months: int) -> None:
    with pytest.raises(InputError, match="at least 200 contacts and 12 months"):
        generate(tmp_path, contacts=contacts, months=months)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("")
    with pytest.raises(InputError, match="is a file; name a folder"):
        generate(tmp_path / "shop", contacts=300)


def test_definitions_are_copied_with_their_folders(tmp_path: Path) -> None:
    (tmp_path / "recipes" / "journeys").mkdir(parents=True)
    (tmp_path / "recipes" / "journeys" / "wake.yaml").write_text("journey: wake\n")
    copies = write_definitions(tmp_path / "shop", definitions=tmp_path / "recipes")
    assert copies == [tmp_path / "shop" / "journeys" / "wake.yaml"]
    assert copies[0].read_text() == "journey: wake\n"
