"""YAML is read with its lines, and every problem names file, line and field."""

import pytest

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
