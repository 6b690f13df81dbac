"""A file as it was brought: unpacked, its bytes verified from end to end, brought to plain UTF-8 where it is not."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from relance.core.errors import InputError
from relance.intake.options import Progress

CHUNK = 1 << 20
LONGEST_LINE = 2 << 20
HEAD = 1 << 18

_FOREIGN = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"%PDF": "a PDF document",
    b"BZh": "a bzip2 archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
}
_UTF8_IN_8_BIT = re.compile(rb"[\xc3\xc5][\x80-\xbf]")


@dataclass(frozen=True)
class Brought:
    """A verified file: `path` is plain UTF-8 text (or Parquet); `sha256` is of the content as it was, unpacked."""

    name: str
    path: Path
    sha256: str
    encoding: str = "utf-8"
    parquet: bool = False
    lines: int = 0  # physical lines
    quoted: bool = False  # holds a quotation mark
    ascii: bool = False  # holds nothing else
    lone_returns: bool = False  # holds carriage returns that end no line
    head: str = field(default="", repr=False)


def bring(path: Path, work: Path, progress: Progress) -> Brought:
    """Return the file verified and readable; copies, where needed, go to the folder `work`."""
    start = _first_bytes(path)
    if start[:4] == b"PAR1":
        return Brought(path.name, path, _hash(path), parquet=True)
    for mark, what in _FOREIGN.items():
        if start.startswith(mark):
            raise InputError(f"{path} is {what}. Export it as CSV, encoded in UTF-8, and bring that file.")
    plain = _unpack(path, work, progress) if start.startswith(b"\x1f\x8b") else path
    start = _first_bytes(plain) if plain is not path else start
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        found = replace(_scan(_transcode(plain, work, "utf-16"), path, progress), sha256=_hash(plain))
        return replace(found, name=path.name, encoding="utf-16")
    found = _scan(plain, path, progress)
    if found.encoding == "windows-1252":
        found = replace(found, path=_transcode(plain, work, "cp1252"))
    return replace(found, name=path.name)


def _first_bytes(path: Path) -> bytes:
    """Return the start of the file, or raise a sentence if there is none."""
    if path.is_dir():
        raise InputError(f"{path} is a folder. Name the file in it.")
    if not path.exists():
        raise InputError(f"{path} does not exist. Check the name.")
    if not path.is_file():
        raise InputError(f"{path} is not a file. Write its content to a file first.")
    try:
        with path.open("rb") as file:
            start = file.read(HEAD)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check the permissions.") from error
    if not start:
        raise InputError(f"{path} is empty. Export it again.")
    return start


def _hash(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
    return digest.hexdigest()


def _unpack(path: Path, work: Path, progress: Progress) -> Path:
    """Write the content of a gzip file to `work`; a cut one is refused before anything else looks at it."""
    plain, size = work / "unpacked", path.stat().st_size
    try:
        with path.open("rb") as raw, gzip.open(raw) as packed, plain.open("wb") as out:
            while block := packed.read(CHUNK):
                out.write(block)
                progress("unpack", raw.tell(), size)
    except EOFError as error:
        raise InputError(f"{path} ends too early: the gzip file was cut. Copy or download it again.") from error
    except (OSError, zlib.error) as error:
        raise InputError(f"{path} is a damaged gzip file ({error}). Copy or download it again.") from error
    if plain.stat().st_size == 0:
        raise InputError(f"{path} is empty once unpacked. Export it again.")
    return plain


def _transcode(path: Path, work: Path, encoding: str) -> Path:
    """Write the text as UTF-8 to `work`."""
    plain, line = work / "utf-8", 1
    try:
        with path.open(encoding=encoding, newline="") as text, plain.open("w", encoding="utf-8", newline="") as out:
            while block := text.read(CHUNK):
                out.write(block)
                line += block.count("\n")
    except UnicodeError as error:
        raise InputError(
            f"{path.name}, line {line} or later: not {encoding.upper()} as its first bytes say. Save it as UTF-8."
        ) from error
    return plain


def _blocks(path: Path, progress: Progress) -> Iterator[bytes]:
    size, done = path.stat().st_size, 0
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            done += len(block)
            yield block
            progress("check", done, size)


@dataclass
class _Text:
    """What is known of a text while its blocks go by."""

    shown: Path
    encoding: str = "utf-8"
    accents: bool = False
    first_8_bit: int = 0
    newlines: int = 0
    returns: int = 0
    pairs: int = 0
    quoted: bool = False
    tail: bytes = b""
    open_line: int = 0  # bytes since the last line end

    def __post_init__(self) -> None:
        self.decoder = codecs.getincrementaldecoder("utf-8")()

    def line(self, block: bytes, position: int) -> int:
        """Return the number of the line that holds this position of the block."""
        ends = block[:position].count(b"\n") if self.newlines or b"\n" in block else block[:position].count(b"\r")
        return 1 + ends + (self.newlines or (0 if b"\n" in block else self.returns))

    def refuse(self, block: bytes, position: int, sentence: str) -> None:
        raise InputError(f"{self.shown}, line {self.line(block, max(position, 0))}: {sentence}")

    def take(self, block: bytes, *, last: bool) -> None:
        """Verify one block and count what it holds."""
        if (position := block.find(b"\0")) >= 0:
            self.refuse(
                block,
                position,
                "a NUL byte; this is no text, or UTF-16 without its mark. Save the file as CSV in UTF-8.",
            )
        self._measure(block)
        if self.encoding == "utf-8":
            self._as_utf8(block, last=last)
        else:
            self._as_8_bit(block)
        self.newlines += block.count(b"\n")
        self.returns += block.count(b"\r")
        self.pairs += block.count(b"\r\n") + (self.tail == b"\r" and block[:1] == b"\n")
        self.quoted = self.quoted or b'"' in block
        self.tail = block[-1:]

    def _measure(self, block: bytes) -> None:
        """Refuse a line longer than any real one: the separator of lines is then something else."""
        ends = [position for position in (block.find(b"\n"), block.find(b"\r")) if position >= 0]
        first = min(ends, default=len(block))
        if self.open_line + first > LONGEST_LINE:
            self.refuse(
                block, 0, "longer than 2 MB. Its line ends are missing, or this is no CSV file. Export it again."
            )
        last = max(block.rfind(b"\n"), block.rfind(b"\r"))
        self.open_line = self.open_line + len(block) if last < 0 else len(block) - last - 1

    def _as_utf8(self, block: bytes, *, last: bool) -> None:
        waiting = len(self.decoder.getstate()[0])
        try:
            self.decoder.decode(block, last)
        except UnicodeDecodeError as error:
            position = error.start - waiting
            if self.accents or not block[: max(position, 0)].isascii():
                self.refuse(
                    block, position,
                    f"byte 0x{error.object[error.start]:02x} is not UTF-8, which the lines before are. "
                    "Correct this line, or save the whole file as UTF-8.",
                )  # fmt: skip
            self.encoding, self.first_8_bit = "windows-1252", self.line(block, position)
            self._as_8_bit(block)
        else:
            self.accents = self.accents or not block.removeprefix(codecs.BOM_UTF8).isascii()

    def _as_8_bit(self, block: bytes) -> None:
        try:
            block.decode("cp1252")
        except UnicodeDecodeError as error:
            self.refuse(
                block, error.start,
                f"byte 0x{block[error.start]:02x} is neither UTF-8 nor Windows-1252. Save the file as UTF-8.",
            )  # fmt: skip
        if found := _UTF8_IN_8_BIT.search(block):
            self.refuse(
                block, found.start(),
                f"UTF-8, while line {self.first_8_bit} is Windows-1252: two encodings in one file. Save the whole file as UTF-8.",
            )  # fmt: skip


def _scan(path: Path, shown: Path, progress: Progress) -> Brought:
    """Read the whole text once: verify its encoding, count its lines, hash it."""
    text, digest, head = _Text(shown), sha256(), b""
    left = path.stat().st_size
    for block in _blocks(path, progress):
        left -= len(block)
        text.take(block, last=left <= 0)
        digest.update(block)
        head = head if len(head) >= HEAD else (head + block)[:HEAD]
    ends = text.newlines or text.returns
    head_encoding = "utf-8-sig" if text.encoding == "utf-8" else "cp1252"
    return Brought(
        name=shown.name, path=path, sha256=digest.hexdigest(), encoding=text.encoding,
        lines=ends + (text.tail not in {b"\n", b"\r"}), quoted=text.quoted, ascii=text.encoding == "utf-8" and not text.accents,
        lone_returns=bool(text.newlines) and text.returns != text.pairs, head=head.decode(head_encoding, errors="ignore"),
    )  # fmt: skip
