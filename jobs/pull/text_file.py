"""CSV files: encoding and delimiter found out, every row taken as it stands, or named.

A file is read at once by Polars where it is regular, which is proved of all its bytes: every quote
opens or closes a cell where one may, no line break stands in a cell, no row is longer than the
header, and the bytes of all cells, delimiters, quotes and line ends are those of the file, so that
no row is shorter. Otherwise its lines are looked at, the rows that are no line each are read one by
one (`csv_rows`), and Polars reads what is sound.

Data rows count from 1; blank lines are none. Rows without any value have their number and are left
out and counted.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from config.errors import SourceError
from config.sentences import Said, say
from config.settings import Source
from expectations.extract import FILE, ROW
from jobs.pull.csv_lines import bounds, scan
from jobs.pull.csv_rows import Reader
from jobs.pull.delivery import BAD_CELLS, BAD_ROWS, DeliveredFile, Part, digest, unique_headers
from jobs.pull.encodings import as_utf8
from jobs.pull.footer import ends_at
from jobs.pull.regular import Rows, read_regular, read_sound

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 50
_SAMPLE = 200_000
#: Bytes of a cell beyond which its row is not taken (`too_long`), and columns of a header.
LONGEST_CELL = 1_000_000
MOST_COLUMNS = 16_384
#: How files begin that are no text: workbooks and archives, old workbooks, Parquet, PDF, gzip.
_NO_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1", b"%PDF-", b"\x1f\x8b")
_LINE_END = re.compile(rb"\r\n|\n|\r")
#: Signs that stand for a delimiter of more than one byte, the first that the text does not have.
_STAND_INS = [chr(code) for code in (31, 30, 29, 28, *range(1, 9))]
#: A title above the headers: this share of the rows below have one width, at least twice its own.
_TITLE_SHARE = 0.9
_TITLE_COLUMNS = 3


def read_csv(path: Path, source: Source) -> Part:
    """Read one CSV file.

    Raises:
        SourceError: It is empty, no text, or its header cannot be read.
        OSError: It cannot be read.
    """
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    data = path.read_bytes()
    if data.startswith(_NO_TEXT):
        raise SourceError(say("pull.not_text"))
    text = as_utf8(data, source.encoding)
    if not text.data[:_SAMPLE].strip() and not text.data.strip():
        raise SourceError(say("pull.empty"))
    table, notes = _table(text.data, source)
    frame, cells = _undecodable(table.frame, text.undecodable)
    if text.encoding not in ("utf-8", "ascii"):
        notes = (*notes, say("pull.read_as", encoding=text.encoding))
    if cells.height:
        notes = (*notes, say("pull.undecodable", cells=cells.height, encoding=text.encoding))
    if text.cut:
        notes = (*notes, say("pull.cut_character"))
    return Part(
        file=DeliveredFile(
            name=path.name,
            sha256=digest([data]),
            size=len(data),
            modified=modified,
            encoding=text.encoding,
            delimiter=table.delimiter,
        ),
        frame=frame,
        bad_rows=table.bad_rows,
        notes=notes,
        bad_cells=cells,
        left_out=table.left_out,
        incomplete="last_row" if table.incomplete or text.cut else None,
    )


@dataclass(frozen=True)
class _Table:
    frame: pl.DataFrame
    bad_rows: pl.DataFrame
    delimiter: str
    left_out: int
    incomplete: bool


def _table(data: bytes, source: Source) -> tuple[_Table, tuple[Said, ...]]:
    """The rows of a text in UTF-8."""
    at, line = _header_at(data, source)
    sample = data[at : at + _SAMPLE].decode("utf-8", "ignore")
    delimiter = source.delimiter or find_delimiter(sample)
    sign = delimiter
    if not delimiter.isascii():
        sign = next((s for s in _STAND_INS if s.encode() not in data), _STAND_INS[0])
        data = data.replace(delimiter.encode(), sign.encode())
        at, line = _header_at(data, source)
        sample = sample.replace(delimiter, sign)
    _no_title(sample, sign)
    cells, begin, below = _header(data, at, sign)
    if len(cells) > MOST_COLUMNS:
        raise SourceError(say("pull.too_many_columns", columns=len(cells), most=MOST_COLUMNS))
    headers, notes = unique_headers(cell.replace(sign, delimiter) for cell in cells)
    stop, footer = _footer(data, begin, sign if len(headers) > 1 else None, source)
    rows = read_regular(data, begin, stop, sign, headers)
    if rows is None:
        rows = read_sound(data[begin:stop], sign, headers)
    frame = rows.frame
    if sign != delimiter:
        frame = frame.select(pl.all().str.replace_all(sign, delimiter, literal=True))
    frame = frame.with_columns(pl.Series(ROW, rows.row, dtype=pl.UInt32))
    frame, too_long = _too_long(frame, rows)
    filled = _filled(frame)
    bad = pl.DataFrame(
        {
            ROW: rows.bad_row,
            "line": [row.line for row in rows.bad],
            "lines": [row.lines for row in rows.bad],
            "reason": [row.reason for row in rows.bad],
        },
        schema=_BAD_ROWS,
    )
    bad = pl.concat([bad, too_long]).sort(ROW)
    first = line + below + 1  # lines count from 1 in the whole file
    blank = frame.height - filled.height
    notes += (say("pull.blank_rows", rows=blank),) if blank else ()
    notes += (say("pull.footer", rows=footer),) if footer else ()
    return _Table(
        filled,
        bad.with_columns(pl.col("line") + pl.lit(first, pl.UInt32)),
        delimiter,
        blank + footer,
        rows.incomplete,
    ), notes


_BAD_ROWS = {name: kind for name, kind in BAD_ROWS.items() if name != FILE}


def _header_at(data: bytes, source: Source) -> tuple[int, int]:
    """Where the header row begins, and the index of its line."""
    at, line = 0, 0
    ahead = source.skip_rows + source.header_row - 1
    while line < ahead or not _first_line(data, at).strip():
        end = _LINE_END.search(data, at)
        if end is None:
            raise SourceError(say("pull.no_header_row"))
        at, line = end.end(), line + 1
    return at, line


def _first_line(data: bytes, at: int) -> bytes:
    end = _LINE_END.search(data, at)
    return data[at : end.start()] if end else data[at:]


def _header(data: bytes, at: int, delimiter: str) -> tuple[list[str], int, int]:
    """The cells of the header row, where the first row begins, and how many lines it has."""
    for size in (_SAMPLE, len(data)):
        head = data[at : at + size]
        lines = scan(head, ord(delimiter))
        row = Reader(head, lines, delimiter.encode(), 0).row(0)
        whole = at + size >= len(data)
        if whole or row.last + 1 < len(lines.starts):
            break
    if row.cells is None:
        raise SourceError(say("pull.header_unreadable"))
    after = lines.starts[row.last + 1] if row.last + 1 < len(lines.starts) else len(head)
    return [cell.decode("utf-8", "replace") for cell in row.cells], at + int(after), row.last + 1


def _footer(data: bytes, begin: int, delimiter: str | None, source: Source) -> tuple[int, int]:
    """Where the rows end, before what a program or the settings call a footer, and its lines."""
    for size in (_SAMPLE // 4, len(data)):
        tail = max(begin, len(data) - size)
        if tail > begin:
            end = _LINE_END.search(data, tail)
            tail = end.end() if end else len(data)
        if tail == len(data):
            continue
        chunk = data[tail:]
        starts, ends, _ = bounds(chunk)
        texts = [chunk[a:b].decode() for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        kept, left = ends_at(pl.Series(texts, dtype=pl.String), source.skip_footer, delimiter)
        if kept or tail == begin:
            if not left:
                return len(data), 0
            return tail + int(starts[kept]), left
    return len(data), 0


def _too_long(frame: pl.DataFrame, rows: Rows) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows without those that have a cell beyond the limit, and those as bad rows."""
    bad = pl.DataFrame(schema=_BAD_ROWS)
    if rows.longest <= LONGEST_CELL:
        return frame, bad
    long = frame.select(
        pl.any_horizontal(pl.exclude(ROW).str.len_bytes() > LONGEST_CELL)
    ).to_series()
    bad = pl.DataFrame(
        {ROW: rows.row, "line": rows.line, "lines": 1, "reason": "too_long"}, schema=_BAD_ROWS
    ).filter(long)
    return frame.filter(~long), bad


