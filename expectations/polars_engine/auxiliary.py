"""What GX asks of every row-level metric, derived from the rows that break the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from .batch import Asked, PolarsBatchData

MAX_RECORDS = 200  # as GX: more values than this are in no result


@dataclass(frozen=True)
class Failing:
    """The rows that break a rule.

    Attributes:
        batch: Where they are.
        names: The columns the rule reads.
        is_pair: Whether those are a pair, whose values GX gives as tuples.
        unexpected: A mask of the rows that break the rule.
        evaluated: How many rows were judged.
        covered: The rows that are judged, as an expression.
        key: What the answers are filed under.
    """

    batch: PolarsBatchData
    names: tuple[str, ...]
    is_pair: bool
    unexpected: Asked
    evaluated: Asked
    covered: pl.Expr
    key: tuple[str, str, str]

    def rows(self, names: Iterable[str], limit: int | None = None) -> pl.DataFrame:
        """Columns of the rows that break the rule, in the order of the frame."""
        names = list(dict.fromkeys(names))  # a pair may be of one column
        mask: pl.Series = self.unexpected.value
        frame = self.batch.frame(names)
        chosen = pl.DataFrame([frame.get_column(name) for name in names])
        return chosen.filter(mask) if limit is None else chosen[mask.arg_true().head(limit)]

    def covered_mask(self) -> pl.Series:
        """The rows that are judged, as a Boolean for every row."""
        found: pl.Series = self.batch.mask((*self.key, "covered"), self.covered).value
        return found


def _count(failing: Failing, _: Mapping[str, Any]) -> int:
    return int(failing.unexpected.value.sum())


def _evaluated(failing: Failing, _: Mapping[str, Any]) -> int:
    return int(failing.evaluated.value)


def _values(failing: Failing, result_format: Mapping[str, Any]) -> list[Any]:
    if not _shows_values(failing, result_format):
        return []
    rows = failing.rows(failing.names, _limit(result_format, MAX_RECORDS))
    if len(failing.names) == 1:
        return rows.to_series().to_list()
    if failing.is_pair:
        a, b = (rows.get_column(name).to_list() for name in failing.names)
        return list(zip(a, b, strict=True))
    return rows.to_dicts()


def _index_list(failing: Failing, result_format: Mapping[str, Any]) -> list[Any] | None:
    keys = list(result_format.get("unexpected_index_column_names") or [])
    limit = _limit(result_format, None)
    if not keys:
        mask: pl.Series = failing.unexpected.value
        positions = mask.arg_true()
        return (positions if limit is None else positions.head(limit)).to_list()
    if result_format.get("exclude_unexpected_values"):
        rows = failing.rows(keys, limit)
        return [rows.to_dict(as_series=False)] if rows.height else []
    return failing.rows([*failing.names, *keys], limit).to_dicts()


def _index_query(failing: Failing, result_format: Mapping[str, Any]) -> str | None:
    if result_format.get("return_unexpected_index_query") is False:
        return None
    return f"df.filter({failing.batch.spelled_out(failing.unexpected.expr)})"


def _rows(failing: Failing, result_format: Mapping[str, Any]) -> list[dict[str, Any]]:
    return failing.rows(failing.batch.schema, _limit(result_format, MAX_RECORDS)).to_dicts()


def _value_counts(failing: Failing, _: Mapping[str, Any]) -> pl.DataFrame:
    rows = failing.rows(failing.names)
    counts = rows.group_by(pl.all(), maintain_order=True).len(name="count")
    return counts.sort("count", descending=True, maintain_order=True)


#: Suffix of a metric's name to what it is made of.
AUXILIARY: dict[str, Callable[[Failing, Mapping[str, Any]], Any]] = {
    "condition": lambda failing, _: failing,
    "unexpected_count": _count,
    "filtered_row_count": _evaluated,
    "unexpected_values": _values,
    "unexpected_index_list": _index_list,
    "unexpected_index_query": _index_query,
    "unexpected_rows": _rows,
    "unexpected_value_counts": _value_counts,
}


def _limit(result_format: Mapping[str, Any], most: int | None) -> int | None:
    if result_format.get("result_format") == "COMPLETE":
        return most
    asked = int(result_format.get("partial_unexpected_count", 20))
    return asked if most is None else min(asked, most)


def _shows_values(failing: Failing, result_format: Mapping[str, Any]) -> bool:
    """Values of records are given when asked for: by COMPLETE, by naming keys, or by the source."""
    return bool(
        failing.batch.shows_values
        or result_format.get("result_format") == "COMPLETE"
        or result_format.get("unexpected_index_column_names")
        or result_format.get("include_unexpected_rows")
    )
