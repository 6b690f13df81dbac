"""Definitions read once for the length of a block, and only there."""

import pytest

from relance.core.unchanged import read_once, unchanged


class Reader:
    """Counts how often it was really asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.read = read_once(self._read)

    def _read(self, name: str, *, language: str = "fr") -> str:
        self.asked.append(name)
        if name == "nobody":
            raise LookupError(name)
        return f"{name} in {language}"


def test_outside_a_block_every_call_reads() -> None:
    reader = Reader()
    assert [reader.read("anna"), reader.read("anna")] == ["anna in fr"] * 2
    assert reader.asked == ["anna", "anna"]


def test_in_a_block_each_question_is_read_once() -> None:
    reader = Reader()
    with unchanged():
        assert [reader.read(name) for name in ("anna", "ben", "anna")] == ["anna in fr", "ben in fr", "anna in fr"]
        assert reader.read("anna", language="en") == "anna in en"
    assert reader.asked == ["anna", "ben", "anna"]
    reader.read("anna")
    assert len(reader.asked) == 4, "the block is over"


def test_a_block_in_a_block_starts_anew() -> None:
    reader = Reader()
    with unchanged():
        reader.read("anna")
        with unchanged():
            reader.read("anna")
        reader.read("anna")
    assert len(reader.asked) == 2


def test_an_answer_that_failed_is_asked_again() -> None:
    reader = Reader()
    with unchanged():
        for _ in range(2):
            with pytest.raises(LookupError):
                reader.read("nobody")
    assert reader.asked == ["nobody", "nobody"]


def test_two_readers_do_not_answer_for_each_other() -> None:
    one, other = Reader(), Reader()
    with unchanged():
        one.read("anna")
        other.read("anna")
    assert one.asked == other.asked == ["anna"]
