"""YAML is read with its lines, and every problem names file, line and field."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from relance.core import definitions
from relance.core.definitions import Definition, parse, validate
from relance.core.errors import DefinitionError


class Inner(Definition):
    size: int


class Outer(Definition):
    name: str
    steps: list[Inner]


def test_no_is_a_word_and_not_false() -> None:
    assert parse("a: no\nb: false", "x.yaml").data == {"a": "no", "b": False}


def test_a_problem_names_file_line_and_field() -> None:
    document = parse("name: a\nsteps:\n  - size: 1\n  - size: big\n", "x.yaml")
    with pytest.raises(DefinitionError, match=r"x.yaml, line 4, steps.1.size: .*\(it is 'big'\)"):
        validate(Outer, document)


def test_a_key_written_twice_is_refused_with_its_line() -> None:
    with pytest.raises(DefinitionError, match=r"x.yaml, line 2, a: this key stands twice"):
        parse("a: 1\na: 2\n", "x.yaml")


@pytest.mark.parametrize("text", ["a: [1", "- 1", "", "a:\n\t- b"])
def test_what_is_no_definition_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(DefinitionError, match=r"x\.yaml, line"):
        parse(text, "x.yaml")


def test_an_alias_is_refused_with_its_line() -> None:
    with pytest.raises(DefinitionError, match=r"x\.yaml, line 2: `\*big` repeats another part"):
        parse("a: &big [1, 2]\nb: [*big, *big]\n", "x.yaml")


def test_what_is_nested_too_deeply_has_its_own_sentence() -> None:
    with pytest.raises(DefinitionError, match=r"x\.yaml: nested too deeply\. Write it flatter"):
        parse("a: " + "[" * 5000 + "]" * 5000, "x.yaml")


@pytest.mark.parametrize("opening", ["- ", "? ", "-\t", "- ? ", "- - ? "])
def test_levels_opened_on_one_line_are_counted(opening: str) -> None:
    with pytest.raises(DefinitionError, match=r"x\.yaml(: nested too deeply|, line 1: not YAML)"):
        parse(opening * 5000 + "a", "x.yaml")


@given(st.text(st.sampled_from("-?: \n[]{}ab'\"#|>,\t\r\u2028"), max_size=60))
def test_no_text_is_deeper_than_it_is_taken_for(text: str) -> None:
    depth = deepest = 0
    try:
        for token in YAML(typ="rt").scan(text):
            depth += isinstance(token, definitions._OPENING) - isinstance(token, definitions._CLOSING)
            deepest = max(deepest, depth)
    except YAMLError:
        pass  # as deep as it was up to there
    assert deepest <= definitions._deepest(text)


def test_who_changes_what_was_read_changes_nothing_for_the_next() -> None:
    text = "name: a\nsteps: [{size: 1}]\n"
    document = parse(text, "x.yaml")
    document.data["steps"][0]["size"] = 2
    document.data["more"] = True
    assert parse(text, "y.yaml").data == {"name": "a", "steps": [{"size": 1}]}


def test_a_text_that_cannot_be_read_is_called_by_each_of_its_names() -> None:
    for name in ("x.yaml", "y.yaml"):
        with pytest.raises(DefinitionError, match=rf"{name}, line 2, a: this key stands twice"):
            parse("a: 1\na: 2\n", name)


@pytest.mark.parametrize(
    "written",
    ["2027-02-29", "2027-13-01", "2027-04-31T08:00:00", "2027-01-01T25:00:00", "0000-01-01", "2027-1-32T08:00:00Z"],
)
def test_a_date_that_does_not_exist_is_refused_with_its_line(written: str) -> None:
    day = written.split()[0]
    with pytest.raises(DefinitionError, match=rf"x\.yaml, line 3, {day}.*: this date does not exist") as caught:
        parse(f"a: 1\nb:\n  - {{starts: {written}, ends: 2027-05-01}}\n", "x.yaml")
    assert len(caught.value.problems) == 1


def test_dates_that_exist_are_dates() -> None:
    assert parse("a: 2028-02-29\nb: 2027-03-28 02:30:00", "x.yaml").data == {
        "a": date(2028, 2, 29),
        "b": datetime(2027, 3, 28, 2, 30),
    }
