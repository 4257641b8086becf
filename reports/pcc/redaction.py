"""Take record keys out of texts that come from outside, before they stand in the scrutiny pack."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from reports.night import ReportNight
from reports.sheets import NOT_AVAILABLE
from reports.suppression import CONFIDENTIAL

#: Keys shorter than this are taken for ordinary numbers.
_SHORTEST: Final = 4

_WORDS = re.compile(r"[^\s,;:()\[\]{}<>\"'`=|]+")


def redactor(night: ReportNight) -> Callable[[str | None], str]:
    """A function that gives a text without any record key of tonight's exceptions.

    Messages of sources and rules come from programs and files that may quote a record. The key, and
    each part of a key of several parts, is replaced by `[c]`.
    """
    keys: set[str] = set()
    for frame in (night.exceptions, night.due_soon):
        for key in frame["record_key"].drop_nulls():
            keys.update(part for part in (key, *key.split("|")) if len(part) >= _SHORTEST)

    def redact(text: str | None) -> str:
        if not text:
            return NOT_AVAILABLE
        return _WORDS.sub(lambda found: _word(found.group(), keys), text)

    return redact


def _word(word: str, keys: set[str]) -> str:
    return CONFIDENTIAL if word in keys or word.strip(".!?") in keys else word
