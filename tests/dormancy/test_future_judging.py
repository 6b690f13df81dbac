"""The judgement on rows whose truth is known: where silence alone decides it refuses, where more is known it accepts."""

import numpy as np
import pytest
from scipy import special, stats

from relance.dormancy import discrimination
from relance.dormancy.future import forms, judging, words
from relance.dormancy.future.learning import Rows


def people(random: np.random.Generator, size: int, *, weight: float, drift: float = 0.0) -> Rows:
    """Return people at risk whose outcome hangs on days left and, by `weight`, on how often they bought."""
    terms = random.normal(size=(size, len(forms.TERMS)))
    left = random.uniform(size=size)
    known = {name: column for column, name in enumerate(forms.TERMS)}
    terms[:, known["left"]] = left
    terms[:, known["left_from_third"]] = np.maximum(left - 1 / 3, 0)
    terms[:, known["left_from_two_thirds"]] = np.maximum(left - 2 / 3, 0)
    terms[:, known["repeat"]] = (terms[:, known["frequency"]] > 0).astype(float)
    logit = 1.5 - 2 * left - weight * terms[:, known["frequency"]] + drift
    return Rows(terms, (random.uniform(size=size) < special.expit(logit)).astype(float))


@pytest.mark.parametrize("size", [400, 1200])
def test_where_silence_alone_decides_the_model_is_refused(size: int) -> None:
    random, runs = np.random.default_rng(size), 150
    verdicts = [
        judging.judge(30, people(random, size, weight=0), people(random, size // 2, weight=0)) for _ in range(runs)
    ]
    assert sum(verdict.accepted for verdict in verdicts) <= stats.binom.ppf(0.99, runs, 0.05)
    assert {verdict.basis for verdict in verdicts if not verdict.accepted} == {"recency"}


def test_where_another_feature_tells_the_model_is_accepted() -> None:
    random = np.random.default_rng(1)
    verdicts = [judging.judge(30, people(random, 3000, weight=1), people(random, 1000, weight=1)) for _ in range(30)]
    assert sum(verdict.accepted for verdict in verdicts) >= 29


def test_a_refused_model_leaves_no_trace_in_the_probabilities() -> None:
    random = np.random.default_rng(2)
    verdict = judging.judge(30, people(random, 1000, weight=0), people(random, 500, weight=0))
    assert verdict.refusal == "no_better_than_recency"
    assert {name for name, value in verdict.coefficients.items() if value} <= {"intercept", *forms.RECENCY}


def test_probabilities_that_are_not_true_are_refused_though_they_rank_well() -> None:
    random = np.random.default_rng(3)
    learned, tested = people(random, 5000, weight=3), people(random, 2000, weight=0.7)
    verdict = judging.judge(60, learned, tested)
    assert (verdict.refusal, verdict.basis) == ("not_calibrated", "recency")
    assert verdict.figures["auc_difference"]["low"] > 0


@pytest.mark.parametrize(
    ("learned", "tested", "refusal", "basis"),
    [
        (60, 40, "too_few_to_learn", "none"),
        (2000, 60, "too_few_to_test", "recency"),
        (0, 0, "too_few_to_learn", "none"),
    ],
)
def test_too_few_people_are_told_so(learned: int, tested: int, refusal: str, basis: str) -> None:
    random = np.random.default_rng(4)
    verdict = judging.judge(90, people(random, learned, weight=1), people(random, tested, weight=1))
    assert (verdict.accepted, verdict.refusal, verdict.basis) == (False, refusal, basis)


def test_the_interval_of_the_gain_holds_the_truth() -> None:
    """The gain of given coefficients over given ones, on tests of 400; the truth from 200,000 people."""
    random, runs = np.random.default_rng(5), 300
    learned, everybody = people(random, 2000, weight=0.5), people(random, 200_000, weight=0.5)
    model, recency = judging.fit(learned, forms.TERMS), judging.fit(learned, forms.RECENCY)

    def gain(rows: Rows) -> discrimination.Figure:
        return discrimination.auc_difference(rows.outcomes, judging.said(model, rows), judging.said(recency, rows))

    truth = gain(everybody).value
    found = [gain(people(random, 400, weight=0.5)) for _ in range(runs)]
    assert np.mean([figure.low <= truth <= figure.high for figure in found]) >= 0.92


def test_standardising_leaves_no_mark_on_the_coefficients() -> None:
    """Terms in other units give the same probabilities."""
    random = np.random.default_rng(6)
    rows = people(random, 1500, weight=1)
    scaled = Rows(rows.terms * 7 + 3, rows.outcomes)
    one, other = judging.fit(rows, forms.TERMS), judging.fit(scaled, forms.TERMS)
    assert judging.said(one, rows) == pytest.approx(judging.said(other, scaled), abs=1e-9)


def test_a_term_that_never_varies_is_left_at_zero() -> None:
    rows = people(np.random.default_rng(7), 800, weight=1)
    rows.terms[:, forms.TERMS.index("cooling")] = 1.0
    assert judging.fit(rows, forms.TERMS)["cooling"] == 0


@pytest.mark.parametrize(
    ("refusal", "part", "people", "turned", "said"),
    [
        ("too_few_to_test", "tested", 1261, 1261, "everybody who was due let the day pass"),
        ("too_few_to_test", "tested", 1261, 0, "nobody who was due let the day pass"),
        ("too_few_to_test", "tested", 1261, 1250, "nearly all who were due did the same"),
        ("too_few_to_learn", "learned", 1261, 1261, "everybody who was due let the day pass"),
        ("too_few_to_test", "tested", 60, 60, "too few people to measure it on"),
        ("too_few_to_learn", "learned", 60, 60, "too few people to learn from"),
    ],
)
def test_people_who_all_did_the_same_are_not_called_too_few(
    refusal: str, part: str, people: int, turned: int, said: str
) -> None:
    figures = {"learned": {"people": 5000, "turned": 2500}, part: {"people": people, "turned": turned}}
    told = words.told({"refusal": refusal, "basis": "none", "figures": figures})
    assert said in told["sentence"]
    assert ("trop peu de personnes" in told["sentence_fr"]) == (people == 60)
