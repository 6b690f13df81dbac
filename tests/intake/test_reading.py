"""Rows and the lines they stand on."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from relance.core.errors import InputError
from relance.intake import files, reading, sniffing
from relance.intake.options import silent

from .conftest import Write


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    yield connection
    connection.close()


def rows(
    con: duckdb.DuckDBPyConnection, path: Path, tmp_path: Path, columns: tuple[str, ...] = ()
) -> list[tuple[object, ...]]:
    file = files.bring(path, tmp_path, silent)
    reading.read(con, file, sniffing.sniff(file, columns), tmp_path, silent)
    return con.execute("FROM raw ORDER BY line").fetchall()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path, separator: str) -> None:
    path = write(f"email{separator}montant\na@x.fr{separator}12\nb@x.fr{separator}7\n")
    assert rows(con, path, tmp_path) == [(2, "a@x.fr", "12"), (3, "b@x.fr", "7")]


def test_decimal_commas_do_not_pass_for_separators(
    con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path
) -> None:
    assert rows(con, write("email;montant\na@x.fr;12,50\nb@x.fr;7,00\n"), tmp_path)[0] == (2, "a@x.fr", "12,50")


def test_excel_may_declare_the_separator(con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path) -> None:
    assert rows(con, write("sep=;\nemail;name\na@x.fr;Anna\n"), tmp_path) == [(3, "a@x.fr", "Anna")]


def test_lines_stay_exact_past_quoted_line_ends_and_blank_lines(
    con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path
) -> None:
    path = write('email,note\na@x.fr,"one\ntwo"\n\nb@x.fr,plain\n')
    assert rows(con, path, tmp_path) == [(2, "a@x.fr", "one\ntwo"), (5, "b@x.fr", "plain")]


def test_lines_are_exact_in_a_large_file_read_in_parallel(
    con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path
) -> None:
    path = write("n,text\n" + "".join(f"{n},some text to fill the line number {n}\n" for n in range(2, 400_000)))
    rows(con, path, tmp_path)
    assert con.execute("SELECT count(*) FROM raw WHERE line <> c0::BIGINT").fetchall() == [(0,)]


def test_rows_of_a_wrong_width_are_told_with_their_line(
    con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path
) -> None:
    assert rows(con, write("email,name\na@x.fr\nb@x.fr,Boris\nc@x.fr,Chloe,more\n"), tmp_path) == [
        (3, "b@x.fr", "Boris")
    ]
    assert con.execute("SELECT line, fields FROM ragged ORDER BY line").fetchall() == [
        (2, ["a@x.fr"]),
        (4, ["c@x.fr", "Chloe", "more"]),
    ]


def test_a_quote_that_is_never_closed_is_named(con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 3: a quote opened there is never closed"):
        rows(con, write('email,name\na@x.fr,Anna\nb@x.fr,"Boris\nc@x.fr,Chloe\n'), tmp_path)


def test_quotes_within_a_field_belong_to_it(con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path) -> None:
    assert rows(con, write('sku,name\n1,a 5" disc\n2,"a ""good"" one"\n'), tmp_path) == [
        (2, "1", 'a 5" disc'),
        (3, "2", 'a "good" one'),
    ]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends(con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path, end: str) -> None:
    assert rows(con, write(f"email,name{end}a@x.fr,Anna{end}"), tmp_path) == [(2, "a@x.fr", "Anna")]


def test_fixed_width_is_cut_by_positions(con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path) -> None:
    assert rows(con, write("00004 19970101\n00021 19970112\n"), tmp_path, ("1-5", "7-14")) == [
        (1, "00004", "19970101"), (2, "00021", "19970112"),
    ]  # fmt: skip


def test_columns_named_by_number_mean_there_is_no_header(
    con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path
) -> None:
    assert rows(con, write("a@x.fr,Anna\nb@x.fr,Boris\n"), tmp_path, ("1",)) == [
        (1, "a@x.fr", "Anna"),
        (2, "b@x.fr", "Boris"),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("email,name\n", "a header and no line below it"),
        ("Email,name,EMAIL\na,b,c\n", "line 1: the header “EMAIL” stands twice"),
        ("\n\n\n", "only empty lines"),
    ],
)
def test_a_file_without_table_is_refused(
    con: duckdb.DuckDBPyConnection, write: Write, tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        rows(con, write(text), tmp_path)
