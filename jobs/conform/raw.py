"""What is kept of a source as it was delivered (`raw/` of a night)."""

from __future__ import annotations

import polars as pl

from expectations.extract import FILE, ROW
from jobs.conform.mapping import SourceMapping
from jobs.pull import Delivery


def kept_raw(delivery: Delivery, mapping: SourceMapping) -> pl.DataFrame:
    """The columns that a mapping reads, but for those that may name a person, as delivered.

    What no mapping reads is nobody's business here, and may be anything. A column that a personal
    field or a pseudonym is read from is left out, whatever else reads it; so is a wording, which is
    measured and dropped.

    Args:
        delivery: What the source delivered.
        mapping: How it is read.
    """
    personal = {
        name.strip().casefold()
        for part in mapping.tables
        for field in part.fields
        if field.personal
        for name in field.columns
    }
    read = {name.strip().casefold() for name in mapping.columns} - personal
    kept = [name for folded, name in delivery.columns.items() if folded in read]
    return delivery.frame.select(FILE, ROW, *kept)
