"""What is known of each column of a delivery: how full it is, and how much of it was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from jobs.conform.read import Read
from jobs.pull import Delivery

#: What the gates of this night and later ones know of each column. `cells` are those that hold
#: something, also what could not be read; `unreadable` those that gave no value as they should
#: have (`unreadable_fields` names the field); `unmapped` words in no vocabulary; `out_of_range`
#: numbers outside the bounds of their field.
COLUMNS = pl.Schema(
    {
        "source": pl.String(),
        "column": pl.String(),
        "field": pl.String(),
        "cells": pl.Int64(),
        "empty": pl.Int64(),
        "unreadable": pl.Int64(),
        "unmapped": pl.Int64(),
        "out_of_range": pl.Int64(),
        "type": pl.String(),
    }
)
_COUNTS = ("cells", "empty", "unreadable", "unmapped", "out_of_range")


def column_statistics(
    delivery: Delivery, reads: Mapping[str, Read], there: Mapping[str, str]
) -> pl.DataFrame:
    """What is known of the columns of some fields, `COLUMNS`.

    Args:
        delivery: What the source delivered.
        reads: The fields, by what their statistics call them.
        there: The delivered column of each name that the mapping uses.
    """
    rows = [
        {
            "source": delivery.source,
            "column": ", ".join(read.mapping.columns),
            "field": name,
            "cells": int(read.filled.sum()),
            "empty": int((~read.filled).sum()),
            "unreadable": int(read.unreadable.sum()),
            **{reason: _count(read, reason) for reason in ("unmapped", "out_of_range")},
            "type": delivery.types.get(there.get(read.mapping.columns[0], ""), ""),
        }
        for name, read in reads.items()
        if any(column in there for column in read.mapping.columns)
    ]
    return pl.DataFrame(rows, schema=COLUMNS)


def unread_columns(delivery: Delivery, names: Iterable[str]) -> pl.DataFrame:
    """Columns that no field is read from; only that they are there is known of them."""
    counts = dict.fromkeys(_COUNTS, 0)
    rows = [
        {"source": delivery.source, "column": name, "field": "", "type": "", **counts}
        for name in names
    ]
    return pl.DataFrame(rows, schema=COLUMNS)


def shapes_of(table: str, reads: Sequence[Read]) -> dict[str, int]:
    """In how many shapes the dates of each field are written, by field with its table."""
    return {f"{table}.{read.mapping.field.name}": read.shapes for read in reads if read.shapes}


def _count(read: Read, reason: str) -> int:
    return int(read.faults[reason].sum()) if reason in read.faults else 0
