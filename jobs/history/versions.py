"""Versions of a table's rows: which are new or differ, and which keys are gone."""

from __future__ import annotations

import polars as pl

from config.records import Table
from expectations.extract import ROW, SOURCE_COLUMN

#: Tells apart rows that share a key: 0 for the first, in the order of sources and rows.
COPY = "_copy"
#: The record was no longer delivered; the other columns say what it last was.
GONE = "_gone"
#: Columns that a bulk re-save or a new delivery changes although nothing of the record did.
UNTOLD = frozenset(["updated_ts", "updated_time_known", "extract_id", ROW, SOURCE_COLUMN])


def identity(table: Table) -> list[str]:
    """The columns that name a row of the history."""
    return [*table.key, COPY]


def tonight(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of a night as the history keeps them: complete, numbered within their key."""
    order = [name for name in (SOURCE_COLUMN, ROW) if name in frame.columns]
    placed = table.complete(frame).sort(order, maintain_order=True) if order else frame
    copy = pl.int_range(pl.len(), dtype=pl.UInt32).over(table.key)
    return with_marks(table, placed.with_columns(copy.alias(COPY)))


def with_marks(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the columns that a version has, and no others, in one order."""
    written = [field.raw for field in table.watched if field.raw]
    wanted = {**dict.fromkeys((*written, SOURCE_COLUMN), pl.String()), COPY: pl.UInt32()}
    marked = table.complete(frame).with_columns(
        *(pl.lit(None, kind).alias(n) for n, kind in wanted.items() if n not in frame.columns),
        *([] if GONE in frame.columns else [pl.lit(False).alias(GONE)]),
    )
    return marked.select(*table.schema, *wanted, GONE)


def changed(table: Table, before: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """What a night adds to the history.

    Args:
        table: The table.
        before: The last version of each row, gone ones included.
        now: The rows of the night, by `tonight`.

    Returns:
        The rows of `now` that are new, back again or different, and the last versions of those
        that are gone, marked; in the order of their keys.
    """
    names = identity(table)
    told = [name for name in now.columns if name not in (*names, *UNTOLD)]
    before = with_marks(table, before)
    old = before.select(*names, *(pl.col(name).alias(f"old.{name}") for name in told))
    both = now.join(
        old.with_columns(pl.lit(True).alias("old")), on=names, how="left", nulls_equal=True
    )
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"old.{name}")) for name in told)
    new = both.filter(pl.col("old").is_null() | differs).select(now.columns)
    gone = (
        before.filter(~pl.col(GONE))
        .join(now, on=names, how="anti", nulls_equal=True)
        .with_columns(pl.lit(True).alias(GONE))
    )
    return pl.concat([new, gone.select(now.columns)]).sort(names, nulls_last=True)
