"""What is kept of a source as it was delivered."""

from __future__ import annotations

import polars as pl

from expectations.extract import FILE, ROW
from jobs.conform import SourceMapping


def kept_raw(frame: pl.DataFrame, mapping: SourceMapping) -> pl.DataFrame:
    """The columns that a mapping reads, but for those that may identify a person.

    What no mapping reads is nobody's business here, and may be anything. A column that a personal
    field is read from, or one that a fingerprint is made of, is left out, whatever else reads it.

    Args:
        frame: Every column as text, with `_file` and `_row`.
        mapping: How the source is read.
    """
    fields = [field for part in mapping.tables for field in part.fields]
    personal = {
        name.strip().casefold()
        for field in fields
        if field.field.personal or field.pseudonym
        for name in field.columns
    }
    read = {name.strip().casefold() for name in mapping.columns} - personal
    return frame.select(
        name for name in frame.columns if name in (FILE, ROW) or name.strip().casefold() in read
    )
