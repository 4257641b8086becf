"""Words, dates and numbers as a reader in the United Kingdom expects them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

#: The clock that every report is written by.
LONDON: Final = ZoneInfo("Europe/London")

#: The most that a cell holds, in UTF-16 code units.
CELL_LIMIT: Final = 32_767

# Control characters, halves of surrogate pairs and non-characters cannot stand in a workbook.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
#: Direction overrides can make a reader see another text than the one that is there.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_NEWLINES = re.compile("\r\n?|\x85|\u2028|\u2029")
#: Spreadsheet programs read `_x0041_` in a text as the character of that number.
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")

#: A text that begins so would be taken as a formula if someone edited the cell or saved it as CSV.
RISKY_START: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def fit_text(text: str) -> str:
    """`text` as it can stand in XML: no control characters, turned directions told as `[U+202E]`.

    What is fit already stays as it is.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _UNFIT.sub("", _NEWLINES.sub("\n", text))
    return _TURNING.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)


def short_text(text: str, most: int, otherwise: str = "[x]") -> str:
    """`text` on one line, fit for XML, and at most so long; `otherwise` where nothing is left."""
    return _cut(" ".join(fit_text(text).split()), most) or otherwise


def cell_text(text: str) -> str:
    """`text` as it can stand in a cell: fit for XML, and any cut says that it is one."""
    text = fit_text(text)
    if "_x" in text:
        text = _ESCAPE.sub("_x005F_", text)
    if len(text) * 2 <= CELL_LIMIT or _units(text) <= CELL_LIMIT:
        return text
    notice = f" [text cut here: it has {len(text):,} characters and a cell holds {CELL_LIMIT:,}]"
    return _cut(text, CELL_LIMIT - len(notice)) + notice


def _cut(text: str, most: int) -> str:
    """The beginning of a text, of at most so many UTF-16 code units."""
    return text.encode("utf-16-le")[: most * 2].decode("utf-16-le", errors="ignore")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def london(moment: datetime) -> datetime:
    """A moment as the clock on the wall shows it, without its zone; one without a zone is kept."""
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(LONDON).replace(tzinfo=None)


def uk_date(day: date) -> str:
    """A day, such as 23 November 2026."""
    return f"{day.day} {day:%B %Y}"


def uk_time(moment: datetime) -> str:
    """A moment, such as 23 November 2026 at 02:30, local time."""
    local = london(moment)
    seconds = f":{local:%S}" if local.second else ""
    return f"{uk_date(local)} at {local:%H:%M}{seconds}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun: 1 record, 2 records, 1,200 records."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def sentence(words: str) -> str:
    """`words` beginning with a capital letter, the rest as it is."""
    return words[:1].upper() + words[1:]


def spoken(code: str) -> str:
    """A code in words: `in_force` is "in force"; a code in capitals stays."""
    return code if code.isupper() else code.replace("_", " ")


_SAFE = re.compile(r"[^A-Za-z0-9_-]+")
_DEVICES = frozenset(
    ["CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))]
)


def file_word(text: str) -> str:
    """`text` as part of a file's name on any system: letters, digits, hyphens and underscores."""
    word = _SAFE.sub("-", text).strip("-_")[:60] or "unnamed"
    return f"{word}-" if word.upper() in _DEVICES else word
