"""The walk-through of docs/ on silence, Online Retail: its commands are run, its numbers held."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.walking import SILENCE as PAGES
from tests.flows.walking import Walk, chances, held, spread, walking

pytestmark = [pytest.mark.data, pytest.mark.slow]

PART = "Online Retail"


@pytest.fixture(scope="module")
def walk(server: None, public_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    file = public_data / "online_retail" / "online_retail_until_2011-06-09.csv.gz"
    with walking(PAGES, tmp_path_factory.mktemp("walk"), online_retail=file) as found:
        found.follow(part=PART)
        yield found


def test_what_the_tool_says_of_online_retail_is_said_so(walk: Walk) -> None:
    assert walk.unsaid(PART) == []


def test_a_half_year_has_chances_and_no_threshold(walk: Walk) -> None:
    assert walk.answer("relance score")["states"]["dormant"] == 798
    [told] = walk.answer("relance silences")["populations"]
    assert told["dormant_from"]["days"] is None
    assert held(PAGES.tables(PART)[0], chances(told, [30, 60, 90]), 1)


def test_future_inactivity_is_on_where_it_beats_recency(walk: Walk) -> None:
    horizons = walk.answer("relance future")["policies"][0]["horizons"]
    assert {name: one["basis"] for name, one in horizons.items()} == {"30": "model", "60": "model", "90": "recency"}
    rows = []
    for days in ("30", "60"):
        one = horizons[days]["figures"]
        aucs = [one["model"]["auc"]["value"], one["recency"]["auc"]["value"]]
        rows.append(
            [int(days), *(one["tested"][name] for name in ("people", "turned")), *aucs, *spread(one["auc_difference"])]
        )
    assert held(PAGES.tables(PART)[1], rows, 2)


def test_the_degenerate_fit_is_refused(walk: Walk) -> None:
    told = walk.answer("relance lifetime fit")
    assert (told["accepted"], told["ranking"]) == (False, "recency_against_own_cadence")
    found = told["models"]["bg_nbd"]
    assert found["parameters"]["a"] < 0.0001
    assert found["parameters"]["b"] > 40_000
    assert found["log_likelihood"] == pytest.approx(found["log_likelihood_without_dropout"], abs=0.05)
    assert PAGES.say(f"{-found['log_likelihood']:,.1f}", part=PART)


@pytest.mark.long
def test_the_two_other_models_end_where_nobody_leaves(walk: Walk) -> None:
    [line] = [line for line in walk.answers if line.startswith("relance lifetime fit")]
    told = walk.run(line.removesuffix(" --model bg_nbd"))["models"]
    assert {one["refusal"] for one in told.values()} == {"dropout_not_seen"}
    fits = [one["log_likelihood"] for one in told.values()]
    assert fits == pytest.approx([fits[0]] * 3, abs=0.05)
