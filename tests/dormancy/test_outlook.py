"""What is said of the days to come is what scoring finds when they come."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

import relance
from relance.core import database
from relance.core.definitions import read
from relance.dormancy import policies
from relance.dormancy.explanation import clocks, whole
from tests.dormancy.base import ANNA, BORIS, CHLOE, DENIS, cover, did, known, states

ECOMMERCE = Path(relance.__file__).parent / "recipes" / "policies" / "ecommerce.yaml"


@pytest.fixture
def _shop(db: None, now: datetime) -> None:
    policies.apply(read(ECOMMERCE), now)
    cover(now, "order_placed", "store_purchase", "message_clicked", "logged_in")
    known([ANNA, BORIS, CHLOE, DENIS], now - timedelta(days=1000))
    for contact, days in ((ANNA, 400), (BORIS, 300), (CHLOE, 400), (DENIS, 20)):
        did(contact, "order_placed", now - timedelta(days=days), amount=9)
    did(ANNA, "logged_in", now - timedelta(days=100))
    did(BORIS, "logged_in", now - timedelta(days=300))
    for contact in (ANNA, CHLOE):
        did(contact, "message_delivered", now - timedelta(days=1), times=9)
    did(DENIS, "message_clicked", now - timedelta(days=20))


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize("contact", [ANNA, BORIS, DENIS])
def test_silence_alone_turns_a_person_on_the_day_that_is_said(now: datetime, contact: int) -> None:
    told = whole(contact, now)
    assert told
    change = next(change for change in told["changes"] if change["at"])
    kept_up = [change["at"] - timedelta(days=n) for n in (1, 2)]
    if contact == ANNA:
        for at in kept_up:  # messages keep arriving
            did(contact, "message_delivered", at, times=6)
    assert states(change["at"] - timedelta(hours=1))[contact] == told["state"]
    assert states(change["at"])[contact] == change["to"]


@pytest.mark.usefixtures("_shop")
def test_the_signs_that_would_help_are_named(now: datetime) -> None:
    told = whole(CHLOE, now)
    assert told
    assert told["state"] == "very_dormant"
    found = {(change["to"], tuple(change["criteria"])) for change in told["changes"]}
    assert found == {("cooling", ("no_purchase",)), ("active", ("no_purchase", "no_reaction"))} | {
        ("dormant", (key,)) for key in ("no_reaction", "no_visit")
    }
    assert any(
        c["sentence"] == "A purchase and a click or a reply would make this person active again."
        for c in told["changes"]
    )
    did(CHLOE, "order_placed", now - timedelta(hours=1), amount=9)
    assert states(now)[CHLOE] == "cooling"
    did(CHLOE, "message_clicked", now - timedelta(hours=1))
    assert states(now)[CHLOE] == "active"


@pytest.mark.usefixtures("_shop")
def test_everything_is_said_in_both_languages(now: datetime) -> None:
    told = whole(ANNA, now)
    assert told
    silence = next(change for change in told["changes"] if change["at"])
    assert silence["sentence"] == "Without a sign of life, this person turns very dormant on 2027-01-18."
    assert (
        silence["sentence_fr"]
        == "Sans signe de vie, cette personne passe à l’état «\u00a0en sommeil profond\u00a0» le 2027-01-18."
    )
    assert [line["criterion"] for line in told["criteria"] if line["verdict"] == "+"] == ["no_purchase", "no_reaction"]
    assert whole(99, now) is None


@pytest.mark.usefixtures("_shop")
def test_an_open_restarts_no_clock(now: datetime) -> None:
    before = clocks(CHLOE, now)
    did(CHLOE, "message_opened", now - timedelta(days=1))
    did(CHLOE, "site_visited", now - timedelta(days=2))
    after = clocks(CHLOE, now)
    assert before
    assert after
    assert after["legal"] == before["legal"]
    assert after["legal"]["at"] == now - timedelta(days=400)
    assert after["engagement"]["at"] == now - timedelta(days=2)
    assert after["purchase"]["at"] == now - timedelta(days=400)


def test_where_no_sign_is_known_the_legal_clock_runs_from_the_first_day_and_says_so(db: None, now: datetime) -> None:
    known([ANNA], datetime.fromisoformat("2024-02-29T12:00+00:00"))
    did(ANNA, "message_opened", now - timedelta(days=1))
    told = clocks(ANNA, now)
    assert told
    legal = told["legal"]
    assert (legal["at"], legal["counted_from"], legal["due"]) == (None, "first seen", False)
    assert legal["due_at"] == datetime.fromisoformat("2027-02-28T12:00+00:00")
    assert "when this person was first known" in legal["sentence"]
    assert told["engagement"]["at"] is None


@pytest.mark.usefixtures("_shop")
def test_an_objection_is_said_and_nothing_else_of_scores(now: datetime) -> None:
    database.execute("UPDATE contact SET objected_at = %s WHERE id = %s", [now - timedelta(days=3), ANNA])
    told = whole(ANNA, now)
    assert told
    assert (told["state"], told["points"], told["criteria"], told["changes"], told["model"]) == (
        "undetermined",
        0,
        [],
        [],
        None,
    )
    assert told["note"]["sentence"].startswith("This person objected to profiling on 2026-07-24")
    assert told["clocks"]["purchase"]["at"] == now - timedelta(days=400)
