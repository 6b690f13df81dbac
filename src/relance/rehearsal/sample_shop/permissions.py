"""Who agreed to what, who took it back in the shop, and who opted out in the former mailing tool."""

from dataclasses import dataclass

import numpy as np

from relance.rehearsal.sample_shop.arrays import Flags, Numbers, drawn
from relance.rehearsal.sample_shop.people import Flaw, People
from relance.rehearsal.sample_shop.scope import DAY, Scope

REASONS = ["unsubscribed", "complained", "manual"]
_REASON_SHARES = (90, 7, 3)
_CONSENTS, _WITHDRAWS, _CONSENTS_TO_SMS = 0.76, 0.04, 0.3
_UNNOTICED = 0.4  # share of opt-outs that never came back to the shop


@dataclass(frozen=True)
class Permissions:
    """One row per person; an instant of 0 means never."""

    consented: Flags  # to e-mail, when they joined
    withdrawn: Numbers  # in the shop
    opted_out: Numbers  # in the former mailing tool
    reason: Numbers  # of the opt-out, a position in REASONS
    sms: Flags

    @property
    def stands(self) -> Flags:
        """Tell whose consent to e-mail stands in the shop's file."""
        stands: Flags = self.consented & (self.withdrawn == 0)
        return stands

    def until(self, end: int) -> Numbers:
        """Return the instant from which the former tool wrote no more."""
        ends = (np.where(at > 0, at, end) for at in (self.withdrawn, self.opted_out))
        return np.where(self.consented, np.minimum(*ends), 0)


def draw(scope: Scope, people: People, campaigns: Numbers) -> Permissions:
    """Draw the permissions; people opt out right after one of the campaigns they received."""
    random = scope.random("permissions")
    size = len(people)
    consented = (random.random(size) < _CONSENTS) | people.has(Flaw.OPTED_OUT, Flaw.DEAD)
    consented &= ~people.has(Flaw.NO_EMAIL)
    opted_out = after_a_campaign(random, people.joined, campaigns) + random.integers(
        2700, DAY, size
    )  # a mail takes up to 2,400 s
    opted_out = np.where(people.has(Flaw.OPTED_OUT), opted_out, 0)
    noticed = (opted_out > 0) & (random.random(size) >= _UNNOTICED)
    earliest = np.maximum(people.joined, scope.start)
    some_day = earliest + (random.random(size) * (scope.end - earliest)).astype(np.int64)
    changed = consented & ~people.has(Flaw.OPTED_OUT, Flaw.DEAD) & (random.random(size) < _WITHDRAWS)
    return Permissions(
        consented=consented,
        withdrawn=np.where(noticed, opted_out, np.where(changed, some_day, 0)),
        opted_out=opted_out,
        reason=drawn(random, _REASON_SHARES, size),
        sms=random.random(size) < _CONSENTS_TO_SMS,
    )


def after_a_campaign(random: np.random.Generator, joined: Numbers, campaigns: Numbers) -> Numbers:
    """Return for each person the instant of one of the campaigns sent since they joined (the last, failing that)."""
    first = np.searchsorted(campaigns, joined, side="right")
    chosen = first + (random.random(len(joined)) * (len(campaigns) - first)).astype(np.int64)
    return campaigns[np.minimum(chosen, len(campaigns) - 1)]
