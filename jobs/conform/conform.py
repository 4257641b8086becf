"""A delivery becomes canonical records; what could not be read is named and left empty."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from config.records import SENTINELS
from config.reference import Reference
from expectations.extract import FILE, ROW, SOURCE_COLUMN
from jobs.conform.mapping import SourceMapping, TableMapping
from jobs.conform.read import Read, measured_text, read_field
from jobs.pull import Delivery

#: What could not be read: where it stood, what stood there (unless it may identify a person), why.
REJECTS = pl.Schema(
    {
        "source": pl.String(),
        "file": pl.String(),
        "row": pl.UInt32(),
        "column": pl.String(),
        "field": pl.String(),
        "record_key": pl.String(),
        "raw": pl.String(),
        "reason": pl.String(),
    }
)
#: What the gates of this night and later ones know of each column.
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
_KEY = "record_key"
_PERSONAL = "[personal]"
#: Statuses under which an end on 31 December 9999 means that there is none.
_LIVE = ("in_force", "order_served", "varied", "renewed", "verified", "granted")
_NO_END = date(9999, 12, 31)


@dataclass(frozen=True)
class Conformed:
    """What a source came to.

    Attributes:
        source: The source.
        main: The table that its rows became.
        tables: Canonical tables, complete, with `_source` and `_row`.
        supplied: The fields of each table that this source supplies.
        rejects: What could not be read, `REJECTS`.
        columns: What is known of each column, `COLUMNS`.
        missing: Columns that the mapping needs and that were not delivered.
        new: Delivered columns that the mapping does not read.
        by_name: Fields of the main table that are read from the column of their own name, whose
            absence only the past can tell.
        rejected: By table, its rows that were rejected as a whole, as `Extract.rejected`.
        doubted: By table, the keys that two different rows had, as `Extract.doubted`.
    """

    source: str
    main: str
    tables: Mapping[str, pl.DataFrame]
    supplied: Mapping[str, frozenset[str]]
    rejects: pl.DataFrame
    columns: pl.DataFrame
    missing: tuple[str, ...]
    new: tuple[str, ...]
    by_name: frozenset[str] = frozenset()
    rejected: Mapping[str, pl.DataFrame] = dataclasses.field(default_factory=dict)
    doubted: Mapping[str, pl.DataFrame] = dataclasses.field(default_factory=dict)


def conform(
    delivery: Delivery, mapping: SourceMapping, reference: Reference, *, salt: str = ""
) -> Conformed:
    """Make canonical records of a delivery.

    Args:
        delivery: What the source delivered.
        mapping: How it is read.
        reference: The dictionary, the vocabularies and the thresholds.
        salt: Goes into every fingerprint of a person.
    """
    delivered = delivery.columns
    there = {
        name: delivered[name.strip().casefold()]
        for name in mapping.columns
        if name.strip().casefold() in delivered
    }
    uneven = {name.casefold() for name in delivery.uneven}
    missing = tuple(
        name
        for name, optional in mapping.columns.items()
        if not optional and (name not in there or name.strip().casefold() in uneven)
    )
    used = {*there.values(), FILE, ROW}
    tables: dict[str, pl.DataFrame] = {}
    supplied: dict[str, frozenset[str]] = {}
    rejects = [_bad_rows(delivery)]
    columns: list[pl.DataFrame] = []
    for part in mapping.tables:
        made = _table(delivery, part, there, mapping.null_words, reference, salt)
        name = part.table.name
        tables[name] = pl.concat([tables[name], made.frame]) if name in tables else made.frame
        supplied[name] = supplied.get(name, frozenset()) | made.supplied
        rejects.append(made.rejects)
        if part is mapping.main:
            columns.append(made.columns)
    columns.append(_columns_beside(delivery, mapping, there, reference, salt))
    new = tuple(name for name in delivery.frame.columns if name not in used)
    columns.append(_columns_unread(delivery, new))
    return Conformed(
        source=delivery.source,
        main=mapping.main.table.name,
        tables=tables,
        supplied=supplied,
        rejects=pl.concat(rejects),
        columns=pl.concat(columns),
        missing=missing,
        new=new,
        by_name=frozenset(f.field.name for f in mapping.main.fields if f.by_name),
    )


@dataclass(frozen=True)
class _Made:
    frame: pl.DataFrame
    supplied: frozenset[str]
    rejects: pl.DataFrame
    columns: pl.DataFrame


def _table(
    delivery: Delivery,
    part: TableMapping,
    there: Mapping[str, str],
    null_words: tuple[str, ...],
    reference: Reference,
    salt: str,
) -> _Made:
    rows = _one_a_member(delivery.frame, part, there)
    if part.filled:
        filled = [pl.col(there[c]).str.strip_chars() for c in part.filled if c in there]
        told = [~c.str.to_lowercase().is_in(list(null_words)).fill_null(True) for c in filled]
        rows = rows.filter(pl.any_horizontal(told)) if told else rows.clear()
    sentinels = reference.thresholds["sentinel_dates"].value
    reads = [
        read_field(rows, field, there, null_words=null_words, sentinels=sentinels, salt=salt)
        for field in part.fields
        if field.constant is not None or any(name in there for name in field.columns)
    ]
    values: dict[str, pl.Series] = {}
    written: dict[str, pl.Series] = {}
    for read in reads:
        field = read.mapping.field
        if field.name == "text":
            placeholders = reference.thresholds["condition_placeholders"].value
            measured = measured_text(read.raw, placeholders)
            values.update({c: measured[c] for c in measured.columns if c in part.table.fields})
            continue
        value, raw = read.value, read.raw
        if field.name in values:  # the source's own word on a time of day
            spoken = value.is_not_null()
            value = value.zip_with(spoken, values[field.name])
            raw = raw.zip_with(spoken, written.get(field.name, raw))
        values[field.name], written[field.name] = value, raw
        if field.time_known and read.time_known is not None:
            values[field.time_known] = read.time_known
    kept = {f.raw: written[f.name] for f in part.table.watched if f.raw and f.name in written}
    frame = rows.select(pl.lit(delivery.source).alias(SOURCE_COLUMN), ROW).with_columns(
        series.alias(name) for name, series in {**values, **kept}.items()
    )
    frame, reads = _placeholders(frame, reads)
    frame = part.table.complete(frame)
    named = pl.concat_str([pl.col(k) for k in part.table.key], separator="|", ignore_nulls=True)
    personal = any(part.table.fields[k].personal for k in part.table.key)
    key = frame.select(pl.lit(None, pl.String) if personal else named).to_series()
    if personal:
        key = pl.Series([None] * frame.height, dtype=pl.String)
    return _Made(
        frame=frame,
        supplied=_supplied(reads, there, part, frozenset(values)),
        rejects=_rejects(delivery, rows, reads, key, part),
        columns=_columns(delivery, reads, there),
    )


def _one_a_member(rows: pl.DataFrame, part: TableMapping, there: Mapping[str, str]) -> pl.DataFrame:
    """A row for each member of a column that lists several, such as the orders of a breach."""
    for field in part.fields:
        for name in field.columns if field.each else ():
            if name in there:
                column = there[name]
                members = (
                    pl.col(column)
                    .str.split(field.each)
                    .list.eval(pl.element().filter(pl.element().str.strip_chars() != ""))
                )
                rows = rows.with_columns(members).explode(column, empty_as_null=True)
    return rows


def _supplied(
    reads: list[Read], there: Mapping[str, str], part: TableMapping, made: frozenset[str]
) -> frozenset[str]:
    """The fields that the source supplies: mapped, and their column delivered."""
    given = {
        r.mapping.field.name
        for r in reads
        if r.mapping.constant is not None or any(c in there for c in r.mapping.columns)
    }
    if "text" in given:
        given = (given - {"text"}) | {name for name in part.table.fields if name in made}
    if {"end_date", "status"} <= given and "until_further_order" in part.table.fields:
        given.add("until_further_order")  # an end in the year 9999 says it
    return frozenset(given)


def _placeholders(frame: pl.DataFrame, reads: list[Read]) -> tuple[pl.DataFrame, list[Read]]:
    """Empty the dates that are placeholders, and list their fields.

    An end on 31 December 9999 of an order in force says that it runs until further order.
    """
    if {"end_date", "status"} <= set(frame.columns):
        endless = (pl.col("end_date") == _NO_END) & pl.col("status").is_in(_LIVE)
        endless = endless.fill_null(False)
        mask = frame.select(endless).to_series()
        open_ended = (
            pl.col("until_further_order")
            if "until_further_order" in frame.columns
            else pl.lit(None)
        )
        frame = frame.with_columns(
            pl.when(endless).then(pl.lit(None)).otherwise("end_date").alias("end_date"),
            pl.when(endless).then(pl.lit(True)).otherwise(open_ended).alias("until_further_order"),
        )
        reads = [
            Read(r.mapping, r.raw, r.value, r.time_known, _without(r.faults, mask))
            if r.mapping.field.name == "end_date"
            else r
            for r in reads
        ]
    found = {r.mapping.field: r.faults["sentinel"] for r in reads if "sentinel" in r.faults}
    marks = {field.name: series for field, series in found.items() if series.any()}
    dates = [f.name for f in found if f.type == "date" and f.name in marks]
    frame = frame.with_columns(
        pl.when(~marks[name]).then(pl.col(name)).alias(name) for name in dates
    )
    named = [pl.when(series).then(pl.lit(name)) for name, series in marks.items()]
    listed = pl.concat_list(named).list.drop_nulls() if named else pl.lit([], pl.List(pl.String))
    return frame.with_columns(listed.alias(SENTINELS)), reads


def _without(faults: Mapping[str, pl.Series], mask: pl.Series) -> dict[str, pl.Series]:
    return {reason: rows & ~mask for reason, rows in faults.items()}


def _rejects(
    delivery: Delivery,
    rows: pl.DataFrame,
    reads: list[Read],
    key: pl.Series,
    part: TableMapping,
) -> pl.DataFrame:
    parts = [REJECTS.to_frame()]
    for read in reads:
        field = read.mapping.field
        personal = field.personal or read.mapping.pseudonym
        shown = pl.lit(_PERSONAL) if personal else pl.col("raw")
        for reason, mask in read.faults.items():
            if not mask.any():
                continue
            parts.append(
                pl.DataFrame({FILE: rows[FILE], ROW: rows[ROW], _KEY: key, "raw": read.raw})
                .filter(mask)
                .select(
                    pl.lit(delivery.source).alias("source"),
                    pl.col(FILE).alias("file"),
                    delivery.row_in_file(pl.col(ROW), pl.col(FILE)).alias("row"),
                    pl.lit(", ".join(read.mapping.columns)).alias("column"),
                    pl.lit(f"{part.table.name}.{field.name}").alias("field"),
                    _KEY,
                    shown.alias("raw"),
                    pl.lit(reason).alias("reason"),
                )
                .cast(REJECTS)
            )
    return pl.concat(parts)


def _bad_rows(delivery: Delivery) -> pl.DataFrame:
    return delivery.bad_rows.select(
        pl.lit(delivery.source).alias("source"),
        pl.col(FILE).alias("file"),
        delivery.row_in_file(pl.col(ROW), pl.col(FILE)).alias("row"),
        pl.lit(None, pl.String).alias("column"),
        pl.lit(None, pl.String).alias("field"),
        pl.lit(None, pl.String).alias(_KEY),
        pl.lit(None, pl.String).alias("raw"),
        "reason",
    ).cast(REJECTS)


def _columns(delivery: Delivery, reads: list[Read], there: Mapping[str, str]) -> pl.DataFrame:
    rows = [
        {
            "source": delivery.source,
            "column": ", ".join(read.mapping.columns),
            "field": read.mapping.field.name,
            "cells": read.raw.len() - read.raw.null_count(),
            "empty": read.raw.null_count(),
            "unreadable": int(read.faults["unreadable"].sum())
            if "unreadable" in read.faults
            else 0,
            "unmapped": int(read.faults["unmapped"].sum()) if "unmapped" in read.faults else 0,
            "out_of_range": 0,
            "type": delivery.types.get(there.get(read.mapping.columns[0], ""), "")
            if read.mapping.columns
            else "",
        }
        for read in reads
        if any(column in there for column in read.mapping.columns)
    ]
    return pl.DataFrame(rows, schema=COLUMNS)


def _columns_unread(delivery: Delivery, names: tuple[str, ...]) -> pl.DataFrame:
    """Columns that no field is read from; only that they are there is known of them."""
    counts = dict.fromkeys(("cells", "empty", "unreadable", "unmapped", "out_of_range"), 0)
    rows = [
        {"source": delivery.source, "column": name, "field": "", "type": "", **counts}
        for name in names
    ]
    return pl.DataFrame(rows, schema=COLUMNS)


def _columns_beside(
    delivery: Delivery,
    mapping: SourceMapping,
    there: Mapping[str, str],
    reference: Reference,
    salt: str,
) -> pl.DataFrame:
    """What is known of columns that only other tables read, over every row as delivered."""
    sentinels = reference.thresholds["sentinel_dates"].value
    parts = [COLUMNS.to_frame()]
    for name, field in mapping.beside.items():
        if any(column in there for column in field.columns):
            read = read_field(
                delivery.frame,
                field,
                there,
                null_words=mapping.null_words,
                sentinels=sentinels,
                salt=salt,
            )
            parts.append(
                _columns(delivery, [read], there).with_columns(pl.lit(name).alias("field"))
            )
    return pl.concat(parts)
