"""Any CSV becomes typed columns, or is refused with a sentence."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from relance.core.errors import InputError
from relance.dormancy.reactivity import reading
from tests.dormancy.reactivity import people


def written(folder: Path, *lines: str) -> Path:
    path = folder / "people.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_numbers_dates_and_words_are_told_apart(tmp_path: Path) -> None:
    table = reading.read(people.write(tmp_path / "shop.csv", 100))
    kinds = {name: column.kind for name, column in table.columns.items()}
    assert (kinds["orders"], kinds["first_order"], kinds["city"], kinds["spent"]) == (
        "number",
        "date",
        "text",
        "number",
    )
    assert np.isclose(table.columns["spent"].numbers % 1, 0.5).any(), "a decimal comma is one"
    first = table.columns["first_order"].numbers
    assert first is not None
    assert first[1] - first[0] == 32, "1 January, 2 February: days come first"


def test_what_is_missing_stays_missing(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b", *["NaN,x", "2,", "inf,N/A"] * 10)
    table = reading.read(path)
    assert np.isnan(table.columns["a"].numbers[[0, 2]]).all()
    assert table.columns["b"].coded().tolist()[:3] == [0, -1, -1]


def test_a_packed_file_reads_alike(tmp_path: Path) -> None:
    plain = people.write(tmp_path / "shop.csv", 50)
    packed = tmp_path / "shop.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert reading.read(packed).column("city").names() == reading.read(plain).column("city").names()


@pytest.mark.parametrize(("content", "words"), [
    (None, "a folder"), (b"", "empty"), (b"a,b\n1,2\n", "1 rows"), (b"\xff\xfe\x00a\x81" * 30, "cannot be read|rows of data"),
])  # fmt: skip
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "odd.csv"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        reading.read(path)


def test_an_absent_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    table = reading.read(people.write(tmp_path / "shop.csv", 50))
    with pytest.raises(InputError, match=r"no column `Visited`.*visited"):
        table.column("Visited")
