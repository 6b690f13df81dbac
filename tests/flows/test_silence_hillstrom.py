"""The walk-through of docs/ on silence, Hillstrom: its commands are run, its numbers held."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.walking import SILENCE as PAGES
from tests.flows.walking import Walk, held, walking

pytestmark = [pytest.mark.data, pytest.mark.long]

PART = "Hillstrom"


@pytest.fixture(scope="module")
def walk(server: None, public_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    file = public_data / "hillstrom" / "hillstrom_two_thirds.csv.gz"
    with walking(PAGES, tmp_path_factory.mktemp("hillstrom"), hillstrom=file) as found:
        found.follow(part=PART)
        yield found


def test_what_the_tool_says_of_hillstrom_is_said_so(walk: Walk) -> None:
    assert walk.unsaid(PART) == []


def test_womens_mail_on_visits_beside_the_published_values(walk: Walk) -> None:
    told = walk.answer("relance reactivity fit")
    assert told["verdict"] == "uplift"
    learners = [
        [told["learners"][name]["qini"], *told["learners"][name]["interval"]]
        for name in ("two_model", "response", "recency")
    ]
    effect = [told["effect"]["difference"], *told["effect"]["interval"]]
    shown = PAGES.tables(PART)[0]
    assert held([row[:3] for row in shown], [effect, *learners], 4)
    assert all(low < published < high for _, low, high, published, *_ in shown)


def test_the_five_other_questions_have_no_evidence(walk: Walk) -> None:
    shown = PAGES.tables(PART)[1]
    for number, row in enumerate(shown, start=1):
        told = walk.answer("relance reactivity fit", number)
        assert told["verdict"] == "no_evidence"
        one = told["learners"]["combined"]
        assert row[:3] == pytest.approx([one["qini"], *one["interval"]], abs=0.00006)
        assert "{:.4f} ({:.4f} to {:.4f}), may be none".format(*row[3:]).replace("-", "\u2212") in told["sentence"]
        assert row[1] < 0 < row[2]
        assert row[4] < 0 < row[5]
    effect = walk.answer("relance reactivity fit", 1)["effect"]["difference"]
    assert PAGES.say(f"{effect:.4f}", part=PART)


def test_whom_it_pays_to_mail(walk: Walk) -> None:
    told = walk.answer("relance reactivity score")
    assert (told["mail"], told["rows"]) == (22_143, 42_666)
    assert PAGES.say(42_666, part=PART)
