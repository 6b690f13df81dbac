"""Bytes: encodings, packing, and files that are none."""

import gzip
from datetime import datetime
from pathlib import Path

import pytest

from relance.core.errors import InputError
from relance.intake import contacts, files
from relance.intake.options import Options, silent

from .conftest import Write


def bring(path: Path, tmp_path: Path) -> files.Brought:
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    return files.bring(path, work, silent)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_is_read_alike_in_each_encoding(write: Write, tmp_path: Path, encoding: str) -> None:
    found = bring(write("prénom\nChloé\n", encoding=encoding), tmp_path)
    assert found.path.read_text(encoding="utf-8-sig") == "prénom\nChloé\n"
    assert found.lines == 2


def test_accents_beyond_the_head_are_found(write: Write, tmp_path: Path) -> None:
    found = bring(write("name\n" + "anna\n" * 500_000 + "Chloé\n", encoding="cp1252"), tmp_path)
    assert found.encoding == "windows-1252"
    assert found.lines == 500_002


def test_a_broken_line_in_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("prénom\nChloé\n".encode() + "Zoé\n".encode("cp1252"))
    with pytest.raises(InputError, match="line 3: byte 0xe9 is not UTF-8"):
        bring(path, tmp_path)


def test_utf8_amid_windows_1252_is_named(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("prénom\n".encode("cp1252") + "Chloé\n".encode())
    with pytest.raises(InputError, match="line 2: UTF-8, while line 1 is Windows-1252"):
        bring(path, tmp_path)


def test_a_nul_byte_is_named(write: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 2: a NUL byte"):
        bring(write("name\nan\0na\n"), tmp_path)


def test_gzip_is_unpacked_and_counts_as_the_same_content(write: Write, tmp_path: Path) -> None:
    plain = write("name\nanna\n")
    packed = tmp_path / "people.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert bring(packed, tmp_path).sha256 == bring(plain, tmp_path).sha256


def test_a_cut_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv.gz"
    path.write_bytes(gzip.compress(bytes(range(256)) * 1000)[:-20])
    with pytest.raises(InputError, match="ends too early"):
        bring(path, tmp_path)


def test_a_line_of_200_megabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    with path.open("wb") as file:
        file.write(b"name\n")
        for _ in range(200):
            file.write(b"x" * (1 << 20))
    with pytest.raises(InputError, match="line 2: longer than 2 MB"):
        bring(path, tmp_path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "Excel workbook or a ZIP"),
        (b"%PDF-1.4", "PDF document"),
        (b"PAR1", "damaged Parquet"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, db: None, now: datetime, content: bytes, sentence: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        contacts.load(path, Options(), now)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        files.bring(tmp_path, tmp_path, silent)
    with pytest.raises(InputError, match="does not exist"):
        files.bring(tmp_path / "absent.csv", tmp_path, silent)
