"""Damaged deliveries: what is done to a good CSV file, and what is made of it.

`GOOD` is 20 orders of 6 columns, a line each, with CR LF. A variant says how many rows are read,
how many are bad and how many are left out; one that cannot be read at all has the code of the
sentence in `error`.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ROWS = 20
HEADER = "order_id,status,made_date,end_date,subject_key,oic_unit"
LINES = [f"O{n:03d},in_force,2026-11-{n:02d},2027-05-01,S{n},PPU" for n in range(1, ROWS + 1)]
GOOD = "\r\n".join([HEADER, *LINES, ""]).encode()

Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Variant:
    """One damage.

    Attributes:
        name: What it is, in words.
        change: Makes the damaged bytes of the good ones.
        read: How many rows are read.
        bad: How many are not.
        left_out: How many are left out.
        cells: How many cells are rejected.
        incomplete: As in `Delivery`.
        error: The code of the sentence, where the whole file cannot be read.
        settings: What the settings of the source say beside.
        headless: The header row is found missing.
        reason: Of the bad rows.
    """

    name: str
    change: Change
    read: int = ROWS
    bad: int = 0
    left_out: int = 0
    cells: int = 0
    incomplete: str | None = None
    error: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    headless: bool = False
    reason: str = ""


def line(number: int, change: Callable[[bytes], bytes]) -> Change:
    """A change of one line, 0 being the header."""

    def changed(data: bytes) -> bytes:
        lines = data.split(b"\r\n")
        lines[number] = change(lines[number])
        return b"\r\n".join(lines)

    return changed


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda text: text.replace(old, new, 1)


def put(number: int, *lines: bytes) -> Change:
    """Lines put before one."""

    def changed(data: bytes) -> bytes:
        all_lines = data.split(b"\r\n")
        return b"\r\n".join([*all_lines[:number], *lines, *all_lines[number:]])

    return changed


def both(first: Change, second: Change) -> Change:
    return lambda data: second(first(data))


def quoted(data: bytes) -> bytes:
    lines = data.split(b"\r\n")[:-1]
    return b"\r\n".join(b'"' + one.replace(b",", b'","') + b'"' for one in lines) + b"\r\n"


def recoded(encoding: str, accent: str = "é") -> Change:
    return lambda data: data.decode().replace("PPU", f"Caf{accent}").encode(encoding)


def cut(count: int) -> Change:
    return lambda data: data[:-count]


_TRUE = {
    "nothing": lambda d: d,
    "line ends of Unix": lambda d: d.replace(b"\r\n", b"\n"),
    "line ends of old Macs": lambda d: d.replace(b"\r\n", b"\r"),
    "line ends of both kinds": lambda d: d.replace(b"PPU\r\n", b"PPU\n", 7),
    "no line end after the last row": cut(2),
    "every cell quoted": quoted,
    "a quoted cell with a delimiter": line(4, swap(b"PPU", b'"PPU, Hanley"')),
    "a quoted cell with a line break": line(4, swap(b"PPU", b'"PPU\r\nHanley"')),
    "a quoted cell with a blank line": line(4, swap(b"PPU", b'"PPU\r\n\r\nHanley"')),
    "doubled quotes": line(4, swap(b"PPU", b'"the ""PPU"""')),
    "a quote inside a cell that is not quoted": line(4, swap(b"PPU", b'6" blade')),
    "blank lines": put(5, b"", b"   ", b""),
    "blank lines at the end": lambda d: d + b"\r\n\r\n",
    "a blank line above the header": lambda d: b"\r\n" + d,
    "semicolons": lambda d: d.replace(b",", b";"),
    "tabs": lambda d: d.replace(b",", b"\t"),
    "bars": lambda d: d.replace(b",", b"|"),
    "a mark of UTF-8": lambda d: b"\xef\xbb\xbf" + d,
    "UTF-8 with accents": recoded("utf-8"),
    "UTF-16 with its mark": recoded("utf-16"),
    "UTF-16 without its mark": recoded("utf-16-le"),
    "UTF-16, big end first": recoded("utf-16-be"),
    "cp1252": recoded("cp1252"),
    "cp1252 with quotation marks": recoded("cp1252", "\u2019s"),
    "a NUL in a cell": line(4, swap(b"PPU", b"P\0U")),
    "a header twice": line(0, swap(b"oic_unit", b"status")),
    "a header without a name": line(0, swap(b"oic_unit", b"")),
    "a header that is one of ours": line(0, swap(b"oic_unit", b"_row")),
    "headers with spaces": line(0, swap(b"status", b" Status ")),
    "a cell of 40,000 letters": line(4, swap(b"PPU", b"P" * 40_000)),
}

