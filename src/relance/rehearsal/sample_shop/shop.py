"""The whole sample shop, as its parts know each other."""

from dataclasses import dataclass

import numpy as np

from relance.rehearsal.sample_shop import (
    accounts,
    homes,
    mailings,
    people,
    permissions,
    purchases,
    refunds,
    spoilt,
    visits,
    words,
)
from relance.rehearsal.sample_shop.accounts import Accounts
from relance.rehearsal.sample_shop.arrays import Numbers, Texts, digits, join, pick, where
from relance.rehearsal.sample_shop.homes import Homes
from relance.rehearsal.sample_shop.mailings import Mailings
from relance.rehearsal.sample_shop.people import People
from relance.rehearsal.sample_shop.permissions import Permissions
from relance.rehearsal.sample_shop.purchases import UNKNOWN, Lines, Purchases
from relance.rehearsal.sample_shop.refunds import Refunds
from relance.rehearsal.sample_shop.scope import Scope
from relance.rehearsal.sample_shop.spoilt import Spoilt
from relance.rehearsal.sample_shop.visits import Past, Visits


@dataclass(frozen=True)
class Shop:
    """Everybody and everything that happened."""

    scope: Scope
    catalogue: dict[str, list[str]]
    people: People
    homes: Homes
    accounts: Accounts
    permissions: Permissions
    purchases: Purchases
    buyer: Numbers  # the account of each purchase; meaningless where the person is unknown
    lines: Lines
    spoilt: Spoilt
    refunds: Refunds
    mailings: Mailings
    visits: Visits

    def customer_numbers(self) -> Texts:
        """Return the customer number on each purchase: none on anonymous ones, an old one nobody knows on others."""
        known, unknown = self.purchases.person >= 0, self.purchases.person == UNKNOWN
        old = join("X", digits(np.arange(len(self.purchases)), 6))
        number = pick(self.accounts.number, np.where(known, self.buyer, -1))
        return where(unknown, old, number)

    def purchase_numbers(self) -> Texts:
        """Return the number of each order (W…) and ticket (T…), counted apart."""
        store = self.purchases.store
        rank = np.where(store, np.cumsum(store), np.cumsum(~store))
        return join(where(store, "T", "W"), digits(rank, 6))


def draw(scope: Scope) -> Shop:
    """Draw the shop: people first, then what they do, in the order in which one leads to the other."""
    catalogue = words.packaged("catalogue.csv")
    everybody = people.draw(scope, categories=len(set(catalogue["category_fr"])))
    theirs = accounts.draw(scope, everybody)
    allowed = permissions.draw(scope, everybody, mailings.campaigns(scope))
    bought = purchases.draw(scope, everybody)
    lines = purchases.fill(scope, everybody, bought, catalogue)
    unreadable = spoilt.draw(scope, bought, lines)
    buyer = theirs.used(scope.random("buyers"), np.maximum(bought.person, 0), bought.at)
    mails = mailings.draw(scope, everybody, theirs, allowed)
    past = Past(bought, buyer, lines, mails)
    return Shop(
        scope=scope,
        catalogue=catalogue,
        people=everybody,
        homes=homes.draw(scope, everybody),
        accounts=theirs,
        permissions=allowed,
        purchases=bought,
        buyer=buyer,
        lines=lines,
        spoilt=unreadable,
        refunds=refunds.draw(scope, bought, lines, unreadable),
        mailings=mails,
        visits=visits.draw(scope, everybody, past, products=len(catalogue["reference"])),
    )
