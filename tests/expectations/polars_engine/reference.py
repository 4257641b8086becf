"""GX's own pandas engine, and its results in a form that compares with ours."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import great_expectations as gx
import numpy as np
import pandas as pd
import polars as pl
from great_expectations.data_context.types.base import ProgressBarsConfig

import expectations.polars_engine  # noqa: F401  # registers the data source


@cache
def context() -> Any:
    """A context in memory without progress bars."""
    found = gx.get_context(mode="ephemeral")
    found.variables.progress_bars = ProgressBarsConfig(globally=False)
    return found


@cache
def whole_frame(kind: str) -> Any:
    """A batch definition for frames of one kind."""
    sources = context().data_sources
    if kind == "pandas":
        source = sources.add_pandas(kind)
    else:
        source = sources.add_polars(kind, shows_values=True)
    return source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")


def batch_of(frame: pd.DataFrame | pl.DataFrame | pl.LazyFrame) -> Any:
    """A frame as a batch of GX."""
    kind = "pandas" if isinstance(frame, pd.DataFrame) else "polars"
    return whole_frame(kind).get_batch({"dataframe": frame})


class Outcome(NamedTuple):
    """GX's result for a rule: its verdict, the rest in plain values, and what it raised."""

    success: bool
    result: dict[str, Any]
    error: str | None


def results_of(batch: Any, expectations: list[Any], result_format: Any) -> dict[str, Outcome]:
    """GX's result for each rule."""
    suite = gx.ExpectationSuite(name="suite", expectations=expectations)
    found = batch.validate(suite, result_format=result_format)
    return {
        r.expectation_config.meta["rule"]: Outcome(bool(r.success), plain(r.result), raised(r))
        for r in found.results
    }


def raised(result: Any) -> str | None:
    """What an expectation raised, in the two shapes in which GX tells."""
    info = result.exception_info or {}
    if "raised_exception" in info:
        return info["exception_message"] if info["raised_exception"] else None
    return next((str(i["exception_message"]) for i in info.values()), None)


def plain(value: Any) -> Any:
    """A value without the types of pandas, numpy and Polars; every kind of empty is None."""
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items() if k != "unexpected_index_query"}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime(warn=False)
    if isinstance(value, pd.Timedelta):
        value = value.to_pytimedelta()
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat() if value.tzinfo else value.isoformat()
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day).isoformat()
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float, Decimal)):
        number = float(value)
        return None if math.isnan(number) else round(number, 9)
    return value
