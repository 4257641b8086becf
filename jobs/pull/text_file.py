"""CSV files: encoding and delimiter found out, every row of the right width or named."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import charset_normalizer
import polars as pl

from config.errors import SourceError
from config.settings import Source
from expectations.extract import ROW
from jobs.pull.delivery import DeliveredFile, Part, digest, unique_headers

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 50
_SAMPLE = 200_000
_LONGEST_CELL = 10_000_000
#: Text of two bytes a letter has this share of NUL bytes or more, and all on one side.
_NULS = 0.3
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_csv(path: Path, source: Source) -> Part:
    """Read one CSV file.

    Raises:
        SourceError: It is empty, or cannot be decoded.
        OSError: It cannot be read.
    """
    data = path.read_bytes()
    if not data.strip():
        raise SourceError(empty(path.name))
    encoding = source.encoding or find_encoding(data)
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise SourceError(
            f"{path.name} cannot be read as {encoding}: {error}. Say `encoding` of the source"
        ) from None
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise SourceError(empty(path.name))
    delimiter = source.delimiter or find_delimiter(text)
    rows = _rows(text, delimiter)
    _, first = next(rows)
    if isinstance(first, str):
        raise SourceError(
            f"{path.name}: the header cannot be read ({first}); see whether `delimiter` and "
            "`encoding` of the source are right"
        )
    headers, notes = unique_headers(first)
    width = len(headers)
    good: list[list[str]] = []
    numbers: list[int] = []
    bad: list[tuple[int, str]] = []
    for number, row in rows:
        if isinstance(row, str):
            bad.append((number, f"broken_row: {row}"))
        elif len(row) == width:
            good.append(row)
            numbers.append(number)
        else:
            bad.append((number, f"columns_shifted: {len(row)} columns, the header has {width}"))
    columns = zip(*good, strict=True) if good else [()] * width
    frame = pl.DataFrame(
        {
            name: pl.Series(values, dtype=pl.String)
            for name, values in zip(headers, columns, strict=True)
        }
    ).with_columns(pl.Series(ROW, numbers, pl.UInt32))
    if encoding != "utf-8":
        notes = (*notes, f"{path.name} is read as {encoding}")
    return Part(
        file=DeliveredFile(
            name=path.name,
            sha256=digest([data]),
            size=len(data),
            modified=datetime.fromtimestamp(path.stat().st_mtime, UTC),
            encoding=encoding,
            delimiter=delimiter,
        ),
        frame=frame,
        bad_rows=pl.DataFrame(bad, schema={ROW: pl.UInt32, "reason": pl.String}, orient="row"),
        notes=notes,
    )


def empty(name: str) -> str:
    """What to say of a file without even a header."""
    return (
        f"{name} is empty, without even a header; see whether the extract ended well (a delivery "
        "of no records still has its header)"
    )


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Each row with its number, the header being 0, or what is wrong with it; no blank lines.

    Quotes are taken strictly. A row whose quotes do not close is named, and reading goes on with
    the next line; to guess where its cells end would shift them unseen.
    """
    csv.field_size_limit(_LONGEST_CELL)
    number = -1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        row: list[str] | str
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            row = str(error)
        if row:
            number += 1
            yield number, row


def find_encoding(data: bytes) -> str:
    """UTF-8 where the bytes are UTF-8, by their mark or their form; otherwise the likeliest.

    A Windows extract that is not UTF-8 is nearly always cp1252, so that is what is taken unless
    the bytes cannot be cp1252.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    sample = data[:4096]
    for name, nuls in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if nuls and nuls.count(0) / len(nuls) > 2 * _NULS and sample.count(0) > _NULS * len(sample):
            return name
    for name in ("utf-8", "cp1252"):
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    best = charset_normalizer.from_bytes(data).best()
    return best.encoding if best else "latin-1"


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


def _widths(text: str, delimiter: str) -> list[int]:
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
