"""Between bounds, and in order."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from ..domain import Domain
from ..errors import BadArgument
from ..literals import convert
from ..map_metrics import polars_form


def between(
    x: pl.Expr, low: pl.Expr | None, high: pl.Expr | None, strict_min: bool, strict_max: bool
) -> pl.Expr:
    """Rows of `x` between two bounds, of which one may be left out."""
    above = None if low is None else x > low if strict_min else x >= low
    below = None if high is None else x < high if strict_max else x <= high
    if above is None or below is None:
        found = below if above is None else above
        if found is None:
            raise BadArgument("min_value and max_value cannot both be None")
        return found
    return above & below


def _moment(value: Any) -> Any:
    """A bound in a form in which it compares with the other: a date is its first instant."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    return value


@polars_form("column_values.between")
def column_between(
    d: Domain,
    min_value: Any = None,
    max_value: Any = None,
    strict_min: bool = False,
    strict_max: bool = False,
) -> pl.Expr:
    """A value between two bounds; dates and times may be given as text."""
    given = [v for v in (min_value, max_value) if v is not None]
    ends = [_moment(convert(value, d.dtype, d.name)) for value in given]
    if len(ends) == 2 and ends[0] > ends[1]:
        raise BadArgument("min_value cannot be greater than max_value")
    low = None if min_value is None else d.constant(min_value)
    high = None if max_value is None else d.constant(max_value)
    return between(d.ordered, low, high, strict_min, strict_max)


@polars_form("column_values.value_length.between")
def length_between(
    d: Domain,
    min_value: int | None = None,
    max_value: int | None = None,
    strict_min: bool = False,
    strict_max: bool = False,
) -> pl.Expr:
    """A value whose text has a number of characters between two bounds."""
    low = None if min_value is None else pl.lit(min_value)
    high = None if max_value is None else pl.lit(max_value)
    return between(d.text.str.len_chars(), low, high, strict_min, strict_max)


@polars_form("column_values.value_length.equals")
def length_equals(d: Domain, value: int) -> pl.Expr:
    """A value whose text has exactly so many characters."""
    return d.text.str.len_chars() == value


def _before(d: Domain) -> pl.Expr:
    """The value of the row judged before this one."""
    before = pl.when(d.covered).then(d.ordered) if d.covered is not None else d.ordered
    return before.forward_fill().shift(1)


@polars_form("column_values.increasing")
def increasing(d: Domain, strictly: bool = False) -> pl.Expr:
    """A value at least (or more than) that of the row judged before."""
    before = _before(d)
    return before.is_null() | (d.ordered > before if strictly else d.ordered >= before)


@polars_form("column_values.decreasing")
def decreasing(d: Domain, strictly: bool = False) -> pl.Expr:
    """A value at most (or less than) that of the row judged before."""
    before = _before(d)
    return before.is_null() | (d.ordered < before if strictly else d.ordered <= before)
