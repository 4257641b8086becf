"""Excel's binary workbooks: their sheets, and how far one goes ([MS-XLSB])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits
from jobs.pull.bounds import check_extent
from jobs.pull.shape import SheetShape

_ROW, _MERGE = 0, 176
#: Cells that hold something; record 1 is a blank one.
_CELLS = range(2, 12)
_BOOK, _BUNDLE = 153, 156


@dataclass(frozen=True)
class Bundle:
    """One sheet as the workbook lists it.

    Attributes:
        name: Its name.
        relation: The relation that leads to its part.
        visible: It is not hidden.
    """

    name: str
    relation: str
    visible: bool


def read_bundle(data: bytes) -> tuple[list[Bundle], bool]:
    """The sheets of a workbook, and whether its days are counted from 1904.

    Raises:
        SourceError: The part is damaged.
    """
    sheets, since_1904 = [], False
    try:
        for kind, begin, _ in _records(data):
            if kind == _BOOK:
                since_1904 = bool(data[begin] & 1)
            elif kind == _BUNDLE:
                (state,) = struct.unpack_from("<I", data, begin)
                relation, end = _text(data, begin + 8)
                name, _ = _text(data, end)
                sheets.append(Bundle(name, relation, state == 0))
    except (IndexError, struct.error, UnicodeDecodeError):
        raise SourceError(say("pull.broken_package")) from None
    return sheets, since_1904


def read_binary_shape(data: bytes, limits: Limits) -> SheetShape:
    """How far a sheet goes, and what is merged in it.

    Raises:
        SourceError: The part is damaged, or the sheet is larger than the limits allow.
    """
    row = rows = columns = 0
    merged = []
    try:
        for kind, begin, size in _records(data):
            if kind == _ROW:
                row = struct.unpack_from("<I", data, begin)[0] + 1
            elif kind in _CELLS:
                rows = max(rows, row)
                columns = max(columns, struct.unpack_from("<I", data, begin)[0] + 1)
            elif kind == _MERGE and size >= 16:
                top, bottom, left, right = struct.unpack_from("<4I", data, begin)
                merged.append((top + 1, left + 1, bottom + 1, right + 1))
    except (IndexError, struct.error):
        raise SourceError(say("pull.broken_sheet")) from None
    check_extent(rows, columns, limits)
    return SheetShape(rows, columns, tuple(merged))


def _records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, place and size of each record."""
    at = 0
    while at < len(data):
        kind, at = _number(data, at, 2)
        size, at = _number(data, at, 4)
        if at + size > len(data):
            raise IndexError
        yield kind, at, size
        at += size


def _number(data: bytes, at: int, longest: int) -> tuple[int, int]:
    number = 0
    for place in range(longest):
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    return number, at


def _text(data: bytes, at: int) -> tuple[str, int]:
    (letters,) = struct.unpack_from("<I", data, at)
    end = at + 4 + 2 * letters
    if end > len(data):
        raise IndexError
    return data[at + 4 : end].decode("utf-16-le"), end
