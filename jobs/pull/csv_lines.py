"""The physical lines of a CSV text, and which of them are a row by themselves; all at once.

A line ends with LF, CR LF or CR alone. A line is *whole* when every quote in it opens a cell or
closes one, doubled quotes aside, and none is open at its end: at the beginning of a row such a line
is one row, whatever comes after it. Lines that are not whole are for `csv_rows`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_LF, _CR, _QUOTE = 10, 13, 34
_SPACES = np.array([9, 11, 12, 13, 28, 29, 30, 31, 32], dtype=np.uint8)

_Places = npt.NDArray[np.int64]
_Marks = npt.NDArray[np.bool_]


class Lines(NamedTuple):
    """The lines of a text.

    Attributes:
        starts: Where each begins.
        ends: Where its text ends, before what ends the line.
        blank: It holds nothing but spaces.
        whole: It is whole, and not blank.
        cells: How many cells it has, where it is whole.
        delimiters: How many delimiters stand in it, quotes or not.
        lone: Where a CR alone ends a line.
    """

    starts: _Places
    ends: _Places
    blank: _Marks
    whole: _Marks
    cells: _Places
    delimiters: _Places
    lone: _Places


def bounds(data: bytes) -> tuple[_Places, _Places, _Places]:
    """Where each line begins, where its text ends, and where a CR alone ends one."""
    text = np.frombuffer(data, dtype=np.uint8)
    feeds = np.flatnonzero(text == _LF)
    returns = np.flatnonzero(text == _CR)
    after = text[np.minimum(returns + 1, max(len(text) - 1, 0))] if len(returns) else returns
    lone = returns[(returns + 1 >= len(text)) | (after != _LF)]
    stops = np.union1d(feeds, lone) if len(lone) else feeds
    starts = np.concatenate(([0], stops + 1))
    ends = np.concatenate((stops, [len(text)]))
    if starts[-1] == len(text):
        starts, ends = starts[:-1], ends[:-1]
    # Of CR LF the text ends before both; a CR alone is itself a stop.
    inside = ends > starts
    last = np.where(inside, text[np.maximum(ends - 1, 0)] if len(text) else 0, 0)
    at = text[np.minimum(ends, max(len(text) - 1, 0))] if len(text) else ends
    pair = inside & (last == _CR) & (ends < len(text)) & (at == _LF)
    return starts, ends - pair, lone


def scan(data: bytes, delimiter: int) -> Lines:
    """Look at every line of a text at once."""
    text = np.frombuffer(data, dtype=np.uint8)
    starts, ends, lone = bounds(data)
    quotes = np.flatnonzero(text == _QUOTE)
    parted = np.flatnonzero(text == delimiter)
    count = len(starts)
    of_part = np.searchsorted(starts, parted, "right") - 1
    delimiters = np.bincount(of_part, minlength=count)
    cells = delimiters + 1
    whole = np.ones(count, dtype=np.bool_)
    if len(quotes):
        of_quote = np.searchsorted(starts, quotes, "right") - 1
        first = np.searchsorted(quotes, starts)
        opens = (np.arange(len(quotes)) - first[of_quote]) % 2 == 0
        same = of_quote[1:] == of_quote[:-1]
        beside = (quotes[1:] == quotes[:-1] + 1) & same
        follows, followed = np.append(False, beside), np.append(beside, False)
        before = text[np.maximum(quotes - 1, 0)]
        after = text[np.minimum(quotes + 1, len(text) - 1)]
        opened = (quotes == starts[of_quote]) | (before == delimiter) | follows
        closed = (quotes + 1 == ends[of_quote]) | (after == delimiter) | followed
        wrong = np.where(opens, ~opened, ~closed)
        whole[of_quote[wrong]] = False
        whole &= np.bincount(of_quote, minlength=count) % 2 == 0
        outside = (np.searchsorted(quotes, parted) - first[of_part]) % 2 == 0
        cells = np.bincount(of_part[outside], minlength=count) + 1
    blank = _blank(text, starts, ends, delimiters)
    return Lines(starts, ends, blank, whole & ~blank, cells, delimiters, lone)


def _blank(text: npt.NDArray[np.uint8], starts: _Places, ends: _Places, parts: _Places) -> _Marks:
    """Lines of nothing but spaces; a delimiter makes a row of a line, though an empty one."""
    blank = ends <= starts
    spaces = np.zeros(256, dtype=np.bool_)
    spaces[_SPACES] = True
    perhaps = ~blank & (parts == 0)
    perhaps[perhaps] = spaces[text[starts[perhaps]]]
    for place in np.flatnonzero(perhaps):
        blank[place] = bool(spaces[text[starts[place] : ends[place]]].all())
    return blank
