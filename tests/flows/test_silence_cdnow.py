"""The walk-through of docs/ on silence, CDNOW: its commands are run, its numbers held."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.walking import SILENCE as PAGES
from tests.flows.walking import Walk, chances, held, spread, walking

pytestmark = [pytest.mark.data, pytest.mark.slow]

PART = "CDNOW"
MODELS = ("bg_nbd", "mbg_nbd", "pareto_nbd")


@pytest.fixture(scope="module")
def walk(server: None, public_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    file = public_data / "cdnow" / "CDNOW_sample.txt"
    with walking(PAGES, tmp_path_factory.mktemp("walk"), cdnow=file) as found:
        found.follow(part=PART)
        yield found


def test_both_pages_give_the_same_commands_and_numbers() -> None:
    assert len(PAGES.blocks("en")) > 20
    assert PAGES.blocks("en") == PAGES.blocks("fr")
    assert len(PAGES.tables()) == 9


def test_both_pages_name_the_data_and_where_it_comes_from() -> None:
    sources = ("brucehardie.com/datasets", "https://doi.org/10.24432/C5BW33", "blog.minethatdata.com/2008/03")
    for language in ("en", "fr"):
        assert all(word in PAGES.text(language) for word in (*sources, "CC BY 4.0", "MIT"))


def test_what_the_tool_says_of_cdnow_is_said_so(walk: Walk) -> None:
    assert walk.unsaid(PART) == []


def test_cdnow_is_imported_and_scored_as_the_page_says(walk: Walk) -> None:
    totals = walk.answer("relance import events")["totals"]
    assert (totals["loaded"], totals["money"], totals["contacts_created"]) == (6_919, "244091.94", 2_357)
    states = walk.answer("relance score")["states"]
    assert [row[0] for row in PAGES.tables(PART)[0]] == [states[name] for name in ("dormant", "active", "cooling")]
    assert PAGES.say(6_919, "244,091.94", 2_357, part=PART)


def test_the_chance_of_coming_back_is_the_page_s(walk: Walk) -> None:
    [told] = [row for row in walk.answer("relance silences")["populations"] if row["policy"] == "ecommerce"]
    assert told["dormant_from"]["days"] == 230
    assert held(PAGES.tables(PART)[1], chances(told, [30, 90, 180, 230, 365]), 1)
    assert 1 / 9.5 < told["curve"]["share"][told["in_force"]] < 1 / 8.5, "one in nine, on the policy's first day"


@pytest.mark.parametrize(("number", "moved"), [(0, (126, 3)), (1, (234, 60))])
def test_other_policies_would_move_so_many(walk: Walk, number: int, moved: tuple[int, int]) -> None:
    matrix = walk.answer("relance policies compare", number)["matrix"]
    found = {(one["before"], one["after"]): one["people"] for one in matrix if one["before"] != one["after"]}
    assert found == {("dormant", "active"): moved[0], ("dormant", "cooling"): moved[1]}
    assert PAGES.say(*moved, part=PART)


def test_future_inactivity_is_off_on_cdnow_and_who_is_due_is_known(walk: Walk) -> None:
    told = walk.answer("relance future")
    tested = told["policies"][0]["horizons"]["90"]["figures"]["tested"]
    assert (tested["people"], tested["turned"]) == (205, 175)
    assert (sum(row["due_90"] for row in told["people"]), sum(row["people"] for row in told["people"])) == (208, 514)
    assert PAGES.say(205, 175, 208, 514, part=PART)


def test_the_models_are_the_published_ones_and_no_better_than_recency(walk: Walk) -> None:
    told = walk.answer("relance lifetime fit")
    models, shown = told["models"], PAGES.tables(PART)[2]
    aucs = {name: models[name]["held_out"]["auc"] for name in MODELS}
    assert held([row[:1] for row in shown], [[models[name]["log_likelihood"]] for name in MODELS], 1)
    assert held([row[1:3] for row in shown], [[one["model"], one["recency"]] for one in aucs.values()], 3)
    assert held([row[3:] for row in shown], [spread(one["difference"]) for one in aucs.values()], 4)
    assert all(one["difference"]["low"] < 0 < one["difference"]["high"] for one in aucs.values())
    assert {one["accepted"] for one in models.values()} == {True}


PUBLISHED = {
    "bg_nbd": {"r": "0.243", "alpha": "4.414", "a": "0.793", "b": "2.426"},
    "pareto_nbd": {"r": "0.553", "alpha": "10.578", "s": "0.606", "beta": "11.669"},
}


def test_the_parameters_are_the_published_ones_to_the_printed_digits(walk: Walk) -> None:
    told = walk.answer("relance lifetime fit")
    for name, published in PUBLISHED.items():
        found = told["models"][name]["parameters"]
        assert {key: f"{found[key]:.3f}" for key in published} == published
        assert PAGES.say(*published.values(), part=PART)
    spend = told["gamma_gamma"]
    assert {key: f"{value:.2f}" for key, value in spend["parameters"].items()} == {
        "p": "6.25", "q": "3.74", "gamma": "15.44",
    }  # fmt: skip
    assert spend["customers"] == 946


def test_purchases_expected_beside_those_that_came(walk: Walk) -> None:
    told = walk.answer("relance lifetime fit")["models"]
    assert told["bg_nbd"]["held_out"]["actual"] == 1_882
    expected = [round(told[name]["held_out"]["predicted"]) for name in MODELS]
    assert PAGES.say(1_882, *expected, part=PART)
    assert min(expected) == expected[1], "MBG/NBD is the farthest off"
    assert 0 < told["bg_nbd"]["aic"] - told["mbg_nbd"]["aic"] < 1


def test_one_time_buyers_have_a_curve_and_no_p_alive(walk: Walk) -> None:
    told = walk.answer("relance lifetime fit")
    once = told["models"]["bg_nbd"]["held_out"]["by_frequency"][0]
    assert (once["frequency"], once["customers"]) == (0, 1_411)
    assert told["one_time_buyers"]["p_alive"] is None
    returned = {one["month"]: 100 * one["share"] for one in told["one_time_buyers"]["returns"]}
    assert held(PAGES.tables(PART)[3], [[month, returned[month]] for month in (1, 3, 6, 12)], 1)
    assert 0.6 < returned[3] / returned[12] < 0.667, "nearly two in three"


def test_the_verdict_hangs_on_the_period(walk: Walk) -> None:
    told = walk.answer("relance lifetime fit", 1)["models"]["bg_nbd"]
    auc = told["held_out"]["auc"]
    assert auc["difference"]["low"] > 0
    assert PAGES.say(f"{auc['model']:.3f}", f"{auc['recency']:.3f}")


def test_the_doctor_tells_of_two_people(walk: Walk) -> None:
    repeat, once = (walk.answer("relance doctor", number)["explanation"] for number in (0, 1))
    assert repeat["model"]["p_alive"] == pytest.approx(0.63, abs=0.01)
    assert once["model"]["p_alive"] is None


@pytest.mark.long
def test_another_model_does_hardly_better_among_the_silent(walk: Walk) -> None:
    line = [line for line in walk.answers if line.startswith("relance lifetime fit")][1]
    walk.run(line.replace("bg_nbd", "pareto_nbd"))
    walk.run("python cdnow/silent.py")
    [found] = re.findall(r"expected purchases: ([\d.]+)", walk.told[-1])
    assert float(found) - 0.677 < 0.01
    assert PAGES.say(found, part=PART)
