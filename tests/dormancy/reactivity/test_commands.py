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
    assert answer["reasons"]
    low, high = (5 * limit for limit in answer["effect"]["interval"])
    assert (low < 0.1 < high, answer["decision"], answer["undecided"]) == (True, None, "effect_near_cost")
    assert "left open" in answer["sentence"]
    assert "reste ouvert" in answer["sentence_fr"]


@pytest.mark.parametrize(("cost", "decision"), [("0", "everybody"), ("4", "nobody")])
def test_a_cost_outside_the_interval_decides(relance: Runner, tmp_path: Path, cost: str, decision: str) -> None:
    shop = people.write(tmp_path / "shop.csv", 6000, slope=0.0)
    asked = ("--treatment", "mailed", "--outcome", "visited", "--value", 5, "--cost", cost)
    answer = relance("reactivity", "fit", shop, *asked, *QUICK, "--json").data
    assert (answer["decision"], answer["undecided"]) == (decision, None)
    assert "left open" not in answer["sentence"]


def test_arms_that_were_not_drawn_are_no_evidence(relance: Runner, tmp_path: Path) -> None:
    shop = people.write(tmp_path / "shop.csv", 3000, slope=0.3)
    rows = shop.read_text().splitlines()
    chosen = [row if row.split(";")[3] == row.split(";")[7] or n % 3 else "" for n, row in enumerate(rows)]
    shop.write_text("\n".join([rows[0], *filter(None, chosen[1:])]) + "\n")
    asked = (
        "reactivity",
        "fit",
        shop,
        "--treatment",
        "mailed",
        "--outcome",
        "visited",
        "--value",
        50,
        "--cost",
        "0.1",
        *QUICK,
    )
    answer = relance(*asked, "--json").data
    assert answer["verdict"] == "no_evidence"
    assert (answer["decision"], answer["undecided"], answer["effect"]["kind"]) == (
        None,
        "arms_differ",
        "arms_difference",
    )
    assert "not the message’s alone" in answer["sentence"]
    read = relance(*asked).out
    assert "Difference between the arms" in read
    assert "Average effect" not in read
    assert "mail:" not in read
    assert "arms_differ" in answer["reasons"]
    assert answer["balance"]["columns"][0]["column"] == "loves_mail"


def test_too_few_outcomes_answer_with_a_cold_start(relance: Runner, tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("age,arm,bought\n" + "".join(f"{n},{n % 2},{int(n in (4, 5, 8))}\n" for n in range(200)))
    asked = (
        "reactivity",
        "fit",
        path,
        "--treatment",
        "arm",
        "--outcome",
        "bought",
        "--keep",
        "age",
        "--value",
        9,
        "--cost",
        0,
    )
    answer = relance(*asked, "--json").data
    assert (answer["decision"], answer["undecided"]) == (None, "few_outcomes")
    assert "learner" not in relance(*asked).out
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


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(("huge", "missing"), [("1e300", 2), ("9e149", 0)])
def test_numbers_too_large_to_compute_with_are_missing_and_counted(
    relance: Runner, tmp_path: Path, huge: str, missing: int
) -> None:
    path = tmp_path / "huge.csv"
    rows = [f"{n % 37},{n % 2},{n * 7 % 5 * 3}" for n in range(400)]
    rows[3], rows[8] = f"{huge},1,3", f"-{huge},0,3"
    path.write_text("\n".join(["age,arm,paid", *rows]) + "\n")
    asked = ("reactivity", "fit", path, "--treatment", "arm", "--outcome", "paid", "--keep", "age", *QUICK)
    answer = relance(*asked, "--json").data
    assert answer["rows"]["too_large"] == missing
    assert ("too_large" in answer) == bool(missing)
    assert ("2 values beyond 1e150" in relance(*asked).out) == bool(missing)
