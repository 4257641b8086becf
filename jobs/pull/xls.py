"""Workbooks of Excel 97 to 2003: their sheets, and how far one goes ([MS-CFB], [MS-XLS])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits
from jobs.pull.bounds import check_extent
from jobs.pull.shape import SheetShape

_FREE = 0xFFFFFFFA  # sector numbers from here on mean something else
_BEGIN, _END, _LOCKED, _SINCE_1904, _SHEET, _MERGED = 0x809, 0x0A, 0x2F, 0x22, 0x85, 0xE5
#: Cells that hold something: formula, number, label, truth or error, rich text, shared text, RK.
_CELLS = frozenset((0x06, 0x203, 0x204, 0x205, 0xD6, 0xFD, 0x27E))
_MANY = 0xBD
_UNICODE = 0x600


@dataclass(frozen=True)
class OldSheet:
    """One sheet as the workbook lists it.

    Attributes:
        name: Its name.
        begin: Where its records begin.
        visible: It is not hidden.
    """

    name: str
    begin: int
    visible: bool


def find_sheets(data: bytes) -> tuple[bytes, list[OldSheet], bool]:
    """The stream of a workbook, its sheets of cells, and whether its days count from 1904.

    Raises:
        SourceError: It is damaged, cut off, or protected with a password.
    """
    try:
        stream = _Compound(data).stream(("workbook", "book"))
        version = struct.unpack_from("<H", stream, 4)[0]
        sheets, since_1904 = [], False
        for kind, body in _records(stream, 0):
            if kind == _LOCKED:
                raise SourceError(say("pull.encrypted"))
            if kind == _SINCE_1904:
                since_1904 = struct.unpack_from("<H", body)[0] == 1
            elif kind == _SHEET and body[5] == 0:
                begin = struct.unpack_from("<I", body)[0]
                sheets.append(OldSheet(_name(body, version), begin, body[4] & 3 == 0))
    except (IndexError, struct.error, KeyError, UnicodeDecodeError):
        raise SourceError(say("pull.broken_package")) from None
    return stream, sheets, since_1904


def read_sheet(stream: bytes, sheet: OldSheet, limits: Limits) -> SheetShape:
    """How far a sheet goes, and what is merged in it; a formula always has a value there.

    Raises:
        SourceError: It is damaged, or larger than the limits allow.
    """
    rows = columns = 0
    merged = []
    try:
        for kind, body in _records(stream, sheet.begin):
            if kind in _CELLS or kind == _MANY:
                row, column = struct.unpack_from("<HH", body)
                if kind == _MANY:
                    (column,) = struct.unpack_from("<H", body, len(body) - 2)
                rows, columns = max(rows, row + 1), max(columns, column + 1)
            elif kind == _MERGED:
                (count,) = struct.unpack_from("<H", body)
                for top, bottom, left, right in struct.iter_unpack("<4H", body[2 : 2 + 8 * count]):
                    merged.append((top + 1, left + 1, bottom + 1, right + 1))
    except (IndexError, struct.error):
        raise SourceError(say("pull.broken_sheet")) from None
    check_extent(rows, columns, limits)
    return SheetShape(rows, columns, tuple(merged))


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records from one beginning to its end, those of charts within it left out."""
    depth = 0
    while True:
        kind, size = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + size]
        if len(body) < size:
            raise IndexError
        at += 4 + size
        depth += (kind == _BEGIN) - (kind == _END)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, body


def _name(body: bytes, version: int) -> str:
    letters = body[6]
    if version < _UNICODE:
        return body[7 : 7 + letters].decode("cp1252")
    if body[7] & 1:
        return body[8 : 8 + 2 * letters].decode("utf-16-le")
    return body[8 : 8 + letters].decode("latin-1")


class _Compound:
    """A file of streams in sectors."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._size = 1 << struct.unpack_from("<H", data, 30)[0]
        if self._size not in (512, 4096):
            raise IndexError
        more, more_sectors = struct.unpack_from("<II", data, 68)
        tables = list(struct.unpack_from("<109I", data, 76))
        for _ in range(min(more_sectors, len(data) // self._size)):
            entries = struct.unpack(f"<{self._size // 4}I", self._sector(more))
            tables += entries[:-1]
            more = entries[-1]
        self._next = [
            number
            for table in tables
            if table < _FREE
            for number in struct.unpack(f"<{self._size // 4}I", self._sector(table))
        ]

    def stream(self, names: tuple[str, ...]) -> bytes:
        """The stream of one of the names.

        Raises:
            KeyError: There is none.
            IndexError: The file is damaged.
        """
        first, small_first = (
            struct.unpack_from("<I", self._data, 48)[0],
            struct.unpack_from("<I", self._data, 60)[0],
        )
        entries = list(struct.iter_unpack("<64sH2B3I16sI8s8sIII", self._chain(first)))
        found = {
            one[0][: max(one[1] - 2, 0)].decode("utf-16-le").lower(): (one[11], one[12])
            for one in reversed(entries)
        }
        there = [found[name] for name in names if name in found]
        if not there:
            raise KeyError(names)
        begin, size = there[0]
        if size >= struct.unpack_from("<I", self._data, 56)[0]:
            return self._chain(begin)[:size]
        small = self._chain(entries[0][11])
        links = struct.unpack(f"<{len(table := self._chain(small_first)) // 4}I", table)
        return b"".join(small[64 * n : 64 * n + 64] for n in _follow(begin, links))[:size]

    def _chain(self, first: int) -> bytes:
        return b"".join(self._sector(number) for number in _follow(first, self._next))

    def _sector(self, number: int) -> bytes:
        begin = (number + 1) * self._size
        found = self._data[begin : begin + self._size]
        if not found:
            raise SourceError(say("pull.truncated"))
        return found.ljust(self._size, b"\0")


def _follow(first: int, links: list[int] | tuple[int, ...]) -> Iterator[int]:
    number = first
    for _ in range(len(links) + 1):
        if number >= _FREE:
            return
        yield number
        number = links[number]
    raise IndexError  # a chain that bites its tail
