"""What was put into the sample shop, counted, so that what the product finds can be compared with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from relance.rehearsal.sample_shop import mailings, visits
from relance.rehearsal.sample_shop.arrays import Flags, Numbers
from relance.rehearsal.sample_shop.people import Flaw
from relance.rehearsal.sample_shop.purchases import ANONYMOUS, UNKNOWN
from relance.rehearsal.sample_shop.scope import DAY, YEAR
from relance.rehearsal.sample_shop.shop import Shop


@dataclass(frozen=True)
class Summary:
    """True counts. Kinds of dirty addresses are disjoint, and counted in lines of contacts.csv."""

    people: int  # real persons; contacts.csv has a line more for each duplicate
    english: int
    lines: Mapping[str, int]  # per file, header not counted
    events: Mapping[str, int]  # per type: what a complete and correct import holds
    order_revenue: Decimal  # readable lines of known customers, refunds not deducted
    store_revenue: Decimal
    refunded: Decimal

    same_number: int  # lines that repeat a customer number
    same_email: int  # lines with a number of their own, an address that differs by case and spaces only
    probable_duplicates: int  # lines with the name and phone of another line, and another address
    mistyped: int
    broken: int
    disposable: int
    role: int
    without_email: int
    dead_mailboxes: int  # hard bounces in mailings.csv
    soft_bounces: int
    moved_abroad: int
    moved_overseas: int
    moved_unknown: int  # "n'habite pas à l'adresse indiquée"
    optouts: int
    optouts_still_consenting: int  # in contacts.csv

    unreadable_dates: int  # lines of orders.csv and store_purchases.csv
    unreadable_amounts: int
    identical_lines: int  # lines equal to an earlier line of the same order or ticket: real, to be kept
    unknown_customers: int  # orders whose customer is not in contacts.csv, one customer each
    unknown_customer_lines: int
    anonymous_sales: int  # tickets without a customer
    anonymous_lines: int

    consenting: int  # people whose consent to e-mail stands in contacts.csv
    never_bought: int  # people without any readable purchase in the files
    store_only: int  # people who bought, never on the site
    false_inactives: int  # of these: mailed six times in six months without a click, and bought in the last six months
    dormant: int  # people who bought, but not in the last twelve months


def summarise(shop: Shop, lines: Mapping[str, int]) -> Summary:
    """Count what is in the shop."""
    readable = shop.spoilt.readable & (shop.purchases.person >= 0)[shop.lines.purchase]
    return Summary(
        people=len(shop.people),
        english=int(shop.people.english.sum()),
        lines=dict(lines),
        events=_events(shop, readable),
        order_revenue=_money(shop.lines.amount, readable & ~shop.purchases.store[shop.lines.purchase]),
        store_revenue=_money(shop.lines.amount, readable & shop.purchases.store[shop.lines.purchase]),
        refunded=_money(shop.refunds.cents, np.ones(len(shop.refunds), dtype=np.bool_)),
        **_dirty_people(shop),
        **_dirty_lines(shop),
        **_behaviour(shop, readable),
    )


def _money(cents: Numbers, chosen: Flags) -> Decimal:
    return Decimal(int(cents[chosen].sum())) / 100


def _events(shop: Shop, readable: Flags) -> dict[str, int]:
    bought = np.unique(shop.lines.purchase[readable])
    stores = int(shop.purchases.store[bought].sum())
    mails, visited = (np.bincount(part.type, minlength=3).tolist() for part in (shop.mailings, shop.visits))
    return {
        "order_placed": len(bought) - stores,
        "store_purchase": stores,
        "refund": len(shop.refunds),
        **dict(zip(visits.TYPES, visited, strict=True)),
        **dict(zip(mailings.TYPES, mails, strict=True)),
    }


def _dirty_people(shop: Shop) -> dict[str, int]:
    flaws = np.bincount(shop.people.flaw, minlength=len(Flaw))
    second = shop.people.has(Flaw.TWO_EMAILS)[shop.accounts.person]
    second[: len(shop.people)] = False
    phone = shop.accounts.phone.is_valid().to_numpy(zero_copy_only=False)
    opted_out = shop.permissions.opted_out > 0
    bounced = shop.mailings.type == mailings.BOUNCED
    names = {flaw.name.lower(): int(flaws[flaw]) for flaw in Flaw}
    kept = ("same_number", "same_email", "mistyped", "broken", "disposable", "role")
    return {name: names[name] for name in (*kept, "moved_abroad", "moved_overseas", "moved_unknown")} | {
        "without_email": names["no_email"],
        "probable_duplicates": int((second & phone).sum()),
        "dead_mailboxes": int((bounced & ~shop.mailings.soft).sum()),
        "soft_bounces": int(shop.mailings.soft.sum()),
        "optouts": int(opted_out.sum()),
        "optouts_still_consenting": int((opted_out & shop.permissions.stands).sum()),
    }


def _dirty_lines(shop: Shop) -> dict[str, int]:
    person = shop.purchases.person
    of_line = person[shop.lines.purchase]
    return {
        "unreadable_dates": int((shop.spoilt.date >= 0).sum()),
        "unreadable_amounts": int((shop.spoilt.amount >= 0).sum()),
        "identical_lines": int(shop.lines.identical().sum()),
        "unknown_customers": int((person == UNKNOWN).sum()),
        "unknown_customer_lines": int((of_line == UNKNOWN).sum()),
        "anonymous_sales": int((person == ANONYMOUS).sum()),
        "anonymous_lines": int((of_line == ANONYMOUS).sum()),
    }


def _behaviour(shop: Shop, readable: Flags) -> dict[str, int]:
    bought = np.unique(shop.lines.purchase[readable])
    last = _last(shop, bought)
    online = _last(shop, bought[~shop.purchases.store[bought]])
    store_only = (last > 0) & (online == 0)
    half_a_year = shop.scope.end - 182 * DAY
    recent = shop.mailings.at >= half_a_year
    delivered, clicked = (
        _mails(shop, recent & (shop.mailings.type == kind)) for kind in (mailings.DELIVERED, mailings.CLICKED)
    )
    ignoring = (delivered >= 6) & (clicked == 0)
    return {
        "consenting": int(shop.permissions.stands.sum()),
        "never_bought": int((last == 0).sum()),
        "store_only": int(store_only.sum()),
        "false_inactives": int((store_only & ignoring & (last >= half_a_year)).sum()),
        "dormant": int(((last > 0) & (last < shop.scope.end - YEAR)).sum()),
    }


def _last(shop: Shop, purchases: Numbers) -> Numbers:
    """Return the instant of each person's last of these purchases; 0 for none."""
    last = np.zeros(len(shop.people), dtype=np.int64)
    np.maximum.at(last, shop.purchases.person[purchases], shop.purchases.at[purchases])
    return last


def _mails(shop: Shop, chosen: Flags) -> Numbers:
    person = shop.accounts.person[shop.mailings.account[chosen]]
    return np.bincount(person, minlength=len(shop.people)).astype(np.int64)
