"""Rows of a CSV text that are not a line each, read one by one; what is lost costs its lines only.

The rules, from the line at which a row begins:

- A cell that begins with a quote goes on to the quote that closes it, over line breaks too. After
  that quote stands the delimiter or the end of a line. Doubled quotes in it are one. In a cell that
  does not begin with a quote, a quote is a sign like any other (`6" blade`).
- A row is *broken* (`broken_quotes`) when a quote does not close, or closes before something else;
  when it goes over several lines, has not the header's width, and one of the lines after its first
  has that width by itself; and when it goes over several lines and every one of them has the
  header's number of delimiters, quotes or not, unless it has the header's width and the header
  fewer than five columns: two stray quotes have then swallowed the rows between them. (A true cell
  of several lines would have to hold exactly the delimiters of a row in each.)
- A row of another width that is not broken is `columns_shifted`: one bad row, with all its lines.
- After a broken row reading resumes at the next line at which a sound row begins: one of the
  header's width, not broken, without stray quotes, and none of whose further lines has that width
  by itself. Each line that is not blank and lies between is a bad row of its own. A broken row
  itself therefore has `lines` 1, and rows sent are rows read and bad rows, line for line.
- Where reading cannot resume, what follows is lost and the text is incomplete. So it is where the
  last row has fewer cells than the header. A broken last line alone is only incomplete where its
  quote is open at the end or delimiters are lacking.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jobs.pull.csv_lines import Lines

#: From this width on, several lines with a row's delimiters each are no cell of several lines.
_SWALLOWS_FROM = 5
_QUOTE = b'"'


class BadRow(NamedTuple):
    """A row that could not be taken.

    Attributes:
        line: The index of the line at which it begins.
        lines: How many lines it takes.
        reason: The code of the reason.
    """

    line: int
    lines: int
    reason: str


class Row(NamedTuple):
    """A row as it was read.

    Attributes:
        cells: Its cells; None where its quotes are broken.
        last: The index of its last line.
        stray: A cell that does not begin with a quote holds one.
        open: A quote is open at the end of the data.
    """

    cells: list[bytes] | None
    last: int
    stray: bool = False
    open: bool = False


class Found(NamedTuple):
    """What the lines of a text were found to be.

    Attributes:
        single: Indices of lines that are a row each, to be taken as they are.
        rows: Rows of several lines, or with stray quotes, by the index of their first line.
        bad: Bad rows, in order.
        incomplete: The last row says that the text is not whole.
    """

    single: npt.NDArray[np.int64]
    rows: dict[int, list[bytes]]
    bad: list[BadRow]
    incomplete: bool


class Reader:
    """Reads rows from lines of a text."""

    def __init__(self, data: bytes, lines: Lines, delimiter: bytes, width: int) -> None:
        self._data = data
        self._lines = lines
        self._delimiter = delimiter
        self._width = width
        self._starts = lines.starts.tolist()
        self._ends = lines.ends.tolist()

    def row(self, line: int) -> Row:
        """The row that begins at a line."""
        data, delimiter = self._data, self._delimiter
        place, last, stray = self._starts[line], line, False
        cells: list[bytes] = []
        while True:
            if data[place : place + 1] == _QUOTE and place < self._ends[last]:
                cell, after = self._quoted(place)
                if cell is None:
                    return Row(None, len(self._starts) - 1, stray, open=True)
                while last + 1 < len(self._starts) and self._starts[last + 1] < after:
                    last += 1
                cells.append(cell)
                if after == self._ends[last]:
                    return Row(cells, last, stray)
                if data[after : after + 1] != delimiter:
                    return Row(None, last, stray)
                place = after + 1
                continue
            end = data.find(delimiter, place, self._ends[last])
            cells.append(data[place : self._ends[last] if end < 0 else end])
            stray = stray or _QUOTE in cells[-1]
            if end < 0:
                return Row(cells, last, stray)
            place = end + 1

    def _quoted(self, place: int) -> tuple[bytes | None, int]:
        """The cell whose quote opens at a place, and where it ends; None where it does not."""
        data, parts, begin = self._data, [], place + 1
        while True:
            end = data.find(_QUOTE, begin)
            if end < 0:
                return None, len(data)
            parts.append(data[begin:end])
            if data[end + 1 : end + 2] != _QUOTE:
                return _QUOTE.join(parts), end + 1
            begin = end + 2

    def find(self, first: int, stop: int) -> Found:
        """What the lines from `first` up to `stop` are."""
        lines, width = self._lines, self._width
        single = np.zeros(len(lines.starts), dtype=np.bool_)
        single[first:stop] = lines.whole[first:stop]
        rows: dict[int, list[bytes]] = {}
        bad: list[BadRow] = []
        lost_from: int | None = None
        odd = first + np.flatnonzero(~(lines.whole | lines.blank)[first:stop])
        at = first
        for start in odd.tolist():
            if start < at:  # a row before it took it
                continue
            at = start
            while at < stop and not (lines.whole[at] or lines.blank[at]):
                row = self.row(at)
                if row.cells is not None and row.last < stop and not self._broken(at, row):
                    single[at : row.last + 1] = False
                    if len(row.cells) == width:
                        rows[at] = row.cells
                    else:
                        bad.append(BadRow(at, row.last - at + 1, "columns_shifted"))
                    at = row.last + 1
                    continue
                resumed = self._resume(at + 1, stop)
                between = np.arange(at, resumed)
                single[at:resumed] = False
                bad += [
                    BadRow(line, 1, "broken_quotes")
                    for line in between[~lines.blank[at:resumed]].tolist()
                ]
                if resumed == stop:
                    lost_from = at
                at = resumed
        shifted = np.flatnonzero(single & (lines.cells != width))
        single[shifted] = False
        bad += [BadRow(line, 1, "columns_shifted") for line in shifted.tolist()]
        bad.sort()
        taken = np.flatnonzero(single)
        last_good = max(int(taken[-1]) if len(taken) else -1, max(rows, default=-1))
        ends_bad = bool(bad) and bad[-1].line > last_good
        return Found(taken, rows, bad, ends_bad and self._cut(bad[-1], lost_from))

    def _broken(self, line: int, row: Row) -> bool:
        """Whether a row of several lines has swallowed others."""
        if row.cells is None or row.last == line:
            return row.cells is None
        shifted = len(row.cells) != self._width
        counts = self._lines.delimiters[line : row.last + 1]
        if (shifted or self._width >= _SWALLOWS_FROM) and (counts == self._width - 1).all():
            return True
        return shifted and self._holds_row(line, row)

    def _holds_row(self, line: int, row: Row) -> bool:
        """Whether a line after the first has the header's width by itself."""
        return any(self._alone(inner) for inner in range(line + 1, row.last + 1))

    def _alone(self, line: int) -> bool:
        if self._lines.whole[line]:
            return bool(self._lines.cells[line] == self._width)
        if self._lines.blank[line] or self._lines.delimiters[line] < self._width - 1:
            return False
        row = self.row(line)
        return row.last == line and row.cells is not None and len(row.cells) == self._width

    def _resume(self, line: int, stop: int) -> int:
        """The next line at which a sound row begins, or `stop`."""
        lines = self._lines
        while line < stop:
            if lines.whole[line]:
                if lines.cells[line] == self._width:
                    return line
            elif not lines.blank[line]:
                row = self.row(line)
                sound = row.cells is not None and len(row.cells) == self._width
                if sound and not row.stray and row.last < stop:
                    clean = self._width == 1 or not self._holds_row(line, row)
                    if clean and not self._broken(line, row):
                        return line
            line += 1
        return stop

    def _cut(self, last: BadRow, lost_from: int | None) -> bool:
        lines = self._lines
        if last.reason == "columns_shifted":
            return self._cells(last.line) < self._width
        if lost_from is None or lost_from != last.line:
            return True
        lacking = lines.delimiters[last.line] < self._width - 1
        quotes = self._data.count(_QUOTE, self._starts[last.line], self._ends[last.line])
        return bool(lacking) or quotes % 2 == 1

    def _cells(self, line: int) -> int:
        cells = self.row(line).cells
        return len(cells) if cells is not None else 0


def quoted(cells: list[bytes], delimiter: bytes) -> bytes:
    """A row written so that any reader of CSV gets its cells."""
    return delimiter.join(b'"%b"' % cell.replace(b'"', b'""') for cell in cells) + b"\n"
