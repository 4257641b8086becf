"""Several columns of one record: pairs, sums, equal or all different."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from functools import reduce
from itertools import combinations
from typing import Any

import polars as pl

from ..domain import Domain
from ..literals import literal, plain
from ..map_metrics import polars_form


@polars_form("column_pair_values.a_greater_than_b")
def a_greater_than_b(d: Domain, or_equal: bool = False) -> pl.Expr:
    """The first column more than (or at least) the second."""
    a, b = d.comparable(0, 1)
    return a >= b if or_equal else a > b


@polars_form("column_pair_values.equal")
def pair_equal(d: Domain) -> pl.Expr:
    """The two columns the same; an empty field is the same as nothing."""
    a, b = d.comparable(0, 1)
    return a == b


@polars_form("column_pair_values.in_set")
def pair_in_set(d: Domain, value_pairs_set: Iterable[tuple[Any, Any]] | None = None) -> pl.Expr:
    """The two columns one of the pairs given, in which None stands for an empty field."""
    if value_pairs_set is None:
        return pl.lit(value=True)

    def is_value(i: int, value: Any) -> pl.Expr:
        if value is None:
            return d.columns[i].is_null()
        constant = literal(value, d.dtypes[i], d.names[i])
        return plain(d.columns[i], d.dtypes[i]).eq_missing(constant)

    found = [is_value(0, a) & is_value(1, b) for a, b in value_pairs_set]
    return pl.any_horizontal(found) if found else pl.lit(value=False)


@polars_form("multicolumn_sum.equal")
def sum_equal(d: Domain, sum_total: float) -> pl.Expr:
    """Columns that add up to a total; with an empty field they do not."""
    d.require_number()
    wide = [
        c.cast(pl.Int128) if t.is_integer() or t == pl.Boolean else c
        for c, t in zip(d.columns, d.dtypes, strict=True)
    ]
    # from left to right, as pandas adds: floats do not add up alike in another order
    return reduce(operator.add, wide) == sum_total


@polars_form("multicolumn_values.equal")
def values_equal(d: Domain) -> pl.Expr:
    """Columns that all hold the same; empty fields are the same as one another."""
    pairs = (d.comparable(0, i) for i in range(1, len(d.names)))
    return pl.all_horizontal([a.eq_missing(b) for a, b in pairs])


@polars_form("select_column_values.unique.within_record")
def different(d: Domain) -> pl.Expr:
    """Columns of which no two hold the same; two empty fields are the same."""
    pairs = (d.comparable(i, j) for i, j in combinations(range(len(d.names)), 2))
    return ~pl.any_horizontal([a.eq_missing(b) for a, b in pairs])
