"""CSV files: encoding and delimiter found out, every row of the right width or named."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import charset_normalizer
import polars as pl

from config.errors import SourceError
from config.settings import Source
from jobs.pull.delivery import ROW, DeliveredFile, Part, digest, unique_headers

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50
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
        raise SourceError(f"{path.name} is empty; a file with no records still has its header")
    encoding = source.encoding or find_encoding(data)
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise SourceError(
            f"{path.name} cannot be read as {encoding}: {error}. Say `encoding` of the source"
        ) from None
    delimiter = source.delimiter or find_delimiter(text)
    rows = _rows(text, delimiter)
    headers, notes = unique_headers(next(rows)[1])
    width = len(headers)
    good: list[list[str]] = []
    numbers: list[int] = []
    bad: list[tuple[int, str]] = []
    for number, row in rows:
        if len(row) == width:
            good.append(row)
            numbers.append(number)
        elif row:
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


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number, the header being 0; blank lines are no rows."""
    csv.field_size_limit(10_000_000)
    number = -1
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
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
    for name in ("utf-8", "cp1252"):
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    best = charset_normalizer.from_bytes(data).best()
    return best.encoding if best else "latin-1"


def find_delimiter(text: str) -> str:
    """The delimiter that parts the first lines into equally many columns, the more the better."""
    lines = text.splitlines()[:_SAMPLE_LINES]
    best, score = ",", (0, 0)
    for delimiter in _DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        header = len(next(csv.reader(lines[:1], delimiter=delimiter), []))
        agreed = widths[header]
        if header > 1 and (agreed, header) > score:
            best, score = delimiter, (agreed, header)
    return best
