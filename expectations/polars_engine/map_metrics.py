"""One mechanism for every row-level metric.

A map metric is a function from its domain and values to a Polars expression that is true on the
rows that are right. `polars_form` registers one; everything that GX asks of a map metric (counts,
values, positions, keys, rows, queries) is derived from that expression, once for all.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast, overload

import polars as pl

from .auxiliary import AUXILIARY, Failing
from .batch import PolarsBatchData
from .conditions import to_expression
from .domain import Domain
from .errors import BadArgument, CouldNotCompute, NoPolarsForm
from .hooks import (
    ColumnMapMetricProvider,
    Condition,
    MapMetricProvider,
    MetricConfiguration,
    MetricProviderError,
    PandasExecutionEngine,
    get_metric_provider,
    get_sqlalchemy_metric_provider,
    widen_domain,
)
from .provider import Provider, register

Form = Callable[..., pl.Expr]
AnyForm = TypeVar("AnyForm", bound=Form)

#: Row-level metrics that have a Polars form, by name.
FORMS: dict[str, MapForm] = {}

_ACCESSORS = ("column", "column_A", "column_B", "column_list")
_CONDITION_KEYS = ("row_condition", "condition_parser")
_NOT_ASKED = frozenset({"batch_id", "table", "result_format", "condition_parser"})
_PANDAS = PandasExecutionEngine()


@dataclass(frozen=True)
class MapForm:
    """A row-level metric in Polars.

    Attributes:
        metric: The name of the map metric.
        expression: Gives, for a domain and the metric's values, the rows that are right.
        leaves_out_empty: Whether rows with an empty field are not judged (column metrics only).
        of_column: Whether it reads one column; otherwise a pair or a list.
        domain_keys: What of an expectation makes up its domain.
        value_keys: What of an expectation is handed to `expression`.
        defaults: Values of those that are not given.
    """

    metric: str
    expression: Form
    leaves_out_empty: bool
    of_column: bool
    domain_keys: tuple[str, ...]
    value_keys: tuple[str, ...]
    defaults: Mapping[str, Any]

    def ask(
        self, batch: PolarsBatchData, domain: Mapping[str, Any], values: Mapping[str, Any]
    ) -> Failing:
        """Ask a batch for the rows that break a rule.

        Args:
            batch: The batch.
            domain: Column names, row condition and `ignore_row_if` of the expectation.
            values: The other arguments of the expectation.

        Raises:
            CouldNotCompute: The columns, the condition or the arguments do not fit the frame.
        """
        given = {k: v for k in self.value_keys if (v := values.get(k)) is not None}
        given = {k: self.defaults.get(k) for k in self.value_keys if k in self.defaults} | given
        key = (self.metric, canonical(domain), canonical(given))
        found = batch.failing.get(key)
        if found is None:
            try:
                found = self._ask(key, batch, domain, given)
            except CouldNotCompute as error:
                found = error
            except Exception as error:  # of a form, which has seen arguments and no data
                found = BadArgument(f"{type(error).__name__}: {error}")
            batch.failing[key] = found
        if isinstance(found, CouldNotCompute):
            raise found.again() from None
        return found

    def _ask(
        self,
        key: tuple[str, str, str],
        batch: PolarsBatchData,
        domain: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> Failing:
        seen = self._domain(batch, domain)
        right = self.expression(seen, **given)
        wrong = ~right.fill_null(value=False)
        covered = pl.lit(value=True) if seen.covered is None else seen.covered
        if seen.covered is not None:
            wrong = seen.covered & wrong
        return Failing(
            batch=batch,
            names=seen.names,
            is_pair="column_A" in domain and domain["column_A"] is not None,
            unexpected=batch.mask((*key, "unexpected"), wrong),
            evaluated=batch.figure(
                (*key, "evaluated"), pl.len() if seen.covered is None else covered.sum()
            ),
            covered=covered,
            key=key,
        )

    def _domain(self, batch: PolarsBatchData, domain: Mapping[str, Any]) -> Domain:
        names = columns_of(domain)
        batch.need(names)
        where = where_of(batch, domain)
        empty = [pl.col(name).is_null() for name in names]
        match domain.get("ignore_row_if"):
            case "both_values_are_missing" | "all_values_are_missing":
                kept: pl.Expr | None = ~pl.all_horizontal(empty)
            case "either_value_is_missing" | "any_value_is_missing":
                kept = ~pl.any_horizontal(empty)
            case None | "neither" | "never":
                kept = ~empty[0] if self.of_column and self.leaves_out_empty else None
            case other:
                raise BadArgument(f'ignore_row_if is "{other}", which is none of its values')
        covered = where if kept is None else kept if where is None else where & kept
        return Domain(names, tuple(batch.schema[n] for n in names), where, covered)


@overload
def polars_form(metric: str | type[MapMetricProvider]) -> Callable[[AnyForm], AnyForm]: ...


@overload
def polars_form(metric: str | type[MapMetricProvider], form: AnyForm) -> AnyForm: ...


def polars_form(metric: str | type[MapMetricProvider], form: Form | None = None) -> Any:
    """Give a row-level metric its Polars form.

    Args:
        metric: The map metric's name (`condition_metric_name`), or its class.
        form: A function of a `Domain` and the metric's values that gives an expression, true on the
            rows that are right. Left out, a decorator is returned.

    Returns:
        The form, unchanged.
    """
    if form is None:
        return partial(polars_form, metric)
    cls = _metric_class(metric) if isinstance(metric, str) else metric
    name: str = getattr(cls, "condition_metric_name")  # noqa: B009  # each class adds it
    domain_keys = tuple(dict.fromkeys((*cls.condition_domain_keys, *_CONDITION_KEYS)))
    value_keys = tuple(cls.condition_value_keys)
    FORMS[name] = found = MapForm(
        metric=name,
        expression=form,
        leaves_out_empty=cls.filter_column_isnull,
        of_column=issubclass(cls, ColumnMapMetricProvider),
        domain_keys=domain_keys,
        value_keys=value_keys,
        defaults={k: v for k, v in cls.default_kwarg_values.items() if v is not None},
    )
    for suffix, derive in AUXILIARY.items():
        full = f"{name}.{suffix}"
        formatted = suffix not in ("condition", "unexpected_count")
        keys = (*value_keys, "result_format") if formatted else value_keys
        widen_domain(full, domain_keys)
        register(full, _Derived(found, derive), domain_keys, keys)
    return form


class _Derived(Provider):
    """A metric that is derived from the rows that break a rule."""

    def __init__(self, form: MapForm, derive: Callable[[Failing, Mapping[str, Any]], Any]) -> None:
        self._form = form
        self._derive = derive

    def plan(self, batch: PolarsBatchData, metric: MetricConfiguration) -> Callable[[], Any]:
        failing = self._form.ask(batch, metric.metric_domain_kwargs, metric.metric_value_kwargs)
        result_format = metric.metric_value_kwargs.get("result_format") or {}
        batch.need(result_format.get("unexpected_index_column_names") or ())
        if result_format.get("include_unexpected_rows"):
            batch.need(batch.schema)
        return lambda: self._derive(failing, result_format)


def form_of(metric: str) -> MapForm:
    """The Polars form of a map metric.

    Raises:
        NoPolarsForm: It has none.
    """
    if metric not in FORMS:
        raise NoPolarsForm(metric)
    return FORMS[metric]


def columns_of(domain: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns that a domain names, in order."""
    found: list[str] = []
    for key in _ACCESSORS:
        value = domain.get(key)
        found.extend(value if isinstance(value, (list, tuple)) else [value] if value else [])
    return tuple(str(name) for name in found)


def where_of(batch: PolarsBatchData, domain: Mapping[str, Any]) -> pl.Expr | None:
    """The rows that meet a domain's row condition, or None when it has none."""
    condition = domain.get("row_condition")
    if not condition:
        return None
    return batch.condition(canonical(condition), lambda: to_expression(condition, batch.schema))


def canonical(value: Any) -> str:
    """Arguments as text that is equal when they are: what answers are filed under."""
    if isinstance(value, Mapping):
        value = {k: v for k, v in value.items() if v is not None and k not in _NOT_ASKED}
    return json.dumps(value, sort_keys=True, default=_tagged)


def _tagged(value: Any) -> Any:
    if isinstance(value, Condition):
        return value.dict()
    if isinstance(value, (dt.date, dt.time)):
        return [type(value).__name__, value.isoformat()]
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    return [type(value).__name__, repr(value)]


def _metric_class(name: str) -> type[MapMetricProvider]:
    condition = f"{name}.condition"
    try:
        found: Any = get_metric_provider(condition, _PANDAS)[0]
    except MetricProviderError:
        found = get_sqlalchemy_metric_provider(condition)[0]
    return cast("type[MapMetricProvider]", found)