#: Codes of the reasons of bad rows, and changes that come again.
_BROKEN = "broken_quotes"
_SHIFTED = "columns_shifted"
_OPEN = swap(b",in_force", b',"in_force')
_WHERE = [{"column": "Status", "is": ["IN_FORCE "]}]


def _last(change: Callable[[bytes], bytes]) -> Change:
    return line(ROWS, change)


VARIANTS = [
    *(Variant(name, change) for name, change in _TRUE.items()),
    # Rows
    Variant("a cell too many", line(5, lambda t: t + b",x"), 19, 1, reason=_SHIFTED),
    Variant("a cell too few", line(5, swap(b",PPU", b"")), 19, 1, reason=_SHIFTED),
    Variant("two rows of other widths",
            both(line(5, lambda t: t + b",x"), line(9, swap(b",PPU", b""))), 18, 2,
            reason=_SHIFTED),
    Variant("a comma more in every row", lambda d: d.replace(b"PPU\r\n", b"PPU,\r\n"), 0, 20,
            reason=_SHIFTED),
    Variant("a line break in a cell that is not quoted", line(5, swap(b"in_force", b"in\r\nforce")),
            19, 2, reason=_SHIFTED),
    Variant("a quote that does not close", line(5, _OPEN), 19, 1, reason=_BROKEN),
    Variant("the same where every cell is quoted",
            both(quoted, line(5, swap(b'in_force"', b"in_force"))), 19, 1, reason=_BROKEN),
    Variant("a quote that does not close in the first row", line(1, _OPEN), 19, 1, reason=_BROKEN),
    Variant("a quote that does not close at the end of a row",
            line(5, swap(b"PPU", b'"PPU')), 19, 1, reason=_BROKEN),
    Variant("quotes that do not close in two rows that follow each other",
            both(line(5, _OPEN), line(6, _OPEN)), 18, 2, reason=_BROKEN),
    Variant("quotes that do not close in two rows far apart",
            both(line(5, _OPEN), line(15, _OPEN)), 18, 2, reason=_BROKEN),
    Variant("a quote that another row closes rightly",
            both(line(5, _OPEN), line(9, swap(b"in_force", b'in_force"'))), 19, 1, reason=_BROKEN),
    Variant("a quote that another row closes in another column",
            both(line(5, _OPEN), line(9, swap(b",PPU", b'",PPU'))), 19, 1, reason=_BROKEN),
    Variant("quotes within a quoted cell", line(5, swap(b"in_force", b'"said "no" twice"')), 19, 1,
            reason=_BROKEN),
    Variant("a quote closed by another sign",
            line(5, swap(b"in_force", '"in_force\u201d'.encode())), 19, 1, reason=_BROKEN),
    Variant("a cell of two lines after a quote that does not close",
            both(line(9, swap(b"PPU", b'"PPU\r\nHanley"')), line(5, _OPEN)), 19, 1, reason=_BROKEN),
    Variant("a cell of eleven hundred thousand letters", line(5, swap(b"PPU", b"P" * 1_100_000)),
            19, 1, reason="too_long"),
    Variant("a row of delimiters alone", put(5, b",,,,,"), left_out=1),
    Variant("a row of blanks", put(5, b" ,, ,,,\t"), left_out=1),
    Variant("5 KB of NUL", put(5, b"\0" * 5_000), 20, 1, reason=_SHIFTED),
    # Ends
    Variant("a last row that is cut", cut(20), 19, 1, incomplete="last_row", reason=_SHIFTED),
    Variant("a last row that opens a quote", _last(_OPEN), 19, 1, incomplete="last_row",
            reason=_BROKEN),
    Variant("a last row cut in its quotes", both(quoted, cut(5)), 19, 1, incomplete="last_row",
            reason=_BROKEN),
    Variant("a last row with a cell too many", _last(lambda t: t + b",x"), 19, 1, reason=_SHIFTED),
    Variant("a last row with quotes within quotes", _last(swap(b"in_force", b'"a "no" b"')), 19, 1,
            reason=_BROKEN),
    Variant("a file filled up with NUL", lambda d: d[:-30] + b"\0" * 30, 19, 1,
            incomplete="last_row", reason=_SHIFTED),
    Variant("a file cut in a character", both(recoded("utf-8"), cut(3)), cells=1,
            incomplete="last_row"),
    Variant("UTF-16 cut in a character", both(recoded("utf-16"), cut(5)), cells=1,
            incomplete="last_row"),
    # Footers
    Variant("a count of rows at the end", lambda d: d + b"\r\n(20 rows affected)\r\n", left_out=1),
    Variant("a count of rows without brackets", lambda d: d + b"20 rows\r\n", left_out=1),
    Variant("a line that says the end", lambda d: d + b"-- end --\r\n", left_out=1),
    Variant("two lines at the end", lambda d: d + b"20 rows selected.\r\nSQL> spool off\r\n",
            left_out=2),
    Variant("the sign that ends a text on DOS", lambda d: d + b"\x1a", left_out=1),
    Variant("a total that nobody named", lambda d: d + b"Total,,,,,20\r\n", 21),
    Variant("a total by its name", lambda d: d + b"Total,,,,,20\r\n", left_out=1,
            settings={"skip_footer": ["total"]}),
    Variant("a total by a pattern", lambda d: d + b"Sum of 20,,,,,20\r\n", left_out=1,
            settings={"skip_footer": [r"sum of \d+"]}),
    Variant("a total by its count", lambda d: d + b"Total,,,,,20\r\n", left_out=1,
            settings={"skip_footer": 1}),
    Variant("a count that takes in the line of a program",
            lambda d: d + b"Total,,,,,20\r\n(20 rows affected)\r\n", left_out=2,
            settings={"skip_footer": 2}),
    Variant("a last line that no program writes", lambda d: d + b"O021\r\n", 20, 1,
            incomplete="last_row", reason=_SHIFTED),
    # Above the header
    Variant("a title above", lambda d: b"Orders of Staffordshire\r\n" + d, error="pull.title_row"),
    Variant("a title above, named", lambda d: b"Orders\r\n" + d, settings={"header_row": 2}),
    Variant("lines above, left out", lambda d: b"Orders\r\n\r\nmade today\r\n" + d,
            settings={"skip_rows": 3}),
    Variant("both", lambda d: b"Orders\r\n\r\n1,2\r\n" + d,
            settings={"skip_rows": 1, "header_row": 3}),
    Variant("a header row beyond the end", lambda d: d, error="pull.no_header_row",
            settings={"header_row": 30}),
    Variant("no header row", lambda d: d.split(b"\r\n", 1)[1], 19, headless=True),
    Variant("a header whose quotes do not close", line(0, swap(b"status", b'"status"x')),
            error="pull.header_unreadable"),
    # Bytes
    Variant("bytes of cp1252 in UTF-8",
            both(recoded("utf-8"), line(5, lambda t: t + b" \x92\x96")), cells=1),
    Variant("bytes of cp1252 in a file of which a mark says UTF-8",
            lambda d: b"\xef\xbb\xbf" + line(5, lambda t: t + b"\xe9")(d), cells=1),
    Variant("bytes that are neither", line(5, lambda t: t + b"\x81\x8d"), cells=1),
    Variant("bytes that are not of the encoding that is said", line(5, lambda t: t + b"\x92"),
            cells=1, settings={"encoding": "utf-8"}),
    Variant("nothing at all", lambda d: b"", error="pull.empty"),
    Variant("blank lines alone", lambda d: b" \r\n\r\n", error="pull.empty"),
    Variant("a mark alone", lambda d: b"\xef\xbb\xbf", error="pull.empty"),
    Variant("a header alone", lambda d: d.split(b"\r\n")[0], 0),
    Variant("a workbook", lambda d: b"PK\x03\x04" + d, error="pull.not_text"),
    Variant("an archive", gzip.compress, error="pull.not_text"),
    Variant("20,000 columns", lambda d: b"a," * 20_000 + b"\r\n", error="pull.header_too_wide"),
    # Filters
    Variant("rows that are no records", line(5, swap(b"in_force", b"total")), 19, left_out=1,
            settings={"where": _WHERE}),
    Variant("rows that are named as none", line(5, swap(b"in_force", b"-1")), 19, left_out=1,
            settings={"where": [{"column": "status", "is_not": [-1]}]}),
    Variant("rows without a unit", line(5, swap(b"PPU", b" ")), 19, left_out=1,
            settings={"where": [{"column": "oic_unit", "filled": True}]}),
    Variant("a filter of a cell that cannot be read",
            both(recoded("utf-8"), line(5, swap(b"in_force", b"in_force\x92"))), cells=1,
            settings={"where": _WHERE}),
    Variant("a filter of a column that is not there", lambda d: d, error="pull.where_unknown",
            settings={"where": [{"column": "ZZMARK", "filled": True}]}),
]  # fmt: skip
