"""A message that may leave by several channels takes one the person is eligible on: the preferred, or the cheapest."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from relance.contacts.models import Contact
from relance.core import database
from relance.eligibility import choosing, facts, gate, house_rules, permission
from relance.eligibility import person as people_checks
from relance.eligibility.models import Unopened
from relance.eligibility.verdicts import Allow
from relance.journeys import entry
from relance.journeys.models import Enrolment, Version
from relance.journeys.steps import send
from relance.journeys.steps.step import Wish
from relance.outbox.models import Message
from relance.workers import stages
from tests.eligibility.channels import BOTH, DAY, PRICES, journey, named
from tests.eligibility.crowd import someone
from tests.eligibility.people import anna, consent, message
from tests.journeys.people import running

pytestmark = pytest.mark.usefixtures("db")
ELIGIBLE = (people_checks.suppressed, permission.judge, people_checks.state)


@pytest.fixture(autouse=True)
def _two_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "LEAVING", frozenset({"email", "sms"}))


@pytest.fixture
def rules(tmp_path: Path, now: datetime) -> Callable[[str], None]:
    def put(text: str) -> None:
        file = tmp_path / "house.yaml"
        file.write_text(f"rules: shop\n{text}")
        house_rules.apply(file, now)

    return put


@pytest.fixture
def people(now: datetime) -> dict[str, Contact]:
    return named(now)


def walked(text: str, now: datetime) -> Version:
    """Publish and start the journey, let everybody in and write their first messages."""
    version = running(text, now)
    entry.run(now)
    stages.move_on(now)
    return version


def taken(people: dict[str, Contact]) -> dict[str, str]:
    """Return the channel of each one's message, by name; who has no address at all left before it was written."""
    channels = dict(Message.objects.filter(step="hello").values_list("contact_id", "channel"))
    assert Enrolment.objects.get(contact=people["neither"]).end_reason == "unreachable"
    return {name: channels[contact.pk] for name, contact in people.items() if name != "neither"}


PREFERRED = {
    "mail": "email", "mobile": "sms", "both": "sms", "withdrew": "email", "stopped": "sms", "dead": "email", "asked_nobody": "sms",
}  # fmt: skip


def test_each_message_takes_the_first_channel_its_person_is_eligible_on(
    people: dict[str, Contact], now: datetime
) -> None:
    version = walked(journey(BOTH), now)
    assert taken(people) == PREFERRED
    templates = {"email": version.templates["hello-no-offer"], "sms": version.templates["last-call"]}
    rows = Message.objects.values_list("channel", "template_version_id", "step", "send_key").distinct()
    assert set(rows) == {(one, templates[one], "hello", f"{version.pk}/hello/1") for one in templates}


def test_the_cheapest_is_by_the_prices_of_the_house_rules(
    people: dict[str, Contact], rules: Callable[[str], None], now: datetime
) -> None:
    rules(PRICES)
    walked(journey(f"{BOTH}, choose: cheapest"), now)
    assert taken(people) == {**PREFERRED, "both": "email"}


def test_the_house_rules_choose_where_the_step_does_not_say(
    people: dict[str, Contact], rules: Callable[[str], None], now: datetime
) -> None:
    rules(PRICES + "choose: cheapest\n")
    walked(journey(BOTH), now)
    assert taken(people)["both"] == "email"


def test_the_word_of_the_step_goes_before_that_of_the_house(
    people: dict[str, Contact], rules: Callable[[str], None], now: datetime
) -> None:
    rules(PRICES + "choose: cheapest\n")
    walked(journey(f"{BOTH}, choose: preferred"), now)
    assert taken(people)["both"] == "sms"


@pytest.mark.parametrize("listed", ["[sms, email]", "[email, sms]"])
def test_channels_at_one_price_go_by_the_order_of_the_list(
    people: dict[str, Contact], rules: Callable[[str], None], now: datetime, listed: str
) -> None:
    rules("choose: cheapest\nprices: [{channel: sms, cost: 0.01}, {channel: email, cost: 0.01}]\n")
    walked(journey(f"channel: {listed}, template: last-call"), now)
    assert taken(people)["both"] == listed[1:-1].split(", ")[0]


