"""What the XML of a sheet says beside its values: how far it goes, what is merged, what is owed.

The library that reads the values lays every sheet out as a full rectangle up to its furthest cell,
and gives a formula that was never worked out as an empty cell. Both are found here, in one pass
that keeps nothing but what it looks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.parsers import expat

import polars as pl

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits
from jobs.pull.bounds import check_extent
from jobs.pull.shape import SheetShape

#: Cells whose places are put down before they are looked at together.
_BATCH = 100_000
_CHUNK = 1 << 20
_PLACE = r"^\$?([A-Za-z]{1,3})\$?(\d{1,7})$"
_ROW_MAX, _COLUMN_MAX = 1_048_576, 16_384


def place(reference: str) -> tuple[int, int]:
    """Row and column of a reference such as `C5`.

    Raises:
        ValueError: It is none, or lies outside of what a sheet can have.
    """
    found = re.match(_PLACE, reference)
    if found is None:
        raise ValueError("no reference of a cell")
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    row = int(found[2])
    if not (1 <= row <= _ROW_MAX and column <= _COLUMN_MAX):
        raise ValueError("outside of a sheet")
    return row, column


def read_shape(xml: bytes, limits: Limits) -> SheetShape:
    """Go through the XML of one sheet.

    Raises:
        SourceError: It is not well formed, or the sheet is larger than the limits allow.
    """
    reader = _Reader(limits)
    try:
        return reader.read(xml)
    except (expat.ExpatError, ValueError, LookupError):
        raise SourceError(say("pull.broken_sheet")) from None


class _Reader:
    """Handlers of the parser; a formula is followed to the end of its cell, the rest is passed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._names: dict[str, str] = {}
        self._places: list[str] = []
        self._row = self._column = 0
        self._rows = self._columns = 0
        self._cell: Mapping[str, str] = {}
        self._valued = False
        self._merged: list[tuple[int, int, int, int]] = []
        self._owed: list[tuple[int, int]] = []
        self._starts: Mapping[str, Callable[[dict[str, str]], None]] = {
            "c": self._start_cell,
            "row": self._start_row,
            "f": self._start_formula,
            "mergeCell": self._merge,
        }

    def read(self, xml: bytes) -> SheetShape:
        parser = self._parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.StartDoctypeDeclHandler = self._no_doctype
        view = memoryview(xml)
        for begin in range(0, len(xml), _CHUNK):
            parser.Parse(view[begin : begin + _CHUNK], False)
            if len(self._places) > _BATCH:
                self._measure()
        parser.Parse(b"", True)
        self._measure()
        return SheetShape(self._rows, self._columns, tuple(self._merged), tuple(self._owed))

    def _no_doctype(self, *_: Any) -> None:
        raise ValueError("a sheet declares no types of its own")

    def _local(self, name: str) -> str:
        """A name without its namespace; there are few, and each is parted once."""
        local = self._names.get(name)
        if local is None:
            local = self._names[name] = name.rpartition(" ")[2]
        return local

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        handler = self._starts.get(self._names.get(name) or self._local(name))
        if handler is not None:
            handler(attributes)

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row = int(attributes["r"]) if "r" in attributes else self._row + 1
        self._column = 0

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if "r" in attributes:
            self._places.append(attributes["r"])
        else:  # it comes after the one before it
            self._column += 1
            self._rows = max(self._rows, self._row)
            self._columns = max(self._columns, self._column)
        self._cell = attributes

    def _start_formula(self, _: dict[str, str]) -> None:
        self._valued = False
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = None

    def _characters(self, text: str) -> None:
        self._valued = self._valued or bool(text)

    def _end(self, name: str) -> None:
        local = self._local(name)
        if local == "f":  # what follows within the cell is its value
            self._parser.CharacterDataHandler = self._characters
        elif local == "c":
            # A formula whose value is the empty text says so by its type.
            if not self._valued and self._cell.get("t") != "str":
                reference = self._cell.get("r")
                self._owed.append(place(reference) if reference else (self._row, self._column))
            self._parser.EndElementHandler = None
            self._parser.CharacterDataHandler = None

    def _merge(self, attributes: dict[str, str]) -> None:
        first, _, last = attributes["ref"].partition(":")
        (top, left), (bottom, right) = place(first), place(last or first)
        if bottom < top or right < left:
            raise ValueError("a range that runs backwards")
        self._merged.append((top, left, bottom, right))

    def _measure(self) -> None:
        """The furthest of the places that were put down; far cells are refused at once."""
        if self._places:
            parts = pl.col("place").str.extract_groups(_PLACE)
            letters = parts.struct[0].str.to_uppercase().unique()
            rows = parts.struct[1].cast(pl.UInt32)
            found = pl.DataFrame({"place": self._places})
            if found.select(parts.struct[0].is_null().any()).item():
                raise ValueError("no reference of a cell")
            columns = found.select(letters).to_series()
            self._columns = max(self._columns, *(place(f"{name}1")[1] for name in columns))
            lowest, highest = found.select(rows.min().alias("a"), rows.max().alias("b")).row(0)
            if not lowest or highest > _ROW_MAX:
                raise ValueError("outside of a sheet")
            self._rows = max(self._rows, highest)
            self._places.clear()
        check_extent(self._rows, self._columns, self._limits)
