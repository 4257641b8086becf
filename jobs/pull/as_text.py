"""Typed values as text, in one way whatever they come from."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl


def type_class(dtype: pl.DataType) -> str:
    """`text`, `number`, `date`, `timestamp` or `boolean`."""
    if dtype.is_numeric():
        return "number"
    if dtype == pl.Date:
        return "date"
    if isinstance(dtype, pl.Datetime):
        return "timestamp"
    return "boolean" if dtype == pl.Boolean else "text"


def as_text(frame: pl.DataFrame) -> tuple[pl.DataFrame, Mapping[str, str]]:
    """Every column as text, and the class that each had; one that holds nothing may have none.

    Instants keep their offset where the type has one; dates and times are ISO 8601; a whole
    floating number has no decimals; lists have their members parted by `;`.
    """
    classes = {name: type_class(dtype) for name, dtype in frame.schema.items() if dtype != pl.Null}
    return frame.select(_text(name, dtype) for name, dtype in frame.schema.items()), classes


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone:
            return column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.f")
    if dtype == pl.Date:
        return column.dt.strftime("%Y-%m-%d")
    if dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        return (
            pl.when(column == whole).then(whole.cast(pl.String)).otherwise(column.cast(pl.String))
        ).alias(name)
    if dtype.is_decimal():
        plain = column.cast(pl.String)
        return plain.str.replace(r"(\.\d*?)0+$", "$1").str.strip_suffix(".")
    if isinstance(dtype, pl.List):
        return column.cast(pl.List(pl.String)).list.join(";")
    if dtype == pl.Binary:
        return column.bin.encode("hex")
    if isinstance(dtype, pl.Struct):
        return column.struct.json_encode()
    return column.cast(pl.String)