def test_the_gate_lets_every_message_through_whose_person_is_eligible_somewhere(
    people: dict[str, Contact], now: datetime
) -> None:
    walked(journey(BOTH), now)
    at = now + timedelta(hours=1)  # nine in the morning is too early for an SMS that sells
    names = {contact.pk: name for name, contact in people.items()}
    waiting = list(Message.objects.order_by("pk"))
    verdicts = {names[one.contact_id]: verdict for one, verdict in zip(waiting, gate.check(waiting, at), strict=True)}
    assert {name for name, verdict in verdicts.items() if isinstance(verdict, Allow)} == {*PREFERRED} - {"asked_nobody"}
    assert verdicts["asked_nobody"].code == "permission_unknown"


def test_running_again_writes_nothing_more_and_chooses_nothing_else(
    people: dict[str, Contact], rules: Callable[[str], None], now: datetime
) -> None:
    walked(journey(BOTH), now)
    before = list(Message.objects.order_by("pk").values_list("pk", "channel"))
    rules(PRICES + "choose: cheapest\n")
    assert stages.move_on(now) == 0
    database.execute("UPDATE enrolment SET position = '0', due_at = %s WHERE due_at IS NOT NULL", [now])
    stages.move_on(now)  # as after a restored database: the key of the message holds it back
    assert list(Message.objects.order_by("pk").values_list("pk", "channel")) == before


def test_subjects_are_drawn_for_mails_alone(people: dict[str, Contact], now: datetime) -> None:
    walked(journey(f"{BOTH}, subjects: [a, b]"), now)
    variants = set(Message.objects.values_list("channel", "variant"))
    assert ("sms", "") in variants
    assert {variant for channel, variant in variants if channel == "email"} <= {"a", "b"}


def test_who_opens_no_mail_is_written_to_by_the_other_channel(people: dict[str, Contact], now: datetime) -> None:
    Unopened.objects.create(contact_id=people["both"].pk, since=(now - 30 * DAY).date())
    with override_settings(RELANCE=settings.RELANCE.model_copy(update={"stop_unopened_days": 180})):
        walked(journey("channel: [email, sms], template: last-call"), now)
    assert (taken(people)["both"], taken(people)["withdrew"]) == ("sms", "email")


