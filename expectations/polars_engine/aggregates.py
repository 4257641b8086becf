"""Metrics of one column as a whole, each of one or a few Polars expressions.

They take part in the same pass as the row-level metrics. Empty fields are left out of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import polars as pl

from .batch import Asked, PolarsBatchData
from .domain import Domain
from .errors import BadArgument, WrongType
from .forms.order import column_between
from .hooks import MetricConfiguration, keys_of
from .literals import kind, ordered, plain, told_apart
from .map_metrics import canonical, columns_of, where_of
from .observed import extreme, native, number
from .provider import Provider, register

Aggregate = Callable[..., Callable[[], Any]]


class Column(Domain):
    """A column to aggregate: its rows that meet the row condition.

    Attributes:
        shows_values: Whether values of records may be given where GX only shows them.
    """

    shows_values: bool = False

    @property
    def rows(self) -> pl.Expr:
        """The rows that meet the row condition."""
        return self.x if self.where is None else self.x.filter(self.where)

    @property
    def present(self) -> pl.Expr:
        """The fields that are filled in, as something that can be ordered."""
        return plain(self.rows, self.dtype).drop_nulls()

    def count(self, mask: pl.Expr) -> pl.Expr:
        """How many of the rows meet something."""
        return (mask if self.where is None else mask & self.where).sum()

    def require_measure(self) -> None:
        """Refuse a column that has no mean.

        Raises:
            WrongType: It holds neither numbers nor dates.
        """
        if kind(self.dtype) not in ("number", "date") and self.dtype != pl.Duration:
            raise WrongType(f'column "{self.name}" is {self.dtype}; it has no mean or sum')


class _Aggregate(Provider):
    def __init__(self, metric: str, plan: Aggregate, value_keys: tuple[str, ...]) -> None:
        self._metric = metric
        self._plan = plan
        self._value_keys = value_keys

    def plan(self, batch: PolarsBatchData, metric: MetricConfiguration) -> Callable[[], Any]:
        domain = metric.metric_domain_kwargs
        (name,) = names = columns_of(domain)
        batch.need(names)
        where = where_of(batch, domain)
        column = Column(names, (batch.schema[name],), where)
        object.__setattr__(column, "shows_values", batch.shows_values)
        given = {k: metric.metric_value_kwargs.get(k) for k in self._value_keys}
        given = {k: v for k, v in given.items() if v is not None}
        key = (self._metric, canonical(domain), canonical(given))
        return self._plan(_Asking(batch, key), column, **given)


class _Asking:
    """Asks a batch on behalf of one metric."""

    def __init__(self, batch: PolarsBatchData, key: tuple[str, str, str]) -> None:
        self._batch = batch
        self._key = key

    def figure(self, expr: pl.Expr, part: int = 0) -> Asked:
        """Ask for one value."""
        return self._batch.figure((*self._key, part), expr)

    def values(self, expr: pl.Expr) -> Asked:
        """Ask for several values."""
        return self._batch.values((*self._key, "values"), expr)


def aggregate(metric: str, *value_keys: str) -> Callable[[Aggregate], Aggregate]:
    """Make a function the Polars form of a column aggregate.

    Args:
        metric: The metric's name.
        value_keys: What of an expectation is handed to the function beside its column.

    Returns:
        A decorator for a function that asks what it needs and gives back how to make the value.
    """

    def add(plan: Aggregate) -> Aggregate:
        known = keys_of(metric)  # GX's own, which its expectations are made for
        register(metric, _Aggregate(metric, plan, value_keys), known.domain, known.values)
        return plan

    return add


@aggregate("column.min")
def _min(ask: _Asking, c: Column) -> Callable[[], Any]:
    found = ask.figure(ordered(c.rows, c.dtype).min())
    return lambda: extreme(found.value)


@aggregate("column.max")
def _max(ask: _Asking, c: Column) -> Callable[[], Any]:
    found = ask.figure(ordered(c.rows, c.dtype).max())
    return lambda: extreme(found.value)


@aggregate("column.mean")
def _mean(ask: _Asking, c: Column) -> Callable[[], Any]:
    c.require_measure()
    found = ask.figure(plain(c.rows, c.dtype).mean())
    return lambda: extreme(found.value)


@aggregate("column.median")
def _median(ask: _Asking, c: Column) -> Callable[[], Any]:
    c.require_measure()
    found = ask.figure(plain(c.rows, c.dtype).median())
    return lambda: extreme(found.value)


@aggregate("column.sum")
def _sum(ask: _Asking, c: Column) -> Callable[[], Any]:
    c.require_number()
    wide = c.rows.cast(pl.Int128) if c.dtype.is_integer() else plain(c.rows, c.dtype)
    found = ask.figure(wide.sum())
    return lambda: extreme(found.value)


@aggregate("column.standard_deviation")
def _standard_deviation(ask: _Asking, c: Column) -> Callable[[], Any]:
    c.require_number()
    found = ask.figure(c.rows.cast(pl.Float64).std())
    return lambda: found.value


@aggregate("column.quantile_values", "quantiles", "allow_relative_error")
def _quantiles(
    ask: _Asking, c: Column, quantiles: Sequence[float], allow_relative_error: Any = None
) -> Callable[[], Any]:
    how = allow_relative_error or "nearest"
    if how not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise BadArgument(f"allow_relative_error is the name of an interpolation, not {how!r}")
    c.require_measure()
    ordered = c.present.sort()

    def at(q: float) -> pl.Expr:
        place = (c.present.len() - 1) * pl.lit(float(q))
        if how == "nearest":  # as numpy rounds: half to even
            place = place.round(mode="half_to_even")
        elif how in ("linear", "midpoint"):
            low, high = (ordered.get(p.cast(pl.Int64), null_on_oob=True) for p in _ends(place))
            share = place - place.floor() if how == "linear" else pl.lit(0.5)
            share = pl.when(place == place.floor()).then(0.0).otherwise(share)
            return low + (high - low) * share
        else:
            place = place.floor() if how == "lower" else place.ceil()
        return ordered.get(place.cast(pl.Int64), null_on_oob=True)

    found = [ask.figure(at(q), i) for i, q in enumerate(quantiles)]
    return lambda: [number(one.value) for one in found]


def _ends(place: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    return place.floor(), place.ceil()


@aggregate("column.non_null_count")
def _non_null_count(ask: _Asking, c: Column) -> Callable[[], Any]:
    found = ask.figure(c.count(c.x.is_not_null()))
    return lambda: int(found.value)


@aggregate("column.distinct_values")
def _distinct(ask: _Asking, c: Column) -> Callable[[], Any]:
    found = ask.values(c.present.unique())
    return lambda: set(found.value.to_list())


@aggregate("column.distinct_values.count")
def _distinct_count(ask: _Asking, c: Column) -> Callable[[], Any]:
    found = ask.figure(c.present.n_unique())
    return lambda: int(found.value)


@aggregate("column.distinct_values.count.under_threshold", "threshold")
def _distinct_under(ask: _Asking, c: Column, threshold: int) -> Callable[[], Any]:
    found = ask.figure(c.present.n_unique())
    return lambda: int(found.value) < threshold


def _is_member(c: Column, value_set: Iterable[Any]) -> pl.Expr:
    return c.present.is_in(_set(c, value_set)[0].implode())


def _set(c: Column, value_set: Iterable[Any]) -> tuple[pl.Series, list[Any]]:
    """The values of a set in the form of `present`, and those that the column never holds."""
    held, rest = told_apart(value_set, c.dtype, c.name)
    return held.cast(pl.Int8) if c.dtype == pl.Boolean else held, rest


@aggregate("column.distinct_values.not_in_set.count", "value_set")
def _not_in_set_count(ask: _Asking, c: Column, value_set: Iterable[Any] = ()) -> Callable[[], Any]:
    found = ask.figure(c.present.filter(~_is_member(c, value_set)).n_unique())
    return lambda: int(found.value)


@aggregate("column.distinct_values.not_in_set", "value_set", "limit")
def _not_in_set(
    ask: _Asking, c: Column, value_set: Iterable[Any] = (), limit: int = 20
) -> Callable[[], Any]:
    if not c.shows_values:
        return list  # GX only shows these; it judges by the count
    strange = c.present.filter(~_is_member(c, value_set)).unique().sort()
    found = ask.values(strange.head(limit))
    return lambda: found.value.to_list()


@aggregate("column.distinct_values.missing_from_column.count", "value_set")
def _missing_count(ask: _Asking, c: Column, value_set: Iterable[Any] = ()) -> Callable[[], Any]:
    missing = _missing(ask, c, value_set)
    return lambda: len(missing())


@aggregate("column.distinct_values.missing_from_column", "value_set", "limit")
def _missing_values(
    ask: _Asking, c: Column, value_set: Iterable[Any] = (), limit: int = 20
) -> Callable[[], Any]:
    missing = _missing(ask, c, value_set)
    return lambda: missing()[:limit]


def _missing(ask: _Asking, c: Column, value_set: Iterable[Any]) -> Callable[[], list[Any]]:
    held, never = _set(c, value_set)
    wanted = held.unique(maintain_order=True)
    found = ask.values(c.present.filter(_is_member(c, value_set)).unique())

    def missing() -> list[Any]:
        there = set(found.value.to_list())
        absent = [value for value in wanted.to_list() if value not in there]
        return absent + list(dict.fromkeys(never))

    return missing


@aggregate("column.most_common_value")
def _most_common(ask: _Asking, c: Column) -> Callable[[], Any]:
    found = ask.values(c.present.mode().sort())
    return lambda: [native(value) for value in found.value.to_list()]


@aggregate("column.value_counts", "sort", "collate")
def _value_counts(
    ask: _Asking, c: Column, sort: str = "value", collate: str | None = None
) -> Callable[[], Any]:
    if collate is not None:
        raise BadArgument("collate is for databases; a Polars frame has none")
    if not c.shows_values:
        raise BadArgument(
            f'a result would list every value of column "{c.name}": make the data source with '
            "shows_values=True to have that"
        )
    if sort not in ("value", "count", "none"):
        raise BadArgument(f'sort is "value", "count" or "none", and {sort!r} is none of them')
    found = ask.values(c.present.value_counts())

    def counts() -> Any:
        import pandas as pd

        table = found.value.struct.unnest()
        values, count = table.to_series(0), table.to_series(1)
        if sort != "none":
            order = (values if sort == "value" else count).arg_sort()
            values, count = values.gather(order), count.gather(order)
        # for the Kullback-Leibler divergence, which GX computes on a pandas Series of the counts
        index = pd.Index(values.to_list(), name="value")
        return pd.Series(count.to_list(), index=index, name="count")

    return counts


@aggregate("column.histogram", "bins")
def _histogram(ask: _Asking, c: Column, bins: Any) -> Callable[[], Any]:
    c.require_number()
    x = c.x.cast(pl.Float64)
    if isinstance(bins, int):
        low, high = c.rows.cast(pl.Float64).min(), c.rows.cast(pl.Float64).max()
        edges = [low + (high - low) * (i / bins) for i in range(bins)] + [high]
    else:
        edges = [pl.lit(float(edge)) for edge in bins]
    last = len(edges) - 2
    found = [
        ask.figure(c.count((x >= a) & ((x <= b) if i == last else (x < b))), i)
        for i, (a, b) in enumerate(pairwise(edges))
    ]
    return lambda: [int(one.value or 0) for one in found]


@aggregate("column_values.between.count", "min_value", "max_value", "strict_min", "strict_max")
def _between_count(ask: _Asking, c: Column, **bounds: Any) -> Callable[[], Any]:
    found = ask.figure(c.count(column_between(c, **bounds)))
    return lambda: int(found.value or 0)


@aggregate("column_values.length.min")
def _shortest(ask: _Asking, c: Column) -> Callable[[], Any]:
    found = ask.figure(_lengths(c).min())
    return lambda: found.value


@aggregate("column_values.length.max")
def _longest(ask: _Asking, c: Column) -> Callable[[], Any]:
    found = ask.figure(_lengths(c).max())
    return lambda: found.value


def _lengths(c: Column) -> pl.Expr:
    lengths = c.text.str.len_chars()
    return lengths if c.where is None else lengths.filter(c.where)
