"""Every known marker, and those of one's own: silence counts only where it is known to be silence."""

from datetime import datetime, timedelta

import pytest

from relance.core import database
from relance.core.definitions import parse
from relance.core.errors import DefinitionError
from relance.dormancy import markers, policies
from relance.dormancy.criteria import Criterion
from relance.dormancy.markers import MARKERS
from tests.dormancy.base import ANNA, BORIS, CHLOE, DENIS, cover, did, known, policy, scored

YEARS = timedelta(days=1500)


def judged_by(line: str, now: datetime) -> policies.PolicyDefinition:
    """Keep a policy of one criterion."""
    return policy(f"policy: mine\ncriteria:\n  it: {line}\nstates:\n  dormant: {{points: 1}}\n", now)


def verdicts(now: datetime) -> dict[int, str]:
    return {contact: marks[-1] for contact, (marks,) in scored(now, "criteria").items()}


def line(marker: markers.Marker) -> str:
    return marker.criterion().model_dump_json(by_alias=True, exclude_none=True, exclude_defaults=True)


SILENCES = [marker for marker in MARKERS.values() if "without" in marker.line and not marker.off]


@pytest.mark.parametrize("marker", SILENCES, ids=lambda marker: marker.key)
def test_a_silence_holds_is_broken_or_is_not_known(db: None, now: datetime, marker: markers.Marker) -> None:
    criterion, channel = marker.criterion(), marker.line.get("channel")
    judged_by(line(marker), now)
    known([ANNA, BORIS], now - YEARS)
    for contact in (ANNA, BORIS):
        for name in criterion.after:
            did(contact, name, now - timedelta(days=1200))
        if criterion.exposed_to:
            did(contact, "message_delivered", now - timedelta(days=20), times=6, channel=channel)
    did(BORIS, criterion.without[0], now - timedelta(days=10), channel=channel)
    assert verdicts(now)[ANNA] == "?"  # a fresh import: nobody told of it
    cover(now, *criterion.types)
    assert verdicts(now) == {ANNA: "+", BORIS: "-"}


@pytest.mark.parametrize("key", ["calls_unanswered", "appointments_missed"])
def test_what_happened_too_often_is_a_marker(db: None, now: datetime, key: str) -> None:
    criterion = MARKERS[key].criterion()
    judged_by(line(MARKERS[key]), now)
    known([ANNA, BORIS, CHLOE], now - YEARS)
    times = criterion.count.gte if criterion.count else 0
    did(ANNA, str(criterion.event), now - timedelta(days=20), times=times)
    did(BORIS, str(criterion.event), now - timedelta(days=20), times=times - 1)
    did(CHLOE, str(criterion.event), criterion.duration.before(now) - timedelta(days=1), times=times)
    assert verdicts(now) == {ANNA: "+", BORIS: "?", CHLOE: "?"}
    cover(now, str(criterion.event))
    assert verdicts(now) == {ANNA: "+", BORIS: "-", CHLOE: "-"}


def test_an_account_that_never_bought(db: None, now: datetime) -> None:
    judged_by(line(MARKERS["never_bought"]), now)
    known([ANNA, BORIS, CHLOE, DENIS], now - YEARS)
    for contact, days in ((ANNA, 200), (BORIS, 200), (CHLOE, 20)):
        did(contact, "account_created", now - timedelta(days=days))
    did(BORIS, "store_purchase", now - timedelta(days=1400))
    cover(now, "order_placed", "store_purchase", days=1450)
    assert verdicts(now) == {ANNA: "?", BORIS: "-", CHLOE: "-", DENIS: "-"}  # the first months are not told of
    cover(now, "order_placed", "store_purchase", days=1600)
    assert verdicts(now) == {ANNA: "+", BORIS: "-", CHLOE: "-", DENIS: "-"}  # Chloe is too new, Denis has no account


