"""Counts and micro-targets: who may be reached, what a cell is worth, what is left out and said."""

from datetime import datetime
from typing import Any

import pytest

from relance.contacts.models import Suppression
from relance.core import database
from relance.core.ids import digest
from relance.dormancy import kinds, returning, scoring
from relance.dormancy.kinds import counting
from relance.dormancy.models import Estimate
from relance.measurement import overview, snapshots
from tests.dormancy.kinds.conftest import PEOPLE, do


def row(found: dict[str, Any], code: str) -> dict[str, Any]:
    """Return a kind's row."""
    return next(one for one in found["kinds"] if one["code"] == code)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a single person make a micro-target."""
    monkeypatch.setattr(counting, "LEAST", 1)


def curve(share: float, now: datetime, *, basis: str = "purchase", days: int = 600) -> None:
    """Keep a curve of everybody's returns."""
    figures = {"basis": basis, "chance": {"90": {"share": [share] * days}}}
    Estimate.objects.create(kind=returning.KIND, as_of=now, accepted=True, figures=figures)


def cells(now: datetime) -> dict[str, dict[str, Any]]:
    """Return the micro-targets by kind and value band."""
    return {f"{one['kind']}/{one['value_band']}": one for one in kinds.targets(now)["targets"]}


def test_counts_add_up_and_tell_who_is_left_out(shop: None, now: datetime) -> None:
    found = kinds.overview(now)
    assert (found["people"], found["objected"], found["quiet_other"]) == (16, 1, 0)
    assert (row(found, "ex_buyers")["people"], row(found, "ex_buyers")["leading"]) == (2, 1)
    assert (row(found, "ex_buyers")["left_out"], row(found, "never_bought")["left_out"]) == (1, 0)
    assert sum(one["people"] for one in found["funnel"]) == 16
    assert {one["code"]: one["people"] for one in found["reasons"]}["forgot"] == 9


def test_reached_is_who_has_an_address_and_said_yes(shop: None, now: datetime) -> None:
    for who in ("gilles", "jeanne"):
        database.execute(
            "INSERT INTO consent (contact_id, channel, given, at) VALUES (%s, 'email', FALSE, %s)", [PEOPLE[who], now]
        )
    found = kinds.overview(now)
    assert (row(found, "newsletter_ghosts")["people"], row(found, "newsletter_ghosts")["reachable"]) == (3, 1)
    assert row(found, "unreachable")["reachable"] == 0


def test_reached_is_nobody_whose_address_was_stopped_or_who_is_only_owed_a_contract(shop: None, now: datetime) -> None:
    Suppression.objects.create(
        channel="email", digest=digest(f"{PEOPLE['gilles']}@example.org"), reason="unsubscribed", at=now
    )
    database.execute("UPDATE consent SET basis = 'contract' WHERE contact_id = %s", [PEOPLE["jeanne"]])
    found = kinds.overview(now)
    assert (row(found, "newsletter_ghosts")["people"], row(found, "newsletter_ghosts")["reachable"]) == (3, 1)
    (mail,) = overview.read(now).channels
    # without Boris and Gilles; Jeanne permits nothing, Nadia objected, two are out of target: the gate stops these too
    assert (mail.addressed, mail.permitted) == (14, 10)


def test_worth_is_the_bands_purchase_times_the_chance_of_return(shop: None, now: datetime, few: None) -> None:
    curve(0.25, now)
    found = cells(now)["formerly_valuable/high"]
    assert (found["people"], found["recipe"]) == (1, "vip-welcome-back")
    assert found["silent_months"] == [12, 24]
    mean = (400 + 45) / 2  # per purchase day, of Denis and Boris, who alone are of the high band
    assert found["expected_value"] == round(mean * 0.25, 2)
    assert (found["valued"], found["modelled"]) == (1, 0)


def test_a_curve_of_clicks_says_nothing_of_money(shop: None, now: datetime, few: None) -> None:
    curve(0.25, now, basis="engagement")
    assert cells(now)["formerly_valuable/high"]["expected_value"] is None


def test_a_silence_longer_than_the_curve_has_no_worth(shop: None, now: datetime, few: None) -> None:
    curve(0.25, now, days=400)
    found = cells(now)
    assert found["formerly_valuable/high"]["expected_value"] is None
    assert found["false_inactives/medium"]["expected_value"] > 0


def test_the_highest_value_comes_first_and_the_unknown_last(shop: None, now: datetime, few: None) -> None:
    curve(0.25, now)
    found = kinds.targets(now)["targets"]
    worths = [one["expected_value"] or 0 for one in found]
    assert worths == sorted(worths, reverse=True)
    assert (found[0]["kind"], found[0]["rank"]) == ("formerly_valuable", 1)
    assert found[-1]["expected_value"] is None


def test_a_model_in_force_comes_before_the_curve(shop: None, now: datetime, few: None) -> None:
    curve(0.25, now)
    with scoring.engine.connected() as con:
        path = scoring.profiles_path()
        con.execute(f"CREATE TABLE p AS SELECT * REPLACE (12.5::DOUBLE AS expected_value) FROM '{path}'")
        con.execute(f"COPY p TO '{path}' (FORMAT parquet)")
    found = cells(now)["formerly_valuable/high"]
    assert (found["expected_value"], found["modelled"]) == (12.5, 1)


def test_a_handful_of_people_is_no_target_and_is_counted(shop: None, now: datetime) -> None:
    found = kinds.targets(now)
    assert found["targets"] == []
    assert found["too_small"]["people"] == 10  # nobody unreachable, out of target, put to sleep, awake or objecting
    assert (found["least"], found["objected"]) == (20, 1)


def test_no_target_is_made_of_who_objected_nor_of_who_cannot_be_relaunched(
    shop: None, now: datetime, few: None
) -> None:
    database.execute("UPDATE contact SET objected_at = %s WHERE id = %s", [now, PEOPLE["lea"]])
    found = kinds.targets(now)["targets"]
    assert not {"unreachable", "out_of_target", "put_to_sleep"} & {one["kind"] for one in found}
    assert sum(one["people"] for one in found) == 9


def test_parts_of_a_base_add_up(shop: None, now: datetime, few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    curve(0.25, now)
    whole = kinds.overview(now), kinds.targets(now)
    monkeypatch.setattr(counting.groups, "split", lambda contacts, at_once: [range(0, 32, 2), range(1, 32, 2)])
    assert (kinds.overview(now), kinds.targets(now)) == whole


def test_what_the_night_kept_is_shown_until_the_next(shop: None, now: datetime) -> None:
    assert kinds.run(now) == 1
    do("anna", "order_placed", 1, now, amount=10)
    scoring.run(now)
    assert row(kinds.latest()["overview"], "ex_buyers")["people"] == 2
    kinds.refresh(now)
    assert row(kinds.latest()["overview"], "ex_buyers")["people"] == 1
    assert Estimate.objects.filter(kind="kinds").count() == 1


def test_the_night_sorts_people_into_kinds(shop: None, now: datetime) -> None:
    snapshots.run(now)
    assert kinds.latest()["overview"]["as_of"] == now.isoformat()
