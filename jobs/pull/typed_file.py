"""Excel workbooks and Parquet files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from config.errors import SourceError
from config.settings import Source
from expectations.extract import ROW
from jobs.pull.as_text import as_text
from jobs.pull.delivery import DeliveredFile, Part, digest, unique_headers
from jobs.pull.text_file import empty

#: How an old Office file begins, and what is in one that holds an encrypted workbook.
_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_excel(path: Path, source: Source) -> Part:
    """Read one sheet of a workbook, every cell as text.

    Numbers that Excel keeps for dates stay numbers; a mapping decides what they are.

    Raises:
        SourceError: There is no such sheet, or the file is no workbook.
    """
    import fastexcel

    data = path.read_bytes()
    if not data:
        raise SourceError(empty(path.name))
    if data.startswith(_LOCKED) and _ENCRYPTED in data:
        raise SourceError(
            f"{path.name} is protected with a password; have the extract delivered without one"
        )
    try:
        book = fastexcel.read_excel(data)
    except fastexcel.FastExcelError as error:
        reason = str(error).split("\n", 1)[0]
        raise SourceError(
            f"{path.name} is not a workbook that can be opened ({reason}); see whether it was "
            "delivered whole, or whether the source is of another `kind`"
        ) from None
    sheet = source.sheet or book.sheet_names[0]
    if sheet not in book.sheet_names:
        raise SourceError(
            f"{path.name} has no sheet {sheet!r}; it has {', '.join(map(repr, book.sheet_names))}. "
            "Correct `sheet` of the source"
        )
    table = book.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
    if table.is_empty():
        raise SourceError(f"sheet {sheet!r}: {empty(path.name)}")
    # A column without a header that holds nothing is one that somebody widened once.
    kept = [
        column.name
        for column in table.get_columns()
        if column.null_count() < len(column) and (column[0] is not None or table.height > 1)
    ]
    table = table.select(kept)
    headers, notes = unique_headers("" if cell is None else cell for cell in table.row(0))
    body = table.slice(1).rename(dict(zip(table.columns, headers, strict=True)))
    numbered = body.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW))
    filled = numbered.filter(~pl.all_horizontal(pl.col(headers).is_null()))
    return Part(_file(path, data), filled, notes=notes)


def read_parquet(path: Path, source: Source) -> Part:
    """Read a Parquet file.

    Raises:
        SourceError: It is not Parquet.
    """
    data = path.read_bytes()
    try:
        frame = pl.read_parquet(data)
    except pl.exceptions.PolarsError as error:
        reason = str(error).split("\n", 1)[0]
        raise SourceError(
            f"{path.name} is not a Parquet file that can be read ({reason}); see whether it was "
            "delivered whole, or whether the source is of another `kind`"
        ) from None
    headers, notes = unique_headers(frame.columns)
    text, classes = as_text(frame.rename(dict(zip(frame.columns, headers, strict=True))))
    numbered = text.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW))
    return Part(_file(path, data), numbered, classes, notes=notes)


def _file(path: Path, data: bytes) -> DeliveredFile:
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return DeliveredFile(path.name, digest([data]), len(data), modified)
