"""Lines that a program writes below the rows: `60 rows`, `(60 rows affected)`, `-- end --`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

#: What programs write, as a whole line and without regard to case; by regular expression.
TRAILERS = (
    r"\(?[0-9][0-9, ]*(rows?|records?|lines?)\b[^0-9]*\)?",  # psql, sqlcmd, SQL*Plus
    r"(total )?(number of )?(rows|records|lines)( affected| selected| returned| written| count)?"
    r" ?[:=]? ?[0-9][0-9,]*",
    r"(row|record|line) ?count ?[:=]? ?[0-9][0-9,]*",
    r"[-=*# ]*(end|eof|end[ -]of[ -](file|report|extract|data|list|records))[-=*#. ]*",
    r"completion time: [0-9t:.+ -]+",  # SQL Server Management Studio
    r"sql> ?(spool off|exit|quit);?",
    r"\x1a+",  # what ended a text on DOS
)
#: How many lines are looked at together.
_WINDOW = 256


def written(texts: pl.Series) -> pl.Series:
    """Which texts are a line that a program writes below the rows."""
    plain = texts.str.strip_chars(" \t\"'")
    return plain.str.contains(f"(?i)^(?:{'|'.join(TRAILERS)})$").fill_null(False)


def named(texts: pl.Series, patterns: Sequence[str]) -> pl.Series:
    """Which texts begin as the settings name a footer: with a text, or by regular expression."""
    plain = texts.str.strip_chars(" \t\"'")
    found = pl.repeat(False, len(texts), dtype=pl.Boolean, eager=True)
    for pattern in patterns:
        for form in (re.escape(pattern.strip()), pattern):
            found |= plain.str.contains(f"(?i)^(?:{form})").fill_null(False)
    return found


def ends_at(
    lines: pl.Series, skip: int | Sequence[str], delimiter: str | None = None
) -> tuple[int, int]:
    """How many lines are left when the footer is taken away, and how many filled ones it has.

    From the end, the lines that the settings count are left out (blank ones do not count); then
    every line that the settings name, or that a program writes. The last line of a cell that goes
    over several is none of these: its quotes are odd.

    Args:
        lines: The lines below the header.
        skip: How many filled lines the settings leave out, or what they begin with.
        delimiter: What parts cells: a line that a program writes has one cell. None where every
            row has one cell, and such a line could be a record.
    """
    count = skip if isinstance(skip, int) else 0
    patterns = () if isinstance(skip, int) else skip
    end, left = len(lines), 0
    while end:
        tail = lines.slice(max(0, end - _WINDOW), min(_WINDOW, end))
        blank = tail.str.strip_chars() == ""
        mine = named(tail, patterns)
        if delimiter is not None:
            mine |= written(tail) & ~tail.str.contains(delimiter, literal=True)
        mine &= tail.str.count_matches('"', literal=True) % 2 == 0
        for is_blank, is_mine in zip(blank.reverse(), mine.reverse(), strict=True):
            if not is_blank and not is_mine and left >= count:
                return end, left
            left += not is_blank
            end -= 1
    return 0, left
