"""Arms, outcomes and columns: what is learned from, what is left out, what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from relance.core.errors import InputError
from relance.dormancy.reactivity import encoding, reading
from relance.dormancy.reactivity.arms import arms
from relance.dormancy.reactivity.preparation import Prepared, Question, prepare
from relance.dormancy.reactivity.reading import Column, Table
from tests.dormancy.reactivity import people

QUESTION = Question("visited", "mailed")


@pytest.fixture
def shop(tmp_path: Path) -> Table:
    return reading.read(people.write(tmp_path / "shop.csv", 600))


def words(*values: str) -> Column:
    levels = tuple(dict.fromkeys(values))
    return Column("arm", "text", len(levels), codes=np.array([levels.index(one) for one in values]), levels=levels)


def left_out(prepared: Prepared) -> dict[str, str]:
    return {one.column: one.why for one in prepared.left_out}


def test_columns_that_mislead_are_left_out_and_said(shop: Table) -> None:
    prepared = prepare(shop, QUESTION)
    assert left_out(prepared) == {
        "customer_id": "identifier",
        "note": "identifier",
        "empty": "empty",
        "spent": "decides_outcome",
    }
    assert [column.name for column in prepared.columns] == ["first_order", "orders", "loves_mail", "city"]


def test_a_person_may_insist_or_leave_out_more(shop: Table) -> None:
    prepared = prepare(shop, replace(QUESTION, keep=("spent",), ignore=("city",)))
    assert "spent" not in left_out(prepared)
    assert left_out(prepared)["city"] == "ignored"


def test_what_an_outcome_is_worth_comes_from_the_column_of_money(shop: Table) -> None:
    prepared = prepare(shop, replace(QUESTION, value="spent", cost=1.0))
    money, visits = shop.columns["spent"].numbers, shop.columns["visited"].numbers
    assert money is not None
    assert visits is not None
    assert prepared.worth == pytest.approx(money.sum() / visits.sum())


def test_labels_that_say_yes_and_no_need_no_help() -> None:
    found = arms(words("control", "treated", "control"))
    assert found.treated.tolist() == [False, True, False]
    assert arms(words("A", "B"), "B").control_name == "A"


def test_a_constant_treatment_means_no_control_group() -> None:
    assert not arms(words("mailed", "mailed")).both


@pytest.mark.parametrize(("column", "asked", "said"), [
    (words("A", "B"), ("", ""), "--treated"), (words("A", "B", "C"), ("", ""), "3 values"),
    (words("A", "B", "C"), ("A", "D"), "`D` is no value"), (words("A", "B"), ("A", "A"), "both treated and control"),
    (words("0", "0"), ("", ""), "nobody got the message"),
])  # fmt: skip
def test_arms_that_cannot_be_told_apart_are_asked_for(column: Column, asked: tuple[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        arms(column, *asked)


@pytest.mark.parametrize(("question", "said"), [
    (Question("city", "mailed"), "the outcome is a number"), (Question("nothing", "mailed"), "no column"),
    (Question("visited", "visited"), "two things"), (replace(QUESTION, cost=-1.0, value="2"), "cost of -1"),
    (replace(QUESTION, cost=float("nan"), value="2"), "cost of nan"), (replace(QUESTION, cost=1.0), "needs a value"),
    (replace(QUESTION, value="-3"), "value of -3"), (Question("empty", "mailed"), "0 people"),
    (replace(QUESTION, ignore=("first_order", "orders", "loves_mail", "city")), "no column left"),
    (replace(QUESTION, recency="city"), "holds no numbers"), (Question("first_order", "mailed"), "holds dates"),
])  # fmt: skip
def test_questions_without_an_answer_are_refused(shop: Table, question: Question, said: str) -> None:
    with pytest.raises(InputError, match=said):
        prepare(shop, question)


def test_a_named_control_group_tells_the_arms() -> None:
    for treated, control in (("mail A", "control"), ("Relance", "Groupe témoin"), ("Womens E-Mail", "No E-Mail")):
        found = arms(words(treated, control, treated))
        assert (found.treated_name, found.control_name) == (treated, control)


def test_people_on_several_rows_are_refused(shop: Table) -> None:
    numbers = np.arange(shop.rows) // 2
    twice = Column("client_id", "number", 300, numbers=numbers.astype(float))
    table = Table(shop.name, shop.rows, shop.columns | {"client_id": twice})
    with pytest.raises(InputError, match="names 300 people on 600 rows"):
        prepare(table, QUESTION)
    assert prepare(table, replace(QUESTION, ignore=("client_id",))).sample.treated.size
    shop_number = replace(twice, name="store_id")
    assert prepare(Table(shop.name, shop.rows, shop.columns | {"store_id": shop_number}), QUESTION).columns


def test_a_constant_outcome_is_refused(shop: Table) -> None:
    never = Column("visited", "number", 1, numbers=np.zeros(shop.rows))
    with pytest.raises(InputError, match="is 0 for all 600 people"):
        prepare(Table(shop.name, shop.rows, shop.columns | {"visited": never}), QUESTION)


def test_features_of_a_later_file_are_made_alike() -> None:
    city, age = (
        words(*["Lyon"] * 20, *["Lille"] * 20),
        Column("age", "number", 40, numbers=np.append(np.arange(39.0), np.nan)),
    )
    encoder, features = encoding.fit([city, age])
    again = encoder.encode({"arm": city, "age": age}, 40)
    assert np.allclose(features, again)
    later = encoder.encode({"arm": words("Paris"), "age": Column("age", "number", 1, numbers=np.array([1e9]))}, 1)
    assert np.isfinite(later).all()
    assert np.abs(later).max() < 10, "an outlier pulls no further than the largest number known"
    with pytest.raises(InputError, match=r"`age`.*is missing"):
        encoder.encode({"arm": city}, 40)