def _filled(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that have a value in any cell."""
    cells = [name for name in frame.columns if name != ROW]
    empty = pl.col(cells[0]).str.strip_chars() == ""
    perhaps = frame.filter(empty)
    if perhaps.is_empty():
        return frame
    blank = perhaps.filter(pl.all_horizontal(pl.col(cells).str.strip_chars() == ""))
    return frame.join(blank.select(ROW), on=ROW, how="anti", maintain_order="left")


def _undecodable(frame: pl.DataFrame, mark: str | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The frame with cells emptied that hold what could not be decoded, and those cells."""
    cells = BAD_CELLS.to_frame().drop(FILE)
    if mark is None:
        return frame, cells
    names = [name for name in frame.columns if name != ROW]
    held = [
        frame.filter(pl.col(name).str.contains(mark, literal=True)).select(
            ROW, pl.lit(name).alias("column"), pl.lit("undecodable").alias("reason")
        )
        for name in names
    ]
    marked = pl.col(names).str.contains(mark, literal=True)
    emptied = frame.with_columns(pl.when(~marked).then(pl.col(names)).name.keep())
    return emptied, pl.concat([cells, *held]).sort(ROW, maintain_order=True)


def find_delimiter(text: str) -> str:
    """The delimiter that parts the first rows into equally many columns, the more the better."""
    best, score = ",", (0, 0)
    for delimiter in _DELIMITERS:
        widths = _widths(text[:_SAMPLE], delimiter)
        header = widths[0] if widths else 0
        agreed = widths.count(header)
        if header > 1 and (agreed, header) > score:
            best, score = delimiter, (agreed, header)
    return best


def _no_title(text: str, delimiter: str) -> None:
    """Refuse a text whose first line is a title above the headers."""
    own = next(iter(_widths(text, delimiter)), 0)
    for sign in {delimiter, *(_DELIMITERS if own == 1 else "")}:
        header, *below = _widths(text, sign) or [0]
        common, times = Counter(below).most_common(1)[0] if below else (0, 0)
        wide = common >= max(_TITLE_COLUMNS, 2 * header, 2 * own)
        if wide and times > 1 and times >= _TITLE_SHARE * len(below):
            raise SourceError(say("pull.title_row", columns=common))


def _widths(text: str, delimiter: str) -> Sequence[int]:
    """How many columns each of the first rows has."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    widths: list[int] = []
    try:
        for row in itertools.islice(reader, _SAMPLE_ROWS):
            if row:
                widths.append(len(row))
    except csv.Error:  # what comes after does not count
        pass
    return widths


def empty(name: str) -> str:
    """What to say of a file without even a header."""
    return str(say("pull.empty"))
