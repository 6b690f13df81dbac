"""Whose customers the people of a policy are, and the journeys that fit them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from relance.core import database
from relance.core.definitions import read
from relance.dormancy import kinds, policies, scoring
from relance.dormancy.kinds import counting, trades
from relance.dormancy.models import Policy
from relance.dormancy.presets import FOLDER, presets
from relance.journeys import library
from tests.dormancy.kinds.conftest import PEOPLE

OF_COMPANIES = {"b2b"}
OF_SERVICES = {"subscription", "subscribers"}


def test_each_shipped_policy_is_of_one_trade(db: None) -> None:
    found = {one.name: trades.of(one.definition) for one in presets()}
    assert {name for name, trade in found.items() if trade == trades.COMPANY} == OF_COMPANIES
    assert {name for name, trade in found.items() if trade == trades.SERVICE} == OF_SERVICES


@pytest.mark.parametrize(
    ("population", "trade"),
    [
        ({"kind": "b2b"}, trades.COMPANY),
        ({"all": [{"orders": {"gte": 1}}, {"kind": {"not": "b2c"}}]}, trades.COMPANY),
        ({"any": [{"orders": {"gte": 1}}, {"kind": "b2b"}]}, trades.SHOP),  # some of them are companies
        ({"not": {"kind": "b2b"}}, trades.SHOP),
        ({"event": "subscription_started"}, trades.SERVICE),
        (None, trades.SHOP),
    ],
)
def test_a_population_says_it_where_it_holds_for_everybody(
    db: None, population: Mapping[str, Any] | None, trade: str
) -> None:
    shop = next(one.definition for one in presets() if one.name == "ecommerce")
    assert trades.of(shop.model_copy(update={"population": population})) == trade


def test_a_journey_is_for_one_trade_or_for_all() -> None:
    both = ("reactivation-ecommerce", "reactivation-b2b", "users")
    assert trades.fitting(both, [trades.COMPANY]) == ("reactivation-b2b", "users")
    assert trades.fitting(("users",), [trades.SERVICE]) == ("users",)
    assert set(trades.RECIPES) <= {one.name for one in library.recipes()}
    assert not trades.depends(("users", "never-bought"))


def test_a_companys_people_are_told_the_companys_journey(
    shop: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "LEAST", 1)
    assert _ex_buyers(now) == ("shop", "reactivation-ecommerce")
    policies.apply(read(FOLDER / "b2b.yaml"), now)
    Policy.objects.filter(name="b2b").update(position=-1)
    database.execute("UPDATE contact SET kind = 'b2b' WHERE id = %s", [PEOPLE["anna"]])
    database.execute(
        "UPDATE policy SET definition = jsonb_set(definition, '{criteria,no_purchase,for}', '\"12 months\"')"
    )
    scoring.run(now)
    assert _ex_buyers(now) == ("company", "reactivation-b2b")
    row = next(one for one in kinds.overview(now)["kinds"] if one["code"] == "ex_buyers")
    assert row["trades"] == {"company": 1, "shop": 1}  # Boris, whom no mail reaches, buys in the shop
    assert row["recipes"] == ["reactivation-ecommerce", "reactivation-b2b"]


def _ex_buyers(now: datetime) -> tuple[str, str]:
    (found,) = (one for one in kinds.targets(now)["targets"] if one["kind"] == "ex_buyers")
    return found["trade"], found["recipe"]
