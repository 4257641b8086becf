"""One canonical table of one delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from config.records import LISTED, SENTINELS, UNMAPPED, UNREADABLE, Table
from config.reference import Reference
from expectations.extract import ROW, SOURCE_COLUMN
from jobs.conform.cells import is_bad
from jobs.conform.mapping import NULL_WORDS, TEXT, TableMapping
from jobs.conform.prints import measured_text
from jobs.conform.read import Read, read_field, unread_names
from jobs.conform.zones import LONDON, on_own_day

#: Statuses under which an end on 31 December 9999 means that there is none.
_LIVE = ("in_force", "order_served", "varied", "renewed", "verified", "granted")
_NO_END = date(9999, 12, 31)


@dataclass(frozen=True)
class Given:
    """What every table of a delivery is made from.

    Attributes:
        source: The source.
        frame: Its rows, as `with_bad_cells` gives them.
        there: The delivered column of each name that the mapping uses.
        null_words: Words that mean nothing, in lower case, where rows are chosen.
        reference: The dictionary, the vocabularies and the thresholds.
        salt: Goes into every fingerprint of a person.
        since_1904: The files whose day numbers count from 1904.
    """

    source: str
    frame: pl.DataFrame
    there: Mapping[str, str]
    null_words: tuple[str, ...]
    reference: Reference
    salt: str
    since_1904: frozenset[str] = frozenset()

    def read(self, frame: pl.DataFrame, fields: TableMapping) -> list[Read]:
        """Every field of a table that is there to be read."""
        sentinels = self.reference.thresholds["sentinel_dates"].value
        return [
            read_field(
                frame,
                field,
                self.there,
                sentinels=sentinels,
                salt=self.salt,
                since_1904=self.since_1904,
            )
            for field in fields.fields
            if field.constant is not None or any(name in self.there for name in field.columns)
        ]


@dataclass(frozen=True)
class Made:
    """A table that was made.

    Attributes:
        frame: Its records.
        rejected: Rows of it that no record could be made of, as `Extract.rejected`.
        supplied: The fields that the source supplies.
        reads: How each field was read, a value a row that was looked at.
        rows: The number of each of those rows in the delivery.
        keys: The key of each, where it may be shown.
    """

    frame: pl.DataFrame
    rejected: pl.DataFrame
    supplied: frozenset[str]
    reads: Sequence[Read]
    rows: pl.Series
    keys: pl.Series


def make_table(given: Given, part: TableMapping, *, main: bool) -> Made:
    """Make one table.

    Args:
        given: What it is made from.
        part: How.
        main: It is the table that every row becomes. Its rows without a key are left to the gate on
            keys; those of another table are no records.
    """
    table, there = part.table, given.there
    rows = _one_a_member(given.frame, part, there)
    if part.filled:
        filled = [there[name] for name in part.filled if name in there]
        told = [_says_something(rows, name, given.null_words) for name in filled]
        rows = rows.filter(pl.any_horizontal(told)) if told else rows.clear()
    reads = _on_own_days(given.read(rows, part))
    values, written = _values(given, table, reads)
    kept = {f.raw: written[f.name] for f in table.watched if f.raw and f.name in written}
    frame = rows.select(pl.lit(given.source).alias(SOURCE_COLUMN), ROW).with_columns(
        series.alias(name) for name, series in {**values, **kept}.items()
    )
    frame, reads = _placeholders(frame, reads, table)
    frame = table.complete(_listed(frame, reads, table))
    keys = _keys(frame, table)
    rejected = table.empty().with_columns(pl.lit(None, pl.String).alias(SOURCE_COLUMN))
    if not main and UNREADABLE in table.fields:
        lost = _key_unreadable(table)
        rejected = left_of(table, frame.filter(lost))
        frame = frame.filter(~lost)
    return Made(
        frame=frame,
        rejected=rejected,
        supplied=_supplied(reads, part, frozenset(values)),
        reads=reads,
        rows=rows.get_column(ROW),
        keys=keys,
    )


def left_of(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that are no records, with what is left of their key and references, and their source."""
    kept = [
        name
        for name, field in table.fields.items()
        if name in table.key or field.identifies or _tells_kind(table, name)
    ]
    return table.complete(rows.select(*kept, SOURCE_COLUMN))


def _tells_kind(table: Table, name: str) -> bool:
    """Whether another field names one of something that this one tells."""
    return any(
        f.identity_by is not None and f.identity_by[0] == name for f in table.fields.values()
    )


def _key_unreadable(table: Table) -> pl.Expr:
    return pl.any_horizontal(
        pl.col(part).is_null() & pl.col(UNREADABLE).list.contains(part) for part in table.key
    ).fill_null(value=False)


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


def _says_something(rows: pl.DataFrame, name: str, null_words: Sequence[str]) -> pl.Expr:
    """Whether a cell makes a row of another table; one that could not be taken may."""
    word = pl.col(name).str.strip_chars().str.to_lowercase()
    return ~word.is_in(list(null_words or NULL_WORDS)).fill_null(value=True) | is_bad(rows, name)


