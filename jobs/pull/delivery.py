"""What a source delivered, before anything is made of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from config.sentences import Said, say
from expectations.extract import FILE, ROW

#: Rows that could not be taken as delivered: which row of its file from 1, the physical line on
#: which it begins and how many lines it takes (of text files), and the code of the reason.
BAD_ROWS = pl.Schema(
    {
        FILE: pl.String(),
        ROW: pl.UInt32(),
        "line": pl.UInt32(),
        "lines": pl.UInt32(),
        "reason": pl.String(),
    }
)

#: Cells that could not be taken as delivered, of rows that could: bytes that are not of the text's
#: encoding (`undecodable`), an error of a spreadsheet (`error_cell`), a formula without a stored
#: value (`formula_without_value`), a cell covered by merged ones (`merged_cell`). `column` is the
#: column of `Delivery.frame`; the cell there is null. Conform takes such a cell as unreadable, not
#: as empty: something stood there.
BAD_CELLS = pl.Schema(
    {FILE: pl.String(), ROW: pl.UInt32(), "column": pl.String(), "reason": pl.String()}
)

#: What a delivered column is called in a frame where it has the name of one of ours.
_RESERVED = {name: f"delivered {name}" for name in (FILE, ROW)}


@dataclass(frozen=True)
class DeliveredFile:
    """One file, or the one answer of a database.

    Attributes:
        name: Its name, without the folder.
        sha256: Of its bytes; of the rows for a database.
        size: Bytes; 0 for a database.
        modified: When it was last changed.
        encoding: How its text is encoded, for text files.
        delimiter: What parts its columns, for CSV.
        before: Rows of the delivery that stand in files before it.
    """

    name: str
    sha256: str
    size: int
    modified: datetime
    encoding: str | None = None
    delimiter: str | None = None
    before: int = 0


@dataclass(frozen=True)
class Delivery:
    """What a source delivered.

    Attributes:
        source: The source.
        records: The canonical table that its rows become.
        frame: Every column as text, headers trimmed; with `_file` and `_row`.
        types: For typed deliveries each column's class: `text`, `number`, `date`, `timestamp`,
            `boolean`; empty for text files.
        files: What it was read from.
        bad_rows: Rows left out because they could not be taken as delivered, `BAD_ROWS`.
        left_out: Rows that the settings leave out: by `where`, as a footer, and blank ones.
        incomplete: Why what was read is not whole: `last_row`, `changed` or `truncated`; None
            where nothing says so.
        sizes: Bytes of the files before and after they were read, where they differ.
        stamp: When the extract was made, as the source declares it.
        stamped: Whether the source declares that at all.
        pulled_at: When it was read.
        uneven: Columns that some of its files have and others lack.
        notes: What the operator may want to know of it.
        bad_cells: Cells that could not be taken as delivered, `BAD_CELLS`; null in `frame`, and
            unreadable, not empty, to whoever reads them.
        headless: What stands in the header row looks like a record's values: the header row was
            not delivered.
    """

    source: str
    records: str
    frame: pl.DataFrame
    types: Mapping[str, str]
    files: tuple[DeliveredFile, ...]
    bad_rows: pl.DataFrame
    stamp: datetime | None
    stamped: bool
    pulled_at: datetime
    uneven: tuple[str, ...] = ()
    notes: tuple[Said | str, ...] = field(default=())
    left_out: int = 0
    incomplete: str | None = None
    sizes: tuple[int, int] | None = None
    bad_cells: pl.DataFrame = field(default_factory=BAD_CELLS.to_frame)
    headless: bool = False

    @property
    def columns(self) -> Mapping[str, str]:
        """The columns of `frame` by the names that were delivered, in small letters.

        `_file` and `_row` of the frame are ours; delivered columns of those names have another in
        the frame, and are found here all the same.
        """
        given = {new: name for name, new in _RESERVED.items()}
        return {
            given.get(name, name).casefold(): name
            for name in self.frame.columns
            if name not in (FILE, ROW)
        }

    @property
    def sha256(self) -> str:
        """Of all that was read, in order."""
        return digest(file.sha256.encode() for file in self.files)

    def row_in_file(self, row: pl.Expr, file: pl.Expr) -> pl.Expr:
        """The number of a row in its own file, from its number in the delivery."""
        before = {one.name: one.before for one in self.files}
        return row - file.replace_strict(before, default=0, return_dtype=pl.UInt32)

    @property
    def rows(self) -> int:
        """Data rows as delivered."""
        return self.frame.height + self.bad_rows.height


@dataclass(frozen=True)
class Part:
    """One file's rows, before they are put together.

    Attributes:
        file: The file.
        frame: Every column as text, with `_row`.
        types: As in `Delivery`.
        bad_rows: `BAD_ROWS` without its file.
        notes: As in `Delivery`.
        bad_cells: `BAD_CELLS` without its file.
        left_out: As in `Delivery`, without those of `where`, which comes after.
        incomplete: As in `Delivery`.
    """

    file: DeliveredFile
    frame: pl.DataFrame
    types: Mapping[str, str] = field(default_factory=dict)
    bad_rows: pl.DataFrame = field(default_factory=lambda: BAD_ROWS.to_frame().drop(FILE))
    notes: tuple[Said | str, ...] = ()
    bad_cells: pl.DataFrame = field(default_factory=lambda: BAD_CELLS.to_frame().drop(FILE))
    left_out: int = 0
    incomplete: str | None = None


def digest(parts: Iterable[bytes]) -> str:
    """SHA-256 of the parts, one after the other."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()


def unique_headers(headers: Iterable[str]) -> tuple[list[str], tuple[Said, ...]]:
    """Headers trimmed and made different, and a note for each that was not.

    Of two columns `DATE` the first becomes `DATE (1)`, the second `DATE (2)`: neither is `DATE`, so
    a mapping that reads that name alone misses its column and does not get the wrong one. Case is
    no difference. A column without a name is `column 7`. One with the name of a column of ours is
    renamed, and found by `Delivery.columns`.
    """
    names = [
        raw.replace("\ufeff", "").replace("\0", "").strip() or f"column {place}"
        for place, raw in enumerate(headers, start=1)
    ]
    names = [_RESERVED.get(name.casefold(), name) for name in names]
    counts = Counter(name.casefold() for name in names)
    taken = {name.casefold() for name in names}
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for name in names:
        low = name.casefold()
        if counts[low] > 1:
            seen[low] += 1
            while f"{low} ({seen[low]})" in taken:
                seen[low] += 1
            taken.add(f"{low} ({seen[low]})")
            name = f"{name} ({seen[low]})"
        unique.append(name)
    return unique, tuple(say("pull.header_twice", times=n) for n in counts.values() if n > 1)
