"""Read what is sound of a CSV text with Polars, and prove that it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from jobs.pull.csv_lines import scan
from jobs.pull.csv_rows import BadRow, Reader, quoted

_LF, _CR, _QUOTE = 10, 13, 34
#: Bytes that are looked at together: as many as stay at hand.
_CHUNK = 1 << 18
_Numbers = npt.NDArray[np.int64]


class Rows(NamedTuple):
    """Rows of a text.

    Attributes:
        frame: The cells of the rows that were read.
        row: The number of each, from 1.
        line: The index of the line at which each begins, from 0.
        bad: The rows that were not, with the index of their line.
        bad_row: The number of each of those.
        incomplete: The last row says that the text is not whole.
        longest: Bytes of the longest cell.
    """

    frame: pl.DataFrame
    row: _Numbers
    line: _Numbers
    bad: list[BadRow]
    bad_row: _Numbers
    incomplete: bool
    longest: int


def read_regular(
    data: bytes, begin: int, stop: int, delimiter: str, headers: Sequence[str]
) -> Rows | None:
    """Every row of a text that is regular throughout; None where it is not.

    Args:
        data: The text.
        begin: Where the first row begins.
        stop: Where the last one ends.
        delimiter: What parts cells, one byte.
        headers: The names of the columns.
    """
    signs = _signs(data, begin, stop, ord(delimiter))
    if signs is None:
        return None
    frame = _parse(data, begin, stop, delimiter, headers, has_quotes=signs.quotes > 0)
    if frame is None:
        return None
    height, width = frame.shape
    lines = signs.feeds + (stop > begin and data[stop - 1] != _LF)
    content, longest = _lengths(frame)
    taken = content + signs.quotes - signs.doubled + height * (width - 1)
    if height != lines or taken + signs.feeds + signs.returns != stop - begin:
        return None
    if width == 1 and (frame.to_series().str.strip_chars() == "").any():
        return None  # a blank line, which is no row, or a cell of blanks
    numbers = np.arange(height, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    return Rows(frame, numbers + 1, numbers, [], nothing, False, longest)


def read_sound(data: bytes, delimiter: str, headers: Sequence[str]) -> Rows:
    """The rows of a text that are sound, and those that are not.

    Args:
        data: The text below the header.
        delimiter: What parts cells, one byte.
        headers: The names of the columns.
    """
    sign = delimiter.encode()
    lines = scan(data, ord(delimiter))
    found = Reader(data, lines, sign, len(headers)).find(0, len(lines.starts))
    good = np.union1d(found.single, np.array(sorted(found.rows), dtype=np.int64))
    bad = np.array([row.line for row in found.bad], dtype=np.int64)
    begun = np.sort(np.concatenate((good, bad)))
    text = data
    if len(lines.lone):
        changed = np.frombuffer(data, dtype=np.uint8).copy()
        changed[lines.lone] = _LF
        text = changed.tobytes()
    # Runs of lines that follow each other are one piece.
    after = np.append(lines.starts[1:], len(data))
    pieces: list[tuple[int, bytes]] = [
        (line, quoted(cells, sign)) for line, cells in found.rows.items()
    ]
    single = found.single
    parts = np.flatnonzero(np.diff(single) != 1) + 1
    for run in np.split(single, parts) if len(single) else []:
        piece = text[lines.starts[run[0]] : after[run[-1]]]
        pieces.append((int(run[0]), piece if piece.endswith(b"\n") else piece + b"\n"))
    sound = b"".join(piece for _, piece in sorted(pieces))
    frame = _parse(sound, 0, len(sound), delimiter, headers, has_quotes=b'"' in sound)
    if frame is None or frame.height != len(good):
        raise AssertionError("the rows that were found sound are not read as such")
    _, longest = _lengths(frame)
    return Rows(
        frame,
        np.searchsorted(begun, good) + 1,
        good,
        found.bad,
        np.searchsorted(begun, bad) + 1,
        found.incomplete,
        longest,
    )


class _Signs(NamedTuple):
    feeds: int
    returns: int
    quotes: int
    doubled: int


def _signs(data: bytes, begin: int, stop: int, delimiter: int) -> _Signs | None:
    """How many of each sign there are; None where one stands in a wrong place."""
    text = np.frombuffer(data, dtype=np.uint8)
    with_quotes = data.find(b'"', begin, stop) >= 0
    with_returns = data.find(b"\r", begin, stop) >= 0
    may_open = np.zeros(256, dtype=np.bool_)
    may_open[[delimiter, _LF, _QUOTE]] = True
    may_close = may_open.copy()
    may_close[_CR] = True
    feeds = returns = quotes = doubled = 0
    for start in range(begin, stop, _CHUNK):
        chunk = text[start : min(start + _CHUNK, stop)]
        feeds += int(np.count_nonzero(chunk == _LF))
        if with_returns:
            places = np.flatnonzero(chunk == _CR) + (start + 1)
            returns += len(places)
            if len(places) and (places[-1] >= stop or not (text[places] == _LF).all()):
                return None
        if with_quotes:
            places = np.flatnonzero(chunk == _QUOTE) + start
            opens, closes = places[quotes % 2 :: 2], places[1 - quotes % 2 :: 2]
            quotes += len(places)
            if len(opens) and not may_open[text[opens[opens > begin] - 1]].all():
                return None
            after = text[closes[closes < stop - 1] + 1]
            if not may_close[after].all():
                return None
            doubled += int(np.count_nonzero(after == _QUOTE))
    return None if quotes % 2 else _Signs(feeds, returns, quotes, doubled)


def _parse(
    data: bytes,
    begin: int,
    stop: int,
    delimiter: str,
    headers: Sequence[str],
    *,
    has_quotes: bool,
) -> pl.DataFrame | None:
    """The cells of a text as Polars reads them; None where it cannot."""
    schema = dict.fromkeys(headers, pl.String())
    if begin == stop:
        return pl.DataFrame(schema=schema)
    skip = 0
    if stop < len(data) or (begin and data[begin - 1] != _LF):
        data = data[begin:stop]
    else:
        skip = data.count(b"\n", 0, begin)
    try:
        return pl.read_csv(
            data,
            has_header=False,
            schema=schema,
            skip_lines=skip,
            separator=delimiter,
            quote_char='"' if has_quotes else None,
            empty_string_is_null=False,
        )
    except pl.exceptions.PolarsError:
        return None


def _lengths(frame: pl.DataFrame) -> tuple[int, int]:
    """Bytes of all cells together, and of the longest."""
    if frame.is_empty():
        return 0, 0
    lengths = pl.all().str.len_bytes()
    total = frame.select(lengths.cast(pl.UInt64).sum()).sum_horizontal().item()
    longest = frame.select(lengths.max()).max_horizontal().item()
    return int(total), int(longest)
