"""A file of bytes as text, whatever program wrote it; what is no text is refused with the way out."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import TextIO

from assessment.records.source import File, Limits, RecordsError

HEAD = 65_536
"""How much of a file is looked at to recognise it, in bytes."""

_PIECE = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CALLED = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
_AS_CSV = "open it where it was made and save it as CSV in UTF-8, then give that file"
_MAGIC = (
    (b"PK\x03\x04", "this is a workbook or an archive (XLSX or ZIP), not text", _AS_CSV),
    (b"\xd0\xcf\x11\xe0", "this is an old workbook (XLS), not text", _AS_CSV),
    (b"%PDF", "this is a PDF, not an export", "export the items as CSV or JSON"),
    (b"\x1f\x8b", "is compressed", "unpack it and give the file inside"),
    (b"7z\xbc\xaf", "this is an archive", "unpack it and give the file inside"),
    (b"BZh", "is compressed", "unpack it and give the file inside"),
    (b"PAR1", "this is a Parquet file, not text", "export the items as CSV or JSON"),
    (b"SQLite format 3", "this is a database, not an export", "export the items as CSV or JSON"),
    (b"\x89PNG", "this is a picture, not an export", "export the items as CSV or JSON"),
)
_NO_TEXT = "export the items as CSV or JSON, in UTF-8"
# What no text holds; the separators that `git log` can print (0x1c to 0x1f) and escapes are left out.
_CONTROLS = bytes([*range(1, 9), *range(14, 27)])


@dataclass(frozen=True, slots=True)
class Writing:
    """How a file is written: the codec that reads it, and what people call that."""

    codec: str

    @property
    def called(self) -> str:
        return _CALLED[self.codec]

    @property
    def is_unusual(self) -> bool:
        """Is it something that is worth telling?"""
        return not self.codec.startswith("utf-8")


def head_of(file: File) -> str:
    """Return the beginning of a file as text, to recognise it by. Raises RecordsError where it is no text."""
    with file.open() as stream:
        head = stream.read(HEAD)
    codec = _codec(file.name, head, whole=len(head) < HEAD)
    if codec is None:
        try:  # the last letter may be cut in two
            return codecs.getincrementaldecoder("utf-8")().decode(head)
        except UnicodeDecodeError:
            codec = "cp1252"
    return head.decode(codec, "replace").removeprefix("\ufeff")


def writing_of(file: File, limits: Limits) -> Writing:
    """Return how a file is written, after having gone through the whole of it once.

    Raises RecordsError where it is larger than the limit, where it is no text, or where its text breaks off.
    """
    _check_size(file, file.size, limits)
    with file.open() as stream:
        head = stream.read(HEAD)
    if not head:
        raise RecordsError(file.name, "is empty", "export it again, with at least its line of headings")
    codec = _codec(file.name, head, whole=len(head) < HEAD)
    if codec:
        _go_through(file, codec, limits)
        return Writing(codec)
    for attempt in ("utf-8", "cp1252"):
        try:
            _go_through(file, attempt, limits)
        except UnicodeDecodeError:
            continue
        return Writing(attempt)
    _go_through(file, "latin-1", limits)
    return Writing("latin-1")


def opened(file: File, writing: Writing) -> TextIO:
    """Return the file as a stream of text from its beginning; ends of lines stay as they are."""
    return io.TextIOWrapper(file.open(), encoding=writing.codec, newline="")


def _check_size(file: File, size: int, limits: Limits) -> None:
    if limits.bytes is not None and size > limits.bytes:
        raise RecordsError(
            file.name,
            f"is larger than {limits.bytes // 1_000_000} MB",
            "export a shorter time or fewer columns, or read it where it lies with the local reader",
        )


def _codec(name: str, head: bytes, *, whole: bool) -> str | None:
    """Return the codec that a beginning tells of; None for one of a byte a character, or UTF-8."""
    for magic, fault, remedy in _MAGIC:
        if head.startswith(magic):
            raise RecordsError(name, fault, remedy)
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return codec
    if b"\0" in head:
        return _wide(name, head)
    if sum(map(head.count, (bytes([control]) for control in _CONTROLS))) > len(head) // 100:
        raise RecordsError(name, "is no text", _NO_TEXT)
    return None


def _wide(name: str, head: bytes) -> str:
    """Return which UTF-16 it is by where its zeros stand; most of an export is of letters below 256."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    line = head[: head.index(0)].count(b"\n") + 1
    raise RecordsError(f"{name}, line {line}", "holds a zero byte, which no text has", _NO_TEXT)


def _go_through(file: File, codec: str, limits: Limits) -> None:
    """Decode the whole file once. Raises UnicodeDecodeError where it may be in another encoding."""
    decoder = codecs.getincrementaldecoder(codec)()
    size, lines = 0, 1
    with file.open() as stream:
        while True:
            piece = stream.read(_PIECE)
            size += len(piece)
            _check_size(file, size, limits)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as broken:
                if codec in ("utf-8", "cp1252"):
                    raise
                line = lines + _lines_before(broken, codec)
                raise RecordsError(
                    f"{file.name}, line {line}", f"is not {_CALLED[codec]} there", _NO_TEXT
                ) from broken
            if "\0" in text:
                line = lines + text[: text.index("\0")].count("\n")
                raise RecordsError(
                    f"{file.name}, line {line}", "holds a zero byte, which no text has", _NO_TEXT
                )
            if not piece:
                return
            lines += text.count("\n")


def _lines_before(broken: UnicodeDecodeError, codec: str) -> int:
    return broken.object[: broken.start].decode(codec, "ignore").count("\n")
