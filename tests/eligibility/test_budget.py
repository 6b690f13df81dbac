"""Money: prices by provider, budgets that are never exceeded whoever races, and what volumes will cost."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from relance.core.errors import DefinitionError, NotFoundError
from relance.core.models import AuditEntry
from relance.eligibility import budget, gate, house_rules
from relance.eligibility.forecast import forecast
from relance.eligibility.models import BudgetUse, Expense
from relance.eligibility.verdicts import Verdict
from relance.journeys.models import Journey
from relance.outbox.models import Message
from tests.eligibility.people import anna, consent, message, person

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def apply(tmp_path: Path, now: datetime) -> object:
    def put(text: str) -> house_rules.RulesFile:
        file = tmp_path / "house.yaml"
        file.write_text(f"rules: shop\n{text}")
        return house_rules.apply(file, now, by="Camille")

    return put


def many(number: int, now: datetime, **fields: Any) -> list[Message]:
    anna(now)
    return [message(person(f"p{n}", now), now, **fields) for n in range(number)]


MAILS = "prices: [{channel: email, cost: 0.10}]\n"


def test_a_months_budget_lets_through_what_it_can_pay_and_asks_again(apply: object, now: datetime) -> None:
    apply(MAILS + "budgets: [{month: 0.35}]\n")  # type: ignore[operator]
    verdicts = gate.check(many(5, now), now)
    assert Counter(v.code for v in verdicts) == {"allowed": 3, "budget_of_month_spent": 2}
    assert {v.until for v in verdicts if v.until} == {now + timedelta(days=1)}
    assert budget.ceilings(now)[0].left == Decimal("0.05")


def test_a_budget_of_the_last_day_of_a_month_asks_again_on_the_first(apply: object, now: datetime) -> None:
    apply(MAILS + "budgets: [{month: 0}]\n")  # type: ignore[operator]
    evening = now.replace(month=12, day=31, hour=12)
    [waiting] = gate.check(many(1, evening), evening)
    assert waiting.until is not None
    assert waiting.until.astimezone().isoformat().startswith("2027-01-0")
    assert waiting.until >= evening.replace(hour=23)


def test_a_journeys_whole_budget_stops_its_messages_alone(apply: object, now: datetime) -> None:
    one, other = Journey.objects.create(name="one", running=True), Journey.objects.create(name="other", running=True)
    apply(MAILS + "budgets: [{journey: one, total: 0.10}]\n")  # type: ignore[operator]
    sent = [*many(2, now, journey_id=one.pk), message(person("o", now), now, journey_id=other.pk)]
    assert [v.code for v in gate.check(sent, now)] == ["allowed", "budget_spent", "allowed"]


def test_a_budget_of_a_channel_counts_that_channel(apply: object, now: datetime) -> None:
    apply("prices: [{channel: sms, cost: 1}]\nbudgets: [{channel: sms, month: 0.5}]\n")  # type: ignore[operator]
    assert [v.code for v in gate.check(many(1, now), now)] == ["allowed"]
    assert not budget.Purse(budget.prices(), budget.ceilings(now)).ceilings[0].concerns(None, "email")


def test_what_is_not_commercial_never_waits_for_money_but_is_counted(apply: object, now: datetime) -> None:
    apply(MAILS + "budgets: [{month: 0.15}]\n")  # type: ignore[operator]
    order, offer = message(anna(now), now, "transactional"), message(person("boris", now), now)
    more = [message(person(f"t{n}", now), now, "transactional") for n in range(3)]
    assert {v.code for v in gate.check([order, *more], now)} == {"allowed"}
    assert BudgetUse.objects.get().spent == Decimal("0.40")
    assert gate.check([offer], now)[0].code == "budget_of_month_spent"


def test_a_message_that_does_not_leave_gives_its_money_back_once(apply: object, now: datetime) -> None:
    apply(MAILS + "budgets: [{month: 0.10}]\n")  # type: ignore[operator]
    first, second = many(2, now)
    assert [v.code for v in gate.check([first, second], now)] == ["allowed", "budget_of_month_spent"]
    gate.release([first.pk])
    gate.release([first.pk])
    assert BudgetUse.objects.get().spent == 0
    assert gate.check([second], now)[0].code == "allowed"
    assert gate.check([second], now)[0].code == "allowed"  # judged again: charged once
    assert (BudgetUse.objects.get().spent, Expense.objects.filter(released=False).count()) == (Decimal("0.10"), 1)


def test_a_budget_set_in_the_middle_of_the_month_knows_what_was_sent(apply: object, now: datetime) -> None:
    contact = anna(now)
    message(contact, now, state="sent", sent_at=now - timedelta(days=2))
    message(contact, now, state="sent", sent_at=now - timedelta(days=60))
    apply(MAILS + "budgets: [{month: 1}, {total: 1, channel: email}]\n")  # type: ignore[operator]
    assert [one.left for one in budget.ceilings(now)] == [Decimal("0.90"), Decimal("0.80")]


@pytest.mark.parametrize("ceiling", ["0.95", "3.95"])
def test_workers_racing_for_the_last_money_never_exceed_a_budget(ceiling: str, apply: object, now: datetime) -> None:
    apply(MAILS + f"budgets: [{{month: {ceiling}}}]\n")  # type: ignore[operator]
    budget.ceilings(now)
    batches = [many_of(now, worker) for worker in range(6)]
    started = Barrier(6)
    with ThreadPoolExecutor(6) as workers:
        answers = [workers.submit(_in_a_worker, batch, now, started) for batch in batches]
        codes = Counter(verdict.code for answer in answers for verdict in answer.result())
    assert codes["allowed"] == int(Decimal(ceiling) / Decimal("0.10"))
    assert BudgetUse.objects.get().spent == codes["allowed"] * Decimal("0.10")


def many_of(now: datetime, worker: int) -> list[int]:
    anna(now) if worker == 0 else None
    return [message(person(f"w{worker}n{n}", now), now).pk for n in range(10)]


def _in_a_worker(batch: list[int], now: datetime, started: Barrier) -> list[Verdict]:
    try:
        started.wait()
        return gate.check(batch, now)
    finally:
        connections.close_all()


class TestHouseRules:
    def test_caps_of_the_file_stand_in_the_place_of_the_settings(self, apply: object, now: datetime) -> None:
        apply("pressure: [{limit: 2, days: 1}, {limit: 1, days: 1, purpose: promotion}]\n")  # type: ignore[operator]
        contact = anna(now)
        codes = [
            gate.check([message(contact, now, p)], now)[0].code
            for p in ("promotion", "promotion", "relationship", "relationship")
        ]
        assert codes == ["allowed", "pressure_purpose", "allowed", "pressure"]

    def test_it_is_kept_in_the_audit_log_and_the_same_again_changes_nothing(self, apply: object) -> None:
        for _ in range(2):
            apply(MAILS)  # type: ignore[operator]
        [entry] = AuditEntry.objects.all()
        assert (entry.actor, entry.action) == ("Camille", "applied house rules")

    @pytest.mark.parametrize("line", ["{journey: one}", "{month: 1, total: 2}", "{month: -1}"])
    def test_a_wrong_file_is_refused_and_changes_nothing(self, line: str, apply: object) -> None:
        apply(MAILS)  # type: ignore[operator]
        with pytest.raises(DefinitionError, match=r"house\.yaml, line 2, budgets\.0"):
            apply(f"budgets: [{line}]\n")  # type: ignore[operator]
        assert house_rules.in_force().prices

    def test_a_general_cap_counts_every_channel_and_a_channels_own_counts_it_alone(
        self, apply: object, now: datetime
    ) -> None:
        apply("pressure: [{limit: 9, days: 7}, {limit: 1, days: 7, channel: sms}]\n")  # type: ignore[operator]
        from relance.contacts.models import ContactPoint

        contact, at = anna(now), now + timedelta(hours=1)
        ContactPoint.objects.create(contact=contact, channel="sms", value="+33612345678", valid=True)
        consent(contact, now - timedelta(days=1), channel="sms")
        codes = [gate.check([message(contact, at, channel=c)], at)[0].code for c in ("email", "sms", "sms", "email")]
        assert codes == ["allowed", "allowed", "pressure_channel", "allowed"]


class TestForecast:
    def test_it_tells_the_cost_by_line_and_what_budgets_have_left(self, apply: object, now: datetime) -> None:
        Journey.objects.create(name="back")
        apply(  # type: ignore[operator]
            "prices: [{channel: sms, cost: 0.05}, {channel: sms, provider: cheap, cost: 0.03}, {channel: email, cost: 0.001}]\n"
            "providers: {sms: cheap}\n"
            "budgets: [{month: 100}, {journey: back, total: 30}, {channel: sms, month: 31}]\n"
        )
        found = forecast({"email": 20_000, "sms": 1_000}, now, journey="back")
        assert (found.cost, [line.cost for line in found.lines]) == (
            Decimal("50.000"),
            [Decimal("20.000"), Decimal("30.00")],
        )
        assert [one.after for one in found.ceilings] == [50, -20, 1]
        assert not found.affordable
        assert forecast({("sms", "dear"): 10}, now).cost == Decimal("0.5")
        assert forecast({"email": 1}, now).affordable

    def test_an_unknown_journey_is_refused(self, now: datetime) -> None:
        with pytest.raises(NotFoundError, match="There is no journey nowhere here"):
            forecast({}, now, journey="nowhere")


class TestOrder:
    def test_preferred_is_as_given_and_cheapest_by_price(self, apply: object, now: datetime) -> None:
        apply("prices: [{channel: sms, cost: 0.05}, {channel: email, cost: 0.001}]\n")  # type: ignore[operator]
        assert budget.ordered(("sms", "email"), now) == ["sms", "email"]
        assert budget.ordered(("sms", "email"), now, how="cheapest") == ["email", "sms"]

    def test_the_house_rules_say_it_where_the_step_does_not(self, apply: object, now: datetime) -> None:
        apply("choose: cheapest\nprices: [{channel: sms, cost: 0.05}, {channel: email, cost: 0.001}]\n")  # type: ignore[operator]
        assert budget.ordered(("sms", "email"), now) == ["email", "sms"]
        assert budget.ordered(("sms", "email"), now, how="preferred") == ["sms", "email"]

    def test_channels_at_one_price_stay_as_given(self, apply: object, now: datetime) -> None:
        same = ", ".join(f"{{channel: {channel}, cost: 0.02}}" for channel in ("email", "sms", "push"))
        apply(f"choose: cheapest\nprices: [{same}, {{channel: phone, cost: 0.01}}]\n")  # type: ignore[operator]
        assert budget.ordered(("push", "email", "phone", "sms"), now) == ["phone", "push", "email", "sms"]

    def test_the_provider_in_force_says_the_price(self, apply: object, now: datetime) -> None:
        apply(  # type: ignore[operator]
            "prices: [{channel: sms, cost: 0.05}, {channel: sms, provider: cheap, cost: 0.001}, {channel: email, cost: 0.01}]\n"
            "providers: {sms: cheap}\n"
        )
        assert budget.ordered(("email", "sms"), now, how="cheapest") == ["sms", "email"]
