"""Whether a delivery came without its header row, so that a record stands in its place."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

#: A header of that many cells or fewer is told by one value, a wider one by two and a fifth.
_NARROW = 3
_SHARE = 0.2
_LONG = 60
_NUMBER = re.compile(r"[-+]?[£$€]?\d[\d,. ]*(?:e[-+]?\d+)?%?", re.IGNORECASE)
_DATE = re.compile(
    r"\d{1,4}[-/. ](?:\d{1,2}|[a-z]{3,9})[-/. ]\d{2,4}(?:[t ,]+\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}:\d{2}(?::\d{2})?",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"\S+@\S+\.\S+")
_NUMBERED = re.compile(r"(.*) \(\d+\)")
_UNNAMED = re.compile(r"column \d+")


def looks_headless(headers: Sequence[str], first_rows: pl.DataFrame) -> bool:
    """Whether what stands in the header row looks like a record's values.

    A value is a number, a date or time, an e-mail address, a text of more than 60 characters, a
    reference (three digits or more, and at least as many digits as letters), or a text that stands
    again, as a whole, among the first rows of its own column. What stands twice in the row, or is
    empty, counts half: headers are like that too, now and then. It is a record where one of three
    cells or fewer, or two and a fifth of more, are values.

    Args:
        headers: What stands in the header row, as `unique_headers` gives it.
        first_rows: The first rows, with a column of that name for each.
    """
    repeated = {match[1].casefold() for name in headers if (match := _NUMBERED.fullmatch(name))}
    score = 0.0
    for name in headers:
        match = _NUMBERED.fullmatch(name)
        text = match[1] if match else name
        if _is_value(text) or _stands_again(text, name, first_rows):
            score += 1
        elif _UNNAMED.fullmatch(text) or text.casefold() in repeated:
            score += 0.5
    strong = any(_is_value(m[1] if (m := _NUMBERED.fullmatch(n)) else n) for n in headers)
    least = 1 if len(headers) <= _NARROW else max(2.0, _SHARE * len(headers))
    return score >= least and (strong or score > len(headers) / 2)


def _is_value(text: str) -> bool:
    digits, letters = sum(c.isdigit() for c in text), sum(c.isalpha() for c in text)
    return (
        len(text) > _LONG
        or (digits >= 3 and digits >= letters)
        or any(form.fullmatch(text) for form in (_NUMBER, _DATE, _EMAIL))
    )


def _stands_again(text: str, name: str, first_rows: pl.DataFrame) -> bool:
    if name not in first_rows.columns or _UNNAMED.fullmatch(text):
        return False
    cells = first_rows.get_column(name).str.strip_chars()
    return bool((cells == text).sum() > 0)
