"""Versions of a table's rows: which are new or differ, and which keys are gone."""

from __future__ import annotations

import polars as pl

from config.records import LISTED, Table
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


def changed(
    table: Table, before: pl.DataFrame, now: pl.DataFrame, rejected: pl.DataFrame | None = None
) -> pl.DataFrame:
    """What a night adds to the history.

    Args:
        table: The table.
        before: The last version of each row, gone ones included.
        now: The rows of the night, by `tonight`.
        rejected: The rows of the night that were rejected as a whole, as `Extract.rejected`: what
            they may be is not gone.

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
    differs = pl.any_horizontal(
        _told(table, name).ne_missing(_told(table, name, "old.")) for name in told
    )
    new = both.filter(pl.col("old").is_null() | differs).select(now.columns)
    gone = (
        before.filter(~pl.col(GONE))
        .join(now, on=names, how="anti", nulls_equal=True)
        .join(may_be_there(table, before, rejected), on=table.key, how="anti", nulls_equal=True)
        .with_columns(pl.lit(True).alias(GONE))
    )
    return pl.concat([new, gone.select(now.columns)]).sort(names, nulls_last=True)


def _told(table: Table, name: str, prefix: str = "") -> pl.Expr:
    """A column as it is compared: a list that conform left empty says no more than none."""
    value = pl.col(f"{prefix}{name}")
    return pl.when(value.list.len() > 0).then(value) if name in LISTED else value


def may_be_there(table: Table, before: pl.DataFrame, rejected: pl.DataFrame | None) -> pl.DataFrame:
    """The keys of records that may have been delivered although they were not read.

    A row whose key is whole is that record; any other could be each record that its source had.

    Args:
        table: The table.
        before: The last version of each row.
        rejected: The rows that were rejected as a whole; with a key in part, or none.
    """
    if rejected is None or rejected.is_empty():
        return before.select(table.key).clear()
    rows = table.complete(rejected)
    if SOURCE_COLUMN not in rows.columns:
        rows = rows.with_columns(pl.lit(None, pl.String).alias(SOURCE_COLUMN))
    whole = pl.all_horizontal(pl.col(part).is_not_null() for part in table.key)
    sources = rows.filter(~whole).get_column(SOURCE_COLUMN).unique()
    theirs = pl.col(SOURCE_COLUMN).is_null() | pl.col(SOURCE_COLUMN).is_in(
        sources.drop_nulls().implode()
    )
    if sources.is_empty():
        theirs = pl.lit(value=False)
    elif sources.null_count():  # of no known source
        theirs = pl.lit(value=True)
    return pl.concat(
        [before.filter(theirs).select(table.key), rows.filter(whole).select(table.key)]
    ).unique()
