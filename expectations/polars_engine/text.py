"""Values as text, for rules that match or measure text on columns of other types."""

from __future__ import annotations

import polars as pl

from .errors import WrongType


def as_text(column: pl.Expr, dtype: pl.DataType, name: str) -> pl.Expr:
    """A column as the text that GX on pandas matches against.

    Raises:
        WrongType: The type has no text that is agreed on (lists, structs, durations, bytes).
    """
    if dtype == pl.String:
        return column
    if dtype in (pl.Categorical, pl.Enum) or dtype.is_integer() or dtype == pl.Decimal:
        return column.cast(pl.String)
    if dtype.is_float():
        return column.cast(pl.String)
    if dtype == pl.Boolean:
        return pl.when(column).then(pl.lit("True")).when(~column).then(pl.lit("False"))
    if dtype in (pl.Date, pl.Time):
        return column.cast(pl.String)
    if dtype == pl.Datetime:
        zone = "%:z" if getattr(dtype, "time_zone", None) else ""
        return column.dt.to_string("%Y-%m-%d %H:%M:%S%.f" + zone)
    raise WrongType(f'column "{name}" is {dtype}; this rule reads text')
