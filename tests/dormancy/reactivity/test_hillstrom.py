"""Hillstrom's e-mail campaign, beside what was published of it; two rows of three are at hand."""

from pathlib import Path

import pytest

from relance.dormancy.reactivity import reading, study
from relance.dormancy.reactivity.effort import Effort
from relance.dormancy.reactivity.preparation import Question, prepare
from relance.dormancy.reactivity.reading import Table
from relance.dormancy.reactivity.study import Study
from relance.measurement import arm_effects
from relance.measurement.reactivity import limits

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def campaign(public_data: Path) -> Table:
    return reading.read(public_data / "hillstrom" / "hillstrom_two_thirds.csv.gz")


def asked(campaign: Table, mail: str, outcome: str, effort: Effort) -> Study:
    question = Question(outcome, "segment", f"{mail} E-Mail", "No E-Mail")
    prepared = prepare(campaign, question)
    assert {one.column for one in prepared.left_out} == {"visit", "conversion", "spend"} - {outcome}
    return study.study(prepared, question, effort, limits)


def test_the_effect_of_womens_mail_is_the_published_one(campaign: Table) -> None:
    prepared = prepare(campaign, Question("visit", "segment", "Womens E-Mail", "No E-Mail"))
    found = arm_effects.effect(prepared.sample.treated, prepared.sample.outcome)
    assert found["interval"][0] < 0.0452 < found["interval"][1]
    assert found["difference"] == pytest.approx(0.0452, abs=0.002)


@pytest.mark.slow
def test_womens_mail_on_visits_has_an_uplift_that_can_be_told(campaign: Table) -> None:
    found = asked(campaign, "Womens", "visit", Effort(5, 5, 400, 1))
    assert found.verdict == "uplift"
    assert found.comparison is not None
    qini = found.comparison.qini
    published = {"two_model": 0.0072, "response": 0.0043, "recency": 0.0}
    assert {name: qini[name].low < value < qini[name].high for name, value in published.items()} == dict.fromkeys(
        published, True
    )
    assert qini["two_model"].value == pytest.approx(0.0072, abs=0.001)
    assert qini["response"].value == pytest.approx(0.0043, abs=0.001)


@pytest.mark.parametrize(("mail", "outcome"), [("Mens", "visit"), ("Mens", "conversion"), ("Womens", "spend")])
def test_nothing_is_claimed_where_models_differ_by_less_than_the_noise(
    campaign: Table, mail: str, outcome: str
) -> None:
    found = asked(campaign, mail, outcome, Effort(5, 1, 200, 1))
    assert found.verdict == "no_evidence"
    assert found.ranking == "expected_value"


@pytest.mark.long
@pytest.mark.parametrize("mail", ["Mens", "Womens"])
@pytest.mark.parametrize("outcome", ["visit", "conversion", "spend"])
def test_every_question_with_all_repetitions(campaign: Table, mail: str, outcome: str) -> None:
    verdict = asked(campaign, mail, outcome, Effort()).verdict
    assert verdict == ("uplift" if (mail, outcome) == ("Womens", "visit") else "no_evidence")