def _on_own_days(reads: list[Read]) -> list[Read]:
    """The fields, with the instants of other zones on the day that they have at the source."""
    zones = {r.mapping.time_zone for r in reads if r.mapping.field.type in ("timestamp", "date")}
    if zones <= {LONDON}:
        return reads
    dated = [
        r.value.is_not_null() if r.time_known is None else r.time_known.eq(other=False)
        for r in reads
        if r.mapping.field.type in ("timestamp", "date")
    ]
    rows = pl.DataFrame([series.alias(str(n)) for n, series in enumerate(dated)])
    beside = rows.select(pl.any_horizontal(pl.all().fill_null(value=False))).to_series()
    return [
        replace(r, value=on_own_day(r.value, r.day, beside))
        if r.day is not None and r.mapping.time_zone != LONDON
        else r
        for r in reads
    ]


def _values(
    given: Given, table: Table, reads: Sequence[Read]
) -> tuple[dict[str, pl.Series], dict[str, pl.Series]]:
    """The value of each field, and of each field what the source wrote."""
    values: dict[str, pl.Series] = {}
    written: dict[str, pl.Series] = {}
    for read in reads:
        field = read.mapping.field
        if field.name == TEXT.name:
            placeholders = given.reference.thresholds["condition_placeholders"].value
            measured = measured_text(read.raw, placeholders).with_columns(
                read.unreadable.alias("__unread")
            )
            values.update(
                measured.select(
                    pl.when(~pl.col("__unread")).then(pl.col(name)).alias(name)
                    for name in measured.columns
                    if name in table.fields
                ).to_dict()
            )
            continue
        value, raw = read.value, read.raw
        if field.name in values:  # the source's own word on a time of day
            spoken = value.is_not_null()
            value = value.zip_with(spoken, values[field.name])
            raw = raw.zip_with(spoken, written.get(field.name, raw))
        values[field.name], written[field.name] = value, raw
        if field.time_known and read.time_known is not None:
            values[field.time_known] = read.time_known
    return values, written


def _listed(frame: pl.DataFrame, reads: Sequence[Read], table: Table) -> pl.DataFrame:
    """The frame with the names of the fields that could not be read, and of unknown words."""
    unread = dict(unread_names(reads))
    if TEXT.name in unread:
        rows = unread.pop(TEXT.name)
        unread |= dict.fromkeys(("text_len", "text_hash", "text_placeholder"), rows)
    unmapped = {
        r.mapping.field.name: r.faults["unmapped"]
        for r in reads
        if "unmapped" in r.faults and r.faults["unmapped"].any()
    }
    found = {UNREADABLE: unread, UNMAPPED: unmapped}
    return frame.with_columns(
        _names({n: rows for n, rows in marks.items() if n in table.schema}).alias(column)
        for column, marks in found.items()
        if column in table.fields
    )


def _names(marks: Mapping[str, pl.Series]) -> pl.Expr:
    """A list of the names whose rows say so."""
    named = [pl.when(rows).then(pl.lit(name)) for name, rows in marks.items()]
    return pl.concat_list(named).list.drop_nulls() if named else pl.lit([], pl.List(pl.String))


def _placeholders(
    frame: pl.DataFrame, reads: list[Read], table: Table
) -> tuple[pl.DataFrame, list[Read]]:
    """Empty the dates that are placeholders, and list their fields.

    An end on 31 December 9999 of an order in force says that it runs until further order.
    """
    if {"end_date", "status"} <= set(frame.columns):
        endless = (pl.col("end_date") == _NO_END) & pl.col("status").is_in(_LIVE)
        endless = endless.fill_null(value=False)
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
            replace(r, faults={reason: rows & ~mask for reason, rows in r.faults.items()})
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
    if SENTINELS in table.fields:
        frame = frame.with_columns(_names(marks).alias(SENTINELS))
    return frame, reads


def _keys(frame: pl.DataFrame, table: Table) -> pl.Series:
    """The key of each record as one text; a key that is a person's is not shown."""
    if any(table.fields[part].personal for part in table.key):
        return pl.Series([None] * frame.height, dtype=pl.String)
    named = pl.concat_str([pl.col(k) for k in table.key], separator="|", ignore_nulls=True)
    return frame.select(named).to_series()


def _supplied(reads: Sequence[Read], part: TableMapping, made: frozenset[str]) -> frozenset[str]:
    """The fields that the source supplies: mapped, and their column delivered."""
    given = {read.mapping.field.name for read in reads}
    if TEXT.name in given:
        given = (given - {TEXT.name}) | {name for name in part.table.fields if name in made}
    if {"end_date", "status"} <= given and "until_further_order" in part.table.fields:
        given.add("until_further_order")  # an end in the year 9999 says it
    return frozenset(given)


assert {SENTINELS, UNREADABLE, UNMAPPED} == set(LISTED)  # noqa: S101 - each is made above
