"""Empty or not, in a set or not, unique or not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from ..domain import Domain
from ..literals import is_text, members
from ..map_metrics import polars_form

_EVERY_ROW = pl.lit(value=True)


def _in(d: Domain, values: Iterable[Any]) -> pl.Expr:
    column = d.x.cast(pl.String) if is_text(d.dtype) and d.dtype != pl.String else d.x
    return column.is_in(members(values, d.dtype, d.name).implode())


@polars_form("column_values.nonnull")
def nonnull(d: Domain) -> pl.Expr:
    """A field that is filled in."""
    return d.x.is_not_null()


@polars_form("column_values.null")
def null(d: Domain) -> pl.Expr:
    """A field that is empty."""
    return d.x.is_null()


@polars_form("column_values.in_set")
def in_set(d: Domain, value_set: Iterable[Any] | None = None) -> pl.Expr:
    """A value of the set; without a set, any."""
    return _EVERY_ROW if value_set is None else _in(d, value_set)


@polars_form("column_values.not_in_set")
def not_in_set(d: Domain, value_set: Iterable[Any] | None = None) -> pl.Expr:
    """A value outside the set; without a set, any."""
    return _EVERY_ROW if value_set is None else ~_in(d, value_set)


@polars_form("column_values.unique")
def unique(d: Domain) -> pl.Expr:
    """A value that no other row the rule covers has."""
    return ~d.judged.is_duplicated()


@polars_form("compound_columns.unique")
def compound_unique(d: Domain) -> pl.Expr:
    """Values that no other row the rule covers has together."""
    columns = [pl.col(name) for name in dict.fromkeys(d.names)]  # one may be given twice
    if d.covered is None:
        return ~pl.struct(columns).is_duplicated()
    apart = [pl.when(d.covered).then(column) for column in columns]
    return ~pl.struct(
        *(column.alias(str(i)) for i, column in enumerate(apart)), d.covered.alias("covered")
    ).is_duplicated()