def test_a_service_that_was_never_used_and_one_not_renewed(db: None, now: datetime) -> None:
    text = ", ".join(f"{key}: {line(MARKERS[key])}" for key in ("service_never_used", "not_renewed"))
    policy(f"policy: mine\ncriteria: {{{text}}}\nstates: {{dormant: {{points: 1}}}}\n", now)
    known([ANNA, BORIS, CHLOE], now - YEARS)
    cover(now, "service_used", "subscription_started", "subscription_renewed")
    for contact in (ANNA, BORIS):
        did(contact, "subscription_started", now - timedelta(days=500))
    did(BORIS, "subscription_renewed", now - timedelta(days=135))
    did(BORIS, "service_used", now - timedelta(days=499))
    found = {contact: " ".join(sorted(marks.split())) for contact, (marks,) in scored(now, "criteria").items()}
    assert found == {
        ANNA: "not_renewed+ service_never_used+",
        BORIS: "not_renewed- service_never_used-",
        CHLOE: "not_renewed- service_never_used-",
    }


def test_a_reaction_on_a_channel_answers_what_came_by_that_channel(db: None, now: datetime) -> None:
    judged_by("{without: [message_clicked], channel: sms, for: 6 months, points: 1}", now)
    known([ANNA, BORIS, CHLOE], now - YEARS)
    cover(now, "message_clicked", "message_delivered")
    did(ANNA, "message_delivered", now - timedelta(days=9), times=6, channel="sms")
    did(ANNA, "message_clicked", now - timedelta(days=8), channel="email")
    did(BORIS, "message_delivered", now - timedelta(days=9), times=20, channel="email")
    did(CHLOE, "message_delivered", now - timedelta(days=9), times=6, channel="sms")
    did(CHLOE, "message_clicked", now - timedelta(days=8), channel="sms")
    assert verdicts(now) == {ANNA: "+", BORIS: "?", CHLOE: "-"}


def test_a_reaction_asks_for_six_messages_where_nothing_is_said() -> None:
    silent = Criterion.model_validate({"without": "message_clicked", "for": "6 months", "points": 1})
    assert silent.exposed_to is not None
    assert (silent.exposed_to.event, silent.exposed_to.count.gte) == ("message_delivered", 6)
    never = Criterion.model_validate({"never": "message_clicked", "for": "6 months", "points": 1})
    assert never.exposed_to == silent.exposed_to
    again = Criterion.model_validate_json(never.model_dump_json(by_alias=True))
    assert again == never
    bought = Criterion.model_validate({"never": "order_placed", "for": "6 months", "points": 1})
    assert bought.exposed_to is None
    mixed = Criterion.model_validate({"without": ["message_clicked", "logged_in"], "for": "6 months", "points": 1})
    assert mixed.exposed_to is None


def test_who_never_reacted_must_have_got_messages(db: None, now: datetime) -> None:
    judged_by("{never: [message_clicked, message_replied], for: 6 months, points: 1}", now)
    known([ANNA, BORIS, CHLOE, DENIS], now - YEARS)
    cover(now, "message_clicked", "message_replied", "message_delivered")
    did(ANNA, "message_delivered", now - timedelta(days=9), times=6)
    did(BORIS, "message_delivered", now - timedelta(days=9), times=5)
    did(CHLOE, "message_clicked", now - timedelta(days=900))
    did(DENIS, "message_delivered", now - timedelta(days=300), times=20)  # not within the six months
    assert verdicts(now) == {ANNA: "+", BORIS: "?", CHLOE: "-", DENIS: "?"}


def test_never_may_ask_for_another_exposure(db: None, now: datetime) -> None:
    judged_by(
        "{never: message_clicked, channel: sms, for: 6 months, points: 1, "
        "exposed_to: {event: message_sent, count: {gte: 2}, within: 12 months}}",
        now,
    )
    known([ANNA, BORIS, CHLOE], now - YEARS)
    cover(now, "message_clicked")
    did(ANNA, "message_sent", now - timedelta(days=300), times=2, channel="sms")
    did(BORIS, "message_sent", now - timedelta(days=300), times=2, channel="email")
    did(CHLOE, "message_delivered", now - timedelta(days=9), times=9, channel="sms")
    assert verdicts(now) == {ANNA: "+", BORIS: "?", CHLOE: "?"}


