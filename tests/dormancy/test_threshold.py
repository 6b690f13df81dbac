"""When somebody counts as dormant and until when a relaunch pays, from curves made by hand."""

from typing import Any

import numpy as np
import pytest

from relance.dormancy.survival import Floats
from relance.dormancy.threshold import Economics, Effect, answer, economics, gone_quiet, last_paying


def lines(share: Floats, *, within: float = 0.02) -> dict[str, Floats]:
    """Return a curve whose interval is this far on either side."""
    return {"share": share, "low": np.maximum(share - within, 0), "high": share + within}


def money(cost: float, *, margin: float | None = 10.0, lift: float = 0.1) -> Economics:
    return Economics(margin, "setting", cost, 0.0, Effect(lift, lift, lift, "assumed"))


FALLING = lines(np.linspace(0.5, 0.0, 501))  # 0.001 less each day


def figures(**changes: Any) -> dict[str, Any]:
    """Return the kept figures of a small population: half silent for 10 days, half, who are dormant, for 300."""
    curve = {name: list(line) for name, line in FALLING.items()} | {"watched": [100] * 501}
    now = {"people": [0] * 10 + [50] + [0] * 289 + [50], "dormant": [0] * 300 + [50], "yearly": [0.0] * 300 + [900.0]}
    return {
        "basis": "purchase", "value": 40.0, "horizons": [90], "chance": {"90": curve}, "now": now, "effect": None,
    } | changes  # fmt: skip


NINE = {"share": 0.9, "days": 210, "low": 190, "high": 230, "until": 500}


def test_dormant_once_nine_in_ten_have_come_back() -> None:
    found = gone_quiet(FALLING, NINE)
    assert (found.code, found.days, found.low, found.high) == ("nine_in_ten", 210, 190, 230)


def test_a_chance_that_never_falls_gives_no_threshold() -> None:
    assert gone_quiet(lines(np.full(400, 0.3)), NINE).code == "stays_high"
    assert gone_quiet(lines(np.zeros(400), within=0), NINE).code == "nobody_returns"
    assert gone_quiet(FALLING, None).code == "nobody_returns"
    assert gone_quiet(lines(np.full(400, np.nan)), NINE).code == "unknown"


def test_who_buys_once_a_year_is_not_gone_in_between() -> None:
    share = np.full(400, 0.05)
    share[:30] = share[300:] = 0.4  # the history ends while the yearly buyers still come back
    assert gone_quiet(lines(share), NINE).code == "stays_high"


def test_a_relaunch_pays_until_its_cost_is_more_than_it_brings() -> None:
    found = last_paying(FALLING, money(0.2005))  # break-even at 0.2005: day 299 has 0.201, day 300 has 0.200
    assert (found.code, found.days, found.low, found.high) == ("pays_until", 299, 279, 319)


@pytest.mark.parametrize(
    ("cost", "margin", "code"),
    [(0.9, 10.0, "never_pays"), (0.0, 10.0, "pays_until"), (0.1, None, "unknown"), (-1.0, 10.0, "pays_beyond")],
)
def test_a_relaunch_that_never_or_always_pays_is_said_so(cost: float, margin: float | None, code: str) -> None:
    assert last_paying(FALLING, money(cost, margin=margin)).code == code


def test_the_margin_is_a_share_of_the_mean_purchase() -> None:
    found = economics(figures())
    assert (found.margin, found.margin_source) == (pytest.approx(12.0), "purchases")
    assert found.cost == pytest.approx(3 * (0.0008 + 0.01))
    assert found.break_even == pytest.approx(found.cost / 1.2)
    assert economics(figures(basis="engagement")).margin is None


def test_a_measured_effect_takes_the_place_of_the_assumed() -> None:
    measured = {"lift": 0.3, "low": 0.1, "high": 0.5, "source": "measured", "journey": "wake-up"}
    relaunch = answer(figures(effect=measured), 100)["relaunch"]
    assert relaunch["effect"]["journey"] == "wake-up"
    assert relaunch["net"] == pytest.approx(0.4 * 0.3 * 12 - relaunch["cost"], abs=1e-6)
    assert relaunch["net_low"] == pytest.approx(0.38 * 0.1 * 12 - relaunch["cost"], abs=1e-6)


def test_the_slider_says_who_moves_and_what_sleeps() -> None:
    found = answer(figures(), 200)
    assert (found["silent"], found["becomes_dormant"], found["no_longer_dormant"], found["yearly"]) == (50, 0, 0, 900)
    assert answer(figures(), 5)["becomes_dormant"] == 50
    assert answer(figures(), 301)["no_longer_dormant"] == 50
    assert answer(figures(), 600)["chance"] is None
