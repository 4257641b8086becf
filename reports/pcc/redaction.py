"""Take record keys out of texts that come from outside, before they stand in the scrutiny pack."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from reports.excel import NOT_AVAILABLE
from reports.night import ReportNight
from reports.suppression import CONFIDENTIAL

#: Keys shorter than this are taken for ordinary numbers, and parts of keys shorter than that.
_SHORTEST: Final = 4
_SHORTEST_PART: Final = 6

#: A part of a key that is a date, a time or a plain number says nothing by itself.
_PLAIN: Final = re.compile(r"[\d\s:./TZ+-]+")


def redactor(night: ReportNight) -> Callable[[str | None], str]:
    """A function that gives a text without any record key of tonight's exceptions.

    Messages of sources and rules come from programs and files that may quote a record. The key, and
    each telling part of a key of several parts, is replaced by `[c]`. Sources are no records.
    """
    frames = (night.exceptions, night.due_soon)
    keys: set[str] = set()
    for frame in frames:
        of_records = frame.filter(pl.col("records") != "sources")
        for key in of_records["record_key"].drop_nulls().unique():
            keys.update(_telling(key))
    longest_first = sorted(keys, key=lambda key: (-len(key), key))

    def redact(text: str | None) -> str:
        if not text:
            return NOT_AVAILABLE
        for key in longest_first:
            if key in text:
                text = re.sub(rf"(?<!\w){re.escape(key)}(?!\w)", CONFIDENTIAL, text)
        return text

    return redact


def _telling(key: str) -> Iterator[str]:
    if len(key) >= _SHORTEST:
        yield key
    parts = key.split("|")
    if len(parts) > 1:
        for part in parts:
            if len(part) >= _SHORTEST_PART and not _PLAIN.fullmatch(part):
                yield part