def test_a_version_keeps_the_channels_that_were_built_when_it_was_published(
    people: dict[str, Contact], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = journey("channel: [sms, email], template: last-call")
    monkeypatch.setattr(send, "LEAVING", frozenset({"email"}))
    version = running(text, now)
    monkeypatch.setattr(send, "LEAVING", frozenset({"email", "sms"}))
    entry.run(now)
    stages.move_on(now)
    assert set(Message.objects.values_list("channel", flat=True)) == {"email"}
    later = running(text, now)
    assert (version.channels, later.channels, later.number) == (["email"], ["email", "sms"], 2)


def test_a_template_of_a_channel_that_is_not_built_is_not_fixed(
    people: dict[str, Contact], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "LEAVING", frozenset({"email"}))
    version = running(journey("channel: [sms, email], template: {email: hello-no-offer, sms: last-call}"), now)
    assert list(version.templates) == ["hello-no-offer"]


def reasons(now: datetime) -> dict[int, str]:
    """Return what the gate says of each person's message."""
    waiting = list(Message.objects.order_by("pk"))
    verdicts = gate.check(waiting, now + timedelta(hours=1))
    return {one.contact_id: verdict.code for one, verdict in zip(waiting, verdicts, strict=True)}


def test_a_channel_that_a_whole_budget_cannot_pay_for_comes_last(
    people: dict[str, Contact], rules: Callable[[str], None], now: datetime
) -> None:
    rules(PRICES + "budgets: [{journey: wake, channel: sms, total: 0.01}]\n")
    walked(journey(BOTH), now)
    assert (taken(people)["both"], taken(people)["mobile"]) == ("email", "sms")
    assert reasons(now)[people["mobile"].pk] == "budget_spent"


def test_who_is_eligible_nowhere_is_blocked_for_a_reason_of_their_own(
    people: dict[str, Contact], now: datetime
) -> None:
    Unopened.objects.create(contact_id=people["mail"].pk, since=(now - 30 * DAY).date())
    consent(people["dead"], now - DAY, given=False)
    with override_settings(RELANCE=settings.RELANCE.model_copy(update={"stop_unopened_days": 180})):
        walked(journey(BOTH), now)
        found = reasons(now)
    assert (found[people["mail"].pk], found[people["dead"].pk]) == ("unopened", "permission_withdrawn")


def test_with_one_channel_left_nothing_is_chosen(
    people: dict[str, Contact], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "LEAVING", frozenset({"email"}))
    monkeypatch.setattr(choosing, "chosen", None)
    walked(journey("channel: [sms, email], template: last-call"), now)
    assert set(Message.objects.values_list("channel", flat=True)) == {"email"}


def eligible(contact: Contact, wish: Wish, now: datetime) -> set[str]:
    """Return the channels on which the gate finds nothing against the person that waiting would not change."""
    rules = gate.rules_in_force({"FR"}, now)
    asked = [message(contact, now, wish.purpose, channel=channel, topic=wish.topic) for channel in wish.channels]
    known = facts.gather([one.pk for one in asked], now)
    return {one.channel for one in known if all(judge(one, now, rules) is None for judge in ELIGIBLE)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("purpose", "topic", "how"),
    [
        ("reactivation", "marketing", "preferred"),
        ("reactivation", "news", "cheapest"),
        ("promotion", "news", "preferred"),
        ("transactional", "marketing", "cheapest"),
        ("notice", "marketing", "preferred"),
    ],
)
def test_of_a_mixed_crowd_everybody_gets_what_the_gate_would_say_channel_by_channel(
    rules: Callable[[str], None], now: datetime, purpose: str, topic: str, how: str
) -> None:
    rules(f"{PRICES[:-2]}, {{channel: postal, cost: 0}}]\n")
    anna(now)
    chance = random.Random(f"{purpose} {topic} {how}")
    crowd = [someone(number, now, chance) for number in range(300 if purpose == "reactivation" else 100)]
    wish = Wish(("sms", "push", "email", "postal"), how, purpose, topic)
    order = wish.channels if how == "preferred" else ("postal", "email", "sms", "push")
    expected = {}
    for contact in crowd:
        allowed = eligible(contact, wish, now)
        expected[contact.pk] = next((one for one in order if one in allowed), None)
    database.execute("CREATE TEMP TABLE crowd AS SELECT unnest(%s::bigint[]) AS contact_id", [[*expected]])
    channel, values = choosing.chosen(wish, "crowd.contact_id", now)
    found = dict(database.rows(f"SELECT contact_id, {channel} FROM crowd", values))
    database.execute("DROP TABLE crowd")
    somewhere = {who: one for who, one in expected.items() if one}
    assert {who: found[who] for who in somewhere} == somewhere
    assert set(found.values()) <= set(wish.channels)
    assert len(set(somewhere.values())) > 1


def test_what_the_gate_would_say_of_a_first_message_is_by_the_channel_each_would_take(
    people: dict[str, Contact], now: datetime
) -> None:
    at, wish = now + timedelta(hours=1), Wish(("sms", "email"), "", "reactivation", "marketing")
    names = {contact.pk: name for name, contact in people.items()}
    with transaction.atomic():
        database.execute(
            "CREATE TEMP TABLE crowd ON COMMIT DROP AS SELECT unnest(%s::bigint[]) AS contact_id", [[*names]]
        )
        said = {names[who]: code for who, code in database.rows(choosing.judge("crowd", wish, at))}
        counted = choosing.counted("crowd", wish, at)
    held = {"neither": "permission_unknown", "asked_nobody": "permission_unknown"}
    assert said == {name: held.get(name, "allowed") for name in people}
    assert counted == {"sms": 3, "email": 3}
