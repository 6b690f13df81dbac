"""What the former mailing tool sent: delivered and bounced mails, and clicks."""

from dataclasses import dataclass, replace

import numpy as np

from relance.rehearsal.sample_shop.accounts import Accounts
from relance.rehearsal.sample_shop.arrays import Flags, Numbers
from relance.rehearsal.sample_shop.people import UNUSABLE, Flaw, People
from relance.rehearsal.sample_shop.permissions import Permissions, after_a_campaign
from relance.rehearsal.sample_shop.scope import DAY, Scope

DELIVERED, CLICKED, BOUNCED = 0, 1, 2
TYPES = ["message_delivered", "message_clicked", "message_bounced"]
HARD_REASONS = [
    "550 5.1.1 The email account that you tried to reach does not exist",
    "550 5.1.1 Adresse d'au moins un destinataire invalide",
    "550 5.5.0 Requested action not taken: mailbox unavailable",
]
SOFT_REASON = "452 4.2.2 The email account that you tried to reach is over quota"
_TARGETED, _SOFT = 0.85, 0.004  # share of the list a campaign goes to; share of mails put off by a full mailbox
_AFTER_LEAVING = 0.12  # how much of the habit of clicking is left

Random = np.random.Generator


@dataclass(frozen=True)
class Mailings:
    """One row per line of the former tool's export, in the order of time."""

    account: Numbers
    campaign: Numbers
    type: Numbers
    at: Numbers
    reason: Numbers  # a position in HARD_REASONS, -1 for the soft one and for what did not bounce
    soft: Flags

    def __len__(self) -> int:
        return len(self.at)

    def rows(self, kept: Flags | Numbers) -> "Mailings":
        """Return some of the rows."""
        return Mailings(*(column[kept] for column in vars(self).values()))


def campaigns(scope: Scope) -> Numbers:
    """Return when the campaigns left: every two or three weeks, at nine or ten in the morning."""
    random = scope.random("campaigns")
    gaps = 7 * DAY * random.integers(2, 4, size=(scope.end - scope.start) // (14 * DAY))
    days = scope.start + 3 * DAY + np.cumsum(gaps) - gaps[0]
    sent: Numbers = days + random.integers(7 * 3600, 9 * 3600, len(days))
    return sent[sent < scope.end - 2 * DAY]


def draw(scope: Scope, people: People, accounts: Accounts, permissions: Permissions) -> Mailings:
    """Send every campaign to the people who stand on the list of the former tool on that day."""
    random = scope.random("mailings")
    sent = campaigns(scope)
    dead = people.has(Flaw.DEAD)
    dies = np.where(dead, after_a_campaign(random, people.joined, sent), scope.end)
    account = _list(people, accounts)
    stops = np.minimum(permissions.until(scope.end), dies)[accounts.person[account]]
    delivered = _delivered(random, account, (accounts.joined[account], stops), sent)
    clicks = _clicks(random, people, accounts, delivered.rows(~delivered.soft))
    parts = (delivered, clicks.rows(clicks.at < scope.end), _bounces(random, np.flatnonzero(dead), dies[dead], sent))
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    together = Mailings(*(np.concatenate(column) for column in columns))
    return together.rows(np.argsort(together.at, kind="stable"))


def _list(people: People, accounts: Accounts) -> Numbers:
    """Return the accounts that were a line of the former tool's list: one per address that could be written to."""
    copy = np.arange(len(accounts)) >= len(people)
    same = copy & people.has(Flaw.SAME_NUMBER, Flaw.SAME_EMAIL)[accounts.person]
    return np.flatnonzero(~same & ~people.has(*UNUSABLE)[accounts.person])


def _delivered(random: Random, account: Numbers, span: tuple[Numbers, Numbers], sent: Numbers) -> Mailings:
    """Return the mails of each campaign to most of those on the list then; a few find the mailbox full."""
    joined, stops = (instants[:, None] for instants in span)
    received = (joined < sent) & (sent < stops) & (random.random((len(account), len(sent)), np.float32) < _TARGETED)
    row, campaign = np.nonzero(received)
    soft = random.random(len(row)) < _SOFT
    return Mailings(
        account=account[row],
        campaign=campaign.astype(np.int64),
        type=np.where(soft, BOUNCED, DELIVERED),
        at=sent[campaign] + random.integers(5, 2400, len(row)),
        reason=np.full(len(row), -1),
        soft=soft,
    )


def _clicks(random: Random, people: People, accounts: Accounts, delivered: Mailings) -> Mailings:
    """Return the clicks of people, each by their own habit, of which little is left once they are no more customers."""
    person = accounts.person[delivered.account]
    left = np.where(delivered.at < people.leaves[person], 1.0, _AFTER_LEAVING)
    clicked = delivered.rows(random.random(len(person)) < people.clicks[person] * left)
    delay = 30 + random.exponential(5 * 3600, len(clicked)).astype(np.int64)
    return replace(clicked, type=np.full(len(clicked), CLICKED), at=clicked.at + delay)


def _bounces(random: Random, account: Numbers, at: Numbers, sent: Numbers) -> Mailings:
    """Return the one hard bounce of each dead mailbox, after which the former tool wrote no more."""
    size = len(account)
    return Mailings(
        account=account,
        campaign=np.searchsorted(sent, at),
        type=np.full(size, BOUNCED),
        at=at + random.integers(5, 600, size),
        reason=random.integers(0, len(HARD_REASONS), size),
        soft=np.zeros(size, dtype=np.bool_),
    )
