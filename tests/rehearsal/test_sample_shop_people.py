"""The sample shop's people behave as those of a shop do."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from tests.rehearsal.brought import (
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


def last_purchases(shop: Brought, *files: str) -> dict[str, datetime]:
    known = of_known_customers(shop)
    last: defaultdict[str, datetime] = defaultdict(lambda: datetime.min.replace(tzinfo=UTC))
    for row in (row for name in files for row in known[name]):
        at = local(row.get("Date de commande") or row["Date"])
        last[row["N° client"]] = max(at or TODAY, last[row["N° client"]])
    return dict(last)


def test_a_plausible_share_of_buyers_is_dormant(shop: Brought) -> None:
    last = last_purchases(shop, "orders.csv", "store_purchases.csv")
    dormant = sum(at < TODAY - timedelta(days=365) for at in last.values())
    assert abs(dormant - shop.summary.dormant) <= shop.summary.same_email + shop.summary.probable_duplicates
    assert 0.2 < shop.summary.dormant / (shop.summary.people - shop.summary.never_bought) < 0.5


def test_false_inactives_buy_in_the_store_and_ignore_mails(shop: Brought) -> None:
    store, online = last_purchases(shop, "store_purchases.csv"), last_purchases(shop, "orders.csv")
    mails, clicks = recent_mails(shop, "message_delivered"), recent_mails(shop, "message_clicked")
    second = duplicates(shop)
    first = [row for row in shop["contacts.csv"] if row["N° client"] not in second]
    numbers = {row["E-mail"].strip().lower(): row["N° client"] for row in first}
    half_a_year = TODAY - timedelta(days=182)
    found = [
        email
        for email, number in numbers.items()
        if number not in online
        and store.get(number, half_a_year) > half_a_year
        and mails[email] >= 6
        and not clicks[email]
    ]
    assert len(found) == pytest.approx(shop.summary.false_inactives, rel=0.03)  # purchases with a second account
    assert shop.summary.false_inactives > 0.02 * SIZE


def recent_mails(shop: Brought, kind: str) -> Counter[str]:
    since = (TODAY - timedelta(days=182)).strftime("%Y-%m-%d")
    return Counter(r["email"] for r in shop["mailings.csv"] if r["type"] == kind and r["occurred_at"] >= since)


def test_most_consenting_people_were_mailed_six_times_in_six_months(shop: Brought) -> None:
    mails = recent_mails(shop, "message_delivered")
    old = [r for r in shop["contacts.csv"] if r["Optin e-mail"] == "Oui" and r["Date d'inscription"][6:] < "2026"]
    clean = [r["E-mail"].strip().lower() for r in old if kind_of(r["E-mail"]) == "clean"]
    optouts = {row["email"] for row in shop["optouts.csv"]}
    assert np.mean([mails[email] >= 6 for email in clean if email not in optouts]) > 0.85


def test_clicks_depend_on_the_person(shop: Brought) -> None:
    delivered = Counter(r["email"] for r in shop["mailings.csv"] if r["type"] == "message_delivered")
    clicked = Counter(r["email"] for r in shop["mailings.csv"] if r["type"] == "message_clicked")
    exposed = [email for email, count in delivered.items() if count >= 20]
    counts = np.array([clicked[email] for email in exposed])
    assert 0.01 < sum(clicked.values()) / sum(delivered.values()) < 0.06
    assert counts.var() > 1.5 * counts.mean()  # as one chance for all it would be 1


def test_people_buy_at_different_rates(shop: Brought) -> None:
    orders = Counter(
        number for number, _ in {(r["N° client"], r["N° commande"]) for r in of_known_customers(shop)["orders.csv"]}
    )
    counts = np.array(list(orders.values()))
    assert counts.var() > 1.5 * counts.mean()
    assert counts.max() >= 10


def test_christmas_and_sales_are_seen(shop: Brought) -> None:
    days = [local(row["Date de commande"]) for row in readable(shop["orders.csv"], "Date de commande")]
    months = Counter(day.month for day in days if day and day.year == 2025)
    assert months[12] > 1.5 * months[8]
    catalogue = {row["reference"]: Decimal(row["price"]) for row in shop["products.csv"]}
    cheaper = {
        (day.month, day.day)
        for row in readable(shop["orders.csv"], "Date de commande")
        if (day := local(row["Date de commande"]))
        and (amount(row["Prix unitaire TTC"]) or 0) < catalogue[row["Référence"]]
    }
    assert cheaper
    assert all((1, 7) <= day <= (2, 4) or (6, 24) <= day <= (7, 22) for day in cheaper)


def test_the_catalogue_has_both_languages_and_spread_prices(shop: Brought) -> None:
    rows = shop["products.csv"]
    assert len({row["reference"] for row in rows}) == 120
    assert all(
        row["name_fr"] and row["name_en"] and row["url_en"].startswith("https://boutique.example.com/en/")
        for row in rows
    )
    assert 0.6 < np.std([np.log(float(row["price"])) for row in rows]) < 1.2


def test_second_accounts_share_the_orders_of_their_person(shop: Brought) -> None:
    buyers = {row["N° client"] for row in shop["orders.csv"]}
    assert buyers & duplicates(shop)
