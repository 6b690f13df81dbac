"""The lines of contacts.csv: one account per person, and the second ones of those who stand there twice."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from relance.rehearsal.sample_shop.arrays import Numbers, Texts, digits, join
from relance.rehearsal.sample_shop.mailboxes import mailboxes
from relance.rehearsal.sample_shop.people import TWICE, Flaw, People
from relance.rehearsal.sample_shop.phones import phones
from relance.rehearsal.sample_shop.scope import DAY, Scope


@dataclass(frozen=True)
class Accounts:
    """One row per line of contacts.csv: everybody's account in the order of people, then the second ones."""

    person: Numbers
    number: Texts  # the customer number
    email: Texts  # null for none
    phone: Texts  # null for none; the national number without blanks
    joined: Numbers
    second: Numbers  # per person: the row of the second account that has a number of its own, or -1

    def __len__(self) -> int:
        return len(self.person)

    def used(self, random: np.random.Generator, person: Numbers, at: Numbers) -> Numbers:
        """Return the account of each act: a second one, from the day it exists, takes more than half of them."""
        second = self.second[person]
        taken = (second >= 0) & (random.random(len(person)) < 0.6) & (at > self.joined[second])
        return np.where(taken, second, person)


def draw(scope: Scope, people: People) -> Accounts:
    """Give everybody an account, and some people two."""
    random = scope.random("accounts")
    person = np.concatenate([np.arange(len(people)), np.flatnonzero(people.has(*TWICE))])
    copy = np.arange(len(person)) >= len(people)
    renumbered = copy & (people.flaw[person] != Flaw.SAME_NUMBER)
    second = np.full(len(people), -1, dtype=np.int64)
    second[person[renumbered]] = np.flatnonzero(renumbered)
    number = np.where(renumbered, len(people) + np.cumsum(renumbered), person + 1)
    earliest = np.maximum(people.joined[person], scope.start)
    later = earliest + (random.random(len(person)) * (scope.end - DAY - earliest)).astype(np.int64)
    return Accounts(
        person=person,
        number=join("C", digits(number, 6)),
        email=mailboxes(random, people, person, copy),
        phone=phones(random, people.english, people.has(Flaw.TWO_EMAILS)).take(pa.array(person)),
        joined=np.where(renumbered, later, people.joined[person]),
        second=second,
    )
