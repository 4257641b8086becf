"""What stands in the cells that a field is read from: the text that counts, and cells without one.

A cell that could not be taken as delivered (`Delivery.bad_cells`) is null in the delivery although
something stood there. `with_bad_cells` sets beside each such column why, so that it goes with its
row wherever rows are chosen or multiplied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from expectations.extract import ROW
from jobs.conform.mapping import FieldMapping
from jobs.conform.prints import fingerprints
from jobs.pull import Delivery

_BAD, _RAW = "__bad ", "__raw"


def with_bad_cells(delivery: Delivery) -> pl.DataFrame:
    """The rows of a delivery, each bad cell with its reason in a column of our own."""
    frame, bad = delivery.frame, delivery.bad_cells
    for name in bad.get_column("column").unique().sort():
        if name not in frame.columns:
            continue
        told = (
            bad.filter(pl.col("column") == name)
            .select(ROW, pl.col("reason").alias(f"{_BAD}{name}"))
            .unique(ROW, keep="first", maintain_order=True)
        )
        frame = frame.join(told, on=ROW, how="left", maintain_order="left")
    return frame


def has_bad_cells(frame: pl.DataFrame) -> bool:
    """Whether any cell of the rows is bad."""
    return any(name.startswith(_BAD) for name in frame.columns)


def bad_reason(
    frame: pl.DataFrame, mapping: FieldMapping, columns: Mapping[str, str], raw: pl.Series
) -> pl.Series:
    """Why a field has no value in a row, where a bad cell is to blame; empty elsewhere.

    Of several columns the first that is filled is read: a bad cell beside it does not matter. Where
    cells are put together, or one says whether the other counts, one bad cell leaves no value.

    Args:
        frame: The rows, as `with_bad_cells` gives them.
        mapping: How the field is filled.
        columns: As for `raw_text`.
        raw: What `raw_text` gives.
    """
    own = _bad(frame, [columns[name] for name in mapping.columns if name in columns])
    if mapping.how == "first":
        own = pl.when(pl.col(_RAW).is_null()).then(own)
    if mapping.when is not None and mapping.when[0] in columns:
        column, words = columns[mapping.when[0]], mapping.when[1]
        own = pl.coalesce(_bad(frame, [column]), pl.when(_says(column, words)).then(own))
    return frame.with_columns(raw.alias(_RAW)).select(_every_row(own).alias("bad")).to_series()


def _bad(frame: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    marks = [pl.col(f"{_BAD}{name}") for name in names if f"{_BAD}{name}" in frame.columns]
    return pl.coalesce(*marks, pl.lit(None, pl.String))


def is_bad(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Whether a cell of a column could not be taken as delivered."""
    return _bad(frame, [name]).is_not_null()


def emptied(values: pl.Series, rows: pl.Series) -> pl.Series:
    """Values, empty in the rows that are said."""
    frame = pl.DataFrame({"value": values, "rows": rows})
    kept = frame.select(pl.when(~pl.col("rows")).then("value").alias(values.name))
    return kept.to_series()


def delivered(mapping: FieldMapping, columns: Mapping[str, str]) -> list[str]:
    """The delivered columns that a field is read from, its condition included."""
    return [columns[name] for name in mapping.reads if name in columns]


def raw_text(frame: pl.DataFrame, mapping: FieldMapping, columns: Mapping[str, str]) -> pl.Series:
    """The text that a field is read from in each row, empty where it means nothing.

    Args:
        frame: The rows, as `with_bad_cells` gives them.
        mapping: How the field is filled.
        columns: The delivered column of each name that the mapping uses; a column that was not
            delivered is not there.
    """
    return frame.select(_raw(mapping, columns).alias("raw")).to_series()


def clean_text(frame: pl.DataFrame, column: str, mapping: FieldMapping) -> pl.Series:
    """The text of one delivered column, empty where it means nothing to the field."""
    return frame.select(_clean(column, mapping).alias("text")).to_series()


def _raw(mapping: FieldMapping, columns: Mapping[str, str]) -> pl.Expr:
    if mapping.constant is not None:
        made: pl.Expr = pl.lit(mapping.constant)
    else:
        parts = [_clean(columns[name], mapping) for name in mapping.columns if name in columns]
        if not parts:
            made = pl.lit(None, pl.String)
        elif mapping.how in ("join", "date_time"):
            made = pl.concat_str(parts, separator=mapping.separator, ignore_nulls=True)
            made = pl.when(pl.any_horizontal(p.is_not_null() for p in parts)).then(made)
        elif mapping.how == "hash":  # one empty part leaves no whole key
            made = pl.concat_str(parts, separator="\x1f").map_batches(
                lambda texts: fingerprints(texts, ""),
                return_dtype=pl.String,
                is_elementwise=True,
            )
        else:
            made = pl.coalesce(parts)
    if mapping.when is not None:
        column, words = mapping.when
        if column not in columns:
            return _every_row(pl.lit(None, pl.String))
        made = pl.when(_says(columns[column], words)).then(made)
    if mapping.prefix or mapping.suffix:
        made = pl.concat_str(pl.lit(mapping.prefix), made, pl.lit(mapping.suffix))
    return _every_row(made)


def _says(column: str, words: Sequence[str]) -> pl.Expr:
    return pl.col(column).str.strip_chars().str.to_lowercase().is_in(list(words))


def _every_row(made: pl.Expr) -> pl.Expr:
    """A literal has one row; the frame decides how many there are."""
    return pl.when(pl.int_range(pl.len()) >= 0).then(made)


def _clean(column: str, mapping: FieldMapping) -> pl.Expr:
    text = pl.col(column).str.replace_all("\u00a0", " ").str.strip_chars(" \t\r\n\0")
    nothing = text.str.to_lowercase().is_in(list(mapping.nothing))
    words = mapping.vocabulary
    if words is not None:  # "n/a" may be a value of the vocabulary
        spoken = words.map_frame(text).is_not_null()
        nothing = nothing & ~(spoken & (text != ""))
    return pl.when(~nothing).then(text)