def test_opens_count_only_where_the_person_consented(db: None, now: datetime) -> None:
    judged_by(line(MARKERS["no_open"]), now)
    known([ANNA, BORIS, CHLOE, DENIS], now - YEARS)
    cover(now, "message_opened", "message_clicked")
    for contact in (ANNA, BORIS, CHLOE, DENIS):
        did(contact, "message_delivered", now - timedelta(days=9), times=6)
    for contact, given in ((ANNA, True), (BORIS, True), (CHLOE, False)):
        database.execute(
            "INSERT INTO consent (contact_id, channel, topic, given, at) VALUES (%s, 'email', 'opens', %s, %s)",
            [contact, given, now - timedelta(days=300)],
        )
    for contact in (BORIS, CHLOE, DENIS):
        did(contact, "message_opened", now - timedelta(days=8))
    assert verdicts(now) == {ANNA: "+", BORIS: "-", CHLOE: "?", DENIS: "?"}


def test_no_shipped_marker_but_its_own_looks_at_opens() -> None:
    assert [key for key, marker in MARKERS.items() if marker.criterion().reads_opens] == ["no_open"]
    assert MARKERS["no_open"].off


def test_a_declared_type_is_a_marker_in_one_line(db: None, now: datetime) -> None:
    database.execute("INSERT INTO event_type (name, label) VALUES ('app_opened', 'Application opened')")
    judged_by("{without: app_opened, for: 3 months, points: 1}", now)
    known([ANNA, BORIS], now - YEARS)
    cover(now, "app_opened")
    did(BORIS, "app_opened", now - timedelta(days=9))
    assert verdicts(now) == {ANNA: "+", BORIS: "-"}


def test_carts_left_and_contacts_with_support_stand_beside(db: None, now: datetime) -> None:
    policy(
        """policy: mine
criteria: {no_login: {without: logged_in, for: 3 months, points: 1}}
states: {dormant: {points: 1}}
beside:
  abandoned_carts: {event: cart_updated, within: 12 months, unless: order_placed}
  support_contacts: {event: support_contact, within: 12 months}
""",
        now,
    )
    known([ANNA, BORIS], now - YEARS)
    for hours in (100, 95, 20):  # filled twice and left; one of today may still become an order
        did(ANNA, "cart_updated", now - timedelta(hours=hours))
    did(ANNA, "cart_updated", now - timedelta(days=50))
    did(ANNA, "order_placed", now - timedelta(days=50, hours=-3), amount=9)
    did(ANNA, "support_contact", now - timedelta(days=50), times=2)
    did(ANNA, "cart_updated", now - timedelta(days=500))
    columns = ("cart_updated_in_12_months_without_order_placed", "support_contact_in_12_months", "points")
    assert scored(now, *columns) == {ANNA: (1, 2, 0), BORIS: (0, 0, 0)}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (
            "{without: logged_in, never: logged_in, for: 3 months, points: 1}",
            "one of `without:`, `never:` and `event:`",
        ),
        ("{event: call_unanswered, within: 3 months, points: 1}", "`event:` and `count:` go together"),
        (
            "{never: loged_in, for: 3 months, points: 1}",
            "line 3, criteria.it.never: no event type is called `loged_in`",
        ),
        (
            "{never: [message_clicked, logged_in], for: 3 months, points: 1, exposed_to: {event: message_delivered, count: {gte: 6}}}",
            "`exposed_to:` goes with `without:`, or with `never:` where every type is a reaction",
        ),
        ("{without: logged_in, for: 3 months, points: 1, channel: fax}", "line 3, criteria.it.channel"),
        ("{without: message_clicked, points: 1}", "line 3, criteria.it.for: this field is missing"),
    ],
)
def test_a_wrong_criterion_is_answered_with_its_line(db: None, written: str, sentence: str) -> None:
    text = f"policy: mine\ncriteria:\n  it: {written}\nstates:\n  dormant: {{points: 1}}\n"
    with pytest.raises(DefinitionError) as refused:
        policies.check(parse(text, "x.yaml"))
    assert sentence in str(refused.value)


def test_every_marker_has_its_names() -> None:
    for key, marker in MARKERS.items():
        assert marker.key == key
        assert marker.label_en
        assert marker.label_fr
    assert markers.label("my_own", "fr") == "my own"
