"""Typed values become text in one way, whatever type Polars has for them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing.parametric import dataframes

from jobs.pull.as_text import as_text, not_text

_MAX, _MIN = 2**63 - 1, -(2**63)


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (["a", ""], pl.String, ["a", ""]),
        ([10**37, -1], pl.Int128, [str(10**37), "-1"]),
        ([1.5, 31.0, 1e-7], pl.Float64, ["1.5", "31", "1e-7"]),
        ([float("nan"), -0.0], pl.Float64, [None, "0"]),
        ([Decimal("8.310"), Decimal("100.000")], pl.Decimal(20, 3), ["8.31", "100"]),
        ([date(2026, 11, 3)], pl.Date, ["2026-11-03"]),
        ([time(9, 30), time(9, 30, 0, 5)], pl.Time, ["09:30:00", "09:30:00.000005"]),
        ([90 * 60 * 10**6], pl.Duration("us"), ["PT1H30M"]),
        ([datetime(2026, 7, 1, 12)], pl.Datetime("ms"), ["2026-07-01T12:00:00"]),
        (
            [datetime(2026, 7, 1, 11, tzinfo=UTC)],
            pl.Datetime("us", "Europe/London"),
            ["2026-07-01T11:00:00Z"],
        ),
        ([True, False], pl.Boolean, ["true", "false"]),
        ([b"a\xff"], pl.Binary, ["61ff"]),
        (["a"], pl.Enum(["a", "b"]), ["a"]),
        (["a"], pl.Categorical, ["a"]),
        ([[1, None, 2], []], pl.List(pl.Int64), ["1;2", ""]),
        ([[1.0, 2.5]], pl.Array(pl.Float64, 2), ["1;2.5"]),
        ([[b"\xff"]], pl.List(pl.Binary), ["ff"]),
        ([[[1], [2, 3]]], pl.List(pl.List(pl.Int64)), ['[["1"],["2","3"]]']),
        (
            [{"a": b"\xff", "b": date(2026, 1, 1), "c": None}],
            pl.Struct({"a": pl.Binary, "b": pl.Date, "c": pl.Null}),
            ['{"a":"ff","b":"2026-01-01","c":null}'],
        ),
        ([[{"a": 1}]], pl.List(pl.Struct({"a": pl.Int8})), ['[{"a":"1"}]']),
        ([None], pl.Null, [None]),
    ],
)
def test_each_type_has_its_text(values: list[Any], dtype: Any, expected: list[Any]) -> None:
    frame = pl.DataFrame({"x": pl.Series([*values, None], dtype=dtype)})
    text, _ = as_text(frame)
    assert text.get_column("x").to_list() == [*expected, None]
    assert not_text(frame).is_empty()


@pytest.mark.parametrize(
    ("series", "places"),
    [
        (pl.Series([1.0, float("inf"), float("-inf"), None]), [1, 2]),
        (pl.Series([0, 2**31 - 1, -(2**31)], dtype=pl.Int32).cast(pl.Date), [1, 2]),
        (pl.Series([0, _MAX, _MIN]).cast(pl.Datetime("ms")), [1, 2]),
        (pl.Series([0, _MAX, None]).cast(pl.Datetime("us", "Europe/London")), [1]),
        (pl.Series([[1.0], [float("inf")], None]), [1]),
        (pl.Series([{"a": [float("inf")]}, {"a": []}, None]), [0]),
        (pl.Series([object(), None], dtype=pl.Object), [0]),
    ],
)
def test_what_has_no_text_is_told_and_null(series: pl.Series, places: list[int]) -> None:
    frame = series.alias("x").to_frame()
    assert not_text(frame).rows() == [(place, "x", "no_text") for place in places]
    text = as_text(frame)[0].get_column("x")
    for place in range(len(series)):
        if place in places or series[place] is None:
            assert text[place] is None
        else:
            assert text[place] is not None


def test_a_table_without_rows_is_text_too() -> None:
    frame = pl.DataFrame(schema={"a": pl.Date, "b": pl.List(pl.Int64), "c": pl.Object})
    assert as_text(frame)[0].schema == dict.fromkeys("abc", pl.String)
    assert not_text(frame).is_empty()


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_type_of_polars_goes_through(data: st.DataObject) -> None:
    """A filled cell has a text, is no number, or is told; nothing is raised."""
    frame = data.draw(dataframes(min_cols=1, max_cols=5, max_size=6, allow_null=True))
    text, classes = as_text(frame)
    assert text.shape == frame.shape
    assert set(text.schema.dtypes()) <= {pl.String}
    told = {(row, column) for row, column, _ in not_text(frame).iter_rows()}
    for name in frame.columns:
        column = frame.get_column(name)
        nan = (
            column.is_nan()
            if column.dtype.is_float()
            else pl.repeat(False, len(column), eager=True)
        )
        silent = column.is_not_null() & text.get_column(name).is_null() & ~nan
        lost = {(int(row), name) for row in silent.arg_true()} - told
        assert lost == set()
    assert set(classes) <= set(frame.columns)
