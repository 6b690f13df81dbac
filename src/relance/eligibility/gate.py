"""The only door to a channel: one verdict for each message, stored with its reason."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings

from relance.contacts import matrix
from relance.core import database
from relance.core.durations import Duration
from relance.eligibility import (
    budget,
    facts,
    house_rules,
    permission,
    person,
    pressure,
    records,
)
from relance.eligibility.breaker import door
from relance.eligibility.budget import Charge, Purse
from relance.eligibility.facts import Facts, Slot, Standing
from relance.eligibility.house_rules import RulesFile
from relance.eligibility.moment import checks as moment
from relance.eligibility.moment import moments, whens
from relance.eligibility.pressure import Place
from relance.eligibility.rules import PRIORITY, Rules
from relance.eligibility.verdicts import Allow, Defer, Verdict

Check = Callable[[Facts, datetime, Rules], Verdict | None]

# In this order; the first check that does not pass gives the verdict.
CHECKS: tuple[Check, ...] = (
    person.suppressed,
    permission.judge,
    person.state,
    person.timely,
    door.judge,
    moment.commercial_period,
    moment.calls,
    moment.hours,
    moment.best_hour,
    pressure.judge,
    budget.judge,
)
UNTAKEN = Standing()
PROLONGED = frozenset({"commercial_period", "breaker_open"})
RANK = {purpose: rank for rank, purpose in enumerate(PRIORITY)}


class Claimed(Protocol):
    """A message row a worker holds."""

    @property
    def id(self) -> int: ...


def check(messages: Sequence[int | Claimed], now: datetime) -> list[Verdict]:
    """Judge each message (an id, or a row with one), in order; take places and money for those allowed; store all.

    1. Give back what an earlier check that did not come to its end took for these messages.
    2. Gather what is known of them and the rules in force.
    3. Decide, the purpose with the higher priority first; take the places, then the money; decide again for those
       another worker was faster with, until none is left. Each statement commits by itself, so no worker holds a place
       another waits for: call this outside a transaction.
    4. Store the verdicts and count them.
    """
    ids = [message if isinstance(message, int) else message.id for message in messages]
    if not ids:
        return []
    house = house_rules.in_force()
    pressure.release(ids)
    if house.budgets:
        budget.release(ids)
    known = whens.with_calls(facts.gather(ids, now), now)
    rules = rules_in_force({fact.country for fact in known}, now, house).knowing(known)
    rules = replace(rules, stops=door.held(known, now))
    verdicts = _decide_all(known, now, rules, house)
    _prolong(verdicts, now)
    door.heed(known, now)
    records.store(known, verdicts, now)
    return [verdicts[identifier] for identifier in ids]


def decide(known: Facts, now: datetime, rules: Rules) -> Verdict:
    """Return the verdict of the first check that does not pass, or Allow; reads nothing but its arguments."""
    for judge in CHECKS:
        verdict = judge(known, now, rules)
        if verdict is not None:
            return rules.settled(known, verdict)
    if known.commercial:
        return Allow(known.contact_point_id, sells=True)
    sells = known.purpose == "transactional" and permission.may_advertise(known, now, rules)
    return Allow(known.contact_point_id, sells=sells)


def release(message_ids: Collection[int]) -> int:
    """Give back the places under the caps, and the money, of messages cancelled or failed before they left."""
    if not message_ids:
        return 0
    budget.release(message_ids)
    return pressure.release(message_ids)


def release_resting() -> int:
    """Give back what messages hold that wait in journeys that rest; they ask anew when their journey goes on."""
    return release(resting) if (resting := pressure.resting()) else 0


def rules_in_force(countries: Iterable[str], now: datetime, house: RulesFile | None = None) -> Rules:
    """Return the rules of the settings, the house, the calendar and the declarations, for contacts of these countries."""
    ours = settings.RELANCE
    caps, dormant = house_rules.caps(house or house_rules.in_force())
    return Rules(
        caps=caps,
        dormant_caps=dormant,
        kept_since=Duration(ours.legal_years, "year").before(now),
        opt_outs_known=permission.opt_outs_known(),
        country=ours.country,
        cells=matrix.cells(now),
        moment=moments.at(now, set(countries)),
        fewer_share=ours.pressure_fewer,
    )


@dataclass
class Round:
    """What one pass over the messages decided: verdicts, the places and the money that those allowed ask for."""

    standings: dict[int, Standing]
    purse: Purse | None
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    takers: dict[int, Place] = field(default_factory=dict)
    charges: dict[int, Charge] = field(default_factory=dict)

    def judge(self, fact: Facts, now: datetime, rules: Rules) -> None:
        """Decide one message and take what it needs out of what is left."""
        standing = self.standings.get(fact.contact_id, UNTAKEN)
        short = self.purse.short(fact) if self.purse else None
        if short or ((standing.taken or standing.awaited) and fact.commercial):
            fact = fact._replace(standing=standing, short=short)
        verdict = self.verdicts[fact.message_id] = decide(fact, now, rules)
        if isinstance(verdict, Allow):
            self._take(fact, standing, now)
        elif fact.purpose == "reactivation" and isinstance(verdict, Defer):
            self.standings[fact.contact_id] = standing.expecting(Slot(verdict.until, fact.channel, fact.purpose))

    def _take(self, fact: Facts, standing: Standing, now: datetime) -> None:
        if self.purse:
            self.charges[fact.message_id] = self.purse.take(fact)
        if fact.commercial:
            self.takers[fact.message_id] = Place(fact.contact_id, standing.place + 1, fact.channel, fact.purpose)
            self.standings[fact.contact_id] = standing.after(Slot(now, fact.channel, fact.purpose))

    def settle(self, now: datetime) -> set[int]:
        """Take the places, then the money; return the messages another worker was faster with."""
        lost = self.takers.keys() - pressure.reserve(self.takers, now)
        charges = [charge for message, charge in self.charges.items() if message not in lost and charge.keys]
        if charges and self.purse and not budget.spend(charges, self.purse.ceilings, now):
            again = {charge.message_id for charge in charges}
            pressure.release(again)
            return lost | again
        return set(lost)


def _decide_all(known: Sequence[Facts], now: datetime, rules: Rules, house: RulesFile) -> dict[int, Verdict]:
    """Return each message's verdict, with a place and the money taken for each one allowed that needs them."""
    verdicts: dict[int, Verdict] = {}
    besides = [fact.message_id for fact in known]
    left = sorted(known, key=_rank)
    while left:
        contacts = {fact.contact_id for fact in left if fact.commercial}
        this = Round(pressure.standings(contacts, besides=besides, now=now, rules=rules), budget.purse(now, house))
        for fact in left:
            this.judge(fact, now, rules)
        lost = this.settle(now)
        verdicts |= {message: verdict for message, verdict in this.verdicts.items() if message not in lost}
        left = [fact for fact in left if fact.message_id in lost]
    return verdicts


def _rank(fact: Facts) -> tuple[int, datetime, int]:
    """Return the order messages take places in: by purpose, then the one that waits longest."""
    return RANK.get(fact.purpose, len(RANK)), fact.not_before, fact.message_id


def _prolong(verdicts: dict[int, Verdict], now: datetime) -> None:
    """Give messages that wait for a commercial period or the breaker their full life after it: the gate made them wait."""
    waiting = [(i, v.until) for i, v in verdicts.items() if isinstance(v, Defer) and v.code in PROLONGED]
    if waiting:
        database.execute(
            """
            UPDATE message SET expires_at = greatest(expires_at, wait.until + %s)
            FROM unnest(%s::bigint[], %s::timestamptz[]) AS wait (id, until) WHERE message.id = wait.id
            """,
            [timedelta(days=settings.RELANCE.message_days), [i for i, _ in waiting], [until for _, until in waiting]],
        )
