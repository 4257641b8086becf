"""OpenDocument spreadsheets: how far their sheets go and what is odd in them."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits
from jobs.pull.bounds import check_extent
from jobs.pull.shape import SheetShape

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_CALC_ERROR = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_CHUNK = 1 << 20


def read_open_document(content: bytes, limits: Limits) -> tuple[list[tuple[str, SheetShape]], bool]:
    """Each sheet with its shape, and whether days are counted from 1904.

    All are measured: the library lays them all out.

    Raises:
        SourceError: It is not well formed, or a sheet is larger than the limits allow.
    """
    reader = _Reader(limits)
    try:
        return reader.read(content)
    except (expat.ExpatError, ValueError, LookupError):
        raise SourceError(say("pull.broken_sheet")) from None


class _Reader:
    """Follows the rows and cells, which may stand for many of their kind."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._sheets: list[tuple[str, SheetShape]] = []
        self._since_1904 = False
        self._name = ""
        self._depth = 0
        self._row = self._column = self._repeated = 0
        self._rows = self._columns = 0
        self._cell: dict[str, str] | None = None
        self._filled = False
        self._merged: list[tuple[int, int, int, int]] = []
        self._owed: list[tuple[int, int]] = []
        self._errors: list[tuple[int, int]] = []

    def read(self, content: bytes) -> tuple[list[tuple[str, SheetShape]], bool]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._no_doctype
        view = memoryview(content)
        for begin in range(0, len(content), _CHUNK):
            parser.Parse(view[begin : begin + _CHUNK], False)
        parser.Parse(b"", True)
        return self._sheets, self._since_1904

    def _no_doctype(self, *_: Any) -> None:
        raise ValueError("a sheet declares no types of its own")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _CELLS:
            self._cell = attributes
            self._filled = f"{_OFFICE}value-type" in attributes
        elif name == f"{_TEXT}p" and self._cell is not None:
            self._filled = True
        elif name == f"{_TABLE}table-row":
            self._repeated = _times(attributes, "number-rows-repeated")
            self._column = 0
        elif name == f"{_TABLE}table":
            self._depth += 1
            if self._depth > 1:
                raise ValueError("a table within a table")
            self._name = attributes.get(f"{_TABLE}name", "")
            self._row = self._rows = self._columns = 0
            self._merged, self._owed, self._errors = [], [], []
        elif name == f"{_TABLE}null-date":
            self._since_1904 = attributes.get(f"{_TABLE}date-value") == "1904-01-01"

    def _end(self, name: str) -> None:
        if name in _CELLS and self._cell is not None:
            self._end_cell(self._cell)
            self._cell = None
        elif name == f"{_TABLE}table-row":
            self._row += self._repeated
        elif name == f"{_TABLE}table":
            self._depth -= 1
            self._sheets.append(
                (
                    self._name,
                    SheetShape(
                        self._rows,
                        self._columns,
                        tuple(self._merged),
                        tuple(self._owed),
                        tuple(self._errors),
                    ),
                )
            )

    def _end_cell(self, cell: dict[str, str]) -> None:
        repeated = _times(cell, "number-columns-repeated")
        first, self._column = self._column + 1, self._column + repeated
        owed = f"{_TABLE}formula" in cell and not self._filled
        error = cell.get(_CALC_ERROR) == "error"
        if self._filled or owed:
            self._rows = max(self._rows, self._row + self._repeated)
            self._columns = max(self._columns, self._column)
            check_extent(self._rows, self._columns, self._limits)
        if owed or error:
            places = self._errors if error else self._owed
            for row in range(self._row + 1, self._row + self._repeated + 1):
                places += [(row, column) for column in range(first, self._column + 1)]
            check_extent(len(places), 1, self._limits)
        down, across = _times(cell, "number-rows-spanned"), _times(cell, "number-columns-spanned")
        if down * across > 1:
            self._merged.append((self._row + 1, first, self._row + down, first + across - 1))


def _times(attributes: dict[str, str], name: str) -> int:
    times = int(attributes.get(f"{_TABLE}{name}", "1"))
    if times < 1:
        raise ValueError("less than once")
    return times
