"""`relance reactivity` as people run it: answers, refusals, files."""

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import relance as relance
from tests.cli.running import Runner
from tests.dormancy.reactivity import people

QUICK = ("--repeats", 1, "--resamples", 100, "--folds", 3)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return people.write(tmp_path / "shop.csv", 3000, slope=0.3)


def test_fit_tells_uplift_with_its_figures(relance: Runner, shop: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.json"
    ran = relance("reactivity", "fit", shop, "--treatment", "mailed", "--outcome", "visited", "--value", "spent", "--cost", "0.1",
                  "--out", model, *QUICK, "--json")  # fmt: skip
    answer = ran.data
    assert (ran.code, answer["verdict"], answer["ranking"], answer["decision"]) == (0, "uplift", "uplift", "above_cost")
    low, high = answer["effect"]["interval"]
    assert low < answer["effect"]["difference"] < high
    assert [one["minus"] for one in answer["differences"][:2]] == ["random", "response"]
    assert answer["balance"]["alike"]
    assert len(answer["deciles"]) == 10
    assert {one["column"]: one["why"] for one in answer["left_out"]}["customer_id"] == "identifier"
    assert answer["sentence"] != answer["sentence_fr"]
    assert model.exists()


def test_score_writes_who_to_mail(relance: Runner, shop: Path, tmp_path: Path) -> None:
    model, out = tmp_path / "model.json", tmp_path / "scores.csv"
    relance(
        "reactivity",
        "fit",
        shop,
        "--treatment",
        "mailed",
        "--outcome",
        "visited",
        "--value",
        5,
        "--cost",
        "0.1",
        "--out",
        model,
        *QUICK,
    )
    ran = relance("reactivity", "score", shop, "--model", model, "--out", out, "--json")
    with out.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert ran.data["rows"] == len(found) == 3000
    assert ran.data["mail"] == sum(int(one["mail"]) for one in found)
    assert {float(one["expected_value"]) > 0 for one in found if one["mail"] == "1"} == {True}


def test_without_a_control_group_uplift_is_never_named(relance: Runner, shop: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.json"
    ran = relance(
        "reactivity",
        "fit",
        shop,
        "--outcome",
        "visited",
        "--ignore",
        "mailed",
        "--value",
        5,
        "--cost",
        1,
        "--out",
        model,
        *QUICK,
        "--json",
    )
    answer = ran.data
    assert (answer["verdict"], answer["effect"], answer["differences"]) == ("response_only", None, [])
    assert list(answer["learners"]["response"]) == ["gain", "interval"]
    assert "uplift" not in ran.out.replace("reactivity", "")
    assert "qini" not in ran.out.lower()
    scored = relance("reactivity", "score", shop, "--model", model, "--json").data
    assert "uplift" not in scored
    assert 0 < scored["mail"] < 3000


def test_a_shuffled_treatment_answers_no_evidence_and_ranks_by_value(relance: Runner, tmp_path: Path) -> None:
    shop = people.write(tmp_path / "shop.csv", 3000, slope=0.0)
    answer = relance(
        "reactivity",
        "fit",
        shop,
        "--treatment",
        "mailed",
        "--outcome",
        "visited",
        "--value",
        5,
        "--cost",
        "0.1",
        *QUICK,
        "--json",
    ).data
    assert (answer["verdict"], answer["ranking"]) == ("no_evidence", "expected_value")
    assert answer["decision"] in {"everybody", "nobody"}
    assert answer["reasons"]


def test_arms_that_were_not_drawn_are_no_evidence(relance: Runner, tmp_path: Path) -> None:
    shop = people.write(tmp_path / "shop.csv", 3000, slope=0.3)
    rows = shop.read_text().splitlines()
    chosen = [row if row.split(";")[3] == row.split(";")[7] or n % 3 else "" for n, row in enumerate(rows)]
    shop.write_text("\n".join([rows[0], *filter(None, chosen[1:])]) + "\n")
    answer = relance("reactivity", "fit", shop, "--treatment", "mailed", "--outcome", "visited", *QUICK, "--json").data
    assert answer["verdict"] == "no_evidence"
    assert "arms_differ" in answer["reasons"]
    assert answer["balance"]["columns"][0]["column"] == "loves_mail"


def test_too_few_outcomes_answer_with_a_cold_start(relance: Runner, tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("age,arm,bought\n" + "".join(f"{n},{n % 2},{int(n in (4, 5, 8))}\n" for n in range(200)))
    answer = relance(
        "reactivity", "fit", path, "--treatment", "arm", "--outcome", "bought", "--json", "--keep", "age"
    ).data
    assert (answer["verdict"], answer["reasons"], answer["ranking"]) == ("no_evidence", ["few_outcomes"], "none")
    assert answer["effect"]["interval"][0] < 0 < answer["effect"]["interval"][1]


def test_evaluate_measures_any_score(relance: Runner, shop: Path) -> None:
    good = relance(
        "reactivity",
        "evaluate",
        shop,
        "--treatment",
        "mailed",
        "--outcome",
        "visited",
        "--score",
        "loves_mail",
        "--resamples",
        100,
        "--json",
    ).data
    assert good["above_random"]
    assert good["qini"]["low"] < good["qini"]["value"] < good["qini"]["high"]
    first, last = good["deciles"][0], good["deciles"][-1]
    assert first["difference"] > last["difference"]
    gain = relance("reactivity", "evaluate", shop, "--outcome", "visited", "--score", "orders", "--json").data
    assert "qini" not in gain
    assert gain["gain"]["low"] > 0


@pytest.mark.parametrize(("arguments", "said"), [
    (("fit", "{shop}", "--treatment", "city", "--outcome", "visited"), "--treated VALUE"),
    (("fit", "{shop}", "--treatment", "mailed", "--outcome", "city"), "is a number"),
    (("fit", "{folder}", "--outcome", "visited"), "a folder"), (("fit", "nowhere.csv", "--outcome", "visited"), "not there"),
    (("score", "{shop}", "--model", "{shop}"), "no model"), (("score", "{shop}", "--model", "nowhere.json"), "cannot be read"),
    (("evaluate", "{shop}", "--outcome", "visited", "--score", "city"), "holds words"),
    (("evaluate", "{shop}", "--outcome", "empty", "--score", "orders"), "No row"),
    (("learn", "nowhere"), "No journey"),
])  # fmt: skip
def test_refusals_say_what_to_do(relance: Runner, shop: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = relance("reactivity", *(one.format(shop=shop, folder=shop.parent) for one in arguments), "--json")
    assert ran.code == 1
    assert said in ran.data["error"]


def test_people_read_the_same(relance: Runner, shop: Path) -> None:
    ran = relance("reactivity", "fit", shop, "--treatment", "mailed", "--outcome", "visited", *QUICK)
    assert "Average effect" in ran.out
    assert "combined" in ran.out
    assert (
        "Qini"
        in relance(
            "reactivity", "evaluate", shop, "--treatment", "mailed", "--outcome", "visited", "--score", "orders"
        ).out
    )
