"""A delivery becomes canonical records; what could not be read is named and left empty."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from config.reference import Reference
from expectations.extract import SOURCE_COLUMN
from jobs.conform.cells import with_bad_cells
from jobs.conform.mapping import SourceMapping, TableMapping
from jobs.conform.rejects import bad_row_rejects, cell_rejects
from jobs.conform.statistics import column_statistics, shapes_of, unread_columns
from jobs.conform.table import Given, left_of, make_table
from jobs.pull import Delivery


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
        rejected: By table, its rows that were rejected as a whole, as `Extract.rejected`. A row
            that could not be taken as delivered is one of the main table and of each table that
            the mapping fills beside it; a row beside it whose key could not be read is one of its
            table. Rows of the main table without a key are still in `tables`.
        doubted: By table, the keys that two different rows had, as `Extract.doubted`.
        formats: For dates and times that the mapping names no formats of, in how many shapes they
            are written, by field with its table (`orders.made_date`).
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
    formats: Mapping[str, int] = dataclasses.field(default_factory=dict)


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
    there = _there(delivery, mapping)
    given = Given(
        source=delivery.source,
        frame=with_bad_cells(delivery),
        there=there,
        null_words=mapping.null_words,
        reference=reference,
        salt=salt,
        since_1904=getattr(delivery, "since_1904", frozenset()),
    )
    tables: dict[str, pl.DataFrame] = {}
    rejected: dict[str, pl.DataFrame] = {}
    supplied: dict[str, frozenset[str]] = {}
    formats: dict[str, int] = {}
    rejects = [bad_row_rejects(delivery)]
    columns: list[pl.DataFrame] = []
    for part in mapping.tables:
        made = make_table(given, part, main=part is mapping.main)
        name = part.table.name
        lost = [_lost_rows(delivery, part)] if name not in rejected else [rejected[name]]
        rejected[name] = pl.concat([*lost, made.rejected])
        tables[name] = pl.concat([tables[name], made.frame]) if name in tables else made.frame
        supplied[name] = supplied.get(name, frozenset()) | made.supplied
        rejects.append(cell_rejects(delivery, mapping, part, made.rows, made.reads, made.keys))
        formats |= shapes_of(name, made.reads)
        if part is mapping.main:
            mine = {read.mapping.field.name: read for read in made.reads}
            columns.append(column_statistics(delivery, mine, there))
    columns.append(_columns_beside(delivery, mapping, given))
    new = _new(delivery, mapping)
    columns.append(unread_columns(delivery, new))
    return Conformed(
        source=delivery.source,
        main=mapping.main.table.name,
        tables=tables,
        supplied=supplied,
        rejects=pl.concat(rejects),
        columns=pl.concat(columns),
        missing=_missing(delivery, mapping, there),
        new=new,
        by_name=frozenset(f.field.name for f in mapping.main.fields if f.by_name),
        rejected={name: rows for name, rows in rejected.items() if not rows.is_empty()},
        formats=formats,
    )


def _there(delivery: Delivery, mapping: SourceMapping) -> dict[str, str]:
    """The delivered column of each name that a mapping uses."""
    delivered = delivery.columns
    return {
        name: delivered[name.strip().casefold()]
        for name in mapping.columns
        if name.strip().casefold() in delivered
    }


def _missing(
    delivery: Delivery, mapping: SourceMapping, there: Mapping[str, str]
) -> tuple[str, ...]:
    uneven = {name.casefold() for name in delivery.uneven}
    return tuple(
        name
        for name, optional in mapping.columns.items()
        if not optional and (name not in there or name.strip().casefold() in uneven)
    )


def _new(delivery: Delivery, mapping: SourceMapping) -> tuple[str, ...]:
    """Delivered columns that the mapping reads nothing from, and chooses no rows by."""
    read = {name.strip().casefold() for name in mapping.columns}
    read |= {condition.column.strip().casefold() for condition in mapping.where}
    return tuple(name for folded, name in delivery.columns.items() if folded not in read)


def _lost_rows(delivery: Delivery, part: TableMapping) -> pl.DataFrame:
    """A row of a table for each bad row of the delivery: nobody knows what it was."""
    nothing = part.table.complete(
        pl.DataFrame({SOURCE_COLUMN: [delivery.source] * delivery.bad_rows.height},
                     schema={SOURCE_COLUMN: pl.String})
    )  # fmt: skip
    return left_of(part.table, nothing)


def _columns_beside(delivery: Delivery, mapping: SourceMapping, given: Given) -> pl.DataFrame:
    """What is known of columns that only other tables read, over every row as delivered."""
    reads = {
        name: read
        for name, field in mapping.beside.items()
        for read in given.read(given.frame, TableMapping(mapping.main.table, (field,)))
        if field.columns
    }
    return column_statistics(delivery, reads, given.there)
