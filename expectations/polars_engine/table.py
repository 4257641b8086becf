"""Metrics of the table as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from .batch import PolarsBatchData
from .errors import BadArgument
from .forms.types import stands_for
from .hooks import MetricConfiguration
from .map_metrics import canonical, where_of
from .provider import Provider, register

_TABLE = ("batch_id", "table", "row_condition", "condition_parser")


class object_:  # the name is what GX looks at
    """The type of every column in the eyes of GX's expectations on types.

    They take a column of pandas objects row by row and any other by its pandas type. Polars' types
    are not those of pandas, so each column is given out as objects, and the Polars form of
    `column_values.of_type` answers.
    """


_SCALARS: dict[type[pl.DataType], type] = {
    pl.String: str,
    pl.Categorical: str,
    pl.Enum: str,
    pl.Boolean: np.bool_,
    pl.Float32: np.float32,
    pl.Float64: np.float64,
    pl.Decimal: Decimal,
    pl.Date: dt.date,
    pl.Datetime: dt.datetime,
    pl.Duration: dt.timedelta,
    pl.Time: dt.time,
    pl.Binary: bytes,
    pl.List: list,
    pl.Array: list,
    pl.Struct: dict,
}


@dataclass(frozen=True, eq=False)
class ColumnType:
    """The type of a column, in the shape in which GX reads it.

    Attributes:
        dtype: The Polars type.
    """

    dtype: pl.DataType

    @property
    def type(self) -> type:
        """What GX's expectations on types look at first."""
        return object_

    @property
    def kind(self) -> str:
        """Numpy's letter for the kind of type, which some of GX's metrics ask for."""
        return np.dtype(_SCALARS.get(self.dtype.base_type(), object)).kind

    def __str__(self) -> str:
        return str(self.dtype)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ColumnType):
            return self.dtype == other.dtype
        try:
            return isinstance(other, str) and self.dtype.base_type() in stands_for(other)
        except BadArgument:
            return False

    def __hash__(self) -> int:
        return hash(self.dtype)


Plan = Callable[[PolarsBatchData, Mapping[str, Any], Mapping[str, Any]], Callable[[], Any]]


class _Figure(Provider):
    """A metric of the table made of one expression, or of the schema alone."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def plan(self, batch: PolarsBatchData, metric: MetricConfiguration) -> Callable[[], Any]:
        return self._plan(batch, metric.metric_domain_kwargs, metric.metric_value_kwargs)


def _row_count(
    batch: PolarsBatchData, domain: Mapping[str, Any], _: Mapping[str, Any]
) -> Callable[[], Any]:
    where = where_of(batch, domain)
    count = pl.len() if where is None else where.sum()
    asked = batch.figure(("table.row_count", canonical(domain.get("row_condition"))), count)
    return lambda: int(asked.value)


def _head(
    batch: PolarsBatchData, _: Mapping[str, Any], values: Mapping[str, Any]
) -> Callable[[], Any]:
    rows = values.get("n_rows")

    def first() -> Any:
        frame = batch.frame(list(batch.schema))
        shown = frame if values.get("fetch_all") else frame.head(5 if rows is None else rows)
        return shown.to_pandas()  # GX promises its caller a pandas frame of the first rows

    return first


register("table.row_count", _Figure(_row_count), _TABLE, ())
register("table.columns", _Figure(lambda batch, *_: lambda: list(batch.schema)), _TABLE, ())
register("table.column_count", _Figure(lambda batch, *_: lambda: len(batch.schema)), _TABLE, ())
register(
    "table.column_types",
    _Figure(
        lambda batch, *_: (
            lambda: [
                {"name": name, "type": ColumnType(dtype)} for name, dtype in batch.schema.items()
            ]
        )
    ),
    _TABLE,
    ("include_nested",),
)
register("table.head", _Figure(_head), _TABLE, ("n_rows", "fetch_all"))
