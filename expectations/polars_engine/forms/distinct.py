"""Questions that only Python can answer, put once to each different value."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl


def judge_distinct(text: pl.Expr, is_right: Callable[[str], bool]) -> pl.Expr:
    """Rows whose text is right in the eyes of a Python function, null where there is no text."""

    def judge(values: pl.Series) -> pl.Series:
        distinct = values.drop_nulls().unique()
        right = [value for value in distinct.to_list() if is_right(value)]
        return values.is_in(pl.Series(right, dtype=pl.String).implode())

    return text.map_batches(judge, return_dtype=pl.Boolean)
