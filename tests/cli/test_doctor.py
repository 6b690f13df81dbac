"""`relance doctor`: what a person reads of a person."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from relance.core import database
from relance.dormancy.models import Profile
from relance.events import hot
from relance.intake import sources
from tests.cli.running import Runner
from tests.dormancy.base import policy
from tests.eligibility.people import consent, person


def test_names_and_dates_are_whole_and_money_has_its_currency(relance: Runner) -> None:
    now = datetime.now(UTC)
    anna = person("anna", now)
    own = sources.own_id(now)
    hot.insert([
        hot.NewEvent(anna.pk, own, "message_unsubscribed", now, None, "email", "6f1c2a52-1d5e-4a93-8f0f-2d4a6a1b9c01"),
        hot.NewEvent(anna.pk, own, "order_placed", now, Decimal("39.9"), "web", "A-1"),
    ])  # fmt: skip
    relance.patch.setenv("COLUMNS", "80")
    shown = relance("doctor", "anna@example.org").out
    assert "message_unsubscribed" in shown
    assert "€39.90" in shown
    assert "…" not in shown


def test_a_person_nobody_heard_of_has_no_last_contact(relance: Runner) -> None:
    now = datetime.now(UTC)
    boris = person("boris", now, basis=None)
    Profile.objects.all().delete()
    assert "Last contact from the person: unknown; first seen on" in relance("doctor", "boris@example.org").out
    consent(boris, now - timedelta(days=100))
    assert "does not move it: bring in what they did" in relance("doctor", "boris@example.org").out


def test_undetermined_says_why(relance: Runner) -> None:
    now = datetime.now(UTC)
    person("chloe", now, state="undetermined")
    shown = relance("doctor", "chloe@example.org").out
    assert "No policy is for people like this one" in shown
    assert "Moved there by" not in shown


def test_what_keeps_a_state_from_being_told_is_said_in_place_of_a_criterion(relance: Runner) -> None:
    now = datetime.now(UTC)
    policy(
        "policy: shop\ncriteria:\n  no_purchase: {without: [order_placed], for: 12 months, points: 1}\nstates: {dormant: {points: 1}}\n",
        now,
    )
    dora = person("dora", now, state="undetermined")
    sources.cover(sources.own_id(now), {"order_placed": now - timedelta(days=2000)}, now - timedelta(days=90))
    database.execute("UPDATE contact SET first_seen_at = %s WHERE id = %s", [now - timedelta(days=900), dora.pk])
    shown = relance("doctor", "dora@example.org").out
    assert "Nobody can tell whether this person is silent: the files that would tell end on " in shown
    assert "Moved there by" not in shown
