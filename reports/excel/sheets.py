"""What a workbook consists of: sheets with a title, what to know before reading, and one table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

#: Not available; does not apply; not to be compared; not zero but less than is shown.
NOT_AVAILABLE: Final = "[x]"
NOT_APPLICABLE: Final = "[z]"
BREAK: Final = "[b]"
LOW: Final = "[low]"


class Kind(StrEnum):
    """What a column holds, and so how it is shown."""

    TEXT = "text"
    COUNT = "count"
    DECIMAL = "decimal"
    DATE = "date"
    LONG_DATE = "long date"
    TIME = "time"
    ENTRY = "entry"


class Link(NamedTuple):
    """A link to a sheet of the same workbook."""

    text: str
    sheet: str


#: What a cell may be given.
Value = str | int | float | bool | date | datetime | Link | None


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        heading: Its heading, unique in the table.
        width: Its width in characters.
        kind: What it holds.
        choices: The defined name of the list that an answer is chosen from.
        help: What a reader is told on entering a cell of it.
    """

    heading: str
    width: float
    kind: Kind = Kind.TEXT
    choices: str | None = None
    help: str | None = None


@dataclass(frozen=True)
class Sheet:
    """One sheet: a title, what to know before reading, and one table.

    Attributes:
        name: Its name, unique in the workbook.
        title: The text of A1.
        lines: The texts between the title and the table, one a row.
        table: The table's name, unique in the workbook.
        columns: The table's columns.
        rows: The table's rows; streamed.
        size: How many rows there are.
        working: A list to work with: headings stay in sight and can be filtered.
        defines: A name defined for the first column's cells.
        totals: The last row holds totals.
    """

    name: str
    title: str
    lines: Sequence[str | Link]
    table: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]
    size: int
    working: bool = False
    defines: str | None = None
    totals: bool = False


@dataclass(frozen=True)
class Properties:
    """What a workbook says of itself.

    Attributes:
        title: Its title.
        subject: What it is about.
        author: The role that made it.
        marking: Its protective marking.
        status: Draft or Final.
        written: The moment it stands for; in the file instead of the clock's.
        others: Further properties by name.
    """

    title: str
    subject: str
    author: str
    marking: str
    status: str
    written: datetime
    others: Mapping[str, str] = field(default_factory=dict)
