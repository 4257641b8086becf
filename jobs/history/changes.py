"""Changes of watched fields from one night to the next, as rows of `field_changes`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from config.records import UNREADABLE, Field, Records, Table
from expectations.extract import SOURCE_COLUMN
from jobs.history.versions import COPY, GONE

#: The table of changes.
TABLE = "field_changes"


def field_changes(
    records: Records,
    table: Table,
    before: pl.DataFrame,
    now: pl.DataFrame,
    *,
    changed_ts: datetime,
    comparable: Mapping[str, frozenset[str]],
    doubted: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What changed of a table's watched fields.

    A change takes a filled value away or puts another in its place, and the source must have
    written something else: a new mapping or time zone of ours is no change. A key that stands
    twice has no changes, because it cannot be told which row became which. A cell that could not
    be read is no change, and what is read again is compared with what was last read.

    Args:
        records: The field dictionary.
        table: The table.
        before: The last version of each row before the night, with what of each watched field was
            last read; of one that was gone, the last that was delivered.
        now: The rows of the night.
        changed_ts: The night's instant.
        comparable: For each source, the fields that it delivered before in the same column and
            type; others have not changed, they are read from elsewhere.
        doubted: Keys that two different rows had, of which one stands in `now`.

    Returns:
        Rows of `field_changes`; values as ISO 8601, a date where the time of day is not known.
    """
    spec = records[TABLE]
    fields = [f for f in table.watched if f.raw in now.columns]
    alone = pl.struct(table.key).is_duplicated().not_()
    twice = now.select(table.key).clear() if doubted is None else doubted.select(table.key)
    old = before.filter((pl.col(COPY) == 0) | ~pl.col(GONE)).filter(alone)
    rows = old.select(
        *table.key, *(e for f in fields for e in (_iso(f, f"old.{f.name}"), _raw(f, "old_raw")))
    ).join(
        now.filter(alone).select(
            *table.key,
            SOURCE_COLUMN,
            UNREADABLE,
            *(e for f in fields for e in (_iso(f, f"new.{f.name}"), _raw(f, "new_raw"))),
        ),
        on=table.key,
    )
    rows = rows.join(twice, on=table.key, how="anti")
    key = pl.concat_str([pl.col(part) for part in table.key], separator="|", ignore_nulls=True)
    found = [spec.empty()]
    for field in fields:
        sources = [name for name, known in comparable.items() if field.name in known]
        old_value, new_value = pl.col(f"old.{field.name}"), pl.col(f"new.{field.name}")
        old_raw, new_raw = pl.col(f"old_raw.{field.name}"), pl.col(f"new_raw.{field.name}")
        columns: dict[str, Any] = {
            "record_kind": pl.lit(table.name),
            "record_key": key,
            "field": pl.lit(field.name),
            "old_value": old_value,
            "new_value": new_value,
            "old_raw": old_raw,
            "new_raw": new_raw,
            "changed_ts": pl.lit(changed_ts),
        }
        changed = rows.filter(
            pl.col(SOURCE_COLUMN).is_in(sources)
            & old_value.is_not_null()
            & old_value.ne_missing(new_value)
            & old_raw.ne_missing(new_raw)
            & ~_unread(field)
        ).select(column.alias(name) for name, column in columns.items())
        found.append(spec.complete(changed))
    return pl.concat(found).sort(spec.key)


def last_readable(table: Table, versions: pl.LazyFrame) -> pl.LazyFrame:
    """Versions with what each watched field last held, in that version or an earlier one, as read.

    Args:
        table: The table.
        versions: Every version of each row, a row's from the earliest on.
    """
    have = versions.collect_schema()
    if UNREADABLE not in have:
        return versions
    names = [*table.key, COPY]
    groups = {
        field: [n for n in (field.name, field.time_known, field.raw) if n and n in have]
        for field in table.watched
        if field.name in have
    }
    return versions.with_columns(
        pl.when(~_unread(field))
        .then(pl.struct(columns))
        .forward_fill()
        .over(names)
        .alias(f"__{field.name}")
        for field, columns in groups.items()
    ).select(
        *(name for name in have if not any(name in columns for columns in groups.values())),
        *(
            pl.col(f"__{field.name}").struct.field(name)
            for field, columns in groups.items()
            for name in columns
        ),
    )


def _unread(field: Field) -> pl.Expr:
    """Whether the cell of a row stood there and could not be read."""
    return pl.col(UNREADABLE).list.contains(field.name).fill_null(value=False)


def _iso(field: Field, name: str) -> pl.Expr:
    value = pl.col(field.name)
    if not field.time_known:
        return value.dt.strftime("%Y-%m-%d").alias(name)
    day = value.dt.convert_time_zone("Europe/London").dt.strftime("%Y-%m-%d")
    known = pl.col(field.time_known).fill_null(True)
    return pl.when(known).then(value.dt.strftime("%Y-%m-%dT%H:%M:%SZ")).otherwise(day).alias(name)


def _raw(field: Field, prefix: str) -> pl.Expr:
    return pl.col(str(field.raw)).alias(f"{prefix}.{field.name}")
