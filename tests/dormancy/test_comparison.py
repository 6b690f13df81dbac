"""How many people a change of policy moves: what scoring would find before and after."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

import relance
from relance.core import database
from relance.core.definitions import parse, read
from relance.core.errors import NotFoundError, RefusedError
from relance.dormancy import comparison, policies, presets, scoring
from relance.events import engine
from tests.dormancy.base import cover, did, known, states

ECOMMERCE = Path(relance.__file__).parent / "recipes" / "policies" / "ecommerce.yaml"


@pytest.fixture
def _shop(db: None, now: datetime) -> None:
    policies.apply(read(ECOMMERCE), now)
    cover(now, "order_placed", "message_clicked", "message_opened", "logged_in")
    known(range(1, 21), now - timedelta(days=1000))
    for contact in range(1, 21):
        did(contact, "order_placed", now - timedelta(days=30 * contact), amount=9)
        did(contact, "message_delivered", now - timedelta(days=9), times=6)


def compared(now: datetime, new: list[policies.PolicyDefinition]) -> comparison.Moves:
    with engine.reading() as con:
        return comparison.compare(con, now, policies.in_force(), new)


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize("kept", [False, True])
def test_the_moves_are_those_of_two_scorings(now: datetime, kept: bool) -> None:
    text = ECOMMERCE.read_text().replace("for: 12 months", "for: 6 months")
    if kept:
        scoring.run(now)
    new = comparison.replaced(policies.in_force(), [policies.check(parse(text, "new.yaml"))])
    found, before = compared(now, new), states(now)
    policies.apply(parse(text, "new.yaml"), now)
    after = states(now)
    pairs = [(before[contact], after[contact]) for contact in before]
    assert {(move.before, move.after): move.people for move in found.matrix} == {
        pair: pairs.count(pair) for pair in pairs
    }
    assert found.moved == sum(a != b for a, b in pairs) > 0
    moved = [contact for move in found.matrix for contact in move.sample]
    assert moved
    assert all(before[contact] != after[contact] for contact in moved)


@pytest.mark.usefixtures("_shop")
def test_the_same_policies_move_nobody(now: datetime) -> None:
    found = compared(now, policies.in_force())
    assert (found.people, found.moved, found.reassigned) == (20, 0, 0)


@pytest.mark.usefixtures("_shop")
def test_what_opens_would_change_is_counted_among_who_consented(now: datetime) -> None:
    def told() -> comparison.Opens | None:
        with engine.reading() as con:
            return comparison.opens(con, now, policies.in_force())

    assert told() is None
    for contact in (15, 16, 17):
        database.execute(
            "INSERT INTO consent (contact_id, channel, topic, given, at) VALUES (%s, 'email', 'opens', true, %s)",
            [contact, now - timedelta(days=300)],
        )
        if contact < 17:
            did(contact, "message_opened", now - timedelta(days=8))
    found = told()
    assert found
    assert (found.known, found.moves.moved) == (3, 2)


@pytest.mark.usefixtures("_shop")
def test_a_new_policy_goes_last_but_before_everybodys() -> None:
    new = [presets.preset(name).definition for name in ("newsletter", "prospects")]
    assert [p.policy for p in comparison.replaced(policies.in_force(), new)] == ["ecommerce", "prospects", "newsletter"]
    with pytest.raises(RefusedError):
        comparison.replaced([], [new[0], new[0]])


@pytest.mark.parametrize("preset", presets.presets(), ids=lambda preset: preset.name)
def test_every_preset_scores_and_gives_its_reason(db: None, now: datetime, preset: presets.Preset) -> None:
    assert preset.definition.description.keys() == preset.definition.reason.keys() == {"en", "fr"}
    policies.apply(preset.document, now)
    known([1], now - timedelta(days=900), kind="b2b")
    for name in ("order_placed", "service_used", "subscription_started", "logged_in"):
        did(1, name, now - timedelta(days=800), amount=9)
    assert set(states(now)) == {1}


def test_a_fresh_base_gets_four() -> None:
    assert [preset.name for preset in presets.presets() if preset.given] == [
        "b2b",
        "ecommerce",
        "newsletter",
        "subscription",
    ]
    with pytest.raises(NotFoundError):
        presets.preset("nothing")
